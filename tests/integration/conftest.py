"""A small shop in the graph, and the API in front of it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from starlette.applications import Starlette

from catalograph.api import create_app
from catalograph.cli.erase import purge_files
from catalograph.ingest.normalise import CanonicalValues
from catalograph.ingest.upsert import ProductUpserts
from catalograph.schema import (
    Node,
    SourceRecord,
    SourceSupport,
    TextEncoder,
    Triple,
    brand,
    category,
    keys,
    value,
)
from catalograph.schema.ddl import create_vector_index
from catalograph.settings import Settings
from catalograph.store import Connection, Writer

SEAMS = {
    "test_feeds": "ingest to store, by the library and the command",
    "test_write": "store to Neo4j",
    "test_statements": "every Cypher statement to Neo4j's planner",
    "test_snapshot": "store to embed",
    "test_publish": "embed to store",
    "test_search": "search statements to the indexes",
    "test_api_recommendations": "GraphQL to published models",
    "test_api_mutations": "GraphQL to the ledger",
    "test_cypher_cli": "the command line to the Cypher gate",
}
"""Files of the quick tier, one for each seam between two parts; the others are marked slow."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the integration tests that the quick tier leaves out."""
    for item in items:
        if item.path.parent == Path(__file__).parent and item.path.stem not in SEAMS:
            item.add_marker(pytest.mark.slow)


Ask = Callable[..., Awaitable[dict[str, Any]]]
PARTS = ["interactions", "HAS_BRAND", "IN_CATEGORY", "HAS_VALUE:colour", "ALSO_BOUGHT"]
# id: title, brand, category path, colour, price, listed
GOODS: dict[str, tuple[str, str, list[str], str, float, bool]] = {
    "cam1": ("Red camera", "Acme", ["Photo", "Cameras"], "red", 100.0, True),
    "cam2": ("Blue camera", "Acme", ["Photo", "Cameras"], "blue", 120.0, True),
    "cam3": ("Black camera", "Zeta", ["Photo", "Cameras"], "black", 300.0, True),
    "bag1": ("Camera bag", "Acme", ["Photo", "Bags"], "black", 20.0, True),
    "tri1": ("Tripod", "Zeta", ["Photo", "Tripods"], "black", 45.0, True),
    "tea1": ("Green tea", "Leaf", ["Food", "Tea"], "green", 5.0, True),
    "tea2": ("Red tea", "Leaf", ["Food", "Tea"], "red", 6.0, True),
    "old1": ("Old camera", "Acme", ["Photo", "Cameras"], "red", 1.0, False),
}
# from, to, parts
EDGES: list[tuple[str, str, list[float]]] = [
    ("cam1", "cam2", [0.2, 0.3, 0.1, 0.0, 0.05]),
    ("cam1", "cam3", [0.1, 0.0, 0.2, -0.02, 0.0]),
    ("cam1", "bag1", [0.4, 0.1, 0.0, 0.0, 0.2]),
    ("cam1", "tri1", [0.15, 0.0, 0.05, 0.0, 0.0]),
    ("cam1", "old1", [9.0, 0.0, 0.0, 0.0, 0.0]),
    ("cam2", "bag1", [0.1, 0.05, 0.0, 0.0, 0.01]),
    ("cam2", "cam1", [0.2, 0.1, 0.1, 0.0, 0.0]),
    ("tea1", "tea2", [0.5, 0.2, 0.1, 0.0, 0.0]),
    ("tea1", "cam1", [-0.3, 0.0, 0.0, 0.0, 0.0]),
]


def key(id_: str) -> str:
    """Return the key of a product of the shop."""
    return keys.product_key("shop", id_)


def user(name: str) -> str:
    """Return the key of a shopper of the shop."""
    return keys.user_key("shop", name, b"a secret of the tests")


class WordEncoder:
    """Encoder with one dimension for each of three words; enough to test vector search."""

    dimension = 3

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        words = ("camera", "tea", "bag")
        rows = [[float(word in text.lower()) + 0.01 for word in words] for text in texts]
        return np.array(rows, dtype=np.float32)

    encode_documents = encode_queries


