"""Runs GDS algorithms on a graph: checks memory, projects, and always drops the projection."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalograph.embed.gds.product_graph import ProductContextGraph, build_product_graph
from catalograph.embed.preconditions import require_products
from catalograph.errors import ResourceError
from catalograph.store import Connection, GraphSnapshot, free_heap, gds_client, project_graph

if TYPE_CHECKING:
    from graphdatascience import GraphDataScience

PROJECTION = "catalograph"
"""Name in the catalogue of GDS; a projection left there by a killed job is replaced."""

FIXED: Mapping[str, Any] = {"concurrency": 1, "log_progress": False}
"""One thread: several would add numbers in a different order each time."""

_TRANSFER_BYTES_PER_EDGE = 64
_BYTES_PER_FEATURE = 8
_MB = 1024 * 1024


@dataclass(frozen=True)
class ProjectionInput:
    """Size of the input to GDS: nodes, edges, and numbers per node."""

    nodes: int
    edges: int = 0
    features: int = 0

    def for_estimate(self) -> dict[str, Any]:
        """Return the form in which GDS estimates memory for graphs that it does not have."""
        return {
            "nodeCount": self.nodes,
            "relationshipCount": 2 * self.edges,
            "nodeProjection": "*",
            "relationshipProjection": "*",
        }


def projection_input(graph: ProductContextGraph, features: int = 8) -> ProjectionInput:
    """Return the size of this graph as input to GDS."""
    return ProjectionInput(len(graph.keys), graph.edges.shape[1], features)


def require_memory(
    connection: Connection, doing: str, size: ProjectionInput, estimated: int
) -> None:
    """Raise unless projection and algorithm fit into the free heap.

    Args:
        connection: connection to the server.
        doing: name of the algorithm, for the message.
        size: size of the projection.
        estimated: upper bound in bytes by GDS, which includes neither the features nor the
            transfer of the graph.

    Raises:
        ResourceError: the server does not have enough free memory.
    """
    handing_over = (
        size.nodes * size.features * _BYTES_PER_FEATURE + size.edges * _TRANSFER_BYTES_PER_EDGE
    )
    needed = estimated + handing_over
    free = free_heap(connection)
    if needed > free:
        raise ResourceError(
            f"{doing} on {size.nodes:,} nodes and {size.edges:,} edges needs "
            f"{-(-needed // _MB):,} MB of Neo4j's heap and {free // _MB:,} MB are free. Raise "
            "CATALOGRAPH_SERVER__HEAP_MB and start the server again."
        )


@contextmanager
def hold_projection(gds: "GraphDataScience", project: Callable[[str], None]) -> Iterator[Any]:
    """Hold a graph in the catalogue of GDS, and drop it afterwards even on errors.

    Args:
        gds: client of the server.
        project: function that projects the graph under the name it receives.
    """
    # A killed job may have left its projection.
    gds.graph.drop(PROJECTION, fail_if_missing=False)
    try:
        project(PROJECTION)
        yield gds.graph.get(PROJECTION)
    finally:
        gds.graph.drop(PROJECTION, fail_if_missing=False)


def projected_graph(
    connection: Connection, graph: ProductContextGraph, features: int = 8
) -> Callable[[str], None]:
    """Return the function that projects this graph, for `hold_projection`."""
    return lambda name: project_graph(connection, name, graph.to_projection(features))


def stream_algorithm(
    connection: Connection,
    snapshot: GraphSnapshot,
    algorithm: str,
    options: Mapping[str, Any],
    estimate: "Callable[[GraphDataScience, ProjectionInput], int]",
    features: int = 8,
) -> tuple[ProductContextGraph, Any]:
    """Run an algorithm on the snapshot's graph.

    Args:
        connection: connection to the server.
        snapshot: facts and interactions of the graph.
        algorithm: name of the algorithm in the client.
        options: options of the algorithm.
        estimate: function that returns the maximum number of bytes needed.
        features: number of hashed features per node.

    Returns:
        The graph, and the rows that the algorithm returns, a pandas frame with `nodeId`.

    Raises:
        EmptySnapshotError: there are no products.
        ResourceError: the server does not have enough free memory.
        MissingExtraError: the extra `embed` is not installed.
    """
    require_products(snapshot.products, "learn from")
    graph = build_product_graph(snapshot)
    with client(connection) as gds:
        size = projection_input(graph, features)
        require_memory(connection, algorithm.replace("_", ""), size, estimate(gds, size))
        with hold_projection(gds, projected_graph(connection, graph, features)) as projection:
            return graph, getattr(gds, algorithm).stream(projection, **options, **FIXED)


@contextmanager
def client(connection: Connection) -> "Iterator[GraphDataScience]":
    """Yield a GDS client that shows no progress bars."""
    with gds_client(connection) as gds:
        gds.set_show_progress(show_progress=False)
        yield gds
