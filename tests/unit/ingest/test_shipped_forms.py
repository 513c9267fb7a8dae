"""Exports of shop platforms and open data sets, read without naming a mapping."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from catalograph.ingest import IngestReport, ingest_catalog, ingest_events, ingest_reviews
from catalograph.schema import SourceRecord
from catalograph.settings import Settings

from .conftest import MemoryWriter

Read = Callable[..., tuple[IngestReport, list[dict[str, Any]]]]
INGESTS = {"catalog": ingest_catalog, "events": ingest_events, "reviews": ingest_reviews}


@pytest.fixture
def read(
    writer: MemoryWriter, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Read:
    """Ingest a feed without naming a mapping; return the report and what the records say."""
    monkeypatch.chdir(tmp_path)

    def ingest(
        kind: str, mapping: str, name: str, content: str | list[Any], **options: Any
    ) -> tuple[IngestReport, list[dict[str, Any]]]:
        text = (
            content
            if isinstance(content, str)
            else "\n".join(orjson.dumps(row).decode() for row in content)
        )
        Path(name).write_text(text, encoding="utf-8")
        report = INGESTS[kind]([name], writer, settings, **options)
        assert report.files == ((name, mapping),)
        parts = (report.written, report.unchanged, report.superseded, report.rejected)
        assert report.rows == sum(parts) + report.withdrawn + report.skipped
        return report, [_show(record) for record in writer.records.values()]

    return ingest


def _show(record: Any) -> dict[str, Any]:
    return _product(record) if isinstance(record, SourceRecord) else _interaction(record)


def _product(record: Any) -> dict[str, Any]:
    hidden = {"source", "listed", "released"}
    said = {
        k: v for k, v in record.nodes[0].properties.items() if v is not None and k not in hidden
    }
    for relation, name in (("HAS_BRAND", "brand"), ("IN_CATEGORY", "categories")):
        tails = [t.tail.key.partition(":")[2] for t in record.triples if t.relation == relation]
        said |= {name: tails} if tails else {}
    said["values"] = {
        t.tail.key.partition(":")[2]
        for t in record.triples
        if t.relation == "HAS_VALUE" and t.support.extractor == "column"
    }
    return said


def _interaction(record: Any) -> dict[str, Any]:
    hidden = {"source", "content_hash", "time"}
    said = {k: v for k, v in record.node.properties.items() if v is not None and k not in hidden}
    said["product"] = record.product
    said["user"] = record.user
    return said


def _bought(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return kind, product and value of each event."""
    return [(row["kind"], row["product"], row.get("value")) for row in rows]


SHOPIFY = """\
Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,\
Option2 Name,Option2 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,\
Variant Inventory Policy,Variant Price,Variant Compare At Price,Variant Barcode,Image Src,\
Image Position,Image Alt Text,Variant Image,Status
tee,Harbour Tee,<p>Soft cotton</p>,Nord,Apparel > Shirts,Shirts,"new, sea",TRUE,Size,S,Color,Navy,\
T-S,shopify,4,deny,25.00,30.00,4006381333931,https://i.example/1.jpg,1,Front,,active
tee,,,,,,,,,M,,Navy,,shopify,0,deny,25.00,0.00,,https://i.example/2.jpg,2,Back,\
https://i.example/m.jpg,
tee,,,,,,,,,,,,,,,,,,,https://i.example/3.jpg,3,,,
cup,Plain Cup,,Nord,,Cups,,TRUE,Title,Default Title,,,C-1,,0,deny,9.00,,,,,,,active
pot,Plain Pot,,Nord,,Cups,,TRUE,Title,Default Title,,,P-1,shopify,-2,continue,19.00,,,,,,,active
old,Old Hat,,Nord,,Hats,,TRUE,Title,Default Title,,,H-1,shopify,1,deny,5.00,,,,,,,archived
"""


def test_shopify_variants_inherit_from_the_row_above(read: Read) -> None:
    report, rows = read("catalog", "shopify_products", "products_export.csv", SHOPIFY)
    assert (report.written, report.unchanged, report.skipped) == (4, 1, 1)
    small, medium, cup, pot = rows
    assert small == {
        "id": "T-S",
        "title": "Harbour Tee",
        "description": "Soft cotton",
        "price": 30.0,
        "price_amount": "30",
        "sale_price": 25.0,
        "sale_price_amount": "25",
        "gtins": ["04006381333931"],
        "sku": "T-S",
        "slug": "tee",
        "group": "tee",
        "group_title": "Harbour Tee",
        "option_names": ["Size", "Color"],
        "option_values": ["S", "Navy"],
        "availability_status": "IN_STOCK",
        "quantity": 4,
        "image_url": "https://i.example/1.jpg",
        "media_urls": [f"https://i.example/{n}.jpg" for n in (1, 2, 3)],
        "media_alts": ["Front", "Back", ""],
        "brand": ["nord"],
        "categories": ["apparel/shirts"],
        "values": {"size=s", "colour=navy", "tag=new", "tag=sea"},
    }
    # Without a SKU the product and its options name the variant.
    assert medium["id"] == "tee/M/Navy"
    assert (medium["title"], medium["group"], medium["price"]) == ("Harbour Tee", "tee", 25.0)
    assert (medium["image_url"], medium.get("sale_price")) == ("https://i.example/m.jpg", None)
    # The picture of the variant comes before those of its product.
    assert medium["media_urls"] == [f"https://i.example/{n}.jpg" for n in ("m", 1, 2, 3)]
    assert medium["media_alts"] == ["", "Front", "Back", ""]
    assert (medium["availability_status"], medium["quantity"]) == ("OUT_OF_STOCK", 0)
    assert medium["values"] == {"size=m", "colour=navy", "tag=new", "tag=sea"}
    assert (cup["categories"], cup["values"]) == (["cups"], set())
    assert "option_names" not in cup
    # Nobody counts the cups, and pots are sold beyond the stock.
    assert [row["availability_status"] for row in (cup, pot)] == ["IN_STOCK"] * 2
    assert (cup["quantity"], pot["quantity"]) == (0, -2)


