"""Feeds of the graph: written in each form, and read back as the same products."""

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.ingest import CatalogMapping, ingest_catalog
from catalograph.settings import Settings
from catalograph.store import Connection, Writer, migrate
from catalograph.store.queries.feed_products import FeedProduct, read_feed_products
from tests.conftest import wipe
from tests.integration.test_kills import environment

pytestmark = pytest.mark.neo4j

MAPPING = CatalogMapping.model_validate(
    {
        "source": "shop",
        "id": "id",
        "title": "title",
        "description": "text",
        "brand": "brand",
        "category": {"columns": "category", "split": r"\s*>\s*"},
        "price": {"column": "price", "currency_column": "currency"},
        "sale_price": "sale",
        "availability": "stock",
        "quantity": "pieces",
        "gtins": "gtin",
        "mpn": "mpn",
        "group": "style",
        "group_title": "style_title",
        "options": [{"column": "colour", "name": "Color"}, {"column": "size", "name": "Size"}],
        "attributes": [
            {"column": "colour", "attribute": "colour"},
            {"column": "size", "attribute": "size"},
            {"column": "material", "attribute": "material"},
            {"column": "weight", "attribute": "weight"},
            {"column": "sensor", "attribute": "sensor"},
        ],
        "url": "url",
        "image_url": "image",
        "images": "images",
    }
)


def row(id_: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "title": f"Thing {id_}",
        "text": f"Warm & light {id_}: 好东西",
        "brand": "Nord",
        "category": "Wear > Shirts",
        "price": "19.90",
        "currency": "EUR",
        "stock": "in stock",
        "url": f"https://shop.example/{id_}?a=1&b=2",
        "image": f"https://i.example/{id_}.jpg",
    } | more


ROWS = [
    row("s-m", style="shirt", style_title="Shirt", size="M", colour="Navy", gtin="4006381333931"),
    row("s-l", style="shirt", style_title="Shirt", size="L", colour="Navy", stock="out of stock"),
    row("yen", price="1980", currency="JPY", sale="1500", title="手机壳", mpn="M-1", pieces=3),
    row("cam", material="steel", weight="1.5 kg", sensor="CMOS", stock="preorder"),
    row("bare", price=None, image=None, brand=None),
    row("gone", stock="discontinued"),
    row("quiet", stock=None),
]


@pytest.fixture
def export(
    settings: Settings, connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., dict[str, Any]]:
    """Fill the graph; return a function that exports from it by the command."""
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    wipe(connection)
    migrate(connection, settings.user_secret_fingerprint)
    feed = tmp_path / "shop.jsonl"
    feed.write_bytes(b"\n".join(orjson.dumps(one) for one in ROWS))
    report = ingest_catalog(
        [feed], Writer(connection), settings, MAPPING, rejected=tmp_path / "rejected"
    )
    assert (report.written, report.rejected) == (len(ROWS), 0)

    def run(*arguments: str) -> dict[str, Any]:
        done = CliRunner().invoke(app, ["export", "feed", *arguments, "--json"])
        assert done.exit_code == 0, done.output
        told: dict[str, Any] = json.loads(done.output)
        return told

    return run


def everything(connection: Connection) -> dict[str, FeedProduct]:
    return {one.id: one for one in read_feed_products(connection, "shop")}


def read_back(settings: Settings, connection: Connection, path: Path) -> dict[str, FeedProduct]:
    """Ingest a feed into an empty graph, with the shipped mapping that its columns name."""
    wipe(connection)
    migrate(connection, settings.user_secret_fingerprint)
    report = ingest_catalog(
        [path], Writer(connection), settings, source="shop", rejected=path.parent / "rejected"
    )
    assert report.rejected == 0
    return everything(connection)


def differences(
    before: dict[str, FeedProduct], after: dict[str, FeedProduct]
) -> dict[str, set[str]]:
    """Return the fields in which each product came back otherwise."""
    return {
        id_: {f.name for f in fields(one) if getattr(one, f.name) != getattr(before[id_], f.name)}
        for id_, one in after.items()
    }


