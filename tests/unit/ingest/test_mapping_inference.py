"""Proposals of mappings: by names in many languages and by values, over the whole file."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catalograph.errors import MappingProposalError
from catalograph.ingest import propose_for_file
from catalograph.ingest.mapping import CatalogMapping, EventMapping, ReviewMapping, parse_mapping
from catalograph.ingest.mapping_inference import MappingProposal, propose
from catalograph.ingest.mapping_inference.name_encoder import compare_names
from catalograph.ingest.mapping_inference.names import attribute_name, match_name, read_name
from catalograph.ingest.mapping_inference.profiles import DistinctSketch, profile_rows
from catalograph.ingest.readers import open_feed
from catalograph.schema import EventKind
from tests.shop_feeds import FIELDS, NAMES, gtin, shop_rows, write_table


def catalogue(path: Path) -> tuple[MappingProposal, CatalogMapping]:
    """Infer a catalogue's mapping; what it writes reads as the same mapping."""
    with open_feed(path) as file:
        proposal = propose(file, "catalog", shipped=False)
    assert isinstance(proposal.mapping, CatalogMapping)
    assert parse_mapping(proposal.to_yaml(), "proposal") == proposal.mapping
    return proposal, proposal.mapping


def write_lines(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return path


@pytest.mark.parametrize("language", sorted(NAMES))
def test_names_of_many_languages_and_values_give_each_field_its_column(
    tmp_path: Path, language: str
) -> None:
    names = dict(zip(FIELDS, NAMES[language].split(";"), strict=True))
    proposal, mapping = catalogue(
        write_table(tmp_path / "s.csv", list(names.values()), shop_rows())
    )
    found = {
        "id": mapping.id,
        "title": mapping.title,
        "brand": mapping.brand,
        "description": mapping.description,
        "category": mapping.category and mapping.category.columns,
        "price": mapping.price and mapping.price.column,
        "gtins": mapping.gtins,
        "availability": mapping.availability,
        "url": mapping.url,
        "image_url": mapping.image_url,
        "released": mapping.released and mapping.released.column,
    }
    many = {"id", "description", "category", "gtins"}
    assert found == {f: (names[f],) if f in many else names[f] for f in found}
    assert mapping.category is not None
    assert mapping.category.split == r"\s*>\s*"
    assert mapping.released is not None
    assert mapping.released.format == "%d.%m.%Y"  # the 28th of some month decides
    attributes = {a.attribute: a for a in mapping.attributes}  # type: ignore[union-attr]
    assert set(attributes) == {"weight", "colour"}
    assert attributes["weight"].unit in ("kg", "公斤")  # type: ignore[union-attr,operator]
    assert names["cost"] in dict(proposal.unused)
    assert proposal.warnings == ()


@pytest.mark.parametrize("language", sorted(NAMES))
def test_each_line_has_a_reason_and_a_sample(tmp_path: Path, language: str) -> None:
    names = NAMES[language].split(";")
    proposal, _ = catalogue(write_table(tmp_path / "s.csv", names, shop_rows()))
    lines = proposal.to_yaml().splitlines()
    fields = [n for n, line in enumerate(lines) if line[:1].isalpha() or line.startswith("  - ")]
    bare = [lines[n] for n in fields if not lines[n - 1].lstrip().startswith("#")]
    assert bare == ["attributes:"]  # its parts have theirs
    assert "e.g. Kettle model 0 with lid" in proposal.comments["title"]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("Price (INR)", {"currency": "INR", "plain": "price"}),
        ("价格(元)", {"currency": "CNY", "plain": "价格"}),
        ("priceEUR", {"currency": "EUR", "plain": "price"}),
        ("Preis in €", {"currency": "EUR", "plain": "preis"}),
        ("販売価格（円）", {"currency": "JPY", "plain": "販売価格"}),
        ("name-en_US", {"language": "en_US", "plain": "name", "pattern": "name-{language}"}),
        ("product_name_de", {"language": "de", "pattern": "product_name_{language}"}),
        (
            "description-en_US-ecommerce",
            {"channel": "ecommerce", "pattern": "description-{language}-{channel}"},
        ),
        ("Weight (kg)", {"unit": "kg", "plain": "weight"}),
        ("length_cm", {"unit": "cm", "plain": "length"}),
        ("净重（克）", {"unit": "克", "plain": "净重"}),
        ("subcategory_2", {"number": 2, "base": "subcategory"}),
        ("Attribute 1 value(s)", {"unit": None}),
    ],
)
def test_a_name_is_read_for_what_it_says(column: str, expected: dict[str, Any]) -> None:
    name = read_name(column)
    assert {field: getattr(name, field) for field in expected} == expected