def test_a_change_of_the_first_row_rewrites_its_variants(read: Read) -> None:
    read("catalog", "shopify_products", "products_export.csv", SHOPIFY)
    changed = SHOPIFY.replace("Harbour Tee", "Port Tee")
    report, rows = read("catalog", "shopify_products", "products_export.csv", changed)
    assert (report.written, report.unchanged) == (2, 3)
    assert [row["title"] for row in rows] == ["Port Tee", "Port Tee", "Plain Cup", "Plain Pot"]


def test_shopify_variants_with_one_sku_are_named(read: Read) -> None:
    header = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price"
    rows = [
        "tee,Tee,Colour,Red,T-1,9",
        "tee,,,Blue,T-1,9",
        "tee,,,Green,T-2,9",
        "tee,,,Green,T-2,8",
    ]
    report, kept = read("catalog", "shopify_products", "export.csv", "\n".join([header, *rows]))
    assert [(row["id"], row["option_values"], row["price"]) for row in kept] == [
        ("T-1", ["Blue"], 9.0),
        ("T-2", ["Green"], 8.0),
    ]
    # The row of T-2 only changes its price.
    assert report.warnings[-1] == (
        "1 ids (variant) of 'export.csv' are given to several variants, of which only the last is "
        "kept: 'T-1' (Red, Blue). Give each variant an id of its own in the shop, or add columns "
        "to 'id' in the mapping."
    )


def test_shopify_with_the_names_of_its_newer_template(read: Read) -> None:
    text = """\
Title,URL handle,Description,Vendor,Product category,Type,Tags,Published on online store,Status,\
SKU,Barcode,Option1 name,Option1 value,Option1 Linked To,Price,Compare-at price,\
Inventory tracker,Inventory quantity,Continue selling when out of stock,Product image URL,\
Image position,Image alt text,Variant image URL
Lamp,lamp,Bright,Nord,Home > Lighting,Lamps,,TRUE,Active,L-W,,Color,White,,40.00,,\
shopify,3,DENY,https://i.example/l.jpg,1,White lamp,
,lamp,,,,,,,,L-B,,,Black,,40.00,50.00,shopify,0,CONTINUE,,,,
,lamp,,,,,,,,,,,,,,,,,,https://i.example/l2.jpg,2,,
"""
    report, rows = read("catalog", "shopify_products_2025", "x.csv", text, currency=["CHF"])
    assert (report.written, report.skipped) == (2, 1)
    assert rows[1] == {
        "id": "L-B",
        "title": "Lamp",
        "description": "Bright",
        "price": 50.0,
        "price_amount": "50.00",
        "sale_price": 40.0,
        "sale_price_amount": "40.00",
        "currency": "CHF",
        "sku": "L-B",
        "slug": "lamp",
        "group": "lamp",
        "group_title": "Lamp",
        "option_names": ["Color"],
        "option_values": ["Black"],
        "availability_status": "IN_STOCK",
        "quantity": 0,
        "image_url": "https://i.example/l.jpg",
        "media_urls": ["https://i.example/l.jpg", "https://i.example/l2.jpg"],
        "media_alts": ["White lamp", ""],
        "brand": ["nord"],
        "categories": ["home/lighting"],
        "values": {"colour=black"},
    }


def test_shopify_orders_become_purchases(read: Read) -> None:
    text = """\
Name,Email,Financial Status,Paid at,Currency,Total,Created at,Lineitem quantity,Lineitem name,\
Lineitem price,Lineitem sku,Cancelled at,Phone
#1001,a@b.example,paid,2026-01-05 10:00:00 +0100,EUR,34.00,2026-01-05 09:59:00 +0100,1,\
Harbour Tee - S,25.00,T-S,,
#1001,,,,,,,1,Plain Cup,9.00,C-1,,
#1002,c@d.example,paid,,EUR,9.00,2026-01-06 09:59:00 +0100,1,Plain Cup,9.00,C-1,2026-01-07,
"""
    report, rows = read("events", "shopify_orders", "orders_export.csv", text)
    assert report.skipped == 1  # the cancelled order
    assert _bought(rows) == [
        ("purchase", "product:shopify:T-S", 25.0),
        ("purchase", "product:shopify:C-1", 9.0),
    ]
    assert len({row["user"] for row in rows}) == 1


def test_reviews_of_a_shopify_shop_name_products_by_their_handle(read: Read) -> None:
    text = """\
title,body,rating,review_date,source,curated,reviewer_name,reviewer_email,product_id,product_handle
Soft,Lovely cotton,5,2026-01-09 10:00:00 UTC,web,ok,Ann,a@b.example,701,tee
Buy pills,Click here,5,2026-01-09 11:00:00 UTC,web,spam,Bot,x@y.example,701,tee
"""
    report, rows = read("reviews", "shopify_reviews", "judgeme.csv", text)
    assert (report.written, report.skipped) == (1, 1)
    assert (rows[0]["product"], rows[0]["rating"]) == ("product:shopify:tee", 5.0)
    text = """\
product_handle,state,rating,title,author,email,location,body,reply,created_at
cup,published,4,Fine,Ann,a@b.example,Kiel,Holds tea,,2026-01-10 10:00:00 +0100
cup,unpublished,1,Bad,Bo,b@b.example,,Broken,,2026-01-10 10:00:00 +0100
"""
    report, rows = read("reviews", "shopify_reviews", "product-reviews.csv", text)
    assert (report.written, report.skipped) == (1, 1)
    assert (rows[1]["product"], rows[1]["user"]) == ("product:shopify:cup", rows[0]["user"])


