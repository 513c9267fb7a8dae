"""A day of a Shopify shop: its exports, as they come, become a catalogue with recommendations."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from catalograph.api import create_app
from catalograph.cli import app
from catalograph.schema import keys
from catalograph.settings import Settings
from catalograph.store import Connection
from tests.conftest import wipe
from tests.integration.conftest import open_client
from tests.integration.test_kills import environment

pytestmark = pytest.mark.neo4j

PRODUCT_COLUMNS = (
    "Handle,Title,Body (HTML),Vendor,Product Category,Tags,Published,Option1 Name,Option1 Value,"
    "Option2 Name,Option2 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,"
    "Variant Inventory Policy,Variant Price,Variant Compare At Price,Image Src,Image Position,"
    "Image Alt Text,Variant Image,Status"
)
TEE = """\
tee,Harbour Tee,<p>Soft cotton</p>,Nord,Apparel > Shirts,sea,TRUE,Size,S,Color,Navy,T-S,shopify,4,\
deny,25.00,30.00,https://i.example/1.jpg,1,Navy tee,,active
tee,,,,,,,,M,,Navy,T-M,shopify,0,deny,25.00,,https://i.example/2.jpg,2,,https://i.example/m.jpg,
tee,,,,,,,,M,,White,,shopify,7,deny,25.00,,,,,,
"""
SINGLES = [
    (f"{thing}-{maker}".lower(), f"{maker} {thing}", maker, thing, f"{thing[:2]}-{n}".upper())
    for thing in ("Kettle", "Teapot", "Toaster", "Lamp")
    for n, maker in enumerate(("Acme", "Zeta", "红日"))
]
SHOPPERS = [f"shopper{n}@mail.example" for n in range(6)]


def write_products() -> None:
    rows = [
        f"{handle},{title},<p>A {title.lower()}.</p>,{maker},Home > {thing}s,,TRUE,Title,"
        f"Default Title,,,{sku},,0,deny,{20 + n}.00,,,,,,active"
        for n, (handle, title, maker, thing, sku) in enumerate(SINGLES)
    ]
    text = "\n".join([PRODUCT_COLUMNS, TEE + "\n".join(rows)])
    Path("products_export_1.csv").write_text(f"{text}\n", encoding="utf-8")


def write_orders() -> None:
    """Write the orders: shopper n buys products n and n + 1 of each half, and one without SKU."""
    lines = [
        "Name,Email,Financial Status,Currency,Total,Created at,Lineitem quantity,Lineitem name,"
        "Lineitem price,Lineitem sku,Cancelled at,Phone"
    ]
    for n, email in enumerate(SHOPPERS):
        for row, item in enumerate((n, n + 1, n + 6)):
            _, title, _, _, sku = SINGLES[item % 12]
            head = f"{email},paid,EUR,60.00,2026-03-0{n + 1} 09:59:00 +0100" if row == 0 else ",,,,"
            lines.append(f"#{1000 + n},{head},1,{title},20.00,{sku},,")
    lines.append(
        f"#2000,{SHOPPERS[0]},paid,EUR,25.00,2026-03-09 10:00:00 +0100,1,Harbour Tee - M / White,"
        "25.00,,,"
    )
    lines.append(
        f"#2001,{SHOPPERS[0]},paid,EUR,25.00,2026-03-09 11:00:00 +0100,1,Harbour Tee - M / Navy,"
        "25.00,T-M,2026-03-10 10:00:00 +0100,"
    )
    Path("orders_export_1.csv").write_text("\n".join(lines), encoding="utf-8")


def write_ga4() -> None:
    """Write GA4's events: by SKU, by handle, and by Shopify's numbers, which no export names."""
    named = ["T-S", "T-M", "KE-0", "ke-1", "tee", "shopify_US_7001_41", "shopify_DE_7001_42"]
    rows = [
        {
            "event_date": "20260305",
            "event_timestamp": f"17727012000000{n:02}",
            "event_name": "view_item",
            "event_params": [],
            "user_pseudo_id": f"77.{n}",
            "items": [{"item_id": id_, "item_name": "Item", "price": 25.0}],
        }
        for n, id_ in enumerate(named)
    ]
    rows.append({**rows[0], "event_name": "session_start", "items": []})
    text = "\n".join(json.dumps(row) for row in rows)
    Path("events_20260305.jsonl").write_text(text, encoding="utf-8")


def write_reviews() -> None:
    lines = [
        "title,body,rating,review_date,source,curated,reviewer_name,reviewer_email,product_id,"
        "product_handle",
        f"Soft,The cotton is soft,5,2026-03-11 10:00:00 UTC,web,ok,Ann,{SHOPPERS[0]},7001,tee",
        f"Fast,It boils fast,4,2026-03-11 11:00:00 UTC,web,ok,Bo,{SHOPPERS[1]},7002,kettle-acme",
        f"Old,No longer sold,2,2026-03-11 12:00:00 UTC,web,ok,Cy,{SHOPPERS[2]},7003,old-hat",
    ]
    Path("reviews.csv").write_text("\n".join(lines), encoding="utf-8")


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def ingest(kind: str, file: str, *options: str) -> dict[str, Any]:
    """Ingest a file by the shipped form that its columns show."""
    return dict(json.loads(run("ingest", kind, file, "--json", *options)))


def count(report: dict[str, Any]) -> dict[str, Any]:
    """Return how many records joined which products, and what did not."""
    names = ("named", "unknown", "respelled", "grouped", "unknown_ids", "grouped_ids")
    return {name: report["products"][name] for name in names}


@pytest.fixture
def shop(
    connection: Connection, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, dict[str, Any]]:
    """Ingest the four exports of a day into an empty graph; return the reports."""
    wipe(connection)
    for name, text in environment(settings).items():
        monkeypatch.setenv(name, text)
    monkeypatch.setenv("CATALOGRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    for write in (write_products, write_orders, write_ga4, write_reviews):
        write()
    return {
        "products": ingest("catalog", "products_export_1.csv", "--currency", "EUR"),
        "orders": ingest("events", "orders_export_1.csv"),
        "ga4": ingest("events", "events_20260305.jsonl"),
        "reviews": ingest("reviews", "reviews.csv"),
    }


ITEMS = "items { product { sourceId } }"
TEE_AND_SEARCH = """{
  product(key: "product:shopify:T-S") {
    slug sku availabilityStatus quantity selectedOptions { name value }
    media { url alt position }
    pricing { listPrice { amount currencyCode } salePrice { amount currencyCode } }
    group {
      title options { name values }
      variants(first: 10) { nodes { sourceId availabilityStatus quantity } }
    }
  }
  products(first: 5, query: "teapot", mode: FULL_TEXT) { nodes { sourceId } }
}"""


async def ask(settings: Settings, query: str) -> dict[str, Any]:
    async with open_client(create_app(settings)) as client:
        answer = (await client.post("/graphql", json={"query": query})).json()
    assert "errors" not in answer, answer
    return dict(answer["data"])


def test_a_day_of_a_shop_end_to_end(
    shop: dict[str, dict[str, Any]], settings: Settings, connection: Connection
) -> None:
    products, orders = shop["products"], shop["orders"]
    assert (products["written"], products["rejected"]) == (3 + len(SINGLES), 0)
    # 18 lines join by SKU; the variant without SKU has no name in orders; one order is cancelled.
    assert (orders["written"], orders["rejected"], orders["skipped"]) == (18, 1, 1)
    assert count(orders)["unknown"] == 0
    # By SKU in any case, and by handle; Shopify's numbers of variants are in no export.
    assert shop["ga4"]["skipped"] == 1
    assert count(shop["ga4"]) == {
        "named": 7,
        "unknown": 2,
        "respelled": 1,
        "grouped": 1,
        "unknown_ids": ["shopify_US_7001_41", "shopify_DE_7001_42"],
        "grouped_ids": {"tee": "T-M"},
    }
    assert count(shop["reviews"]) == {
        "named": 3,
        "unknown": 1,
        "respelled": 1,  # the handle of a product without variants
        "grouped": 1,
        "unknown_ids": ["old-hat"],
        "grouped_ids": {"tee": "T-M"},
    }
    # Orders and reviews are of the same shoppers.
    [row] = connection.execute(
        "MATCH (u:User)-[:WROTE]->(:Review)-[:REVIEWS]->(p:Product) "
        "WHERE EXISTS { (u)-[:PERFORMED]->(:Event {kind: 'purchase'}) } "
        "RETURN count(DISTINCT u) AS users, count(CASE WHEN p.listed THEN 1 END) AS listed"
    )
    assert row == {"users": 3, "listed": 2}

    run("embed", "preference")
    connection.execute("CALL db.awaitIndexes(60)")
    shopper = keys.user_key("shopify", SHOPPERS[0], settings.user_hmac_key)
    query = f"{{ recommendations(userKey: {json.dumps(shopper)}, first: 3) {{ {ITEMS} }} }}"
    items = asyncio.run(ask(settings, query))["recommendations"]["items"]
    bought = {SINGLES[n][4] for n in (0, 1, 6)}
    assert len(items) == 3
    assert not {item["product"]["sourceId"] for item in items} & bought

    data = asyncio.run(ask(settings, TEE_AND_SEARCH))
    assert {node["sourceId"] for node in data["products"]["nodes"]} == {"TE-0", "TE-1", "TE-2"}
    assert data["product"] == {
        "slug": "tee",
        "sku": "T-S",
        "availabilityStatus": "IN_STOCK",
        "quantity": 4,
        "selectedOptions": [{"name": "Size", "value": "S"}, {"name": "Color", "value": "Navy"}],
        "media": [
            {"url": "https://i.example/1.jpg", "alt": "Navy tee", "position": 1},
            {"url": "https://i.example/2.jpg", "alt": None, "position": 2},
        ],
        "pricing": {
            "listPrice": {"amount": "30.00", "currencyCode": "EUR"},
            "salePrice": {"amount": "25.00", "currencyCode": "EUR"},
        },
        "group": {
            "title": "Harbour Tee",
            "options": [
                {"name": "Size", "values": ["M", "S"]},
                {"name": "Color", "values": ["Navy", "White"]},
            ],
            "variants": {
                "nodes": [
                    {"sourceId": id_, "availabilityStatus": status, "quantity": quantity}
                    for id_, status, quantity in (
                        ("T-M", "OUT_OF_STOCK", 0),
                        ("T-S", "IN_STOCK", 4),
                        ("tee/M/White", "IN_STOCK", 7),
                    )
                ]
            },
        },
    }
