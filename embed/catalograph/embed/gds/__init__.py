"""Graph algorithms inside Neo4j: vectors, communities, ranks and nearest products.

All of them run on one graph, built from the snapshot and numbered in the order of keys, on one
thread and with a seed where there is one. So the same facts give the same output, even in a graph
that was reloaded.
"""

from catalograph.embed.gds.community_names import name_communities
from catalograph.embed.gds.product_graph import ProductContextGraph, build_product_graph
from catalograph.embed.gds.similar import KnnConfig, nearest_products
from catalograph.embed.gds.values import (
    CommunityConfig,
    NodeValues,
    PageRankConfig,
    find_communities,
    rank_nodes,
)
from catalograph.embed.gds.vectors import (
    HashGnnConfig,
    Node2VecConfig,
    embed_hashgnn,
    embed_node2vec,
)

__all__ = [
    "CommunityConfig",
    "HashGnnConfig",
    "KnnConfig",
    "Node2VecConfig",
    "NodeValues",
    "PageRankConfig",
    "ProductContextGraph",
    "build_product_graph",
    "embed_hashgnn",
    "embed_node2vec",
    "find_communities",
    "name_communities",
    "nearest_products",
    "rank_nodes",
]