def test_woocommerce_variations_inherit_from_their_parent_wherever_it_stands(read: Read) -> None:
    text = """\
ID,Type,SKU,Name,Published,"Short description",Description,"In stock?",Stock,"Sale price",\
"Regular price",Categories,Tags,Images,Parent,"Attribute 1 name","Attribute 1 value(s)",\
"Attribute 2 name","Attribute 2 value(s)"
9,variation,,"Hood - Red",1,,,0,0,35,45,,,,HOOD,Color,Red,Size,Large
8,variable,HOOD,Hood,1,,"Soft.\\nWash cold.",1,,,,"Clothing > Hoods, Sale \\, last",warm,\
"https://i.example/h.jpg, https://i.example/h2.jpg",,Color,"Red, Blue",Size,"Large, Medium"
7,variation,H-B,"Hood - Blue",1,,,backorder,0,,45,,,,id:8,Color,"Sky\\, light",Size,Medium
6,simple,CAP,Cap,-1,,,1,,,18,Caps,,,,,,,
"""
    report, rows = read("catalog", "woocommerce_products", "wc-product-export.csv", text)
    assert (report.written, report.unchanged) == (3, 1)
    red, parent, blue = rows
    assert red == {
        "id": "9",
        "title": "Hood - Red",
        "description": "Soft. Wash cold.",
        "price": 45.0,
        "price_amount": "45",
        "sale_price": 35.0,
        "sale_price_amount": "35",
        "availability": "out of stock",
        "availability_status": "OUT_OF_STOCK",
        "quantity": 0,
        "group": "HOOD",
        "group_title": "Hood",
        "option_names": ["Color", "Size"],
        "option_values": ["Red", "Large"],
        "image_url": "https://i.example/h.jpg",
        "media_urls": ["https://i.example/h.jpg", "https://i.example/h2.jpg"],
        "categories": ["clothing/hoods", "sale , last"],
        "values": {"colour=red", "size=l", "tag=warm"},
    }
    assert (parent["group"], blue["group"]) == ("HOOD", "HOOD")
    assert parent["values"] == {"colour=red", "colour=blue", "size=l", "size=m", "tag=warm"}
    # All choices at once are no option of the parent.
    assert (parent["group_title"], "option_names" in parent) == ("Hood", False)
    assert (blue["availability_status"], blue["sku"]) == ("BACKORDER", "H-B")
    assert blue["option_values"] == ["Sky, light", "Medium"]
    assert blue["values"] == {"colour=sky, light", "size=m", "tag=warm"}


@pytest.mark.parametrize(
    "header",
    [
        'ID,Typ,Artikelnummer,Name,Veröffentlicht,Kurzbeschreibung,"Vorrätig?",Angebotspreis,'
        '"Regulärer Preis",Kategorien,Bilder,"Übergeordnetes Produkt","Attribut 1 Name",'
        '"Attribut 1 Wert(e)"',
        'ID,Type,UGS,Nom,Publié,"Description courte","En stock ?","Tarif promo","Tarif régulier",'
        'Catégories,Images,Parent,"Nom de l’attribut 1","Valeur(s) de l’attribut 1"',
        'ID,Tipo,SKU,Nombre,Publicado,"Descripción corta",¿Existencias?,"Precio rebajado",'
        '"Precio normal",Categorías,Imágenes,Superior,"Nombre del atributo 1",'
        '"Valor(es) del atributo 1"',
        "ID,类型,SKU,名称,已发布,简单描述,有货？,促销价格,常规售价,分类,图片,父级,"
        "属性 1 名称,属性 1 值",
    ],
    ids=["de", "fr", "es", "zh"],
)
def test_woocommerce_in_the_language_of_the_shop(read: Read, header: str) -> None:
    text = (
        f"{header}\n"
        '1,variable,H,Hood,1,Soft,1,,,A > B,https://i.example/h.jpg,,Color,"Red, Blue"\n'
        "2,variation,H-R,Hood - Red,1,,0,35,45,,,H,Color,Red\n"
    )
    _, rows = read("catalog", "woocommerce_products", "wc.csv", text)
    assert rows[1] == {
        "id": "H-R",
        "title": "Hood - Red",
        "description": "Soft",
        "price": 45.0,
        "price_amount": "45",
        "sale_price": 35.0,
        "sale_price_amount": "35",
        "availability": "out of stock",
        "availability_status": "OUT_OF_STOCK",
        "sku": "H-R",
        "group": "H",
        "group_title": "Hood",
        "option_names": ["Color"],
        "option_values": ["Red"],
        "image_url": "https://i.example/h.jpg",
        "media_urls": ["https://i.example/h.jpg"],
        "categories": ["a/b"],
        "values": {"colour=red"},
    }


