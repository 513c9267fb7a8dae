"""Shared code of `soak.py` and `faults.py`: an artificial shop, and the server as users run it."""

import contextlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx

from catalograph.schema import Node, SourceRecord, SourceSupport, Triple, brand, category, keys
from catalograph.settings import ServerSettings, Settings, load_settings
from catalograph.store import (
    Connection,
    Writer,
    connect,
    migrate,
)

PRODUCTS = 1_000
BRANDS = 20
EDGES = 10
SECRET = "the secret of a benchmark"  # noqa: S105
SOURCE = "bench"
PRODUCT = "query($k: String!) { product(key: $k) { key title price brands { name } } }"
LIST = """query($u: String) { recommendations(userKey: $u, first: 10) {
  stale servedId items { score product { key title } reasons { contribution text } } } }"""
RELATED = """query($k: String!) { productRecommendations(key: $k, intent: RELATED, first: 10) {
  stale items { product { key } } } }"""
SEARCH = "query($q: String!) { products(query: $q, first: 10) { nodes { key title } } }"
EVENT = "mutation($i: RecordEventInput!) { recordEvent(input: $i) { __typename } }"


def product(n: int) -> str:
    """Return the key of a product."""
    return keys.product_key(SOURCE, str(n))


def user(n: int) -> str:
    """Return the key of a shopper."""
    return keys.user_key(SOURCE, str(n), SECRET.encode())


def small_settings(home: str) -> Settings:
    """Return the settings of a small server of the benchmark's own."""
    sizes = ServerSettings(heap_mb=700, pagecache_mb=128, start_timeout=900)
    return load_settings(home=home, user_secret=SECRET, server=sizes)


def seed(settings: Settings) -> None:
    """Write the shop and a live model with artificial weights."""
    with connect(settings) as connection:
        migrate(connection, settings.user_secret_fingerprint)
        writer = Writer(connection)
        writer.write_records([_record(n) for n in range(PRODUCTS)], writer.start_run("bench"))
        _publish(connection)
        connection.execute("CALL db.awaitIndexes(120)")


def _record(n: int) -> SourceRecord:
    node = Node(
        "Product",
        product(n),
        {
            "source": SOURCE,
            "id": str(n),
            "listed": True,
            "title": f"Lamp number {n} in style {n % 7}",
            "description": "A lamp to read by.",
            "price": float(n % 90 + 10),
            "currency": "EUR",
        },
    )
    support = SourceSupport("bench")
    tails = (("HAS_BRAND", brand(f"Maker {n % BRANDS}")), ("IN_CATEGORY", category(["Lamps"])))
    triples = tuple(Triple(node.key, relation, tail, support) for relation, tail in tails)
    return SourceRecord(keys.source_key(SOURCE, "catalog", str(n)), SOURCE, "1", (node,), triples)


def _publish(connection: Connection) -> None:
    connection.execute(
        "CREATE (:Model {key: 'model:preference:1', kind: 'preference', version: 1, live: true, "
        "slot: 'a', parts: ['interactions']})"
    )
    rows = [
        {"from": product(n), "to": product((n * 7 + k * 13 + 1) % PRODUCTS), "weight": 1 / (k + 1)}
        for n in range(PRODUCTS)
        for k in range(EDGES)
    ]
    connection.execute(
        "UNWIND $rows AS row MATCH (j:Product {key: row.from}) MATCH (i:Product {key: row.to}) "
        "CREATE (j)-[:CO_PREFERRED {slot: 'a', weight: row.weight, parts: [row.weight]}]->(i)",
        rows=rows,
    )


@contextlib.contextmanager
def served(settings: Settings, **more: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run `catalograph serve` as a process of its own; yield its address and the process."""
    assert settings.neo4j.uri
    assert settings.neo4j.password
    port = str(random.randint(20_000, 32_000))
    process = subprocess.Popen(
        [sys.executable, "-c", "from catalograph.cli import main; main()", "serve", "--port", port],
        env=os.environ
        | {
            "CATALOGRAPH_HOME": str(settings.home),
            "CATALOGRAPH_USER_SECRET": SECRET,
            "CATALOGRAPH_NEO4J__URI": settings.neo4j.uri,
            "CATALOGRAPH_NEO4J__PASSWORD": settings.neo4j.password.get_secret_value(),
            "CATALOGRAPH_API__VECTOR_SEARCH": "false",
            **more,
        },
        stdout=sys.stderr,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{address}/readyz", timeout=10).status_code == 200:
                    break
            time.sleep(0.2)
        yield address, process
    finally:
        process.terminate()
        process.wait()


def some_request(rng: random.Random, shopper: int) -> dict[str, Any]:
    """Return a request as shops send them: mostly reads, some events."""
    n, share = rng.randrange(PRODUCTS), rng.random()
    if share < 0.3:
        return {"query": LIST, "variables": {"u": user(shopper)}}
    if share < 0.5:
        return {"query": PRODUCT, "variables": {"k": product(n)}}
    if share < 0.7:
        return {"query": RELATED, "variables": {"k": product(n)}}
    if share < 0.85:
        return {"query": SEARCH, "variables": {"q": f"lamp {n % 7}"}}
    event = {
        "source": SOURCE,
        "id": f"{rng.getrandbits(64):x}",
        "kind": "VIEW",
        "userKey": user(shopper),
        "productKey": product(n),
    }
    return {"query": EVENT, "variables": {"i": event}}