@pytest.mark.parametrize(
    ("column", "attribute"),
    [
        ("PrimaryColor", "colour"),
        ("颜色", "colour"),
        ("Farbe", "colour"),
        ("材质", "material"),
        ("Talla", "size"),
        ("Google Shopping / Gender", "gender"),
        ("Item Weight", "weight"),
        ("净重", "net weight"),
        ("Abmessungen", "dimensions"),
        ("Puissance (W)", "power"),
        ("Collar Type", "collar type"),
    ],
)
def test_attributes_have_the_names_that_rules_use(column: str, attribute: str) -> None:
    assert attribute_name(column) == attribute


def test_a_cost_or_a_rank_is_never_another_field() -> None:
    for column in ("EK-Preis", "成本价", "salesrank", "Best Sellers Rank"):
        best = max(match_name("catalog", column).items(), key=lambda item: item[1].score)[0]
        assert best in ("-cost", "-rank")


def test_an_id_that_several_rows_share_gets_further_columns(tmp_path: Path) -> None:
    rows = [
        {"sku": f"K{n // 3}", "name": f"Shirt {n // 3}", "size": "SML"[n % 3], "price": 9 + n}
        for n in range(60)
    ]
    proposal, mapping = catalogue(write_lines(tmp_path / "s.jsonl", rows))
    assert mapping.id == ("sku", "size")
    assert "20 distinct in 60 rows" in proposal.comments["id"]
    assert not any("id" in w for w in proposal.warnings)


def test_a_few_shared_ids_are_a_warning_that_counts_them(tmp_path: Path) -> None:
    rows = [
        {"sku": f"K{min(n, 97)}", "name": f"Desk lamp number {n}", "price": f"{n}.50 EUR"}
        for n in range(100)
    ]
    proposal, mapping = catalogue(write_lines(tmp_path / "s.jsonl", rows))
    assert mapping.id == ("sku",)
    assert proposal.warnings == (
        "2 of 100 rows share an id (sku) with another row of other content ('K97' 3 times); the "
        "last row of each id is kept.",
    )
    assert proposal.to_yaml().startswith("# WARNING: 2 of 100 rows share an id (sku)")


def test_uniqueness_is_judged_over_the_whole_file(tmp_path: Path) -> None:
    """The first thousands of rows are unique; later ones are not."""
    rows = [{"code": n % 4_000, "sku": f"S{n}", "name": f"Cup number {n}"} for n in range(6_000)]
    _, mapping = catalogue(write_lines(tmp_path / "s.jsonl", rows))
    assert mapping.id == ("sku",)


def test_without_an_id_brand_and_title_identify_a_product(tmp_path: Path) -> None:
    rows = [
        {"Label": ("Cream", "Serum")[n % 2], "Brand": f"B{n % 7}", "Name": f"Soft thing {n // 7}"}
        for n in range(140)
    ]
    _, mapping = catalogue(write_lines(tmp_path / "s.jsonl", rows))
    assert mapping.id == ("Brand", "Name")


@pytest.mark.parametrize(
    ("header", "row", "said"),
    [
        (
            ["enabled", "quantity"],
            lambda n: [n % 2, n % 7],
            ["'quantity' has 7 distinct in 40 rows"],
        ),
        (["sku", "enabled"], lambda n: [f"S{n}", n % 2], ["title", "'enabled' holds yes and no"]),
        (
            ["1001", "9.90", "https://x.example/1"],
            lambda n: [n, n, "https://x.example/2"],
            ["header"],
        ),
    ],
    ids=["no id", "no title", "no header"],
)
def test_a_required_field_is_never_a_fallback(
    tmp_path: Path, header: list[str], row: Any, said: list[str]
) -> None:
    path = write_table(tmp_path / "s.csv", header, [row(n) for n in range(40)])
    with pytest.raises(MappingProposalError) as caught:
        catalogue(path)
    assert [words for words in said if words not in str(caught.value)] == []


