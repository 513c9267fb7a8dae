"""Structure vectors of products: FastRP over the graph of facts and interactions, inside Neo4j.

FastRP (Chen et al. 2019, arXiv:1908.11512) spreads random start vectors along the edges. GDS draws
them by Neo4j's internal ids, so the same graph loaded in another order would get other vectors.
Here each node starts from a hash of its key instead, and the graph is handed over in the order of
sorted keys: equal graphs get equal vectors, and a node keeps its start vector for ever.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import ConfigError, EmptySnapshotError, ResourceError
from catalograph.schema import EmbeddingTable
from catalograph.schema.vectors import MAX_DIMENSION
from catalograph.store import (
    Connection,
    ProjectedGraph,
    Snapshot,
    free_heap,
    gds_client,
    project_graph,
)

if TYPE_CHECKING:
    from graphdatascience import GraphDataScience

PROJECTION = "catalograph-structure"
_PRODUCT, _CONTEXT = "Product", "Context"
_BYTES_PER_FEATURE = 8
_TRANSFER_BYTES_PER_EDGE = 64
_MB = 1024 * 1024


@dataclass(frozen=True)
class StructureConfig:
    """How FastRP runs.

    Raises:
        ConfigError: the dimension is no multiple of 8 or too long for an index.
    """

    dimension: int = 128
    """Length of the vectors and number of hashed features; a multiple of 8, at most 4096."""
    iteration_weights: tuple[float, ...] = (0.0, 1.0, 1.0, 0.5)
    """What each step outwards counts: what a product has, who shares it, what those have."""
    normalization_strength: float = -0.5
    """Below 0: a node that many point to, such as a broad category, counts less."""
    seed: int = 42
    """Of the matrix that mixes the hashed features."""

    def __post_init__(self) -> None:
        if self.dimension % 8 or not 0 < self.dimension <= MAX_DIMENSION:
            raise ConfigError(
                f"dimension is {self.dimension}; expected a multiple of 8 up to {MAX_DIMENSION}."
            )

    def as_dict(self) -> dict[str, Any]:
        """The configuration for the model card."""
        weights = list(self.iteration_weights)  # as JSON gives it back
        return {"algorithm": "FastRP"} | asdict(self) | {"iteration_weights": weights}


def embed_structure(
    connection: Connection, snapshot: Snapshot, config: StructureConfig | None = None
) -> EmbeddingTable:
    """Embed the products by what they are joined to.

    The graph joins products to the tails of their facts, users to the products they took to and
    categories to their parents. A node that only one other is joined to says nothing about
    likeness and is left out.

    Returns:
        One vector a product, of length one; zero for a product that shares nothing with any other.

    Raises:
        EmptySnapshotError: there are no products.
        ResourceError: the server has not enough memory free.
        MissingExtraError: the extra `embed` is not installed.
    """
    config = config or StructureConfig()
    if not snapshot.products:
        raise EmptySnapshotError(
            "There are no listed products to embed. Load a catalogue with `catalograph ingest`."
        )
    graph = build_graph(snapshot, config.dimension)
    with gds_client(connection) as gds:
        _require_memory(connection, gds, graph, config)
        with _projected(connection, gds, graph) as projection:
            vectors = _fast_rp(gds, projection, len(snapshot.products), config)
    return EmbeddingTable(list(snapshot.products), _unit_length(vectors))


def build_graph(snapshot: Snapshot, dimension: int) -> ProjectedGraph:
    """Turn a snapshot into the graph to embed: products first, then context, in order of keys.

    Args:
        snapshot: what to join.
        dimension: number of hashed features of a node; a multiple of 8.
    """
    n_products = len(snapshot.products)
    keys = [*snapshot.products, *_context_keys(snapshot)]
    edges = _edges(snapshot, {key: n for n, key in enumerate(keys)})  # (2, m)
    edges = edges[:, edges[0] != edges[1]]
    kept = _joining(edges, len(keys), n_products)
    edges = edges[:, kept[edges].all(axis=0)]
    number = np.cumsum(kept) - 1
    chosen = [key for key, keep in zip(keys, kept.tolist(), strict=True) if keep]
    return ProjectedGraph(
        labels=[_PRODUCT] * n_products + [_CONTEXT] * (len(chosen) - n_products),
        codes=[code_of(key, dimension // 8) for key in chosen],
        neighbours=_neighbours(number[edges], len(chosen)),
    )


def code_of(key: str, size: int) -> bytes:
    """Hash a node's key into its start vector: `size` bytes, of which each bit is one sign."""
    return hashlib.shake_128(key.encode()).digest(size)


