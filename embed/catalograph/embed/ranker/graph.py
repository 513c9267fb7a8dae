"""The ranker's view of the graph: a vector per product, and its neighbours."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import svds

from catalograph.embed.kge import load_kge
from catalograph.embed.ranker.data import Products
from catalograph.embed.ranker.product_types import KIND
from catalograph.embed.recommend.matrices import Csr, Floats, Ints
from catalograph.errors import DimensionMismatchError, EvaluationDataError

_BLOCK = 1024
_EPSILON = 1e-9
_KIND_STRENGTH = 2.0
"""Weight of the product type, which matters more for likeness than, say, the colour."""


@dataclass(frozen=True)
class ProductGraph:
    """The graph as a table.

    Attributes:
        vectors: float32 [products, dimension], of length one: the initial graph table, such as
            `kge_embedding`.
        neighbours: int64 [products, k]; products that share the rarest facts, -1 for none.

    Raises:
        DimensionMismatchError: the two tables differ in their number of products.
    """

    vectors: NDArray[np.float32]
    neighbours: Ints

    def __post_init__(self) -> None:
        if len(self.vectors) != len(self.neighbours):
            raise DimensionMismatchError(
                f"{len(self.vectors)} graph vectors came with the neighbours of "
                f"{len(self.neighbours)} products; both tables need one row a product."
            )

    def mean_of_neighbours(self, table: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the mean of the neighbours' rows, float32 as `table`; zeros without any."""
        known = self.neighbours >= 0
        total = np.zeros_like(table)
        for column in range(self.neighbours.shape[1]):
            own = known[:, column]
            total[own] += table[self.neighbours[own, column]]
        mean: NDArray[np.float32] = total / np.maximum(1, known.sum(axis=1, keepdims=True))
        return mean.astype(np.float32)


def graph_of(
    facts: Csr,
    *,
    strength: Floats | None = None,
    dimension: int = 64,
    neighbours: int = 10,
    seed: int = 0,
) -> ProductGraph:
    """Build vectors and neighbours from facts alone, by a truncated SVD.

    Facts are weighted by rarity, log(products / products with it); those of a single product, and
    of more than a third of the products, are ignored. The factorisation is that of an implicit
    bilinear model of the relations, and takes seconds; `with_vectors` replaces its vectors by ones
    trained on triples.

    Args:
        facts: 0/1 matrix [products, values].
        strength: float [values], weight of each value besides its rarity; None is 1 for all.
        dimension: length of the vectors, at most one below the smaller side of `facts`.
        neighbours: number of neighbours of each product.
        seed: seed of the initial vector of the SVD.
    """
    weighted = _weight(facts, np.ones(facts.shape[1]) if strength is None else strength)
    rank = min(dimension, min(weighted.shape) - 1)
    start = np.random.default_rng(seed).standard_normal(min(weighted.shape))
    left, values, _ = svds(weighted, k=rank, v0=start)
    vectors = _unit(left * values).astype(np.float32)
    return ProductGraph(vectors, nearest(vectors, neighbours))


def with_vectors(graph: ProductGraph, vectors: NDArray[np.float32]) -> ProductGraph:
    """Return the same neighbours with other vectors, scaled to length one."""
    return ProductGraph(_unit(vectors).astype(np.float32), graph.neighbours)


def shuffle(graph: ProductGraph, seed: int) -> ProductGraph:
    """Give each product the vector and the neighbours of a random other one."""
    order = np.random.default_rng(seed).permutation(len(graph.vectors))
    return ProductGraph(graph.vectors[order], graph.neighbours[order])


def nearest(vectors: NDArray[np.float32], k: int) -> Ints:
    """Return the k other rows of largest inner product, best first, int64 [n, k], -1 for none."""
    n = len(vectors)
    width = min(k, n - 1)
    found = np.full((n, k), -1, np.int64)
    for start in range(0, n, _BLOCK):
        block = vectors[start : start + _BLOCK] @ vectors.T
        rows = np.arange(len(block))
        block[rows, start + rows] = -np.inf
        best = np.argpartition(-block, range(width), axis=1)[:, :width]
        found[start : start + len(block), :width] = best
    return found


def _weight(facts: Csr, strength: Floats) -> Csr:
    count = np.asarray(facts.sum(axis=0)).ravel()
    telling = (count > 1) & (count <= max(2, facts.shape[0] / 3))
    rarity = strength[telling] * np.log(facts.shape[0] / np.maximum(1, count[telling]))
    weighted: Csr = facts[:, np.flatnonzero(telling)].astype(np.float64)
    weighted.data *= rarity[weighted.indices]
    length = np.sqrt(np.asarray((weighted**2).sum(axis=1)).ravel())
    weighted.data /= np.maximum(_EPSILON, np.repeat(length, np.diff(weighted.indptr)))
    return weighted


def _unit(vectors: Floats) -> Floats:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Floats = vectors / np.maximum(length, _EPSILON)
    return unit


def read_graph(products: Products, kge: Path | None) -> ProductGraph:
    """Build the products' graph from their facts, with trained vectors from a folder if it has any.

    Raises:
        EvaluationDataError: the folder has none of the products.
    """
    strength = np.array(
        [_KIND_STRENGTH if name == KIND else 1.0 for name, _ in products.fact_names]
    )
    graph = graph_of(products.facts, strength=strength)
    if kge is None:
        return graph
    trained = load_kge(kge)
    index = trained.vocabulary.entity_index
    known = [n for n, key in enumerate(products.keys) if key in index]
    if not known:
        raise EvaluationDataError(f"'{kge}' has vectors of none of the products.")
    vectors = np.zeros((len(products.keys), trained.entity_vectors.shape[1]), np.float32)
    vectors[known] = trained.entity_vectors[[index[products.keys[n]] for n in known]]
    return with_vectors(graph, vectors)