def test_a_file_without_readable_rows_says_why(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("id,title,price\n" + "1,Cup,5,50\n" * 60)
    with pytest.raises(MappingProposalError, match=r"None of the 60 rows .* header has 3"):
        catalogue(path)


@pytest.mark.parametrize(
    ("high", "low", "expected"),
    [
        ("actual_price", "discounted_price", {"price": "high", "sale_price": "low"}),
        ("原价", "促销价", {"price": "high", "sale_price": "low"}),
        ("Preis", "Aktionspreis", {"price": "high", "sale_price": "low"}),
        ("market price", "price", {"price": "low", "list_price": "high"}),
        ("UVP", "Preis", {"price": "low", "list_price": "high"}),
        ("price", "list price", {"price": "high"}),
    ],
)
def test_the_lower_of_two_prices_is_the_reduced_one(
    tmp_path: Path, high: str, low: str, expected: dict[str, str]
) -> None:
    """A former price that is lower than the price is none."""
    rows = [
        {"id": n, "title": f"Cup number {n}", low: f"{8 + n}.00 EUR", high: f"{10 + n}.00 EUR"}
        for n in range(30)
    ]
    proposal, mapping = catalogue(write_lines(tmp_path / "s.jsonl", rows))
    names = {"high": high, "low": low}
    columns = {
        field: part.column
        for field in ("price", "sale_price", "list_price")
        if (part := getattr(mapping, field)) is not None
    }
    assert columns == {field: names[name] for field, name in expected.items()}
    assert bool(proposal.warnings) == (len(expected) == 1)


@pytest.mark.parametrize(
    ("name", "cells", "expected"),
    [
        ("price (USD)", ["12.50", "1,299.00"], {"currency": "USD"}),
        ("price_cents", ["1250 EUR", "99 EUR"], {"divide_by": 100.0}),
        ("价格", ["￥12", "￥99"], {"warning": "no currency"}),
        ("Preis", ["12,50 €", "1.299 €"], {"decimal": ","}),
    ],
)
def test_currency_and_form_of_prices(
    tmp_path: Path, name: str, cells: list[str], expected: dict[str, Any]
) -> None:
    rows = [{"id": n, "title": f"Cup number {n}", name: cells[n % 2]} for n in range(30)]
    proposal, mapping = catalogue(write_lines(tmp_path / "s.jsonl", rows))
    assert mapping.price is not None
    if "warning" in expected:
        assert any(expected["warning"] in warning for warning in proposal.warnings)
    elif "currency" in expected:
        assert mapping.currency == expected["currency"]
    else:
        assert mapping.price.model_dump() | expected == mapping.price.model_dump()


def test_columns_for_several_languages_and_currencies_are_one_choice(tmp_path: Path) -> None:
    header = ["sku", "name-fr_FR", "name-en_US", "price-USD", "price-EUR"]
    rows = [[f"a{n}", f"Télé {n}", f"Screen {n}", "449.00", "399.00"] for n in range(20)]
    _, mapping = catalogue(write_table(tmp_path / "s.csv", header, rows))
    assert mapping.title == "name-{language}"
    assert mapping.price is not None
    assert mapping.price.column == "price-{currency}"
    assert mapping.choose.language == ("en_US", "fr_FR")
    assert mapping.choose.currency == ("USD", "EUR")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["A > B > C", "A > D", "E"], {"split": r"\s*>\s*"}),
        (["Clothing > Tops, Clothing > Sale", "Clothing > Tops"], {"paths": r"\s*,\s*"}),
        (["Home & Garden > Sofas, Beds > X", "Home & Garden > Sofas, Beds > Y"], {"paths": None}),
        (["家居/厨房/水杯", "家居/厨房/餐具", "数码/配件"], {"split": r"\s*/\s*"}),
        (["TV/Video", "Hi-Fi"], {"split": None}),
        (["tablets,sale", "phones,sale", "tablets"], {"form": "tags", "split": r"\s*,\s*"}),
        (["Cups, plates and bowls", "Pots"], {"split": None}),
    ],
)
def test_what_separates_categories(
    tmp_path: Path, cells: list[str], expected: dict[str, Any]
) -> None:
    rows = [
        {"id": n, "title": f"Cup number {n}", "category": cells[n % len(cells)]} for n in range(40)
    ]
    _, mapping = catalogue(write_lines(tmp_path / "s.jsonl", rows))
    assert mapping.category is not None
    assert {name: getattr(mapping.category, name) for name in expected} == expected


def test_several_category_columns_are_levels_of_one_path(tmp_path: Path) -> None:
    rows = [
        {
            "id": n,
            "title": f"Cup number {n}",
            "二级类目": f"b{n % 8}",
            "一级类目": f"a{n % 2}",
            "三级类目": f"c{n % 16}",
        }
        for n in range(64)
    ]
    _, mapping = catalogue(write_lines(tmp_path / "s.jsonl", rows))
    assert mapping.category is not None
    assert mapping.category.columns == ("一级类目", "二级类目", "三级类目")


