"""Vectors of products by node2vec and by HashGNN."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from catalograph.embed.gds.runner import ProjectionInput, stream_algorithm
from catalograph.errors import ConfigError
from catalograph.schema import EmbeddingTable
from catalograph.schema.vectors import MAX_DIMENSION
from catalograph.store import Connection, GraphSnapshot, estimate_node2vec

if TYPE_CHECKING:
    from graphdatascience import GraphDataScience

_FEATURES = 128
"""Number of hashed features per node that HashGNN starts from, each +1 or -1."""
_BITS = 512
"""Number of random sums of those features; a node has the sums that exceed `_RARE`."""
_RARE = 2.2 * _FEATURES**0.5
"""Threshold of the sums. Their standard deviation is the root of `_FEATURES`, so a node has one bit
in seventy. With many more, such as half of them, all products look alike to HashGNN."""


@dataclass(frozen=True)
class Node2VecConfig:
    """Settings of node2vec (Grover and Leskovec 2016, arXiv:1607.00653).

    Raises:
        ConfigError: the dimension is too large for an index.
    """

    dimension: int = 128
    iterations: int = 3
    """Number of passes over the walks."""
    walks_per_node: int = 10
    walk_length: int = 40
    window: int = 5
    """Window size: distance on a walk up to which two nodes count as co-occurring."""
    return_factor: float = 1.0
    """Return factor; above 1, walks rarely turn back."""
    in_out_factor: float = 1.0
    """In-out factor; above 1, walks stay near their start."""
    seed: int = 42

    def __post_init__(self) -> None:
        _check_dimension(self.dimension)

    def as_dict(self) -> dict[str, Any]:
        """Return the configuration for the model card."""
        return {"algorithm": "node2vec"} | asdict(self)


@dataclass(frozen=True)
class HashGnnConfig:
    """Settings of HashGNN (Wu et al. 2021, arXiv:2105.14280).

    Raises:
        ConfigError: the dimension is too large for an index.
    """

    dimension: int = 128
    iterations: int = 4
    """Number of iterations: steps that a feature can travel."""
    density: int = 32
    """Number of features sampled in each step."""
    neighbour_influence: float = 1.0
    """Neighbour influence; above 1, neighbours count more than the node itself."""
    seed: int = 42

    def __post_init__(self) -> None:
        _check_dimension(self.dimension)

    def as_dict(self) -> dict[str, Any]:
        """Return the configuration for the model card."""
        return {"algorithm": "HashGNN"} | asdict(self)


def embed_node2vec(
    connection: Connection, snapshot: GraphSnapshot, config: Node2VecConfig | None = None
) -> EmbeddingTable:
    """Embed the products by the nodes near them on random walks.

    Returns:
        One vector per product, of length one; zero for a product without edges.

    Raises:
        EmptySnapshotError: there are no products.
        ResourceError: the server does not have enough free memory.
        MissingExtraError: the extra `embed` is not installed.
    """
    config = config or Node2VecConfig()
    options = {
        "iterations": config.iterations,
        "embedding_dimension": config.dimension,
        "walks_per_node": config.walks_per_node,
        "walk_length": config.walk_length,
        "window_size": config.window,
        "return_factor": config.return_factor,
        "in_out_factor": config.in_out_factor,
        "random_seed": config.seed,
    }

    def estimate(_: "GraphDataScience", size: ProjectionInput) -> int:
        named = {
            "embeddingDimension": config.dimension,
            "walksPerNode": config.walks_per_node,
            "walkLength": config.walk_length,
            "concurrency": 1,
        }
        return estimate_node2vec(connection, size.nodes, size.edges, **named)

    return _embed(connection, snapshot, "node2vec", options, estimate, features=8)


def embed_hashgnn(
    connection: Connection, snapshot: GraphSnapshot, config: HashGnnConfig | None = None
) -> EmbeddingTable:
    """Embed the products by hashing, step by step, the features of their neighbourhood.

    Features are hashes of keys, as for FastRP.

    Returns:
        One vector per product, of length one; zero for a product without edges.

    Raises:
        EmptySnapshotError: there are no products.
        ResourceError: the server does not have enough free memory.
        MissingExtraError: the extra `embed` is not installed.
    """
    config = config or HashGnnConfig()
    options: dict[str, Any] = {
        "iterations": config.iterations,
        "embedding_density": config.density,
        "output_dimension": config.dimension,
        "neighbor_influence": config.neighbour_influence,
        "feature_properties": ["features"],
        "binarize_features": {"dimension": _BITS, "threshold": _RARE},
        "random_seed": config.seed,
    }

    def estimate(gds: "GraphDataScience", size: ProjectionInput) -> int:
        found = gds.hash_gnn.estimate(size.for_estimate(), **options)
        return int(found.bytes_max)

    return _embed(connection, snapshot, "hash_gnn", options, estimate, features=_FEATURES)


def _embed(
    connection: Connection,
    snapshot: GraphSnapshot,
    algorithm: str,
    options: dict[str, Any],
    estimate: "Callable[[GraphDataScience, ProjectionInput], int]",
    features: int,
) -> EmbeddingTable:
    """Run an algorithm and return the vectors of the products."""
    graph, rows = stream_algorithm(connection, snapshot, algorithm, options, estimate, features)
    rows = rows[rows["nodeId"] < graph.n_products]
    found = np.stack(rows["embedding"].to_list()).astype(np.float32)
    vectors = np.empty_like(found)
    vectors[rows["nodeId"].to_numpy()] = found
    joined = np.zeros(graph.n_products, np.bool_)
    joined[graph.edges[graph.edges < graph.n_products]] = True
    vectors[~joined] = 0.0  # without edges, a vector depends only on its key or the seed
    return EmbeddingTable(list(snapshot.products), unit_length(vectors))


def unit_length(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale each row to length one; zero stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = np.divide(
        vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0
    )
    return scaled


def _check_dimension(dimension: int) -> None:
    if not 0 < dimension <= MAX_DIMENSION:
        raise ConfigError(f"dimension is {dimension}; expected 1 to {MAX_DIMENSION}.")