def _context_keys(snapshot: Snapshot) -> list[str]:
    """Keys of all nodes that are no listed products, sorted."""
    keys = set(snapshot.users)
    keys.update(*(table.tail_keys for table in snapshot.facts.values()))
    keys.update(*snapshot.parents)
    return sorted(keys.difference(snapshot.products))


def _edges(snapshot: Snapshot, index: Mapping[str, int]) -> NDArray[np.int64]:
    """All edges as int64 [2, m] of node numbers, in a fixed order."""
    users = np.array([index[key] for key in snapshot.users], np.int64)
    parts = [
        np.stack(
            [snapshot.interaction_products.astype(np.int64), users[snapshot.interaction_users]]
        )
    ]
    for table in snapshot.facts.values():
        tails = np.array([index[key] for key in table.tail_keys], np.int64)
        parts.append(np.stack([table.heads.astype(np.int64), tails[table.tails]]))
    parents = np.array([[index[a], index[b]] for a, b in snapshot.parents], np.int64)
    parts.append(parents.reshape(-1, 2).T)
    return np.concatenate(parts, axis=1)


def _joining(edges: NDArray[np.int64], n_nodes: int, n_products: int) -> NDArray[np.bool_]:
    """Bool [n_nodes]: products, and whatever joins at least two different nodes."""
    both = np.concatenate([edges, edges[::-1]], axis=1)
    pairs = np.sort(both[0] * n_nodes + both[1])
    distinct = pairs[np.diff(pairs, prepend=-1) > 0]
    degrees = np.bincount(distinct // n_nodes, minlength=n_nodes)
    kept: NDArray[np.bool_] = degrees > 1
    kept[:n_products] = True
    return kept


def _neighbours(edges: NDArray[np.int64], n_nodes: int) -> list[list[int]]:
    """The edges of each node, each edge once, at the end it was given from."""
    order = np.lexsort((edges[1], edges[0]))
    ends = np.cumsum(np.bincount(edges[0], minlength=n_nodes))[:-1]
    return [part.tolist() for part in np.split(edges[1][order], ends)]


def _require_memory(
    connection: Connection, gds: "GraphDataScience", graph: ProjectedGraph, config: StructureConfig
) -> None:
    """Raise unless projection and algorithm fit into the heap that is free."""
    nodes, edges = len(graph.labels), sum(map(len, graph.neighbours))
    counts = {
        "nodeCount": nodes,
        "relationshipCount": 2 * edges,
        "nodeProjection": "*",
        "relationshipProjection": "*",
    }
    estimate = gds.fast_rp.estimate(counts, config.dimension, **_options(config))
    # The estimate knows neither the features nor what it takes to hand the graph over.
    features = nodes * config.dimension * _BYTES_PER_FEATURE
    needed = estimate.bytes_max + features + edges * _TRANSFER_BYTES_PER_EDGE
    free = free_heap(connection)
    if needed > free:
        raise ResourceError(
            f"Embedding {nodes:,} nodes and {edges:,} edges needs {needed // _MB:,} MB of Neo4j's "
            f"heap and {free // _MB:,} MB are free. Raise CATALOGRAPH_SERVER__HEAP_MB and start "
            "the server again."
        )


@contextmanager
def _projected(
    connection: Connection, gds: "GraphDataScience", graph: ProjectedGraph
) -> Iterator[Any]:
    """Hold the graph in the catalogue of GDS; one that a killed job left there is replaced."""
    gds.graph.drop(PROJECTION, fail_if_missing=False)
    try:
        project_graph(connection, PROJECTION, graph)
        yield gds.graph.get(PROJECTION)
    finally:
        gds.graph.drop(PROJECTION, fail_if_missing=False)


def _fast_rp(
    gds: "GraphDataScience", projection: Any, n_products: int, config: StructureConfig
) -> NDArray[np.float32]:
    """Run FastRP and fetch the vectors of the products, float32 [n_products, dimension]."""
    gds.fast_rp.mutate(
        projection, "embedding", config.dimension, log_progress=False, **_options(config)
    )
    rows = gds.graph.node_properties.stream(projection, ["embedding"], node_labels=[_PRODUCT])
    vectors = np.empty((n_products, config.dimension), np.float32)
    vectors[rows["nodeId"].to_numpy()] = np.stack(rows["embedding"].to_list())
    return vectors


def _options(config: StructureConfig) -> dict[str, Any]:
    return {
        "iteration_weights": list(config.iteration_weights),
        "normalization_strength": config.normalization_strength,
        # The whole start vector comes from the features, none of it from internal ids.
        "property_ratio": 1.0,
        "feature_properties": ["features"],
        "random_seed": config.seed,
        "concurrency": 1,
    }


def _unit_length(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = np.divide(
        vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0
    )
    return scaled