def test_keys_and_values_within_cells_become_attributes(tmp_path: Path) -> None:
    rows = [
        {
            "id": n,
            "title": f"Cup number {n}",
            "specs": f"size={20 + n % 3}|colour=red|weight=3kg",
            "details": json.dumps({"Panel": "IPS", "Rate": "60 Hz"}),
            "params": [{"name": "Voltage", "value": "230 V"}, {"name": "Plug", "value": "F"}],
            "attrs": {"PrimaryColor": "red", "Fit": "slim"},
        }
        for n in range(30)
    ]
    _, mapping = catalogue(write_lines(tmp_path / "s.jsonl", rows))
    rules = {rule.column: (rule.split, rule.between) for rule in mapping.key_values}
    assert rules == {"specs": (r"\s*\|\s*", r"\s*=\s*"), "details": (None, None)}
    parts = [part.model_dump(exclude_defaults=True) for part in mapping.attributes]
    assert {"prefix": "specs."} in parts
    assert {"prefix": "attrs.", "rename": {"PrimaryColor": "colour"}} in parts
    assert {"pairs": "params"} in parts


def test_numbered_columns_of_names_and_values(tmp_path: Path) -> None:
    header = "ID;Name;Attribute 1 name;Attribute 1 value(s);Attribute 2 name;Attribute 2 value(s)"
    rows = [[n, f"Cup number {n}", "Color", "Blue, Red", "Size", "M"] for n in range(20)]
    _, mapping = catalogue(write_table(tmp_path / "s.csv", header.split(";"), rows))
    [part] = mapping.attributes
    assert part.model_dump(exclude_defaults=True) == {
        "name_column": "Attribute {n} name",
        "value_column": "Attribute {n} value(s)",
        "split": r"\s*,\s*",
    }


def test_nested_values_are_read_with_the_names_of_their_objects(tmp_path: Path) -> None:
    rows = [
        {
            "_id": {"$oid": f"5f{n:022x}"},
            "product": {
                "identifiers": {"sku": f"S{n}", "ean": gtin(n)},
                "names": {"en": f"Rain jacket {n}", "de": f"Regenjacke {n}"},
                "price": {"amount": 10.5 + n, "currency": "EUR"},
                "images": [{"url": f"https://x.example/{n}.jpg", "alt": "x"}],
                "attributes": [{"key": "Farbe", "value": "rot"}, {"key": "Fit", "value": "slim"}],
            },
        }
        for n in range(30)
    ]
    _, mapping = catalogue(write_lines(tmp_path / "s.jsonl", rows))
    assert mapping.model_dump(exclude_defaults=True, exclude={"source"}) == {
        "id": ("product.identifiers.sku",),
        "title": "product.names.en",
        "price": {"column": "product.price.amount", "currency_column": "product.price.currency"},
        "gtins": ("product.identifiers.ean",),
        "image_url": "product.images.0.url",
        "attributes": ({"pairs": "product.attributes", "name": "key"},),
    }


def test_quantities_are_attributes_though_each_row_has_its_own(tmp_path: Path) -> None:
    rows = [
        {"id": n, "title": f"Table number {n}", "Plateau": f"{40 + n} x 30 cm", "Puissance": n + 7}
        for n in range(30)
    ]
    _, mapping = catalogue(write_lines(tmp_path / "s.jsonl", rows))
    assert [a.model_dump(exclude_defaults=True) for a in mapping.attributes] == [
        {"column": "Plateau", "attribute": "plateau"},
        {"column": "Puissance", "attribute": "power"},
    ]


def test_a_unit_in_a_column_of_its_own(tmp_path: Path) -> None:
    rows = [
        {"id": n, "title": f"Cup number {n}", "weight": n + 0.5, "weight-unit": ("g", "kg")[n % 2]}
        for n in range(20)
    ]
    _, mapping = catalogue(write_lines(tmp_path / "s.jsonl", rows))
    assert mapping.derive == {"weight with unit": ("{weight} {weight-unit}",)}
    assert [a.model_dump(exclude_defaults=True) for a in mapping.attributes] == [
        {"column": "weight with unit", "attribute": "weight"}
    ]


def infer(path: Path, kind: Any, known: Any = None) -> Any:
    with open_feed(path) as file:
        proposal = propose(file, kind, "feed", known, shipped=False)
    assert parse_mapping(proposal.to_yaml(), "proposal") == proposal.mapping
    return proposal


def test_the_id_of_a_review_is_never_its_product(tmp_path: Path) -> None:
    rows = [
        {
            "review_id": f"K{n}",
            "user_id": f"m{n % 20}",
            "business_id": f"X{n % 9}",
            "stars": 1 + n % 5,
            "text": "Fine and good, would come again.",
            "date": "2018-07-07 22:09:11",
        }
        for n in range(60)
    ]
    mapping = infer(write_lines(tmp_path / "r.jsonl", rows), "reviews").mapping
    assert isinstance(mapping, ReviewMapping)
    assert (mapping.product, mapping.id, mapping.user) == ("business_id", ("review_id",), "user_id")
    assert (mapping.rating, mapping.text) == ("stars", "text")
    without = [{k: v for k, v in row.items() if k != "business_id"} for row in rows]
    with pytest.raises(MappingProposalError, match="'review_id' has another value in each of 60"):
        infer(write_lines(tmp_path / "w.jsonl", without), "reviews")