def seed(connection: Connection) -> None:
    """Write the products through the ledger, the models and edges directly."""
    support = SourceSupport("test")
    writer = Writer(connection)
    records = []
    for id_, (title, maker, path, colour, price, listed) in GOODS.items():
        properties = {
            "source": "shop",
            "id": id_,
            "listed": listed,
            "title": title,
            "description": f"{title}, well made.",
            "price": price,
            "currency": "EUR",
        }
        tails = [
            ("HAS_BRAND", brand(maker)),
            ("IN_CATEGORY", category(path)),
            ("HAS_VALUE", value("colour", colour)),
        ]
        if id_ in ("cam1", "cam2"):
            tails.append(("ALSO_BOUGHT", Node("Product", key("bag1"), {})))
        triples = tuple(Triple(key(id_), relation, tail, support) for relation, tail in tails)
        node = Node("Product", key(id_), properties)
        source = keys.source_key("shop", "catalog", id_)
        records.append(SourceRecord(source, "shop", "1", (node,), triples))
    writer.write_records(records, writer.start_run("test"))
    publish(connection)
    connection.execute("CALL db.awaitIndexes(60)")


def publish(connection: Connection) -> None:
    """Make both models live; edges in the other slot must never be seen."""
    connection.execute(
        "CREATE (:Model {key: 'model:preference:7', kind: 'preference', version: 7, live: true, "
        "slot: 'b', parts: $parts}) "
        "CREATE (:Model {key: 'model:preference:6', kind: 'preference', version: 6, live: false, "
        "slot: 'a', parts: $parts}) "
        "CREATE (:Model {key: 'model:text:2', kind: 'text', version: 2, live: true, slot: 'a', "
        "index: 'product_text_embedding_a', dimension: 3})",
        parts=PARTS,
    )
    connection.execute(
        "UNWIND $rows AS row MATCH (j:Product {key: row.from}) MATCH (i:Product {key: row.to}) "
        "CREATE (j)-[:CO_PREFERRED {slot: 'b', weight: row.weight, parts: row.parts, "
        "shoppers: 9, without: 9}]->(i) "
        "CREATE (j)-[:CO_PREFERRED {slot: 'a', weight: 99.0, parts: [99.0, 0.0, 0.0, 0.0, 0.0]}]"
        "->(i)",
        rows=[
            {"from": key(a), "to": key(b), "weight": sum(parts), "parts": parts}
            for a, b, parts in EDGES
        ],
    )
    connection.execute(create_vector_index("text", "a", 3))
    vectors = WordEncoder().encode_documents([good[0] for good in GOODS.values()])
    connection.execute(
        "UNWIND $rows AS row MATCH (p:Product {key: row.key}) SET p.text_embedding_a = row.vector",
        rows=[
            {"key": key(id_), "vector": vector.tolist()}
            for id_, vector in zip(GOODS, vectors, strict=True)
        ],
    )


@pytest.fixture(scope="module")
def shop(connection: Connection) -> Connection:
    """Write the shop into an empty graph."""
    seed(connection)
    return connection


def whole_app(
    settings: Settings, connection: Connection, encoder: TextEncoder | None = None
) -> Starlette:
    """Return the API with all services of `catalograph serve`: product writes and erasure too."""
    products = ProductUpserts(Writer(connection), place=lambda keys: ())
    return create_app(settings, encoder, products, partial(purge_files, settings))


@asynccontextmanager
async def open_client(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Start an app and open a client of it, without sockets."""
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False),
            base_url="http://127.0.0.1",
        ) as opened,
    ):
        yield opened


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Name the event loop of the async tests."""
    return "asyncio"


@pytest.fixture
async def client(settings: Settings, shop: Connection) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client of the API, without sockets."""
    async with open_client(create_app(settings, WordEncoder(), values=CanonicalValues())) as opened:
        yield opened


@pytest.fixture
def ask(client: httpx.AsyncClient) -> Ask:
    """Return a function that sends a query and returns the whole answer."""

    async def send(document: str, /, **variables: Any) -> dict[str, Any]:
        response = await client.post("/graphql", json={"query": document, "variables": variables})
        answer: dict[str, Any] = response.json()
        return answer

    return send
