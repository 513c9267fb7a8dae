"""KG-EASE for catalogues whose inverse does not fit in memory: many small systems.

Column i of B is the ridge regression of item i on all other items. Here it is the regression on the
items most related to it: the minimum over weights that only these sources have. Related targets
share a system, whose matrix is the rows and columns of A for its members; with one system of all
items the result is KG-EASE itself. Solving overlapping subsets of related items one by one is the
idea of Steck (2019), "Markov Random Fields for Collaborative Filtering", arXiv:1910.09645.

Of the interactions only the Gram matrix XᵀX is read, a sum over users: neither time nor memory
depends on how many there are. The facts' part of A is never computed: in a system it is the product
of its members' features, so that a category with many products costs no more than its members do.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.linalg import lapack

from catalograph.embed.recommend.data import RecommendData
from catalograph.embed.recommend.kgease import (
    INTERACTIONS,
    KGEaseConfig,
    count_pairs,
    fact_features,
    target_scale,
)
from catalograph.embed.recommend.matrices import Csr, Floats, Ints
from catalograph.embed.recommend.systems import System, plan_systems
from catalograph.errors import EmbedError

__all__ = ["NEIGHBOURS", "SparseKGEase", "fit_sparse_kg_ease"]

NEIGHBOURS = 1500
"""Maximum number of members of a system."""

_KEPT = 400
"""Number of weights a target keeps, twice as many as are served per source."""

_SYSTEMS_A_TASK = 8
"""Number of systems that a process is handed at a time."""

_SHARED = 128
"""Share of members from which a feature is multiplied in dense form, which is faster."""


@dataclass(frozen=True)
class _Matrix:
    """A = G + V·Vᵀ + λI, of which only the entries of one system at a time are computed."""

    interactions: Csr
    """G [items, items]: the Gram matrix of the interactions."""
    features: Csr
    """V [items, tails]: √w_r·F_r of all relations side by side."""
    ridge: float
    """λ."""

    def solver(self, members: Ints) -> Callable[[Floats], Floats]:
        """Factorise A[members, members] once, for any number of right-hand sides [members, m]."""
        A = _gram(self.features[members])
        A += self.interactions[members][:, members].toarray()
        np.einsum("ii->i", A)[:] += self.ridge
        factorise, substitute = _LAPACK[A.dtype.name]
        factor, failed = factorise(A.T, lower=0, overwrite_a=1, clean=0)
        if failed:
            raise EmbedError(
                f"A system of {len(A)} items is not positive definite in {A.dtype.name} "
                f"(LAPACK says {failed}); take a larger lambda or float64.",
                info=int(failed),
            )

        def solve(columns: Floats) -> Floats:
            return substitute(factor, columns, lower=0, overwrite_b=1)[0]

        return solve


@dataclass(frozen=True)
class SparseKGEase:
    """A fitted KG-EASE with few weights, and the data to split these into parts."""

    weights: Csr
    """B [items, items]: rows are sources, columns targets; the strongest of each target."""
    config: KGEaseConfig
    interactions: Csr
    """The Gram matrix of the interactions, users weighted; CSR [items, items]."""
    factors: Mapping[str, Csr]
    """√w_r·F_r by relation: CSR [items, tails]."""
    systems: tuple[System, ...]
    """Groups of items that were solved together."""
    diagonal: Floats
    """float [items]: the diagonal of the inverse of each item's own system."""
    scale: Floats
    """float [items]: the factor of each target's weights, which `weights` contains."""
    processes: int = 1
    """Number of processes that split weights into parts."""

    def rescale(self, factors: Floats) -> "SparseKGEase":
        """Return the model with a further factor of each target's weights, float [items]."""
        weights = self.weights.copy()
        weights.data *= factors.astype(weights.dtype)[weights.indices]
        return replace(self, weights=weights, scale=(self.scale * factors).astype(weights.dtype))

    def score(self, rows: Csr) -> Floats:
        """Score all items: rows·B; float [users, items]."""
        scores: Floats = (rows.astype(self.weights.dtype) @ self.weights).toarray()
        return scores

    def strongest(self, k: int) -> Csr:
        """Keep the k weights of each source that are largest in magnitude; CSR [items, items]."""
        B = self.weights
        kept = np.ones(B.nnz, dtype=bool)
        for source in np.flatnonzero(np.diff(B.indptr) > k):
            span = slice(B.indptr[source], B.indptr[source + 1])
            weakest_first = np.argpartition(np.abs(B.data[span]), -k)
            kept[span][weakest_first[:-k]] = False
        ends = np.concatenate([[0], np.cumsum(kept)])[B.indptr]
        return sp.csr_array((B.data[kept], B.indices[kept], ends), shape=B.shape)

    def parts_of_edges(self, source: Ints, indptr: Ints) -> tuple[tuple[str, ...], Floats]:
        """Compute the parts of given edges like `contributions.parts_of_edges`, system by system.

        Args:
            source: int [m], sources grouped by target, each with a weight here.
            indptr: int [items + 1]: the sources of target i are `source[indptr[i]:indptr[i + 1]]`.

        Returns:
            The names of the parts, and float [m, n_parts] that adds up to the weights.
        """
        table = np.empty((len(source), 1 + len(self.factors)), dtype=self.weights.dtype)
        counts = np.diff(indptr)
        edges, entries = [], []
        for system in self.systems:
            asked = counts[system.targets]
            if asked.any():
                column = np.repeat(np.arange(len(asked)), asked)
                begins = np.cumsum(asked) - asked
                edge = np.arange(len(column)) + (indptr[system.targets] - begins)[column]
                row = np.searchsorted(system.members, source[edge])
                edges.append(edge)
                entries.append((system, row, column))
        features = _stack(self.factors, self.interactions)
        matrix = _Matrix(self.interactions, features, self.config.lambda_)
        found = _map(_split_entries, (matrix, self.factors), entries, self.processes)
        for edge, (system, _, column), parts in zip(edges, entries, found, strict=True):
            table[edge] = parts * self.scale[system.targets[column], None]
        return (INTERACTIONS, *self.factors), table