def test_reviews_in_german_and_chinese(tmp_path: Path) -> None:
    header = "Kundennummer;Produkt;Sterne;Titel;Bewertungstext;Datum;Verifizierter Kauf"
    rows = [
        [f"K{n % 9}", f"P{n % 7}", 1 + n % 5, f"Gut {n}", f"Das gefällt mir {n} mal sehr gut.",
         f"{1 + n % 28}.{1 + n % 12}.2025", ("ja", "nein")[n % 2]]
        for n in range(60)
    ]  # fmt: skip
    mapping = infer(write_table(tmp_path / "r.csv", header.split(";"), rows), "reviews").mapping
    assert mapping.model_dump(exclude_defaults=True, exclude={"source"}) == {
        "product": "Produkt",
        "user": "Kundennummer",
        "rating": "Sterne",
        "title": "Titel",
        "text": "Bewertungstext",
        "time": {"column": "Datum", "format": "%d.%m.%Y"},
        "verified": "Verifizierter Kauf",
    }
    header = "评论编号;用户名;商品编号;评分;评论内容;评论时间"
    rows = [
        [f"R{n}", f"用户{n % 9}", f"S{n % 7}", 1 + n % 5, "质量很好，物流很快", "2025-01-11"]
        for n in range(40)
    ]
    mapping = infer(write_table(tmp_path / "z.csv", header.split(";"), rows), "reviews").mapping
    assert (mapping.id, mapping.product, mapping.user) == (("评论编号",), "商品编号", "用户名")
    assert (mapping.rating, mapping.text) == ("评分", "评论内容")


def test_ids_that_the_graph_knows_decide(tmp_path: Path) -> None:
    rows = [
        {"a": f"S{n % 6}", "b": f"T{n % 5}", "stars": 1 + n % 5, "text": "Nice and good enough"}
        for n in range(40)
    ]

    def known(ids: Sequence[str]) -> dict[str, float]:
        return {"shop": sum(id_.startswith("T") for id_ in ids) / len(ids)}

    proposal = infer(write_lines(tmp_path / "r.jsonl", rows), "reviews", known)
    assert (proposal.mapping.product, proposal.mapping.product_source) == ("b", "shop")
    assert "100 %" in proposal.comments["product"]


@pytest.mark.parametrize(
    ("header", "row", "event"),
    [
        (
            "用户id;商品id;行为类型;时间",
            lambda n: [n % 9, n % 7, ("浏览", "加购", "购买")[n % 3], 1760000000 + n],
            {"浏览": EventKind.VIEW, "加购": EventKind.CART, "购买": EventKind.PURCHASE},
        ),
        (
            "visitor;aktion;artikel;zeit",
            lambda n: [f"v{n % 9}", ("Ansicht", "Warenkorb")[n % 2], f"A{n % 7}", 1760000000 + n],
            {"Ansicht": EventKind.VIEW, "Warenkorb": EventKind.CART},
        ),
        (
            "Bestellnummer;Bestelldatum;Kundennummer;Artikelnummer;Menge",
            lambda n: [f"B{n // 2}", f"{1 + n % 28}.01.2026", f"K{n % 9}", f"A{n % 7}", 1],
            EventKind.PURCHASE,
        ),
    ],
    ids=["zh", "de", "orders"],
)
def test_kinds_of_events_by_values_or_by_the_form(
    tmp_path: Path, header: str, row: Any, event: Any
) -> None:
    path = write_table(tmp_path / "e.csv", header.split(";"), [row(n) for n in range(60)])
    mapping = infer(path, "events").mapping
    assert isinstance(mapping, EventMapping)
    if isinstance(event, EventKind):
        assert mapping.event.constant is event
    else:
        assert mapping.event.values == event
    assert mapping.product is not None
    assert mapping.user is not None
    assert mapping.time is not None


def test_events_of_no_interest_are_skipped_and_unknown_ones_named(tmp_path: Path) -> None:
    rows = [
        {
            "name": ("view_item", "page_view", "purchase", "wobble")[n % 4],
            "user_pseudo_id": f"u{n % 5}",
            "event_timestamp": 1767571200123456 + n,
            "items": [] if n % 4 == 1 else [{"item_id": f"S{n % 6}"}, {"item_id": f"S{n % 7}"}],
        }
        for n in range(60)
    ]
    proposal = infer(write_lines(tmp_path / "e.jsonl", rows), "events")
    mapping = proposal.mapping
    assert (mapping.each, mapping.product) == ("items", "items.item_id")
    assert mapping.event.values == {"view_item": EventKind.VIEW}
    assert set(mapping.event.skip) == {"page_view", "wobble"}
    assert any("'wobble' (15)" in warning for warning in proposal.warnings)


