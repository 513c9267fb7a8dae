"""Measure a graph of growing size: disk, import and write rate, reads.

    python benchmarks/growth.py --nodes 100000,500000,1000000,2000000 --json

For each size, simulated products (those of `benchmarks/scale.py`, each with a brand, a category, a
colour and another product) are given to the writer of bulk loads and imported into a new graph;
then `Writer` adds further ones, and GraphQL requests are timed in this process. The statements of
the requests are run once more with PROFILE, which counts database hits; Neo4j Community counts no
hits of its page cache, so `fits_page_cache` says which share of the store it can hold. No size
begins after `--minutes`.

`extrapolated` continues the last two sizes to 20 million nodes: disk by a straight line, and times
by the power of the number of nodes that they grew with, 0 to 1. It is no measurement.
"""

import argparse
import asyncio
import json
import math
import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import neo4j
from scale import rows

from catalograph.api import create_app
from catalograph.schema import (
    Node,
    SourceRecord,
    SourceSupport,
    Triple,
    brand,
    category,
    keys,
    value,
)
from catalograph.settings import Settings, load_settings
from catalograph.store import Address, AsyncConnection, open_store, resolve_address
from catalograph.store.bulk.bulk_writer import BulkWriter, write_shared_nodes
from catalograph.store.bulk.graph_import import import_graph, load_folder
from catalograph.store.managed_server import stop_server

NODES_A_PRODUCT = 6
"""The product, its record, and an assertion for each of its four facts."""
BATCH = 500
ADDED = 1_500
REQUESTS = 40
PROFILED = 10
BACKGROUND = frozenset(
    {
        "read_outbox",
        "read_vocabulary_state",
        "read_vocabulary_names",
        "read_vocabulary_products",
        "read_popular_queries",
    }
)
"""Statements that the server reads for itself."""
TARGET = 20_000_000
PRODUCT = "query($k: String!) { product(key: $k) { title brands { name } categories { name } } }"
BRAND = """query($b: ID!) { products(filter: {brands: [$b]}, first: 20) {
  edges { node { key title } } } }"""
SEARCH = "query($q: String!) { products(query: $q, first: 10) { edges { node { key title } } } }"
SUGGEST = "query($q: String!) { suggestions(query: $q, first: 10) { text } }"


def records(first: int, count: int, total: int) -> Iterator[SourceRecord]:
    """Yield records of simulated products; each was also bought with one of all before them."""
    support, draw = SourceSupport("simulated"), random.Random(first)
    for n, row in enumerate(islice(rows(first + count), first, None), first):
        key = keys.product_key("simulated", str(n))
        other = keys.product_key("simulated", str(draw.randrange(min(n, total) or 1)))
        properties = {
            "source": "simulated", "id": str(n), "listed": True, "title": row["title"],
            "price": row["price"], "currency": "USD",
        }  # fmt: skip
        tails = [
            ("HAS_BRAND", brand(row["brand"])),
            ("IN_CATEGORY", category(row["category"])),
            ("HAS_VALUE", value("colour", row["colour"])),
            ("ALSO_BOUGHT", Node("Product", other, {})),
        ]
        triples = tuple(Triple(key, relation, tail, support) for relation, tail in tails)
        source = keys.source_key("simulated", "catalog", str(n))
        yield SourceRecord(source, "simulated", "1", (Node("Product", key, properties),), triples)


def load(settings: Settings, products: int) -> dict[str, Any]:
    """Import a graph of this many products."""
    began = time.perf_counter()
    with load_folder(settings) as folder:
        with BulkWriter(folder, "catalog") as writer:
            run = writer.start_run("catalog")
            for batch in batches(records(0, products, products)):
                writer.write_records(batch, run)
            writer.finish_run(run, {})
        write_shared_nodes(folder)
        files = time.perf_counter() - began
        graph = import_graph(settings, folder)
    return {
        "nodes": graph.nodes,
        "edges": graph.edges,
        "files_seconds": round(files, 1),
        "import_seconds": round(graph.import_seconds, 1),
        "index_seconds": round(graph.schema_seconds, 1),
        "imported_a_second": round((graph.nodes + graph.edges) / graph.import_seconds),
    }


def store_mb(settings: Settings) -> int:
    """Return the size of the database's files, without transaction logs, in MB."""
    folder = settings.home / "server" / "data" / "databases"
    return round(sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6)


def add(settings: Settings, products: int) -> dict[str, float]:
    """Write further products through the ledger."""
    with open_store(settings) as store:
        run = store.start_run("catalog")
        new = list(records(products, ADDED, products))
        for batch in batches(new[:BATCH]):  # warm up
            store.write_records(batch, run)
        began = time.perf_counter()
        for batch in batches(new[BATCH:]):
            store.write_records(batch, run)
        seconds = time.perf_counter() - began
        store.finish_run(run, {})
    return {"written_a_second": round((ADDED - BATCH) / seconds)}


def batches(found: Iterable[SourceRecord]) -> Iterator[list[SourceRecord]]:
    """Yield records in lists of `BATCH`."""
    remaining = iter(found)
    while batch := list(islice(remaining, BATCH)):
        yield batch


@contextmanager
def kept_statements(kept: dict[str, tuple[str, dict[str, Any]]]) -> Iterator[None]:
    """Keep the last text and parameters of each statement that the API reads with, by name."""
    read = AsyncConnection.read_compiled

    async def keep(
        self: AsyncConnection, text: str, parameters: dict[str, Any], name: str
    ) -> list[Any]:
        if name not in BACKGROUND:
            kept[name] = (text, dict(parameters))
        return await read(self, text, parameters, name)

    AsyncConnection.read_compiled = keep  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        AsyncConnection.read_compiled = read  # type: ignore[method-assign]


