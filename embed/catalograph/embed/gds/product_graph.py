"""The graph that the algorithms run on: products, the nodes of their facts, and shoppers.

Relations are those of the ontology's facts. Products come first, then all other nodes in the order
of their keys; a node with a single neighbour carries no information about likeness and is left out.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalograph.store import GraphSnapshot, ProjectedGraph

PRODUCT, CONTEXT = "Product", "Context"
"""Node labels in the projection."""


@dataclass(frozen=True)
class ProductContextGraph:
    """An undirected graph.

    Attributes:
        keys: keys of all nodes; listed products first.
        n_products: number of products among them.
        edges: int64 [2, m] of node numbers; each edge once, in a fixed order.
    """

    keys: tuple[str, ...]
    n_products: int
    edges: NDArray[np.int64]

    def to_projection(self, features: int = 8) -> ProjectedGraph:
        """Return the graph in the form that GDS projects.

        Args:
            features: number of hashed features per node; a multiple of 8.
        """
        n_context = len(self.keys) - self.n_products
        return ProjectedGraph(
            labels=[PRODUCT] * self.n_products + [CONTEXT] * n_context,
            codes=[code_of(key, features // 8) for key in self.keys],
            neighbours=_neighbours(self.edges, len(self.keys)),
        )

    def both_ways(self) -> NDArray[np.int64]:
        """Return each edge in both directions, int64 [2, 2 m], ordered by the start node."""
        both = np.concatenate([self.edges, self.edges[::-1]], axis=1)
        return both[:, np.lexsort((both[1], both[0]))]


def build_product_graph(snapshot: GraphSnapshot) -> ProductContextGraph:
    """Connect products to the tails of their facts, users to products, categories to parents."""
    n_products = len(snapshot.products)
    keys = [*snapshot.products, *_context_keys(snapshot)]
    edges = _edges(snapshot, {key: n for n, key in enumerate(keys)})
    edges = edges[:, edges[0] != edges[1]]
    kept = _joining(edges, len(keys), n_products)
    edges = edges[:, kept[edges].all(axis=0)]
    number = np.cumsum(kept) - 1
    chosen = tuple(key for key, keep in zip(keys, kept.tolist(), strict=True) if keep)
    return ProductContextGraph(chosen, n_products, number[edges])


def code_of(key: str, size: int) -> bytes:
    """Hash a node's key into `size` bytes, each bit of which is the sign of one feature."""
    return hashlib.shake_128(key.encode()).digest(size)


def neighbourhood_hashes(
    graph: ProductContextGraph, steps: int, hub: int | None = None
) -> NDArray[np.int64]:
    """Hash the neighbourhood of each product, up to a number of steps.

    This is Weisfeiler and Leman's refinement (1968), started from keys and degrees. If messages of
    `steps` steps bring something different to a product in two versions of the graph, its hashes
    differ; the probability of equal ones by chance is that of a collision of 64-bit hashes.

    Args:
        graph: graph to hash.
        steps: number of steps that messages travel.
        hub: number of neighbours above which a node is identified by its key and its approximate
            degree alone, because one neighbour more or less hardly changes the mean of their
            messages. None: no node is.

    Returns:
        int64 [n_products].
    """
    edges, n = graph.both_ways(), len(graph.keys)
    degrees = np.bincount(edges[0], minlength=n)
    own = np.array([int.from_bytes(code_of(key, 8)) for key in graph.keys], np.uint64)
    # No degree exceeds n², so without `hub` no node is a hub.
    hubs = degrees > (n * n if hub is None else hub)
    steps_of_ten_percent = np.log(np.maximum(degrees, 1)) // np.log(1.1)
    told_of = np.where(hubs, steps_of_ten_percent, degrees).astype(np.uint64)
    known = _mix(own + _mix(told_of))
    seen = known
    for _ in range(steps):
        told = np.zeros(n, np.uint64)
        np.add.at(told, edges[0], _mix(seen[edges[1]]))
        seen = np.where(hubs, known, _mix(seen + _mix(told)))
    return seen[: graph.n_products].view(np.int64)


def k_hop_subgraph(
    graph: ProductContextGraph, products: NDArray[np.intp], steps: int
) -> ProductContextGraph:
    """Cut out everything that messages of `steps` steps can bring to some products.

    Args:
        graph: the whole graph.
        products: numbers of the products, ascending.
        steps: number of steps that messages travel. Nodes that far away keep all their edges, so
            that their degrees are right.

    Returns:
        The subgraph, whose nodes keep their order; it may begin with more products than requested.
    """
    edges, n = graph.both_ways(), len(graph.keys)
    near = np.zeros(n, np.bool_)
    near[products] = True
    for _ in range(steps):
        near[edges[1][near[edges[0]]]] = True
    touching = near[graph.edges].any(axis=0)
    part = graph.edges[:, touching]
    kept = near.copy()
    kept[part] = True
    number = np.cumsum(kept) - 1
    return ProductContextGraph(
        tuple(graph.keys[k] for k in np.flatnonzero(kept).tolist()),
        int(kept[: graph.n_products].sum()),
        number[part],
    )


def _context_keys(snapshot: GraphSnapshot) -> list[str]:
    """Return keys of all nodes that are not listed products, sorted."""
    keys = set(snapshot.users)
    keys.update(*(table.tail_keys for table in snapshot.facts.values()))
    keys.update(*snapshot.parents)
    return sorted(keys.difference(snapshot.products))


def _edges(snapshot: GraphSnapshot, index: Mapping[str, int]) -> NDArray[np.int64]:
    """Return all edges as int64 [2, m] of node numbers, in a fixed order."""
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
    """Return bool [n_nodes]: products, and nodes that connect at least two different nodes."""
    both = np.concatenate([edges, edges[::-1]], axis=1)
    pairs = np.sort(both[0] * n_nodes + both[1])
    distinct = pairs[np.diff(pairs, prepend=-1) > 0]
    degrees = np.bincount(distinct // n_nodes, minlength=n_nodes)
    kept: NDArray[np.bool_] = degrees > 1
    kept[:n_products] = True
    return kept


def _neighbours(edges: NDArray[np.int64], n_nodes: int) -> list[list[int]]:
    """Return the edges of each node, each edge once, at the end that is listed first."""
    order = np.lexsort((edges[1], edges[0]))
    ends = np.cumsum(np.bincount(edges[0], minlength=n_nodes))[:-1]
    return [part.tolist() for part in np.split(edges[1][order], ends)]


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scramble each number (the finaliser of SplitMix64), so that sums rarely collide."""
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    result: NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return result