def test_events_without_a_kind_are_refused(tmp_path: Path) -> None:
    rows = [{"user": f"u{n % 5}", "item": f"i{n % 9}", "ts": 1760000000 + n} for n in range(40)]
    with pytest.raises(MappingProposalError, match="constant: purchase"):
        infer(write_lines(tmp_path / "e.jsonl", rows), "events")


def test_a_shipped_mapping_that_fits_is_proposed_first(tmp_path: Path) -> None:
    header = ["id", "title", "description", "link", "image_link", "price", "availability"]
    rows = [
        [n, f"Cup {n}", "Nice", "https://x.example", "https://x.example/i.jpg", "5 EUR", "in stock"]
        for n in range(5)
    ]
    path = write_table(tmp_path / "any.csv", header, rows)
    proposal = propose_for_file(path, "catalog", "myshop")
    assert proposal.shipped == "google_merchant"
    assert proposal.mapping.source == "myshop"
    assert "e.g. Cup 0" in proposal.comments["title"]
    path = write_table(tmp_path / "any.csv", header, [[1, *row[1:]] for row in rows])
    with pytest.raises(MappingProposalError):  # its id is not unique, so it does not fit
        propose_for_file(path, "catalog")


def test_distinct_values_are_exact_up_to_a_bound_then_estimated() -> None:
    rows = [{"n": str(n % 10_000), "m": str(n)} for n in range(30_000)]
    profile = profile_rows(rows)
    assert profile.columns["n"].distinct == 10_000
    assert profile.columns["m"].distinct == pytest.approx(30_000, rel=0.04)
    assert len(profile.sample) == 2_000
    sketch = DistinctSketch(4)
    for value in (5, 5, 9):
        sketch.add(value)
    assert (sketch.count, sketch.is_exact) == (2, True)


def test_rows_of_variants_inherit_what_they_leave_out(tmp_path: Path) -> None:
    """Variants name no product, and a further picture has a row of its own."""
    header = "Gruppe;Produktname;Beschreibung;Marke;SKU;Größe;Preis;Bild"
    rows: list[list[Any]] = []
    for p in range(20):
        said = [f"Hemd {p} aus Leinen", f"Ein Hemd, Nummer {p}, luftig und leicht", "Sund"]
        for v in range(1 + p % 4):
            shared = said if v == 0 else ["", "", ""]
            rows.append([f"P{p}", *shared, f"S{p}-{v}", "SML"[v % 3], f"{20 + p},90 €", "b.jpg"])
        rows.append([f"P{p}", "", "", "", "", "", "", "c.jpg"])
    proposal, mapping = catalogue(write_table(tmp_path / "s.csv", header.split(";"), rows))
    assert mapping.inherit is not None
    assert mapping.inherit.key == mapping.group == "Gruppe"
    assert mapping.inherit.columns == ("Produktname", "Beschreibung", "Marke")
    assert [(c.column, c.blank) for c in mapping.where] == [("SKU", False)]
    assert (mapping.id, mapping.title) == (("SKU",), "Produktname")
    assert proposal.warnings == ()


def test_lines_of_an_order_inherit_its_customer_and_time(tmp_path: Path) -> None:
    rows = [
        {
            "Order": f"#{n // 3}",
            "Email": f"a{n % 7}@x.example" if n % 3 == 0 else "",
            "Created at": "2026-01-05 10:00:00" if n % 3 == 0 else None,
            "Lineitem sku": f"S{n % 9}",
            "Lineitem quantity": 1,
        }
        for n in range(60)
    ]
    mapping = infer(write_lines(tmp_path / "o.jsonl", rows), "events").mapping
    assert mapping.inherit is not None
    assert (mapping.inherit.key, mapping.inherit.columns) == ("Order", ("Email", "Created at"))
    assert (mapping.user, mapping.event.constant) == ("Email", EventKind.PURCHASE)


class WordEncoder:
    """An encoder whose vectors are counts of the letters of a text."""

    dimension = 26

    def encode_documents(self, texts: Sequence[str]) -> Any:
        counts = np.array([[text.count(chr(97 + n)) for n in range(26)] for text in texts], float)
        return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-9)

    encode_queries = encode_documents


