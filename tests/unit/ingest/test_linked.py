"""Products of JSON-LD as web shops write it."""

import json
from pathlib import Path
from typing import Any

import pytest

from catalograph.ingest import CatalogMapping, find_mapping, ingest_catalog
from catalograph.ingest.readers import open_feed
from catalograph.ingest.readers.linked import products
from catalograph.schema import Rejection, SourceRecord
from catalograph.settings import Settings

from .conftest import MemoryWriter

GRAPH = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "Product", "@id": "#v2", "sku": "V2", "offers": {"@id": "#o2"}},
        {
            "@type": "ProductGroup",
            "@id": "#g",
            "productGroupID": "PG-7",
            "sku": "PG",
            "url": "https://x.example/g",
            "name": "Sock",
            "brand": {"@type": "Organization", "@id": "#org"},
            "hasVariant": [{"@id": "#v2"}, {"@type": "Product", "sku": "V1", "name": "Sock 1"}],
        },
        {"@type": "Organization", "@id": "#org", "name": "Sund"},
        {"@type": "Offer", "@id": "#o2", "price": "9.50", "priceCurrency": "EUR"},
        {"@type": "Product", "@id": "#late", "name": "Lamp", "sku": "L"},
        {"@type": "Offer", "itemOffered": {"@id": "#late"}, "price": 7, "priceCurrency": "CNY"},
        {"@type": "Product", "sku": "M", "name": "Cup", "inProductGroupWithID": "PG-9"},
        {"@type": "Product", "sku": "N", "name": "Mug", "isVariantOf": {"@id": "#g"}},
    ],
}


def test_things_are_resolved_wherever_they_are_described() -> None:
    rows = {row["id"]: row for row in products(GRAPH)}
    assert list(rows) == ["V2", "V1", "L", "M", "N"]
    group = {"productGroupID": "PG-7", "brand": "Sund", "url": "https://x.example/g"}
    for id_, name in (("V2", "Sock"), ("V1", "Sock 1"), ("N", "Mug")):
        assert {n: rows[id_][n] for n in (*group, "name")} == group | {"name": name}
    assert (rows["V2"]["price"], rows["V2"]["priceCurrency"]) == ("9.50", "EUR")
    assert (rows["L"]["price"], rows["L"]["priceCurrency"]) == (7, "CNY")
    assert rows["M"]["productGroupID"] == "PG-9"


def test_references_hold_across_the_elements_of_an_array(tmp_path: Path) -> None:
    for text in (json.dumps(GRAPH["@graph"], indent=1), json.dumps(GRAPH["@graph"])):
        path = tmp_path / "x"
        path.write_text(text)
        with open_feed(path) as feed:
            rows = [row.fields for row in feed.rows() if not isinstance(row.fields, Rejection)]
        assert [row["id"] for row in rows] == ["V2", "V1", "L", "M", "N"]
        assert rows[0]["brand"] == "Sund"


def specified(price: str, **more: Any) -> dict[str, Any]:
    return {"@type": "UnitPriceSpecification", "price": price, "priceCurrency": "EUR", **more}


