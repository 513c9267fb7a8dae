"""Handing a graph to the Graph Data Science library without going through stored nodes.

The nodes get ids of our own choosing, so that no result depends on Neo4j's internal ones, and
nothing is left in the database when a job is killed: the catalogue of GDS lives in memory.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalograph.errors import QueryError
from catalograph.store.connection.connect import (
    Connection,
    translate_errors,
)

if TYPE_CHECKING:
    from graphdatascience import GraphDataScience

_SIGNS = [[1.0 if byte >> bit & 1 else -1.0 for bit in range(8)] for byte in range(256)]
"""The eight features that a byte of a node's code stands for."""


@dataclass(frozen=True)
class ProjectedGraph:
    """An undirected graph whose nodes are numbered from 0.

    Attributes:
        labels: label of each node in the projection.
        codes: bytes of each node, all of the same length; each bit becomes a feature of +1 or -1,
            so that k bytes give the node property `features` with 8·k numbers.
        neighbours: for each node, the nodes that it has an edge to; each edge is given once.
    """

    labels: Sequence[str]
    codes: Sequence[bytes]
    neighbours: Sequence[Sequence[int]]


@contextmanager
def gds_client(connection: Connection) -> "Iterator[GraphDataScience]":
    """Open a GDS client on the same server and close it; its errors become this project's.

    Raises:
        MissingExtraError: the extra `embed` is not installed.
    """
    client = connection.gds()
    try:
        with translate_errors(connection.address):
            yield client
    finally:
        client.close()


def project_graph(connection: Connection, name: str, graph: ProjectedGraph) -> None:
    """Put `graph` into the GDS catalogue as `name`, which must be free there.

    Raises:
        QueryError: the name is taken, or the memory of the server does not suffice.
    """
    nodes = [
        [n, label, list(code)]
        for n, (label, code) in enumerate(zip(graph.labels, graph.codes, strict=True))
    ]
    edges = [[n, list(targets)] for n, targets in enumerate(graph.neighbours) if targets]
    (_,) = connection.read("project_graph", graph_name=name, nodes=nodes, edges=edges, signs=_SIGNS)


def project_vectors(connection: Connection, name: str, keys: Sequence[str], prop: str) -> None:
    """Put products and their vectors, as node property `vector`, into the GDS catalogue.

    Args:
        connection: the server.
        name: for the catalogue; must be free there.
        keys: of products; the n-th becomes node n.
        prop: property of Product that holds the vectors.

    Raises:
        QueryError: the name is taken, or the memory of the server does not suffice.
    """
    (_,) = connection.read("project_vectors", graph_name=name, keys=list(keys), property=prop)


def project_entities(
    connection: Connection, name: str, heads: Sequence[str], tails: Sequence[str], prop: str
) -> None:
    """Put nodes and their vectors, as node property `vector`, into the GDS catalogue.

    Args:
        connection: the server.
        name: for the catalogue; must be free there.
        heads: keys of the nodes that get the label Head.
        tails: keys of the nodes that get the label Tail; the n-th of all keys in order of keys
            becomes node n. One that has no vector is left out.
        prop: property that holds the vectors.

    Raises:
        QueryError: the name is taken, or the memory of the server does not suffice.
    """
    first, last = frozenset(heads), frozenset(tails)
    nodes = [
        [n, key, ["Head"] * (key in first) + ["Tail"] * (key in last)]
        for n, key in enumerate(sorted(first | last))
    ]
    (_,) = connection.read("project_entities", graph_name=name, nodes=nodes, property=prop)


def embedded_products(connection: Connection, prop: str) -> list[str]:
    """Keys of the listed products that have a vector in this property, sorted."""
    return [row["key"] for row in connection.read("list_embedded_products", property=prop)]


def estimate_node2vec(connection: Connection, nodes: int, edges: int, **options: Any) -> int:
    """Bytes that node2vec takes at most on an undirected graph of this size.

    The client of GDS 2.2 cannot ask for this algorithm's estimate without a graph.
    """
    (row,) = connection.read(
        "estimate_node2vec", nodes=nodes, relationships=2 * edges, options=options
    )
    return int(row["bytes"])


def server_versions(connection: Connection) -> dict[str, str]:
    """Versions of Neo4j and, where it is installed, of the Graph Data Science library."""
    found = {row["name"]: row["version"] for row in connection.read("read_server_version")}
    versions = {"neo4j": found.get("Neo4j Kernel", "unknown")}
    with suppress(QueryError):
        versions["gds"] = next(connection.read("read_gds_version"))["version"]
    return versions


def free_heap(connection: Connection) -> int:
    """Bytes of Java heap that the server has free or can still take."""
    (row,) = connection.read("read_free_heap")
    return int(row["bytes"])