def test_names_that_the_table_does_not_know_are_compared_by_the_encoder(tmp_path: Path) -> None:
    rows = [
        {"zzz sku": f"S{n}", "eltit": f"Rain jacket number {n}", "qqq": f"{n}.50"}
        for n in range(30)
    ]
    path = write_lines(tmp_path / "s.jsonl", rows)
    with open_feed(path) as file:
        by_encoder = propose(
            file, "catalog", similarities=compare_names("catalog", WordEncoder()), shipped=False
        )
    assert by_encoder.mapping.title == "eltit"  # type: ignore[union-attr]
    assert "by meaning" in by_encoder.comments["title"]
    assert "by meaning" not in catalogue(path)[0].comments["title"]


@pytest.mark.parametrize("key", ["nombre", "name", "bezeichnung", "名称"])
def test_ids_count_before_names_as_the_product_of_a_review(tmp_path: Path, key: str) -> None:
    rows = [
        {
            "producto": {"id": f"C{n % 8}", key: "Hervidor"},
            "cliente": f"cl{n % 15}",
            "valoracion": 1 + n % 5,
            "opinion": "Muy silencioso y bonito.",
        }
        for n in range(40)
    ]
    proposal = infer(write_lines(tmp_path / "r.jsonl", rows), "reviews")
    assert proposal.mapping.product == "producto.id"
    assert not any("one product" in warning for warning in proposal.warnings)


def test_reviews_of_one_product_are_a_warning_that_names_the_column(tmp_path: Path) -> None:
    rows = [
        {"sku": "S1", "user": f"u{n % 9}", "rating": 1 + n % 5, "text": "Fine and good, again."}
        for n in range(30)
    ]
    proposal = infer(write_lines(tmp_path / "r.jsonl", rows), "reviews")
    assert proposal.mapping.product == "sku"
    assert any("one product (sku)" in warning for warning in proposal.warnings)


@pytest.mark.parametrize(
    "name", ["口コミ番号", "No.", "Nr.", "Numéro", "N°", "评价单号", "Beleg-Nr."]
)
def test_numbers_of_rows_are_the_id_of_reviews(tmp_path: Path, name: str) -> None:
    rows = [(900 + n, f"A{n % 7}", 1 + n % 5, "Fine and good.") for n in range(40)]
    path = write_table(tmp_path / "r.csv", [name, "sku", "rating", "text"], rows)
    mapping = infer(path, "reviews").mapping
    assert isinstance(mapping, ReviewMapping)
    assert (mapping.id, mapping.product) == ((name,), "sku")
    doubled = write_table(tmp_path / "d.csv", [name, "sku", "rating", "text"], [*rows, *rows[:9]])
    assert infer(doubled, "reviews").mapping.id is None


@pytest.mark.parametrize(
    ("listed", "own"),
    [
        ("UVP in EUR", "Verkaufspreis in EUR"),
        ("RRP", "Price"),
        ("MSRP", "Our price"),
        ("Prix conseillé", "Prix TTC"),
        ("PVP recomendado", "PVP"),
        ("Prezzo consigliato", "Prezzo"),
        ("原价", "售价"),
        ("定价", "零售价"),
        ("参考価格", "販売価格"),
        ("定価", "価格"),
    ],
)
def test_recommended_prices_are_list_prices(tmp_path: Path, listed: str, own: str) -> None:
    rows = [(f"A{n}", f"Pan of iron {n}", f"{n + 20}.50", f"{n + 10}.50") for n in range(30)]
    path = write_table(tmp_path / "s.csv", ["sku", "name", listed, own], rows)
    mapping = catalogue(path)[1]
    assert mapping.price is not None
    assert mapping.list_price is not None
    assert (mapping.price.column, mapping.list_price.column) == (own, listed)


@pytest.mark.parametrize("sign", ["->", "»", "›", "::", "\\"])
@pytest.mark.parametrize("name", ["fil_ariane", "breadcrumb", "CATEGORYTEXT", "面包屑", "パンくず"])
def test_paths_of_categories_have_many_names_and_signs(
    tmp_path: Path, name: str, sign: str
) -> None:
    paths = [("Home", "Tea"), ("Home", "Pans"), ("Style", "Bags")]
    rows = [(f"A{n}", f"Pan of iron {n}", sign.join(paths[n % 3])) for n in range(30)]
    path = write_table(tmp_path / "s.csv", ["sku", "name", name], rows)
    category = catalogue(path)[1].category
    assert category is not None
    assert (category.columns, category.form) == ((name,), "path")
    assert category.split is not None
    assert re.split(category.split, f"Home{sign}Tea") == ["Home", "Tea"]


