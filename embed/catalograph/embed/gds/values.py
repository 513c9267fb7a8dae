"""Node values: the community of each node, and its PageRank.

Communities come from Leiden, because it has a seed, which Louvain lacks, and because its
communities are connected (Traag et al. 2019, arXiv:1810.08473).
"""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from catalograph.embed.gds.product_graph import ProductContextGraph
from catalograph.embed.gds.runner import ProjectionInput, stream_algorithm
from catalograph.schema.keys import label_of
from catalograph.schema.model_kinds import model_kind
from catalograph.store import Connection, GraphSnapshot

if TYPE_CHECKING:
    from graphdatascience import GraphDataScience


@dataclass(frozen=True)
class CommunityConfig:
    """Settings of Leiden."""

    gamma: float = 1.0
    """Resolution; above 1, communities are smaller and more numerous."""
    theta: float = 0.01
    """Randomness of splitting a community."""
    max_levels: int = 10
    seed: int = 42

    def as_dict(self) -> dict[str, Any]:
        """Return the configuration for the model card."""
        return {"algorithm": "Leiden"} | asdict(self)


@dataclass(frozen=True)
class PageRankConfig:
    """Settings of PageRank (Brin and Page 1998)."""

    damping: float = 0.85
    """Damping factor: share of steps that follow an edge; the others restart anywhere."""
    max_iterations: int = 50
    tolerance: float = 1e-7

    def as_dict(self) -> dict[str, Any]:
        """Return the configuration for the model card."""
        return {"algorithm": "PageRank"} | asdict(self)


@dataclass(frozen=True)
class NodeValues:
    """One value per node.

    Attributes:
        keys: keys of products, brands, categories and values; users are left out.
        values: int64 or float64 [len(keys)].
        metrics: metrics of the run.
    """

    keys: list[str]
    values: NDArray[np.int64] | NDArray[np.float64]
    metrics: dict[str, float]


def find_communities(
    connection: Connection, snapshot: GraphSnapshot, config: CommunityConfig | None = None
) -> NodeValues:
    """Group nodes that are connected more closely with each other than with the rest.

    Returns:
        Communities, numbered from 0 in the order of their first members.

    Raises:
        EmptySnapshotError: there are no products.
        ResourceError: the server does not have enough free memory.
        MissingExtraError: the extra `embed` is not installed.
    """
    config = config or CommunityConfig()
    options = {
        "gamma": config.gamma,
        "theta": config.theta,
        "max_levels": config.max_levels,
        "random_seed": config.seed,
    }
    graph, found = _values(connection, snapshot, "leiden", "communityId", options)
    _, first, members = np.unique(found, return_index=True, return_inverse=True)
    values = np.argsort(np.argsort(first))[members].astype(np.int64)
    metrics = {"communities": float(len(first)), "modularity": modularity(graph, values)}
    return _to_node_values(graph, values, metrics)


def rank_nodes(
    connection: Connection, snapshot: GraphSnapshot, config: PageRankConfig | None = None
) -> NodeValues:
    """Compute how central each node is: how often a random walk visits it.

    Raises:
        EmptySnapshotError: there are no products.
        ResourceError: the server does not have enough free memory.
        MissingExtraError: the extra `embed` is not installed.
    """
    config = config or PageRankConfig()
    options = {
        "damping_factor": config.damping,
        "max_iterations": config.max_iterations,
        "tolerance": config.tolerance,
    }
    graph, found = _values(connection, snapshot, "page_rank", "score", options)
    return _to_node_values(graph, found, {})


def modularity(graph: ProductContextGraph, communities: NDArray[np.int64]) -> float:
    """Return the share of edges within communities beyond that expected by chance, -0.5 to 1."""
    m = graph.edges.shape[1]
    if m == 0:
        return 0.0
    within = np.mean(communities[graph.edges[0]] == communities[graph.edges[1]])
    ends = np.bincount(communities[graph.edges].ravel()) / (2 * m)
    return float(within - (ends**2).sum())


def _values(
    connection: Connection,
    snapshot: GraphSnapshot,
    algorithm: str,
    column: str,
    options: dict[str, Any],
) -> tuple[ProductContextGraph, NDArray[Any]]:
    """Run an algorithm and return its value of each node, in the order of the graph."""

    def estimate(gds: "GraphDataScience", size: ProjectionInput) -> int:
        found = getattr(gds, algorithm).estimate(size.for_estimate(), concurrency=1, **options)
        return int(found.bytes_max)

    graph, rows = stream_algorithm(connection, snapshot, algorithm, options, estimate)
    values = np.empty(len(graph.keys), rows[column].to_numpy().dtype)
    values[rows["nodeId"].to_numpy()] = rows[column].to_numpy()
    return graph, values


def _to_node_values(
    graph: ProductContextGraph, values: NDArray[Any], metrics: dict[str, float]
) -> NodeValues:
    labels = model_kind("community").labels
    chosen = [n for n, key in enumerate(graph.keys) if label_of(key) in labels]
    return NodeValues([graph.keys[n] for n in chosen], values[chosen], metrics)
