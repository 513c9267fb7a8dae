"""Compare the write rate of this project with that of others, in turn, on one Neo4j.

    python benchmarks/ingest.py --json
    python benchmarks/ingest.py --part products --json

Part `triples`: the same triples with this project and neo4j-graphrag. Part `products`: see
`benchmarks/products.py`.

Items are input triples plus distinct input nodes, the same count for every writer. A writer's time
covers building its own input objects and writing them; the graph is emptied before each run. The
first round is a warm-up and is dropped; the figures are medians of the others.
"""

import argparse
import asyncio
import csv
import gzip
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import neo4j
import products
from neo4j_graphrag.components.kg_writer import Neo4jWriter
from neo4j_graphrag.components.types import Neo4jGraph, Neo4jNode, Neo4jRelationship

from catalograph.ingest.batches import MOST_TRIPLES, RecordBatch
from catalograph.ingest.report import Counters
from catalograph.schema import (
    Node,
    SourceRecord,
    SourceSupport,
    Triple,
    brand,
    category,
    keys,
    unlisted_product,
)
from catalograph.settings import load_settings
from catalograph.store import (
    Connection,
    Writer,
    connect,
    migrate,
)
from catalograph.store.connection.connect import Transaction
from catalograph.store.managed_server import child_server

# The writer of neo4j-graphrag needs these; ours does not.
APOC = ["org.neo4j.procedure:apoc-core:5.26.19", "org.neo4j.procedure:apoc-common:5.26.19"]
RELATIONS = {
    "produced_by": "HAS_BRAND",
    "belongs_to": "IN_CATEGORY",
    "also_bought": "ALSO_BOUGHT",
    "also_viewed": "ALSO_VIEWED",
    "bought_together": "BOUGHT_TOGETHER",
}
BATCH_TRIPLES = 10_000


@dataclass(frozen=True)
class Edge:
    """One input triple."""

    head: str
    relation: str
    tail: Node


def read_edges(folder: Path, limit: int) -> list[Edge]:
    """Read the first triples of a folder in the form of amazon_beauty_pgpr."""
    tables = {
        name: dict(islice(_rows(folder / f"{name}.tsv.gz"), None))
        for name in ("product", "brand", "category", "related_product")
    }
    edges = []
    for product, relation, tail_type, tail_id in islice(_rows(folder / "kg.tsv.gz"), limit):
        name = tables[tail_type][tail_id]
        if tail_type == "brand":
            tail = brand(name)
        elif tail_type == "category":
            tail = category([name])
        else:
            tail = unlisted_product("amazon", name)
        head = keys.product_key("amazon", tables["product"][product])
        edges.append(Edge(head, RELATIONS[relation], tail))
    return edges


def _rows(path: Path) -> Iterator[Any]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream, delimiter="\t")
        next(rows)
        yield from rows


def product(key: str) -> Node:
    _, source, id_ = key.split(":", 2)
    return Node("Product", key, {"source": source, "id": id_, "listed": True})


def write_plain(connection: Connection, edges: list[Edge]) -> None:
    """Merge nodes and edges on their keys, without provenance."""
    nodes = {e.tail.key: e.tail for e in edges} | {e.head: product(e.head) for e in edges}
    by_label: dict[str, list[dict[str, Any]]] = {}
    for key in sorted(nodes):
        row = {"key": key, "properties": dict(nodes[key].properties), "spelling": None}
        by_label.setdefault(nodes[key].label, []).append(row)
    by_relation: dict[tuple[str, str], list[dict[str, str]]] = {}
    for e in edges:
        ends = {"head": e.head, "tail": e.tail.key}
        by_relation.setdefault((e.relation, e.tail.label), []).append(ends)

    def merge(name: str, types: dict[str, str], rows: list[Any]) -> None:
        for start in range(0, len(rows), BATCH_TRIPLES):
            part = rows[start : start + BATCH_TRIPLES]

            def work(tx: Transaction, part: list[Any] = part) -> object:
                return tx.run(name, types, rows=part)

            connection.write(work)

    for label, rows in by_label.items():
        merge("merge_nodes", {"label": label}, rows)
    for (relation, label), edge_rows in by_relation.items():
        types = {"head": "Product", "relation": relation, "tail": label}
        merge("merge_edges", types, edge_rows)


def records_of(edges: list[Edge]) -> Iterator[SourceRecord]:
    """Yield a record for each head, with a support for each of its triples."""
    groups: dict[str, list[Edge]] = {}
    for e in edges:
        groups.setdefault(e.head, []).append(e)
    support = SourceSupport("column")
    for head, group in groups.items():
        triples = {t.key: t for t in (Triple(e.head, e.relation, e.tail, support) for e in group)}
        source = keys.source_key("amazon", "triples", head.split(":", 2)[2])
        content = ",".join(sorted(triples))
        yield SourceRecord(source, "amazon", content, (product(head),), tuple(triples.values()))