@pytest.mark.parametrize(
    ("cell", "columns"),
    [
        (lambda path: list(path), ("kategorien",)),
        (lambda path: [list(path)], ("kategorien.0",)),
        (
            lambda path: [{"id": 1, "bezeichnung": name} for name in path],
            ("kategorien.0.bezeichnung", "kategorien.1.bezeichnung"),
        ),
    ],
    ids=["names", "paths", "objects"],
)
def test_lists_of_category_names_are_paths(tmp_path: Path, cell: Any, columns: Any) -> None:
    paths = [("Home", "Tea"), ("Home", "Pans"), ("Style", "Bags")]
    rows = [
        {"sku": f"A{n}", "titel": f"Pan of iron {n}", "kategorien": cell(paths[n % 3])}
        for n in range(30)
    ]
    category = catalogue(write_lines(tmp_path / "s.jsonl", rows))[1].category
    assert category is not None
    assert (category.columns, category.form) == (columns, "path")


@pytest.mark.parametrize(
    ("name", "value"),
    [("name", "wert"), ("nom", "valeur"), ("nombre", "valor"), ("名称", "值"), ("項目", "値")],
)
def test_pairs_have_keys_in_many_languages(tmp_path: Path, name: str, value: str) -> None:
    rows = [
        {
            "sku": f"A{n}",
            "title": f"Pan of iron {n}",
            "marque": {"nom": ["Norvane", "Ilmora"][n % 2]},
            "details": {"couleur": ["bleu", "noir", "vert"][n % 3]},
            "attributes": [{name: "Material", value: ["Oak", "Steel"][n % 2]}],
        }
        for n in range(30)
    ]
    mapping = catalogue(write_lines(tmp_path / "s.jsonl", rows))[1]
    parts = [part.model_dump(exclude_none=True) for part in mapping.attributes]
    assert {"pairs": "attributes", "name": name, "value": value} in parts
    assert mapping.brand == "marque.nom"
    assert mapping.description is None


def test_stock_is_a_quantity_or_a_state_by_its_values(tmp_path: Path) -> None:
    rows = [(f"A{n}", f"急須 {n}", n % 9, ["在庫あり", "在庫なし"][n % 2]) for n in range(30)]
    head = ["商品番号", "商品名", "在庫数"]
    numbers = catalogue(write_table(tmp_path / "n.csv", head, [row[:3] for row in rows]))[1]
    assert (numbers.quantity, numbers.availability) == ("在庫数", None)
    words = [(*row[:2], row[3]) for row in rows]
    states = catalogue(write_table(tmp_path / "w.csv", [*head[:2], "在庫"], words))[1]
    assert (states.quantity, states.availability) == (None, "在庫")


def test_codes_and_pictures_beside_the_main_ones_are_mapped(tmp_path: Path) -> None:
    rows = [
        {
            "product_id": 1000 + n,
            "title": f"Pan of iron {n}",
            "sku": f"SK-{n}",
            "photos": [f"https://x.example/{n}.jpg", f"https://x.example/{n}-2.jpg"],
        }
        for n in range(30)
    ]
    proposal, mapping = catalogue(write_lines(tmp_path / "s.jsonl", rows))
    assert (mapping.id, mapping.sku, mapping.image_url) == (("product_id",), "sku", "photos")
    assert mapping.images is not None
    assert mapping.images.columns == ("photos",)
    assert any("'product_id'" in w and "'sku'" in w for w in proposal.warnings)


@pytest.mark.parametrize(
    "name", ["Item description", "Bezeichnung", "Désignation", "Descripción corta", "商品描述"]
)
def test_a_description_is_the_title_only_where_no_other_text_is(tmp_path: Path, name: str) -> None:
    rows = [(f"A{n}", f"Bookshelf speaker Corda {n}", f"{n}.50") for n in range(30)]
    path = write_table(tmp_path / "s.csv", ["sku", name, "price"], rows)
    mapping = catalogue(path)[1]
    assert (mapping.title, mapping.description) == (name, None)
    long = [(*row, f"Fine sound for small rooms {n}.") for n, row in enumerate(rows)]
    path = write_table(tmp_path / "t.csv", ["sku", "name", "price", "description"], long)
    assert catalogue(path)[1].description == ("description",)


def test_codes_that_never_repeat_are_the_id_under_any_name(tmp_path: Path) -> None:
    rows = [(f"qx-{n}", f"A{n % 7}", 1 + n % 5, "Fine and good.") for n in range(40)]
    path = write_table(tmp_path / "r.csv", ["qqq", "sku", "rating", "text"], rows)
    found = infer(path, "reviews").mapping
    assert isinstance(found, ReviewMapping)
    assert found.id == ("qqq",)
    few = write_table(tmp_path / "f.csv", ["qqq", "sku", "rating", "text"], rows[:9])
    assert infer(few, "reviews").mapping.id is None