def test_magento_leaves_store_views_out_and_groups_by_the_configurable(read: Read) -> None:
    text = """\
sku,store_view_code,attribute_set_code,product_type,categories,name,description,short_description,\
product_online,price,special_price,base_image,additional_attributes,is_in_stock,\
configurable_variations,qty,url_key,base_image_label,additional_images,additional_image_labels
BAG-R,,Bag,simple,"Default Category/Bags,Default Category/Sale/Bags",Bag red,,,1,40,30,,\
"color=Red,pattern=Dots|Stripes,note=Big, soft,ean=4006381333931",1,,7.0000,bag-red,,\
"https://i.example/2.jpg,https://i.example/3.jpg","Side,Top"
BAG-R,de,Bag,simple,,Tasche rot,,,,,,,,,,,,,,
BAG,,Bag,configurable,Default Category/Bags,Bag,<p>Roomy</p>,,1,,,https://i.example/1.jpg,,0,\
"sku=BAG-R,color=Red|sku=BAG-B,color=Blue",0.0000,bag,Front,,
OLD,,Bag,simple,Default Category/Bags,Old,,,2,9,,,,1,,,,,,
"""
    report, rows = read("catalog", "magento_products", "catalog_product.csv", text)
    assert (report.written, report.unchanged, report.skipped) == (2, 1, 1)
    red, bag = rows
    assert red == {
        "id": "BAG-R",
        "title": "Bag red",
        "description": "Roomy",
        "price": 40.0,
        "price_amount": "40",
        "sale_price": 30.0,
        "sale_price_amount": "30",
        "availability": "in stock",
        "availability_status": "IN_STOCK",
        "quantity": 7,
        "gtins": ["04006381333931"],
        "sku": "BAG-R",
        "slug": "bag-red",
        "group": "BAG",
        "group_title": "Bag",
        # The color is what the configurable product varies, pattern and note are not.
        "option_names": ["color"],
        "option_values": ["Red"],
        "image_url": "https://i.example/1.jpg",
        "media_urls": [f"https://i.example/{n}.jpg" for n in (1, 2, 3)],
        "media_alts": ["Front", "Side", "Top"],
        "categories": ["bags", "sale/bags"],
        "values": {"colour=red", "pattern=dots", "pattern=stripes", "note=big, soft"},
    }
    assert (bag["group"], bag["group_title"], "option_names" in bag) == ("BAG", "Bag", False)
    assert bag["availability_status"] == "OUT_OF_STOCK"


AKENEO = """\
sku;categories;enabled;family;parent;groups;name-en_US;name-de_DE;description-en_US-ecommerce;\
description-en_US-print;price-EUR;price-USD;weight;weight-unit;main_color;ean;UPSELL-products
p-1;tvs,sale;1;tv;tv_root;;Screen 43;Bildschirm 43;Sharp;Printed;399.00;449.00;9.5;KILOGRAM;black;\
4006381333931;p-2
p-2;tvs;1;tv;;;;Bildschirm 55;;;;649.00;14;KILOGRAM;silver;;
p-3;tvs;0;tv;;;Screen 65;;;;799.00;849.00;;;;;
"""


def test_akeneo_chooses_columns_by_language_channel_and_currency(read: Read) -> None:
    report, rows = read("catalog", "akeneo_products", "products.csv", AKENEO)
    assert (report.written, report.unchanged) == (2, 1)
    assert rows[0] == {
        "id": "p-1",
        "title": "Screen 43",
        "description": "Sharp",
        "language": "en-US",
        "title_languages": ["de-DE"],
        "title_translations": ["Bildschirm 43"],
        "price": 399.0,
        "price_amount": "399.00",
        "currency": "EUR",
        "gtins": ["04006381333931"],
        "sku": "p-1",
        "group": "tv_root",
        "categories": ["tvs", "sale"],
        "values": {"weight=9500 g", "colour=black"},
    }
    # What is blank in the preferred language or currency is taken from another.
    assert (rows[1]["title"], rows[1]["price"], rows[1]["currency"]) == (
        "Bildschirm 55",
        649.0,
        "USD",
    )
    assert (rows[1]["language"], "title_languages" in rows[1]) == ("de-DE", False)


def test_language_and_currency_are_options(read: Read) -> None:
    options = {"language": ["de"], "currency": ["USD"]}
    _, rows = read("catalog", "akeneo_products", "products.csv", AKENEO, **options)
    assert [(row["title"], row["price"], row["currency"]) for row in rows] == [
        ("Bildschirm 43", 449.0, "USD"),
        ("Bildschirm 55", 649.0, "USD"),
    ]
    first = rows[0]
    assert (first["language"], first["title_translations"]) == ("de-DE", ["Screen 43"])
    # It is in English only, so it is the description and the English one.
    assert (first["description"], first["description_languages"]) == ("Sharp", ["en-US"])