def fit_sparse_kg_ease(
    data: RecommendData,
    config: KGEaseConfig | None = None,
    *,
    interactions: Csr | None = None,
    neighbours: int = NEIGHBOURS,
    processes: int = 1,
) -> SparseKGEase:
    """Fit KG-EASE in memory that grows with the number of items, not with its square.

    Args:
        data: interactions and facts; either may be empty.
        config: hyperparameters, as for `fit_kg_ease`.
        interactions: Gram matrix [items, items] of the interactions, such as the sum of those of
            partitions; then the users of `data` are not read. None: that of `data`.
        neighbours: maximum number of members of a system, at least 1; with all items the result is
            that of `fit_kg_ease`, except for the weakest weights.
        processes: number of processes that solve systems; each has a copy of the data.

    Raises:
        EmbedError: a system is not positive definite in this precision.
    """
    config = config or KGEaseConfig()
    if interactions is None:
        interactions = count_pairs(data, config.user_power)
    interactions = sp.csr_array(interactions.astype(config.dtype, copy=False))
    factors = _factors(data, config)
    matrix = _Matrix(interactions, _stack(factors, interactions), config.lambda_)
    used = interactions.diagonal()
    systems = plan_systems(interactions, matrix.features, used, config.lambda_, neighbours)
    weights, diagonal = _weights(matrix, systems, processes)
    scale = target_scale(used, config).astype(weights.dtype)
    weights.data *= scale[weights.indices]
    return SparseKGEase(
        weights, config, interactions, factors, tuple(systems), diagonal, scale, processes
    )


def _factors(data: RecommendData, config: KGEaseConfig) -> dict[str, Csr]:
    factors = {}
    for name in sorted(data.relations):
        if data.relations[name].facts.nnz and config.weight(name) > 0:
            factor = fact_features(data.relations[name], config.dtype)
            factor.data *= np.sqrt(config.weight(name))
            factors[name] = factor
    return factors


def _stack(factors: Mapping[str, Csr], interactions: Csr) -> Csr:
    none = sp.csr_array((interactions.shape[0], 0), dtype=interactions.dtype)
    return sp.csr_array(sp.hstack([none, *factors.values()], format="csr"))


def _weights(matrix: _Matrix, systems: Sequence[System], processes: int) -> tuple[Csr, Floats]:
    """Return the strongest weights of each target, and each target's diagonal entry."""
    dtype, n_items = matrix.features.dtype, matrix.features.shape[0]
    own = np.zeros(n_items, dtype)
    sources, values, lengths = [], [], []
    for system, (source, value, diagonal) in zip(
        systems, _map(_solve, matrix, systems, processes), strict=True
    ):
        own[system.targets] = diagonal
        sources.append(source.ravel(order="F"))
        values.append(value.ravel(order="F"))
        lengths.append(np.full(len(system.targets), len(source)))
    if not systems:
        return sp.csr_array((n_items, n_items), dtype=dtype), own
    ends = np.concatenate([[0], np.cumsum(np.concatenate(lengths))])
    columns = (np.concatenate(values), np.concatenate(sources), ends)
    # Of a large catalogue they are as large as the matrix itself.
    values.clear()
    sources.clear()
    weights = sp.csr_array(sp.csc_array(columns, shape=(n_items, n_items)))
    # The columns are in the order of the systems; map them back to item numbers.
    targets = np.concatenate([system.targets for system in systems])
    weights.indices = targets.astype(weights.indices.dtype)[weights.indices]
    # scipy does not notice that renumbering broke the order.
    weights.has_sorted_indices = False
    weights.sort_indices()
    weights.eliminate_zeros()
    return weights, own


