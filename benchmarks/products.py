"""Compare the ingest of products with text, end to end, with neo4j-graphrag and LangChain.

Used by `benchmarks/ingest.py`. Every system starts from the same JSONL file and ends with products,
brands, categories, prices and texts in one Neo4j. This project maps the columns, reads attribute
values in the texts and keeps an assertion for each fact; the others get ready nodes and
relations made of the same columns, with the text as a chunk (neo4j-graphrag, followed by its
resolver, as its pipeline does) or as the source document (LangChain).
"""

import asyncio
import gzip
import json
import logging
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import neo4j
from langchain_core.documents import Document
from langchain_neo4j import Neo4jGraph as LangChainGraph
from langchain_neo4j.graphs.graph_document import GraphDocument, Relationship
from langchain_neo4j.graphs.graph_document import Node as LangChainNode
from neo4j_graphrag.components.kg_writer import Neo4jWriter
from neo4j_graphrag.components.resolver import SinglePropertyExactMatchResolver
from neo4j_graphrag.components.types import Neo4jGraph, Neo4jNode, Neo4jRelationship

from catalograph.ingest import IngestReport, find_mapping, ingest_catalog
from catalograph.settings import Settings
from catalograph.store import (
    Connection,
    connect,
    migrate,
    open_store,
)

MAPPING = "bestbuy_products"
EXAMPLE = Path(__file__).parents[1] / "examples" / "bestbuy" / "products.jsonl.gz"

Row = dict[str, Any]


@dataclass(frozen=True)
class Entities:
    """Entities of a row, in the form that both other systems take.

    Attributes:
        nodes: label and properties by id.
        edges: head id, type, tail id.
        id: id of the product.
        text: title and description.
    """

    nodes: dict[str, tuple[str, Row]]
    edges: list[tuple[str, str, str]]
    id: str
    text: str


def make_rows(count: int) -> list[Row]:
    """Return `count` products: those of the example, repeated with another id and edition."""
    with gzip.open(EXAMPLE, "rt", encoding="utf-8") as stream:
        base = [json.loads(line) for line in stream]
    rows = []
    for n in range(count):
        row, edition = base[n % len(base)], n // len(base)
        extra = f" (Edition {edition})" if edition else ""
        rows.append(row | {"id": n, "name": row["name"] + extra})
    return rows


def read_entities(path: Path) -> Iterator[Entities]:
    """Read the feed for the systems that have no feed reader."""
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            row = json.loads(line)
            id_ = f"product-{row['id']}"
            said = {"name": row["name"], "price": row["price"], "popularity": row["popularity"]}
            brand, category = f"brand-{row['brand']}", "category-" + "/".join(row["categories"])
            nodes = {
                id_: ("Product", said),
                brand: ("Brand", {"name": row["brand"]}),
                category: ("Category", {"name": "/".join(row["categories"])}),
            }
            edges = [(id_, "HAS_BRAND", brand), (id_, "IN_CATEGORY", category)]
            yield Entities(nodes, edges, id_, f"{row['name']}\n{row['description']}")


def write_feed(rows: Iterable[Row], path: Path) -> Path:
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in rows)
    return path


def ingest_ours(settings: Settings, feed: Path) -> IngestReport:
    with open_store(settings) as store:
        return ingest_catalog([feed], store, settings, find_mapping(MAPPING))


def ingest_graphrag(driver: neo4j.Driver, feed: Path) -> None:
    """Run its writer, then its resolver, which merges nodes of one label and name."""
    entities = list(read_entities(feed))
    said = {id_: node for e in entities for id_, node in e.nodes.items()}
    nodes = [Neo4jNode(id=i, label=label, properties=p) for i, (label, p) in said.items()]
    chunks = [
        Neo4jNode(id=f"chunk-{e.id}", label="Chunk", properties={"text": e.text}) for e in entities
    ]
    edges = [edge for e in entities for edge in (*e.edges, (e.id, "FROM_CHUNK", f"chunk-{e.id}"))]
    graph = Neo4jGraph(
        nodes=[*nodes, *chunks],
        relationships=[
            Neo4jRelationship(start_node_id=h, type=t, end_node_id=tail) for h, t, tail in edges
        ],
    )

    async def run() -> None:
        result = await Neo4jWriter(driver).run(graph)
        if result.status != "SUCCESS":
            raise RuntimeError(result.metadata)
        await SinglePropertyExactMatchResolver(driver).run()

    asyncio.run(run())


def ingest_langchain(settings: Settings, feed: Path) -> None:
    """Write one document for each product, with the base label that its docs advise for speed."""
    address = settings.neo4j
    assert address.password is not None
    graph = LangChainGraph(
        address.uri, address.user, address.password.get_secret_value(), refresh_schema=False
    )
    documents = []
    for e in read_entities(feed):
        nodes = {i: LangChainNode(id=i, type=n[0], properties=n[1]) for i, n in e.nodes.items()}
        edges = [Relationship(source=nodes[h], target=nodes[t], type=r) for h, r, t in e.edges]
        source = Document(page_content=e.text, metadata={"id": e.id})
        documents.append(
            GraphDocument(nodes=list(nodes.values()), relationships=edges, source=source)
        )
    graph.add_graph_documents(documents, include_source=True, baseEntityLabel=True)
    graph.close()


def wipe(connection: Connection) -> None:
    connection.execute("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS")


def took(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(settings: Settings, count: int) -> dict[str, Any]:
    """Ingest with each system in turn, ours last."""
    logging.getLogger("neo4j").setLevel(logging.ERROR)
    rows = make_rows(count)
    address = settings.neo4j
    assert address.uri is not None
    assert address.password is not None
    login = (address.user, address.password.get_secret_value())
    seconds: dict[str, float] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        connect(settings) as connection,
        neo4j.GraphDatabase.driver(address.uri, auth=login) as driver,
    ):
        feed = write_feed(rows, Path(folder) / "products.jsonl")
        wipe(connection)
        seconds["langchain"] = took(lambda: ingest_langchain(settings, feed))
        wipe(connection)
        seconds["neo4j-graphrag"] = took(lambda: ingest_graphrag(driver, feed))
        wipe(connection)
        for row in connection.execute("SHOW CONSTRAINTS YIELD name RETURN name"):
            connection.execute(f"DROP CONSTRAINT {row['name']}")
        migrate(connection, settings.user_secret_fingerprint)
        ours = ingest_ours(settings, feed).seconds
    return {
        "products": count,
        "seconds": {name: round(value, 2) for name, value in (seconds | {"ours": ours}).items()},
        "ratios": {name: round(value / ours, 2) for name, value in seconds.items()},
    }