def test_prestashop(read: Read) -> None:
    text = """\
Product ID;Active (0/1);Name *;Categories (x,y,z...);Price tax excluded;Reference #;Manufacturer;\
EAN13;UPC;Summary;Description;Tags (x,y,z...);Image URLs (x,y,z...);\
Feature(Name:Value:Position);Condition;Quantity;URL rewritten;Image alt texts (x,y,z...);\
Available for order (0 = No, 1 = Yes)
1;1;Player;Home,Audio;99.00;PL-1;Nord;4006381333931;;Small;<p>Plays</p>;music;\
https://i.example/p.jpg,https://i.example/p2.jpg;Colour:Blue:1,Depth:2 cm:2;\
new;12;player;Front,Back;1
2;0;Gone;Home;1.00;G-1;;;;;;;;;;;;;
3;1;Print;Home,Art;9.00;PR-1;;;;;;;;;;5;print;;0
"""
    report, rows = read("catalog", "prestashop_products", "products_import.csv", text)
    assert (report.written, report.unchanged) == (2, 1)
    assert rows[0] == {
        "id": "1",
        "title": "Player",
        "description": "Small\nPlays",
        "price": 99.0,
        "price_amount": "99",
        "gtins": ["04006381333931"],
        "sku": "PL-1",
        "slug": "player",
        "availability_status": "IN_STOCK",
        "quantity": 12,
        "brand": ["nord"],
        "image_url": "https://i.example/p.jpg",
        "media_urls": ["https://i.example/p.jpg", "https://i.example/p2.jpg"],
        "media_alts": ["Front", "Back"],
        "categories": ["audio"],
        "values": {"colour=blue", "depth=20 mm", "condition=new", "tag=music"},
    }
    assert (rows[1]["availability_status"], rows[1]["quantity"]) == ("OUT_OF_STOCK", 5)
    text = """\
Product ID,Image,Name,Reference,Category,Price (tax excl.),Price (tax incl.),Quantity,Status,\
Position
4,https://i.example/3.jpg,Print,demo_6,Art,9.00,10.80,0,1,1
"""
    _, rows = read("catalog", "prestashop_catalog", "product_2026.csv", text)
    assert (rows[2]["id"], rows[2]["price"], rows[2]["categories"]) == ("4", 10.8, ["art"])
    assert (rows[2]["sku"], rows[2]["quantity"]) == ("demo_6", 0)
    assert rows[2]["availability_status"] == "OUT_OF_STOCK"


def test_bigcommerce_rows_follow_their_product(read: Read) -> None:
    text = """\
Item,ID,Name,Type,SKU,Options,Price,Sale Price,Brand ID,Categories,Description,UPC/EAN,\
Global Trade Number,Manufacturer Part Number,Is Visible,Product Condition,Variant Image URL,\
Internal Image URL (Export),Image URL (Import),Image Description,Image Sort Order,\
Inventory Tracking,Current Stock
Product,77,Tee,physical,TEE,,20.00,0.00,5,23;24,Soft,,,,TRUE,New,,,,,,variant,0
Variant,201,,,TEE-B,Type=Rectangle|Name=Color|Value=BlackType=Dropdown|Name=Size|Value=M,,,,,,\
4006381333931,,,,,,,,,,,6
Variant,202,,,,Type=Dropdown|Name=Size|Value=L,22.00,,,,,,,,,,,,,,,,0
Image,900,,,,,,,,,,,,,,,,https://i.example/t.jpg,,Front,0,,
Image,901,,,,,,,,,,,,,,,,https://i.example/t2.jpg,,,1,,
Product,78,Sock,physical,SOCK,,5.00,4.00,5,23,,,,,TRUE,New,,,,,,none,0
"""
    report, rows = read("catalog", "bigcommerce_products", "products.csv", text)
    assert (report.written, report.skipped) == (4, 2)
    tee, black, large, sock = rows
    assert (tee["id"], tee["group"], tee["image_url"]) == ("TEE", "77", "https://i.example/t.jpg")
    assert black == {
        "id": "TEE-B",
        "title": "Tee",
        "description": "Soft",
        "price": 20.0,
        "price_amount": "20",
        "gtins": ["04006381333931"],
        "sku": "TEE-B",
        "group": "77",
        "group_title": "Tee",
        "option_names": ["Color", "Size"],
        "option_values": ["Black", "M"],
        "availability_status": "IN_STOCK",
        "quantity": 6,
        "image_url": "https://i.example/t.jpg",
        "media_urls": ["https://i.example/t.jpg", "https://i.example/t2.jpg"],
        "media_alts": ["Front", ""],
        "values": {"colour=black", "size=m", "condition=new"},
    }
    assert (large["id"], large["price"], large["values"]) == (
        "77/202",
        22.0,
        {"size=l", "condition=new"},
    )
    assert (large["availability_status"], large["option_values"]) == ("OUT_OF_STOCK", ["L"])
    assert (sock["group"], sock["sale_price"], sock.get("image_url")) == ("78", 4.0, None)
    assert sock["availability_status"] == "IN_STOCK"  # nobody counts them


def test_bigcommerce_with_the_names_of_its_older_export(read: Read) -> None:
    text = """\
Item Type,Product ID,Product Name,Product Type,Product Code/SKU,Brand Name,Product Description,\
Price,Sale Price,Product Visible?,Category,Product Image File - 1,Product UPC/EAN,\
Track Inventory,Current Stock Level
Product,7,Tee,P,TEE,Nord,Soft,20.00,0.00,Y,Shop/Shirts;Sale,t.jpg,,by option,0
  SKU,,"[S]Color=Black,[RT]Size=M",,TEE-B,,,,,,,,4006381333931,,9
  Rule,,[S]Color=Black,,TEE-B,,,22.00,,,,,,,
"""
    report, rows = read("catalog", "bigcommerce_products_legacy", "products.csv", text)
    assert (report.written, report.skipped) == (2, 1)
    assert rows[1] == {
        "id": "TEE-B",
        "title": "Tee",
        "description": "Soft",
        "price": 20.0,
        "price_amount": "20",
        "gtins": ["04006381333931"],
        "sku": "TEE-B",
        "brand": ["nord"],
        "group": "7",
        "group_title": "Tee",
        "option_names": ["Color", "Size"],
        "option_values": ["Black", "M"],
        "availability_status": "IN_STOCK",
        "quantity": 9,
        "categories": ["shop/shirts", "sale"],
        "values": {"colour=black", "size=m"},
    }


