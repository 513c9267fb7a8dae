"""Structure vectors of products: FastRP over the graph of facts and interactions, inside Neo4j.

FastRP (Chen et al. 2019, arXiv:1908.11512) propagates random initial vectors along the edges. GDS
derives them from Neo4j's internal ids, so the same graph loaded in another order would get other
vectors. Here each node starts from a hash of its key instead, and the graph is projected in the
order of sorted keys: equal graphs get equal vectors, and a node's initial vector never changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.embed.gds.product_graph import (
    PRODUCT,
    ProductContextGraph,
    build_product_graph,
    k_hop_subgraph,
    neighbourhood_hashes,
)
from catalograph.embed.gds.runner import (
    client,
    hold_projection,
    projected_graph,
    projection_input,
    require_memory,
)
from catalograph.embed.gds.vectors import unit_length
from catalograph.embed.preconditions import require_products
from catalograph.errors import ConfigError
from catalograph.schema import EmbeddingTable
from catalograph.schema.vectors import MAX_DIMENSION
from catalograph.store import Connection, GraphSnapshot

HUB = 100
"""Number of neighbours above which a refresh treats a node as unchanged while its number of
neighbours stays about the same."""


@dataclass(frozen=True)
class StructureConfig:
    """Settings of FastRP.

    Raises:
        ConfigError: the dimension is not a multiple of 8, or too large for an index.
    """

    dimension: int = 128
    """Length of the vectors and number of hashed features; a multiple of 8, at most 4096."""
    iteration_weights: tuple[float, ...] = (0.0, 1.0, 1.0, 0.5)
    """Weight of each step outwards: a product's facts, who shares them, and what those have."""
    normalization_strength: float = -0.5
    """Normalisation strength; below 0, high-degree nodes, such as broad categories, count less."""
    seed: int = 42
    """Seed of the matrix that mixes the hashed features."""

    def __post_init__(self) -> None:
        if self.dimension % 8 or not 0 < self.dimension <= MAX_DIMENSION:
            raise ConfigError(
                f"dimension is {self.dimension}; expected a multiple of 8 up to {MAX_DIMENSION}."
            )

    def as_dict(self) -> dict[str, Any]:
        """Return the configuration for the model card."""
        weights = list(self.iteration_weights)  # a list, as JSON returns it
        return {"algorithm": "FastRP"} | asdict(self) | {"iteration_weights": weights}


@dataclass(frozen=True)
class RefreshedVectors:
    """Vectors after a refresh.

    Attributes:
        table: one vector per product, of length one; zero for one that shares nothing.
        marks: hash of the input of each product's vector, by product.
        embedded: number of vectors computed again; the others were carried over.
    """

    table: EmbeddingTable
    marks: dict[str, int]
    embedded: int


def refresh_structure(
    connection: Connection,
    snapshot: GraphSnapshot,
    config: StructureConfig,
    known: Mapping[str, tuple[int, Sequence[float]]],
) -> RefreshedVectors:
    """Embed the products whose neighbourhood changed; carry the other vectors over.

    The graph connects products to the tails of their facts, users to the products they interacted
    with, and categories to their parents. A node with a single neighbour carries no information
    about likeness and is left out.

    A vector depends only on the neighbourhood of its product, up to the number of iterations. A
    hash of it is the mark, so callers need not report changes: equal marks mean equal vectors.
    Only hubs are compared approximately; see `HUB`.

    Args:
        connection: connection to the server.
        snapshot: the current graph.
        config: settings of FastRP, with which the known vectors were made, too.
        known: mark and vector by product; empty for a full refresh.

    Raises:
        EmptySnapshotError: there are no products.
        ResourceError: the server does not have enough free memory.
        MissingExtraError: the extra `embed` is not installed.
    """
    require_products(snapshot.products, "learn from")
    graph = build_product_graph(snapshot)
    found = neighbourhood_hashes(graph, len(config.iteration_weights), HUB).tolist()
    touched = np.array(
        [
            n
            for n, (key, mark) in enumerate(zip(snapshot.products, found, strict=True))
            if key not in known or known[key][0] != mark
        ],
        np.intp,
    )
    vectors = np.zeros((len(snapshot.products), config.dimension), np.float32)
    for n in np.setdiff1d(np.arange(len(vectors)), touched).tolist():
        vectors[n] = known[snapshot.products[n]][1]
    if touched.size:
        vectors[touched] = _touched_vectors(connection, graph, touched, config)
    return RefreshedVectors(
        EmbeddingTable(list(snapshot.products), vectors),
        dict(zip(snapshot.products, found, strict=True)),
        len(touched),
    )


def _touched_vectors(
    connection: Connection,
    graph: ProductContextGraph,
    touched: NDArray[np.intp],
    config: StructureConfig,
) -> NDArray[np.float32]:
    """Compute vectors of some products, float32 [len(touched), dimension]."""
    part = graph
    if len(touched) < graph.n_products:
        part = k_hop_subgraph(graph, touched, len(config.iteration_weights))
    place = {key: n for n, key in enumerate(part.keys[: part.n_products])}
    chosen = [place[graph.keys[n]] for n in touched.tolist()]
    return unit_length(_fast_rp(connection, part, config)[chosen])


def _fast_rp(
    connection: Connection, graph: ProductContextGraph, config: StructureConfig
) -> NDArray[np.float32]:
    """Run FastRP and return the vectors of the products, float32 [n_products, dimension]."""
    options = _options(config)
    with client(connection) as gds:
        size = projection_input(graph, config.dimension)
        estimate = gds.fast_rp.estimate(size.for_estimate(), config.dimension, **options)
        require_memory(connection, "FastRP", size, estimate.bytes_max)
        with hold_projection(
            gds, projected_graph(connection, graph, config.dimension)
        ) as projection:
            gds.fast_rp.mutate(
                projection, "embedding", config.dimension, log_progress=False, **options
            )
            rows = gds.graph.node_properties.stream(
                projection, ["embedding"], node_labels=[PRODUCT]
            )
    vectors = np.empty((graph.n_products, config.dimension), np.float32)
    vectors[rows["nodeId"].to_numpy()] = np.stack(rows["embedding"].to_list())
    return vectors


def _options(config: StructureConfig) -> dict[str, Any]:
    return {
        "iteration_weights": list(config.iteration_weights),
        "normalization_strength": config.normalization_strength,
        # The whole initial vector comes from the features, none of it from internal ids.
        "property_ratio": 1.0,
        "feature_properties": ["features"],
        "random_seed": config.seed,
        "concurrency": 1,
    }
