"""Vectors of new products, products without one, and meaningless neighbours, over GraphQL."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from catalograph.cli.changed_products import embed_changed_products
from catalograph.cli.workers import served_app
from catalograph.embed.jobs import run_jobs
from catalograph.ingest import CatalogMapping, ingest_catalog
from catalograph.settings import Settings
from catalograph.store import Connection, Writer

from .conftest import open_client

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

MAPPING = CatalogMapping.model_validate(
    {"source": "shop", "id": "id", "title": "title", "brand": "brand"}
)
TITLES = {
    "s7": ("Samsung Galaxy S7 Edge 32GB Smartphone", "Samsung"),
    "s7r": ("Samsung Galaxy S7 64GB Refurbished Smartphone", "Samsung"),
    "ip": ("Apple iPhone 7 128GB Smartphone", "Apple"),
    "case": ("Leather Case for Galaxy S7", "Spigen"),
    "kettle": ("Stainless Steel Electric Kettle 1.7 l", "Philips"),
    "tea": ("Organic Green Tea Bags", "Lipton"),
    "zh": ("红色手机壳", "小米"),
}
SEARCH = """query($query: String!, $mode: SearchMode!) {
  products(first: 10, query: $query, mode: $mode, understand: false) {
    totalCount totalCountRelation edges { score node { sourceId } } } }"""
UPSERT = """mutation($input: UpsertProductInput!) { upsertProduct(input: $input) {
  ... on UpsertedProduct { changed embedded } ... on InvalidInput { message } } }"""
S9 = "Samsung Galaxy S9 64GB Smartphone"


def ingest(connection: Connection, settings: Settings, folder: Path, titles: Any) -> list[str]:
    """Ingest products; return their keys."""
    feed = folder / "feed.jsonl"
    rows = [{"id": id_, "title": t, "brand": brand} for id_, (t, brand) in titles.items()]
    feed.write_bytes(b"\n".join(orjson.dumps(row) for row in rows))
    ingest_catalog([feed], Writer(connection), settings, MAPPING, rejected=folder / "out")
    return [f"product:shop:{id_}" for id_ in titles]


@pytest.fixture(scope="module")
def shop(
    connection: Connection, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Connection:
    """Ingest the products and publish their vectors."""
    ingest(connection, settings, tmp_path_factory.mktemp("feed"), TITLES)
    run_jobs(connection, settings, ["text"])
    connection.execute("CALL db.awaitIndexes(60)")
    return connection


@pytest.fixture
async def client(settings: Settings, shop: Connection) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client of the application as `catalograph serve` makes it."""
    async with open_client(served_app(settings)) as opened:
        yield opened


async def send(client: httpx.AsyncClient, document: str, **variables: Any) -> Any:
    response = await client.post("/graphql", json={"query": document, "variables": variables})
    answer = response.json()
    assert "errors" not in answer, answer
    return answer["data"]


async def found(client: httpx.AsyncClient, query: str, mode: str = "HYBRID") -> dict[str, float]:
    """Return the scores of what is found by id, best first."""
    page = (await send(client, SEARCH, query=query, mode=mode))["products"]
    assert (page["totalCount"], page["totalCountRelation"]) == (len(page["edges"]), "EQ")
    return {edge["node"]["sourceId"]: edge["score"] for edge in page["edges"]}


def vector_of(connection: Connection, id_: str) -> list[float] | None:
    [row] = connection.execute(
        "MATCH (m:Model {kind: 'text', live: true}) MATCH (p:Product {key: $key}) "
        "RETURN p['text_embedding_' + m.slot] AS vector",
        key=f"product:shop:{id_}",
    )
    return None if row["vector"] is None else list(row["vector"])


async def test_an_upserted_product_is_found_by_meaning_at_once(
    client: httpx.AsyncClient, shop: Connection
) -> None:
    given = {"source": "shop", "id": "s9", "title": S9, "brand": "Samsung"}
    assert (await send(client, UPSERT, input=given))["upsertProduct"] == {
        "changed": True,
        "embedded": True,
    }
    assert next(iter(await found(client, "galaxy s9", "VECTOR"))) == "s9"
    assert next(iter(await found(client, "galaxy s9"))) == "s9"
    first = vector_of(shop, "s9")
    assert first is not None
    assert len(first) == 384
    again = (await send(client, UPSERT, input=given))["upsertProduct"]
    assert again == {"changed": False, "embedded": False}

    changed = given | {"title": "Cast Iron Teapot for green tea"}
    assert (await send(client, UPSERT, input=changed))["upsertProduct"]["embedded"]
    assert vector_of(shop, "s9") != first
    assert "s9" not in list(await found(client, "mobile phone", "VECTOR"))
    assert set(list(await found(client, "tea", "VECTOR"))[:2]) == {"s9", "tea"}


async def test_a_model_of_another_encoder_gets_no_vectors(
    client: httpx.AsyncClient, shop: Connection
) -> None:
    [row] = shop.execute("MATCH (m:Model {kind: 'text', live: true}) RETURN m.config AS config")
    shop.execute("MATCH (m:Model {kind: 'text', live: true}) SET m.config = '{\"model\": \"x\"}'")
    given = {"source": "shop", "id": "lamp", "title": "Desk lamp with a dimmer"}
    assert not (await send(client, UPSERT, input=given))["upsertProduct"]["embedded"]
    assert vector_of(shop, "lamp") is None
    shop.execute("MATCH (m:Model {kind: 'text', live: true}) SET m.config = $config", **row)


async def test_a_product_without_a_vector_is_scored_by_its_words(
    client: httpx.AsyncClient, shop: Connection
) -> None:
    given = {"source": "shop", "id": "s8", "title": "Samsung Galaxy S8 64GB Smartphone"}
    await send(client, UPSERT, input=given)
    shop.execute("MATCH (p:Product {key: 'product:shop:s8'}) SET p.text_embedding_a = null, "
                 "p.text_embedding_b = null")  # fmt: skip
    for query in ("galaxy s8", given["title"]):
        scores = await found(client, query)
        assert next(iter(scores)) == "s8"
        others = [score for id_, score in scores.items() if id_ != "s8"]
        assert scores["s8"] > max(others)
    # One that matches few of the words does not rise.
    assert next(iter(await found(client, "iphone 7 smartphone"))) == "ip"


async def test_meaningless_neighbours_are_left_out(
    client: httpx.AsyncClient, shop: Connection, settings: Settings
) -> None:
    # The default encoder reads no Chinese; words alone find these.
    assert await found(client, "电视机") == {}
    assert await found(client, "ヘッドホン", "VECTOR") == {}
    assert list(await found(client, "手机壳")) == ["zh"]
    assert await found(client, "zzzzz xxxx", "VECTOR") == {}
    assert {"s7", "ip"} <= set(await found(client, "mobile phone", "VECTOR"))
    open_floor = settings.api.model_copy(update={"similarity_floor": -1.0})
    lowered = settings.model_copy(update={"api": open_floor})
    async with open_client(served_app(lowered)) as everything:
        assert len(await found(everything, "zzzzz xxxx", "VECTOR")) >= len(TITLES)


def test_ingested_products_get_their_vectors(
    shop: Connection, settings: Settings, tmp_path: Path
) -> None:
    changed = ingest(shop, settings, tmp_path, {"mug": ("Porcelain coffee mug", "Ikea")})
    assert vector_of(shop, "mug") is None
    embed_changed_products(Writer(shop), settings, changed)
    assert vector_of(shop, "mug") is not None