def test_yandex_market_offers(read: Read) -> None:
    rows = [
        {
            "id": "12",
            "available": "true",
            "url": "https://s.example/12",
            "price": "1490",
            "oldprice": "1990",
            "currencyId": "RUB",
            "categoryId": "7",
            "category": "Kitchen > Kettles",
            "typePrefix": "Чайник",
            "vendor": "Nord",
            "model": "K1",
            "group_id": "K",
            "barcode": ["4006381333931", "5901234123457"],
            "shop-sku": "K1-RED",
            "count": "3",
            "picture": ["https://i.example/1.jpg", "https://i.example/2.jpg"],
            "param": [
                {"name": "Цвет", "value": "красный"},
                {"name": "Объем", "unit": "л", "value": "1.5"},
            ],
        },
        {"id": "13", "price": "10", "currencyId": "EUR", "categoryId": "7", "name": "Cup"},
    ]
    _, found = read("catalog", "yandex_market", "yml.jsonl", rows)
    kettle, cup = found
    kettle_values = kettle.pop("values")
    assert kettle == {
        "id": "12",
        "title": "Чайник Nord K1",
        "price": 1990.0,
        "price_amount": "1990.00",
        "sale_price": 1490.0,
        "sale_price_amount": "1490.00",
        "currency": "RUB",
        "availability": "in stock",
        "availability_status": "IN_STOCK",
        "quantity": 3,
        "gtins": ["04006381333931", "05901234123457"],
        "sku": "K1-RED",
        "brand": ["nord"],
        "group": "K",
        "url": "https://s.example/12",
        "image_url": "https://i.example/1.jpg",
        "media_urls": ["https://i.example/1.jpg", "https://i.example/2.jpg"],
        "categories": ["kitchen/kettles"],
    }
    assert "цвет=красный" in kettle_values
    assert len(kettle_values) == 2
    assert (cup["title"], cup["price"]) == ("Cup", 10.0)


def test_google_merchant_with_several_product_types(read: Read) -> None:
    head = "id\ttitle\tdescription\tlink\timage_link\tproduct_type\n"
    row = "1\tHood\tSoft\thttps://s.example/1\thttps://i.example/1.jpg\tWear > Hoods, Wear > Sale\n"
    _, rows = read("catalog", "google_merchant", "feed.tsv", head + row)
    assert rows[0]["categories"] == ["wear/hoods", "wear/sale"]


def test_google_merchant_with_several_pictures_and_options(read: Read) -> None:
    text = """<rss xmlns:g="http://base.google.com/ns/1.0"><channel><item>
<g:id>1</g:id><g:title>Hood</g:title><g:link>https://s.example/1</g:link>
<g:image_link>https://i.example/1.jpg</g:image_link>
<g:additional_image_link>https://i.example/2.jpg</g:additional_image_link>
<g:additional_image_link>https://i.example/3.jpg</g:additional_image_link>
<g:price>45.00 EUR</g:price><g:availability>preorder</g:availability>
<g:item_group_id>H</g:item_group_id><g:color>Red/Blue</g:color><g:size>L</g:size>
</item></channel></rss>"""
    _, rows = read("catalog", "google_merchant", "feed.xml", text)
    assert rows[0] == {
        "id": "1",
        "title": "Hood",
        "url": "https://s.example/1",
        "price": 45.0,
        "price_amount": "45.00",
        "currency": "EUR",
        "availability": "preorder",
        "availability_status": "PREORDER",
        "group": "H",
        "option_names": ["Color", "Size"],
        "option_values": ["Red/Blue", "L"],
        "image_url": "https://i.example/1.jpg",
        "media_urls": [f"https://i.example/{n}.jpg" for n in (1, 2, 3)],
        # The options are attributes already, split, and not read again.
        "values": {"colour=red", "colour=blue", "size=l"},
    }


def test_schema_org_variants_know_their_group(read: Read) -> None:
    thing = {
        "@context": "https://schema.org",
        "@type": "ProductGroup",
        "name": "Hood",
        "productGroupID": "H",
        "hasVariant": [
            {
                "@type": "Product",
                "sku": "H-R",
                "name": "Hood red",
                "color": "Red",
                "image": [
                    {
                        "@type": "ImageObject",
                        "contentUrl": "https://i.example/1.jpg",
                        "caption": "Front",
                        "name": "1.jpg",
                    },
                    "https://i.example/2.jpg",
                ],
                "offers": {
                    "price": "45.00",
                    "priceCurrency": "EUR",
                    "availability": "https://schema.org/LimitedAvailability",
                    "inventoryLevel": {"@type": "QuantitativeValue", "value": 2},
                },
            }
        ],
    }
    _, rows = read("catalog", "schema_org_products", "ld.jsonl", [thing])
    assert rows[0] == {
        "id": "H-R",
        "title": "Hood red",
        "price": 45.0,
        "price_amount": "45.00",
        "currency": "EUR",
        "availability": "limited availability",
        "availability_status": "LIMITED",
        "quantity": 2,
        "sku": "H-R",
        "group": "H",
        "group_title": "Hood",
        "option_names": ["Color"],
        "option_values": ["Red"],
        "image_url": "https://i.example/1.jpg",
        "media_urls": ["https://i.example/1.jpg", "https://i.example/2.jpg"],
        "media_alts": ["Front", ""],
        "values": {"colour=red"},
    }