def requests(products: int) -> dict[str, tuple[str, Any]]:
    """Return the document of each kind of request, and what draws its variables."""
    draw = random.Random(1)

    def word() -> str:
        return draw.choice(("Laptop", "Camera", "Speaker", "Router"))

    return {
        "product": (
            PRODUCT,
            lambda: {"k": keys.product_key("simulated", str(draw.randrange(products)))},
        ),
        "brand page": (BRAND, lambda: {"b": f"brand:brand {draw.randrange(5_000)}"}),
        "search": (SEARCH, lambda: {"q": f"{word()} brand {draw.randrange(5_000)}"}),
        "suggest": (SUGGEST, lambda: {"q": f"brand {draw.randrange(500)}"}),
    }


async def ask(settings: Settings, products: int) -> tuple[dict[str, float], list[tuple[str, Any]]]:
    """Time each kind of request; return medians in ms, and statements of some of them."""
    app = create_app(settings)
    found: dict[str, float] = {}
    statements: list[tuple[str, Any]] = []
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1", timeout=120
        ) as client,
    ):
        for name, (document, draw) in requests(products).items():
            times = []
            for number in range(REQUESTS + 10):
                kept: dict[str, tuple[str, dict[str, Any]]] = {}
                with kept_statements(kept):
                    began = time.perf_counter()
                    body = {"query": document, "variables": draw()}
                    answer = (await client.post("/graphql", json=body)).json()
                    seconds = time.perf_counter() - began
                if "errors" in answer:
                    raise RuntimeError(f"{name}: {answer['errors']}")
                if number >= 10:
                    times.append(1_000 * seconds)
                if number < PROFILED:
                    statements += [(name, statement) for statement in kept.values()]
            found[name] = round(statistics.median(times), 1)
    return found, statements


def profile(address: Address, statements: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Run statements with PROFILE; return their mean of database hits by request."""
    hits: dict[str, list[int]] = {}
    with (
        neo4j.GraphDatabase.driver(address.uri, auth=(address.user, address.password)) as driver,
        driver.session(default_access_mode=neo4j.READ_ACCESS) as session,
    ):
        for name, (text, parameters) in statements:
            result = session.run(f"PROFILE {text}", parameters)
            list(result)  # a result that is discarded has no profile
            operators = list(walk(result.consume().profile))
            hits.setdefault(name, []).append(sum(o.get("dbHits", 0) for o in operators))
    return {"db_hits": {name: round(statistics.mean(found)) for name, found in hits.items()}}


def walk(plan: Any) -> Iterator[Any]:
    """Yield the operators of a plan."""
    if plan:
        yield plan
        for child in plan.get("children", ()):
            yield from walk(child)


def measure(nodes: int, pagecache: int) -> dict[str, Any]:
    """Build a graph of about this many nodes, measure it and remove it."""
    products = nodes // NODES_A_PRODUCT
    home = Path(tempfile.mkdtemp(prefix="catalograph-growth-"))
    settings = load_settings(home=home)
    server = settings.server.model_copy(
        update={"pagecache_mb": pagecache, "heap_mb": 1_024, "start_timeout": 600.0}
    )
    neo4j_ = settings.neo4j.model_copy(update={"patience": 60.0, "probe_timeout": 60.0})
    settings = settings.model_copy(update={"server": server, "neo4j": neo4j_})
    try:
        found: dict[str, Any] = {"products": products, **load(settings, products)}
        found["store_mb"] = store_mb(settings)
        found["fits_page_cache"] = round(min(1.0, pagecache * 1.048_576 / found["store_mb"]), 2)
        found["bytes_a_node"] = round(1e6 * found["store_mb"] / found["nodes"])
        found |= add(settings, products)
        found["p50_ms"], statements = asyncio.run(ask(settings, products))
        found |= profile(resolve_address(settings), statements)
        found["load_average"] = round(os.getloadavg()[0], 1)
    finally:
        stop_server(settings)
        shutil.rmtree(home, ignore_errors=True)
    return found


def extrapolate(sizes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Continue the last two sizes to the target; see the module."""
    one, two = sizes[-2:]
    slope = (two["store_mb"] - one["store_mb"]) / (two["nodes"] - one["nodes"])
    grown = math.log(two["nodes"] / one["nodes"])

    def time_of(name: str) -> float:
        first, last = one["p50_ms"][name], two["p50_ms"][name]
        power = min(max(math.log(last / first) / grown, 0.0), 1.0)
        time_: float = round(last * (TARGET / two["nodes"]) ** power, 1)
        return time_

    return {
        "nodes": TARGET,
        "store_mb": round(two["store_mb"] + slope * (TARGET - two["nodes"])),
        "p50_ms": {name: time_of(name) for name in two["p50_ms"]},
        "import_seconds": round(two["import_seconds"] * TARGET / two["nodes"]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", default="100000,500000,1000000,2000000")
    parser.add_argument("--pagecache", type=int, default=512, help="MiB of the page cache")
    parser.add_argument("--minutes", type=float, default=25.0, help="no size begins after them")
    parser.add_argument("--json", action="store_true", help="print JSON on one line")
    arguments = parser.parse_args()
    ended = time.monotonic() + 60 * arguments.minutes
    found: list[dict[str, Any]] = []
    for nodes in map(int, arguments.nodes.split(",")):
        if time.monotonic() > ended:
            break
        found.append(measure(nodes, arguments.pagecache))
        print(json.dumps(found[-1]), flush=True)
    result = {"pagecache_mib": arguments.pagecache, "sizes": found}
    if len(found) > 1:
        result["extrapolated"] = extrapolate(found)
    print(json.dumps(result, indent=None if arguments.json else 2))


if __name__ == "__main__":
    main()