def write_serially(connection: Connection, edges: list[Edge]) -> int:
    """Write the same with the ledger, each batch prepared after the one before is written."""
    writer = Writer(connection)
    run = writer.start_run("benchmark")
    written, batch, size = 0, [], 0
    for record in records_of(edges):
        batch.append(record)
        size += len(record.triples)
        if size >= MOST_TRIPLES:
            written += writer.write_records(batch, run).written
            batch, size = [], 0
    return written + writer.write_records(batch, run).written


def write_ledger(connection: Connection, edges: list[Edge]) -> int:
    """Write the same as an ingest does: one batch is prepared while another is written."""
    writer = Writer(connection)
    run = writer.start_run("benchmark")
    counters = Counters()
    with RecordBatch(writer, writer.write_records, writer.withdraw_records, run, counters) as batch:
        for record in records_of(edges):
            batch.add(record)
    return counters.written


def write_graphrag(driver: neo4j.Driver, edges: list[Edge]) -> None:
    """Write the same with neo4j-graphrag's writer, as its documentation shows it."""
    nodes = {e.tail.key: e.tail for e in edges} | {e.head: product(e.head) for e in edges}
    graph = Neo4jGraph(
        nodes=[
            Neo4jNode(id=n.key, label=n.label, properties={"key": n.key, **n.properties})
            for n in nodes.values()
        ],
        relationships=[
            Neo4jRelationship(start_node_id=e.head, end_node_id=e.tail.key, type=e.relation)
            for e in edges
        ],
    )
    result = asyncio.run(Neo4jWriter(driver).run(graph))
    if result.status != "SUCCESS":
        raise RuntimeError(result.metadata)


def wipe(connection: Connection) -> None:
    connection.execute("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS")


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(connection: Connection, edges: list[Edge], rounds: int) -> dict[str, list[float]]:
    """Run every writer in turn, `rounds` times and one warm-up."""
    address = connection.address
    times: dict[str, list[float]] = {}
    with neo4j.GraphDatabase.driver(address.uri, auth=(address.user, address.password)) as driver:
        writers: dict[str, Callable[[], object]] = {
            "plain": lambda: write_plain(connection, edges),
            "neo4j-graphrag": lambda: write_graphrag(driver, edges),
            "ledger, serial": lambda: write_serially(connection, edges),
            "ledger": lambda: write_ledger(connection, edges),
        }
        for number in range(rounds + 1):
            for name, work in writers.items():
                wipe(connection)
                took = seconds(work)
                print(f"round {number}: {name} {took:.2f} s", file=sys.stderr)
                if number > 0:
                    times.setdefault(name, []).append(took)
            # The ledger ran last, so its graph is still there: another run should change nothing.
            took = seconds(
                lambda: times.setdefault("changes", []).append(write_ledger(connection, edges))
            )
            if number > 0:
                times.setdefault("repeat", []).append(took)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data/kgrec/amazon_beauty_pgpr")
    )
    parser.add_argument("--triples", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print JSON only")
    parser.add_argument("--part", choices=("triples", "products"), default="triples")
    parser.add_argument("--products", type=int, default=20_000)
    arguments = parser.parse_args()

    settings = load_settings()
    if arguments.part == "products":
        with child_server(settings, extra=APOC) as server:
            result = products.measure(server.settings, arguments.products)
    else:
        result = measure_triples(arguments)
    print(json.dumps(result, indent=None if arguments.json else 2))


def measure_triples(arguments: argparse.Namespace) -> dict[str, Any]:
    if not (arguments.data / "kg.tsv.gz").exists():
        sys.exit(f"{arguments.data} has no kg.tsv.gz; name the folder with --data.")
    edges = read_edges(arguments.data, arguments.triples)
    items = len(edges) + len({e.head for e in edges} | {e.tail.key for e in edges})
    with (
        child_server(load_settings(), extra=APOC) as server,
        connect(server.settings) as connection,
    ):
        migrate(connection, "benchmark")
        times = measure(connection, edges, arguments.rounds)

    median = {name: statistics.median(values) for name, values in times.items()}
    return {
        "triples": len(edges),
        "items": items,
        "plain_ratio": round(median["neo4j-graphrag"] / median["plain"], 2),
        "ledger_ratio": round(median["neo4j-graphrag"] / median["ledger"], 2),
        "overlap_ratio": round(median["ledger, serial"] / median["ledger"], 2),
        "repeat_ratio": round(median["ledger"] / median["repeat"], 2),
        "repeat_changes": int(sum(times["changes"])),
        "items_per_second": {
            name: round(items / median[name])
            for name in ("plain", "ledger", "ledger, serial", "repeat", "neo4j-graphrag")
        },
    }


if __name__ == "__main__":
    main()