def test_openai_feed_as_it_is_now(read: Read) -> None:
    base = {
        "title": "Jacket",
        "description": "Warm",
        "url": "https://s.example/1",
        "image_url": "https://i.example/1.jpg",
        "brand": "Nord",
        "seller_name": "Nord",
        "price": "129.00 USD",
        "availability": "in_stock",
        "group_id": "G",
        "inventory_quantity": 3,
        "additional_image_urls": "https://i.example/2.jpg,https://i.example/3.jpg",
        "weight": "1.5",
        "item_weight_unit": "kg",
    }
    rows = [
        base | {"item_id": "1", "color": "Moss", "variant_dict": {"color": "Moss", "fit": "Slim"}},
        base | {"item_id": "2", "variant_dict": '{"color": "Black"}'},
        base | {"item_id": "3", "is_eligible_search": False},
    ]
    report, found = read("catalog", "openai_products", "feed.jsonl", rows)
    assert (report.written, report.unchanged) == (2, 1)
    assert found[0]["values"] == {"colour=moss", "fit=slim", "weight=1500 g"}
    assert found[1]["values"] == {"colour=black", "weight=1500 g"}
    assert {row["group"] for row in found} == {"G"}
    first, second = found
    assert (first["option_names"], first["option_values"]) == (["Color", "fit"], ["Moss", "Slim"])
    assert (second["option_names"], second["option_values"]) == (["color"], ["Black"])
    assert (first["quantity"], first["availability_status"]) == (3, "IN_STOCK")
    assert first["media_urls"] == [f"https://i.example/{n}.jpg" for n in (1, 2, 3)]


def test_the_agentic_commerce_protocol_gives_a_product_for_each_variant(read: Read) -> None:
    rows = [
        {
            "id": "tee",
            "title": "Tee",
            "description": {"plain": "Soft"},
            "url": "https://s.example/tee",
            "media": [
                {"type": "image", "url": "https://i.example/tee.jpg", "alt_text": "All colours"},
                {"type": "video", "url": "https://i.example/tee.mp4"},
            ],
            "variants": [
                {
                    "id": "tee-red",
                    "title": "Tee - Red",
                    "barcodes": [{"type": "GTIN", "value": "4006381333931"}],
                    "price": {"amount": 1999, "currency": "USD"},
                    "list_price": {"amount": 2499, "currency": "USD"},
                    "availability": {"available": True, "status": "in_stock"},
                    "categories": [{"value": "Wear > Shirts", "taxonomy": "merchant"}],
                    "condition": ["new"],
                    "variant_options": [{"name": "Color", "value": "Red"}],
                    "media": [{"type": "image", "url": "https://i.example/red.jpg"}],
                },
                {
                    "id": "tee-yen",
                    "title": "Tee - Yen",
                    "price": {"amount": 1999, "currency": "JPY"},
                },
            ],
        }
    ]
    report, found = read("catalog", "acp_products", "products.jsonl", rows)
    assert (report.rows, report.written) == (2, 2)
    red, yen = found
    assert red == {
        "id": "tee-red",
        "title": "Tee - Red",
        "description": "Soft",
        "price": 24.99,
        "price_amount": "24.99",
        "sale_price": 19.99,
        "sale_price_amount": "19.99",
        "currency": "USD",
        "availability": "in stock",
        "availability_status": "IN_STOCK",
        "gtins": ["04006381333931"],
        "group": "tee",
        "group_title": "Tee",
        "option_names": ["Color"],
        "option_values": ["Red"],
        "url": "https://s.example/tee",
        "image_url": "https://i.example/red.jpg",
        "media_urls": ["https://i.example/red.jpg", "https://i.example/tee.jpg"],
        "media_alts": ["", "All colours"],
        "categories": ["wear/shirts"],
        "values": {"colour=red", "condition=new"},
    }
    assert (yen["price"], yen["currency"], yen["description"]) == (1999.0, "JPY", "Soft")


def test_details_of_amazon_may_be_an_object_or_its_text(read: Read) -> None:
    details = {"UPC": "036000291452", "Material": "Glass", "Color": "Blue"}
    base: dict[str, Any] = {"title": "File", "features": [], "price": None, "store": "Nord"}
    rows = [
        base | {"parent_asin": "A", "details": details},
        base | {"parent_asin": "B", "details": orjson.dumps(details).decode()},
        base | {"parent_asin": "C", "details": str(details)},
        base | {"parent_asin": "D", "details": "no object"},
    ]
    report, found = read("catalog", "amazon_products_2023", "meta.jsonl", rows)
    for row in found[:3]:
        assert row["gtins"] == ["00036000291452"]
        assert row["values"] == {"material=glass", "colour=blue"}
    assert report.reasons == {"wrong_type details": 1}


def test_amazon_pictures_come_once_in_their_largest_size(read: Read) -> None:
    sizes = {"hi_res": None, "large": "https://i.example/l.jpg", "thumb": "https://i.example/t.jpg"}
    other = {"hi_res": "https://i.example/h.jpg", "large": "https://i.example/m.jpg"}
    base: dict[str, Any] = {"title": "File", "features": [], "details": {}}
    rows = [base | {"parent_asin": id_, "images": [sizes, other]} for id_ in "AB"]
    _, found = read("catalog", "amazon_products_2023", "meta.jsonl", rows)
    assert found[0]["image_url"] == "https://i.example/l.jpg"
    assert found[0]["media_urls"] == ["https://i.example/l.jpg", "https://i.example/m.jpg"]


def test_amazon_of_2018_prefers_the_pictures_of_high_resolution(read: Read) -> None:
    row = {"asin": "B", "title": "File", "also_buy": [], "also_view": [], "main_cat": "Office"}
    pictures = {
        "imageURL": ["https://i.example/s.jpg"],
        "imageURLHighRes": ["https://i.example/h.jpg"],
    }
    _, found = read("catalog", "amazon_products_2018", "meta2.jsonl", [row | pictures])
    assert found[0]["media_urls"] == ["https://i.example/h.jpg"]