_Columns = tuple[Ints, Floats, Floats]
"""Of a system: sources and weights [kept, targets], and the diagonal of its inverse [targets]."""

_Entries = tuple[System, Ints, Ints]
"""A system, and rows and columns of entries of its array [members, targets]."""


def _map(
    function: Callable[[Any, Any], Any], shared: Any, tasks: Sequence[Any], processes: int
) -> Iterator[Any]:
    """Yield what a function of this module returns for what all tasks share and each of them."""
    if processes == 1:
        for task in tasks:
            yield function(shared, task)
        return
    # Not forked, as the caller may have threads, such as those of a database driver.
    with ProcessPoolExecutor(
        processes, get_context("spawn"), initializer=_keep, initargs=(shared,)
    ) as pool:
        yield from pool.map(partial(_call, function), tasks, chunksize=_SYSTEMS_A_TASK)


_kept: list[Any] = []
"""In a process of the pool: what all tasks share."""


def _keep(shared: Any) -> None:
    _kept[:] = [shared]


def _call(function: Callable[[Any, Any], Any], task: Any) -> Any:
    return function(_kept[0], task)


def _split_entries(shared: tuple[_Matrix, Mapping[str, Csr]], entries: _Entries) -> Floats:
    """Return parts of the entries (member, target) of one system; float [entries, n_parts]."""
    matrix, factors = shared
    system, row, column = entries
    solve = matrix.solver(system.members)
    diagonal = _diagonal(system)
    P = solve(_unit_columns(system, matrix.features.dtype))
    parts = []
    for gram in _part_grams(matrix, factors, system):
        gram[diagonal] = 0.0
        M = solve(np.asfortranarray(gram))
        own = M[diagonal] / P[diagonal]
        parts.append(M[row, column] - P[row, column] * own[column])
    return np.stack(parts, axis=1)


def _part_grams(matrix: _Matrix, factors: Mapping[str, Csr], system: System) -> Iterator[Floats]:
    """Yield each part of A without λ; float [members, targets], interactions first."""
    yield matrix.interactions[system.members][:, system.targets].toarray()
    for factor in factors.values():
        yield (factor[system.members] @ factor[system.targets].T).toarray()


def _solve(matrix: _Matrix, system: System) -> _Columns:
    P = matrix.solver(system.members)(_unit_columns(system, matrix.features.dtype))
    diagonal = _diagonal(system)
    own = P[diagonal]
    B = P / -own
    B[diagonal] = 0.0
    kept = min(_KEPT, len(B))
    best = np.argpartition(-np.abs(B), kept - 1, axis=0)[:kept]
    return system.members[best], np.take_along_axis(B, best, axis=0), own


def _gram(features: Csr) -> Floats:
    """Return V·Vᵀ as a dense matrix; features that many members share are multiplied densely."""
    columns = sp.csc_array(features)
    degrees = np.diff(columns.indptr)
    narrow = sp.csr_array(columns[:, degrees <= _SHARED])
    gram: Floats = (narrow @ narrow.T).toarray()
    broad = columns[:, degrees > _SHARED].toarray()
    gram += broad @ broad.T
    return gram


def _unit_columns(system: System, dtype: np.dtype[np.floating]) -> Floats:
    columns: Floats = np.zeros((len(system.members), len(system.targets)), dtype, order="F")
    columns[_diagonal(system)] = 1.0
    return columns


def _diagonal(system: System) -> tuple[Ints, Ints]:
    """Return the positions of the targets' own rows in an array [members, targets]."""
    return np.searchsorted(system.members, system.targets), np.arange(len(system.targets))


_LAPACK: Mapping[str, tuple[Callable[..., tuple[Floats, int]], Callable[..., tuple[Floats, int]]]]
_LAPACK = {
    "float32": (lapack.spotrf, lapack.spotrs),
    "float64": (lapack.dpotrf, lapack.dpotrs),
}
