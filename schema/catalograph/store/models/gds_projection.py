"""Project graphs into the Graph Data Science (GDS) catalogue without storing nodes.

The projected nodes have ids chosen here, so that no result depends on Neo4j's internal ids. A
killed job leaves nothing in the database, because the GDS catalogue is in memory.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalograph.errors import QueryError
from catalograph.store.connection.address import translate_errors
from catalograph.store.connection.connect import Connection

if TYPE_CHECKING:
    from graphdatascience import GraphDataScience

_SIGNS = [[1.0 if byte >> bit & 1 else -1.0 for bit in range(8)] for byte in range(256)]
"""Eight features, +1 or -1, for each byte of a node's code."""


@dataclass(frozen=True)
class ProjectedGraph:
    """An undirected graph with nodes numbered from 0.

    Attributes:
        labels: label of each node in the projection.
        codes: code of each node, all of the same length in bytes; each bit becomes a feature of
            +1 or -1, so k bytes give the node property `features` with 8·k numbers.
        neighbours: numbers of the adjacent nodes of each node; each edge is given once.
    """

    labels: Sequence[str]
    codes: Sequence[bytes]
    neighbours: Sequence[Sequence[int]]


@contextmanager
def gds_client(connection: Connection) -> "Iterator[GraphDataScience]":
    """Open a GDS client on the same server and translate its errors to this project's.

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
    """Project `graph` into the GDS catalogue as `name`, which must be unused there.

    Raises:
        QueryError: the name is in use, or the server has too little memory.
    """
    nodes = [
        [n, label, list(code)]
        for n, (label, code) in enumerate(zip(graph.labels, graph.codes, strict=True))
    ]
    edges = [[n, list(targets)] for n, targets in enumerate(graph.neighbours) if targets]
    (_,) = connection.read("project_graph", graph_name=name, nodes=nodes, edges=edges, signs=_SIGNS)


def project_vectors(connection: Connection, name: str, keys: Sequence[str], prop: str) -> None:
    """Project products and their vectors, as node property `vector`, into the GDS catalogue.

    Args:
        connection: connection to the server.
        name: name in the catalogue, unused so far.
        keys: keys of products; the n-th becomes node n.
        prop: property of Product that holds the vectors.

    Raises:
        QueryError: the name is in use, or the server has too little memory.
    """
    (_,) = connection.read("project_vectors", graph_name=name, keys=list(keys), property=prop)


def project_entities(
    connection: Connection, name: str, heads: Sequence[str], tails: Sequence[str], prop: str
) -> None:
    """Project nodes and their vectors, as node property `vector`, into the GDS catalogue.

    The n-th of all keys, sorted, becomes node n. Nodes without a vector are left out.

    Args:
        connection: connection to the server.
        name: name in the catalogue, unused so far.
        heads: keys of the nodes that get the label Head.
        tails: keys of the nodes that get the label Tail.
        prop: property that holds the vectors.

    Raises:
        QueryError: the name is in use, or the server has too little memory.
    """
    first, last = frozenset(heads), frozenset(tails)
    nodes = [
        [n, key, ["Head"] * (key in first) + ["Tail"] * (key in last)]
        for n, key in enumerate(sorted(first | last))
    ]
    (_,) = connection.read("project_entities", graph_name=name, nodes=nodes, property=prop)


def embedded_products(connection: Connection, prop: str) -> list[str]:
    """Return the keys of the listed products with a vector in this property, sorted."""
    return [row["key"] for row in connection.read("list_embedded_products", property=prop)]


def estimate_node2vec(connection: Connection, nodes: int, edges: int, **options: Any) -> int:
    """Return the largest memory, in bytes, of node2vec on an undirected graph of this size.

    The estimate is a direct call, since the client of GDS 2.2 cannot estimate this algorithm
    without a projected graph.
    """
    (row,) = connection.read(
        "estimate_node2vec", nodes=nodes, relationships=2 * edges, options=options
    )
    return int(row["bytes"])


def server_versions(connection: Connection) -> dict[str, str]:
    """Return the versions of Neo4j and, if installed, of the Graph Data Science library."""
    found = {row["name"]: row["version"] for row in connection.read("read_server_version")}
    versions = {"neo4j": found.get("Neo4j Kernel", "unknown")}
    with suppress(QueryError):
        versions["gds"] = next(connection.read("read_gds_version"))["version"]
    return versions


def free_heap(connection: Connection) -> int:
    """Return the free Java heap of the server in bytes, including what it can still allocate."""
    (row,) = connection.read("read_free_heap")
    return int(row["bytes"])