@pytest.mark.parametrize(
    ("offers", "price", "sale"),
    [
        ({"priceSpecification": specified("5")}, "5", None),
        (
            {
                "priceSpecification": [
                    specified("15.90", priceType="https://schema.org/ListPrice"),
                    specified("13.90"),
                ]
            },
            "15.90",
            "13.90",
        ),
        (
            {
                "price": "8",
                "priceCurrency": "EUR",
                "priceSpecification": specified("10", priceType="StrikethroughPrice"),
            },
            "10",
            "8",
        ),
        ({"priceSpecification": specified("10", priceType="ListPrice")}, "10", None),
        (
            {
                "priceSpecification": [
                    specified("2", referenceQuantity={"value": "100", "unitCode": "MLT"}),
                    specified("6", validForMemberTier={"name": "Gold"}),
                    {"@type": "DeliveryChargeSpecification", "price": "3"},
                    specified("7", priceType="https://schema.org/SalePrice"),
                ]
            },
            "7",
            None,
        ),
        (
            {
                "@type": "AggregateOffer",
                "offers": [
                    {"price": "12.90", "priceCurrency": "EUR", "availability": "InStock"},
                    {"price": 11.5, "priceCurrency": "EUR", "availability": "OutOfStock"},
                ],
            },
            11.5,
            None,
        ),
        ({"@type": "AggregateOffer", "lowPrice": "9", "priceCurrency": "EUR"}, "9", None),
    ],
)
def test_prices_by_their_type(offers: dict[str, Any], price: object, sale: object) -> None:
    [row] = products({"@type": "Product", "sku": "1", "name": "x", "offers": offers})
    assert (row["price"], row.get("salePrice"), row["priceCurrency"]) == (price, sale, "EUR")


@pytest.mark.parametrize(
    ("before", "after"),
    [("", ""), ("//<![CDATA[\n", "\n//]]>"), ("/*<![CDATA[*/", "/*]]>*/"), ("<!--\n", "\n-->")],
)
def test_scripts_of_old_pages_are_read(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "x.html"
    path.write_text(
        f'<html><script type="application/ld+json">{before}{{"@type": "Product", "sku": "1",\n'
        f'"name": "Line\nbreak", "brand": {{"@id": "#b"}}, "tags": ["a", ],}}{after}</script>'
        '<script type="application/ld+json">{"@id": "#b", "name": "无印"}</script>'
    )
    with open_feed(path) as feed:
        [row] = feed.rows()
    assert not isinstance(row.fields, Rejection)
    assert (row.fields["name"], row.fields["brand"]) == ("Line\nbreak", "无印")


def test_brands_groups_and_sale_prices_reach_the_records(
    tmp_path: Path, writer: MemoryWriter, settings: Settings
) -> None:
    """Given the shipped mapping, a page's product has two brands, its group and both prices."""
    path = tmp_path / "x.json"
    product = {
        "@type": "Product",
        "sku": "1",
        "name": "Socks",
        "brand": [{"@type": "Brand", "name": "Sund"}, {"@type": "Brand", "name": "Sund Kids"}],
        "inProductGroupWithID": "PG",
        "offers": {
            "price": "8",
            "priceCurrency": "EUR",
            "priceSpecification": specified("10", priceType="https://schema.org/ListPrice"),
        },
    }
    path.write_text(json.dumps(product))
    ingest_catalog([path], writer, settings, find_mapping("schema_org_products"))
    [record] = writer.records.values()
    assert isinstance(record, SourceRecord)
    node = record.nodes[0].properties
    assert (node["price"], node["sale_price"], node["group"]) == (10, 8, "PG")
    brands = [t.tail.properties["name"] for t in record.triples if t.relation == "HAS_BRAND"]
    assert brands == ["Sund", "Sund Kids"]


def test_brands_of_plain_json(tmp_path: Path, writer: MemoryWriter, settings: Settings) -> None:
    path = tmp_path / "x.jsonl"
    brands: tuple[Any, ...] = (
        ["Apple", "Beats"],
        {"name": "Apple"},
        [{"name": "Apple"}, "Beats"],
        {"id": 3},
        [],
    )
    path.write_text(
        "".join(
            json.dumps({"sku": str(n), "title": "x", "brand": brand}) + "\n"
            for n, brand in enumerate(brands)
        )
    )
    mapping = CatalogMapping(source="s", id=("sku",), title="title", brand="brand")
    report = ingest_catalog([path], writer, settings, mapping)
    found = [
        [t.tail.key for t in record.triples if t.relation == "HAS_BRAND"]
        for record in writer.records.values()
        if isinstance(record, SourceRecord)
    ]
    both = ["brand:apple", "brand:beats"]
    assert found == [both, ["brand:apple"], both, [], []]
    assert report.reasons == {"wrong_type brand": 1}
