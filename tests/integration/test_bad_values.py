"""Values that the graph may not hold, by feed and by mutation, up to what is stored and served."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from catalograph.ingest import CatalogMapping, ingest_catalog
from catalograph.settings import Settings
from catalograph.store import Connection, Writer

from .conftest import Ask, key, open_client, whole_app

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

DEEP = [f"level {n}" for n in range(100)]
MAPPING = CatalogMapping.model_validate(
    {"source": "shop", "id": "id", "title": "title", "url": "link", "image_url": "picture"}
    | {"price": "price", "description": "text", "category": {"columns": "path", "split": " > "}}
)
UPSERT = """mutation($input: UpsertProductInput!) { upsertProduct(input: $input) {
  ... on UpsertedProduct { key changed dropped }
  ... on MutationError { code message path } } }"""
PRODUCT = "query($key: String!) { product(key: $key) { title url imageUrl price } }"


@pytest.fixture
async def client(settings: Settings, shop: Connection) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server that takes products."""
    async with open_client(whole_app(settings, shop)) as opened:
        yield opened


async def upsert(ask: Ask, **given: Any) -> dict[str, Any]:
    answer = await ask(UPSERT, input={"source": "shop", "title": "Lamp"} | given)
    assert answer.get("errors") is None, answer
    result: dict[str, Any] = answer["data"]["upsertProduct"]
    return result


def stored(connection: Connection, id_: str) -> dict[str, Any]:
    [row] = connection.execute("MATCH (p:Product {key: $key}) RETURN p", key=key(id_))
    return dict(row["p"])


def test_a_feed_keeps_the_row_and_counts_what_it_drops(
    shop: Connection, settings: Settings, tmp_path: Path
) -> None:
    rows = [
        {"id": "f1", "title": "Good", "link": "https://shop.example/1?a=b", "price": 5.0,
         "picture": "http://cdn.example:8080/ä b.jpg", "path": "Home > Light"},
        {"id": "f2", "title": "Script", "link": "javascript:alert(1)", "picture": "file:///x"},
        {"id": "f3", "title": "Data", "link": "data:text/html,x", "picture": "//cdn.example/1"},
        {"id": "f4", "title": "A\0nul", "link": "not a url", "price": 1e308, "text": "b\0c"},
        {"id": "f5", "title": "Deep", "path": " > ".join(DEEP)},
        {"id": "f\0", "title": "No id"},
    ]  # fmt: skip
    file = tmp_path / "feed.jsonl"
    file.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    rejected = tmp_path / "rejected.jsonl"
    report = ingest_catalog([file], Writer(shop), settings, MAPPING, rejected=rejected)

    assert (report.rows, report.written, report.rejected) == (6, 5, 1)
    assert report.reasons == {
        "malformed url": 3,
        "malformed image_url": 2,
        "bad_text title": 1,
        "bad_text description": 1,
        "out_of_range price": 1,
        "too_long path": 1,
        "bad_text id": 1,
    }
    assert report.value_rejections == 9
    assert len(rejected.read_bytes().splitlines()) == 10
    good = stored(shop, "f1")
    assert good["url"] == "https://shop.example/1?a=b"
    assert good["image_url"] == "http://cdn.example:8080/ä b.jpg"
    for id_ in ("f2", "f3", "f4"):
        assert not {"url", "image_url", "price"} & stored(shop, id_).keys()
    assert (stored(shop, "f4")["title"], stored(shop, "f4")["description"]) == ("Anul", "bc")
    assert shop.execute("MATCH (c:Category) WHERE c.name STARTS WITH 'level' RETURN c") == []


@pytest.mark.parametrize(
    ("given", "dropped"),
    [
        ({"url": "javascript:alert(1)", "imageUrl": "file:///etc/passwd"}, ["url", "image_url"]),
        ({"url": "data:text/html,x", "imageUrl": "not a url"}, ["url", "image_url"]),
        ({"url": "https://", "imageUrl": "HTTP://x y/1"}, ["url", "image_url"]),
        ({"url": "https://[x", "imageUrl": "https://x:y/1"}, ["url", "image_url"]),
        ({"price": 1e308, "currency": "EUR"}, ["price"]),
        ({"currency": "EUR"}, ["currency"]),
        ({"title": "La\0mp"}, ["title"]),
        ({"categories": [DEEP, ["Home", ""], []]}, ["path", "categories", "categories"]),
        (
            {"attributes": [{"name": "", "value": "x"}, {"name": "size", "value": "\t"}]},
            ["attributes", "attributes"],
        ),
        ({"attributes": [{"name": "\0", "value": "x"}]}, ["attributes"] * 3),
        ({"brand": "Unbranded", "categories": [["Home", "其他"]],
          "attributes": [{"name": "size", "value": "N/A"}]}, ["brand", "categories", "attributes"]),
        ({"alsoBought": ["", "zz:1\t", "self"], "gtins": [" "]},
         ["gtins", "also_bought", "also_bought"]),
    ],
)  # fmt: skip
async def test_a_mutation_names_each_value_that_it_drops(
    ask: Ask, shop: Connection, given: dict[str, Any], dropped: list[str]
) -> None:
    done = await upsert(ask, id="self", **{"brand": "Lux", **given})
    assert [line.split(": ")[0] for line in done["dropped"]] == dropped
    served = (await ask(PRODUCT, key=key("self")))["data"]["product"]
    assert served == {"title": "Lamp", "url": None, "imageUrl": None, "price": None}


async def test_a_mutation_with_good_values_drops_nothing(ask: Ask, shop: Connection) -> None:
    done = await upsert(
        ask,
        id="good",
        url="https://shop.example/1",
        imageUrl="http://[::1]:80/1.jpg",
        price=1e12,
        currency="IDR",
        categories=[[f"storey {n}" for n in range(20)]],
    )
    assert done == {"key": key("good"), "changed": True, "dropped": []}
    assert stored(shop, "good")["url"] == "https://shop.example/1"


async def test_an_id_with_a_nul_is_refused(ask: Ask) -> None:
    refused = await upsert(ask, id="go\0od")
    assert (refused["code"], refused["path"]) == ("INVALID_INPUT", ["input", "id"])