def test_acp_comes_back_but_for_what_it_has_no_field_for(
    export: Callable[..., dict[str, Any]],
    settings: Settings,
    connection: Connection,
    tmp_path: Path,
) -> None:
    before = everything(connection)
    told = export("--form", "acp", "--seller-name", "Nord")
    assert told == {
        "file": "products.jsonl",
        "products": 7,
        "written": 6,
        "left_out": {"discontinued": 1},
        "shortened": 0,
    }
    lines = [orjson.loads(one) for one in (tmp_path / "products.jsonl").read_bytes().splitlines()]
    shirt = lines[-1]
    assert (shirt["id"], shirt["title"]) == ("shirt", "Shirt")
    assert [one["id"] for one in shirt["variants"]] == ["s-l", "s-m"]
    assert shirt["variants"][1] == {
        "id": "s-m",
        "title": "Thing s-m",
        "description": {"plain": "Warm & light s-m: 好东西"},
        "url": "https://shop.example/s-m?a=1&b=2",
        "barcodes": [{"type": "GTIN", "value": "04006381333931"}],
        "price": {"amount": 1990, "currency": "EUR"},
        "availability": {"available": True, "status": "in_stock"},
        "categories": [{"value": "Wear > Shirts", "taxonomy": "merchant"}],
        "variant_options": [{"name": "Color", "value": "Navy"}, {"name": "Size", "value": "M"}],
        "media": [{"type": "image", "url": "https://i.example/s-m.jpg"}],
        "seller": {"name": "Nord"},
    }
    [yen] = [one["variants"][0] for one in lines if one["id"] == "yen"]
    assert yen["price"] == {"amount": 1500, "currency": "JPY"}
    assert yen["list_price"] == {"amount": 1980, "currency": "JPY"}
    after = read_back(settings, connection, tmp_path / "products.jsonl")
    # The protocol has no brand; a product without a group is one of its own.
    alone = {"group", "group_title"}
    assert differences(before, after) == {
        "s-m": {"brands"},
        "s-l": {"brands"},
        "yen": {"brands", "mpn", "quantity"} | alone,
        "cam": {"brands", "values"} | alone,
        "bare": alone,
        "quiet": {"brands"} | alone,
    }


def test_google_comes_back_but_for_what_it_has_no_field_for(
    export: Callable[..., dict[str, Any]],
    settings: Settings,
    connection: Connection,
    tmp_path: Path,
) -> None:
    before = everything(connection)
    told = export("--form", "google")
    stock = "no availability (--assume-in-stock takes it for in stock)"
    assert told["left_out"] == {"discontinued": 1, "no images": 1, stock: 1}
    assert (tmp_path / "google.xml").read_text().count("<item>") == told["written"] == 4
    after = read_back(settings, connection, tmp_path / "google.xml")
    assert differences(before, after) == {
        "s-m": {"group_title"},
        "s-l": {"group_title"},
        "yen": set(),
        "cam": {"options"},  # Google knows the material as an option of variants
    }


def test_openai_comes_back_but_for_what_it_has_no_field_for(
    export: Callable[..., dict[str, Any]],
    settings: Settings,
    connection: Connection,
    tmp_path: Path,
) -> None:
    before = everything(connection)
    told = export(
        "--form", "openai", "--seller-name", "Nord", "--country", "de", "--store-country", "DE",
        "--output", "feed.jsonl",
    )  # fmt: skip
    assert told["left_out"] == {"discontinued": 1, "no brands": 1}
    lines = [orjson.loads(one) for one in (tmp_path / "feed.jsonl").read_bytes().splitlines()]
    found = {one["item_id"]: one for one in lines}
    assert found["s-m"] == {
        "is_eligible_search": True,
        "is_eligible_checkout": False,
        "item_id": "s-m",
        "title": "Thing s-m",
        "description": "Warm & light s-m: 好东西",
        "url": "https://shop.example/s-m?a=1&b=2",
        "brand": "Nord",
        "seller_name": "Nord",
        "image_url": "https://i.example/s-m.jpg",
        "availability": "in_stock",
        "price": "19.90 EUR",
        "product_category": "Wear > Shirts",
        "gtin": "04006381333931",
        "group_id": "shirt",
        "item_group_title": "Shirt",
        "listing_has_variations": True,
        "variant_dict": {"Color": "Navy", "Size": "M"},
        "target_countries": ["DE"],
        "store_country": "DE",
        "color": "Navy",
        "size": "M",
    }
    assert (found["cam"]["weight"], found["cam"]["item_weight_unit"]) == ("1500", "g")
    assert found["quiet"]["availability"] == "unknown"
    after = read_back(settings, connection, tmp_path / "feed.jsonl")
    assert differences(before, after) == {
        "s-m": set(),
        "s-l": set(),
        "yen": set(),
        "cam": {"values"},  # the sensor
        "quiet": set(),
    }


def test_wrong_wishes_are_refused(export: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    def refused(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["export", "feed", *arguments])
        assert done.exit_code != 0
        return str(done.exception or "") + done.output

    assert "--seller-name NAME" in refused("--form", "openai")
    assert "There is no catalogue 'other'. There are shop." in refused(
        "--form", "acp", "--source", "other"
    )
    assert "no code such as DE" in refused("--form", "acp", "--country", "Germany")
    assert "cannot be written" in refused("--form", "acp", "--output", "none/feed.jsonl")
    assert list(tmp_path.glob(".*")) == []
