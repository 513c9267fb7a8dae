"""Handing a graph to the Graph Data Science library without going through stored nodes.

The nodes get ids of our own choosing, so that no result depends on Neo4j's internal ones, and
nothing is left in the database when a job is killed: the catalogue of GDS lives in memory.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalograph.store.connect import Connection, translated

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
        with translated(connection.address):
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


def free_heap(connection: Connection) -> int:
    """Bytes of Java heap that the server has free or can still take."""
    (row,) = connection.read("read_free_heap")
    return int(row["bytes"])