def test_amazon_reviews_of_2018_are_known_without_votes(read: Read) -> None:
    rows = [
        {
            "overall": 5.0,
            "verified": True,
            "reviewerID": "U",
            "asin": "A",
            "reviewText": "Good",
            "summary": "Fine",
            "unixReviewTime": 1588687728,
        }
    ]
    _, found = read("reviews", "amazon_reviews_2018", "reviews.jsonl", rows)
    assert (found[0]["product"], found[0]["rating"]) == ("product:amazon:A", 5.0)


def test_yelp(read: Read) -> None:
    business = {
        "business_id": "X",
        "name": "Corner Café",
        "address": "1 Main St",
        "city": "Tampa",
        "state": "FL",
        "stars": 4.5,
        "review_count": 12,
        "is_open": 1,
        "categories": "Cafes, Food",
    }
    _, found = read("catalog", "yelp_businesses", "business.json", [business, business])
    assert found[0]["title"] == "Corner Café"
    assert found[0]["categories"] == ["cafes", "food"]
    review = {
        "review_id": "K1",
        "user_id": "U",
        "business_id": "X",
        "stars": 3,
        "useful": 1,
        "text": "Fine.",
        "date": "2018-07-07 22:09:11",
    }
    _, found = read(
        "reviews", "yelp_reviews", "review.json", [review, review | {"review_id": "K2"}]
    )
    assert [row["product"] for row in found[1:]] == ["product:yelp:X"] * 2
    assert found[1]["helpful"] == 1


def test_retailrocket_and_rees46(read: Read) -> None:
    text = """\
timestamp,visitorid,event,itemid,transactionid
1433221332117,257597,view,355908,
1433224214164,992329,addtocart,248676,
1433223236124,111016,transaction,318965,4000
"""
    _, rows = read("events", "retailrocket_events", "clicks.csv", text)
    assert [row[:2] for row in _bought(rows)] == [
        ("view", "product:retailrocket:355908"),
        ("cart", "product:retailrocket:248676"),
        ("purchase", "product:retailrocket:318965"),
    ]
    text = """\
event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session
2019-10-01 00:00:00 UTC,view,1,2,,nord,35.79,5,s
2019-10-01 00:00:01 UTC,remove_from_cart,1,2,,nord,35.79,5,s
2019-10-01 00:00:02 UTC,gaze,1,2,,nord,35.79,5,s
"""
    report, rows = read("events", "rees46_events", "2019-Oct.csv", text)
    assert (report.written, report.skipped, report.rejected) == (1, 1, 1)
    assert _bought(rows)[3:] == [("view", "product:rees46:1", 35.79)]
    reason = orjson.loads(Path("2019-Oct.csv.rejected.jsonl").read_bytes().splitlines()[-1])
    assert "'gaze' is none of" in reason["detail"]
    assert "'skip'" in reason["detail"]


def _ga4(name: str, items: list[Any], **more: Any) -> dict[str, Any]:
    base = {"event_date": "20260105", "event_timestamp": "1767571200123456", "event_params": []}
    return base | {"event_name": name, "user_pseudo_id": "1.2", "items": items} | more


def test_ga4_gives_an_event_for_each_item(read: Read) -> None:
    two = [{"item_id": "A", "price": 18.0}, {"item_id": "B", "price": 59.0}]
    term = [{"key": "search_term", "value": {"string_value": "mug", "int_value": None}}]
    rows = [
        _ga4("view_item", two[:1], user_id=None),
        _ga4("purchase", two, user_id="u-9"),
        _ga4("purchase", [two[0], two[0]], user_id="u-9", event_timestamp="1767571200123999"),
        _ga4("view_item_list", two),
        _ga4("page_view", []),
        _ga4("view_search_results", [], event_params=term),
        _ga4("add_to_cart", []),
    ]
    report, found = read("events", "ga4_events", "events.jsonl", rows)
    # Two equal items of one purchase are two events; an event that needs an item has one.
    assert (report.rows, report.written, report.skipped, report.rejected) == (10, 6, 3, 1)
    assert _bought(found) == [
        ("view", "product:ga4:A", 18.0),
        ("purchase", "product:ga4:A", 18.0),
        ("purchase", "product:ga4:B", 59.0),
        ("purchase", "product:ga4:A", 18.0),
        ("purchase", "product:ga4:A", 18.0),
        ("query", None, None),
    ]
    assert found[-1]["query"] == "mug"
    assert found[0]["user"] == found[-1]["user"] != found[1]["user"]
    again, _ = read("events", "ga4_events", "events.jsonl", rows)
    assert (again.written, again.unchanged) == (0, 6)


def test_segment_gives_an_event_for_each_product(read: Read) -> None:
    base = {"type": "track", "anonymousId": "a", "timestamp": "2026-01-05T10:00:00.000Z"}
    products = [{"product_id": "A", "price": 18}, {"sku": "B", "price": 59}]
    calls = [
        ("Product Viewed", {"product_id": "A", "price": 18}),
        ("Order Completed", {"order_id": "1", "products": products}),
        ("Products Searched", {"query": "mug"}),
        ("Product List Viewed", {"products": products}),
    ]
    rows = [
        base | {"messageId": f"m{n}", "event": event, "properties": properties}
        for n, (event, properties) in enumerate(calls)
    ]
    report, found = read("events", "segment_events", "track.jsonl", rows)
    assert (report.rows, report.written, report.skipped) == (6, 4, 2)
    assert _bought(found) == [
        ("view", "product:segment:A", 18.0),
        ("purchase", "product:segment:A", 18.0),
        ("purchase", "product:segment:B", 59.0),
        ("query", None, None),
    ]
    assert [row["id"] for row in found] == ["m0", "m1/0", "m1/1", "m2"]
