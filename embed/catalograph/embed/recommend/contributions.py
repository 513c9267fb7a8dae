"""The strongest item-item weights, each with its exact summands.

With A = Σ_g w_g·G_g + λI, P = A⁻¹ and B_ij = −P_ij / P_jj: for each part g (interactions, each
relation) zero the diagonal of w_g·G_g, put M = P·G; then

    part_ij = M_ij − P_ij · M_jj / P_jj,    Σ_g part_ij = B_ij  for i ≠ j,

because P·A = I. If a target's weights are scaled, its parts are scaled by the same factor. Parts
may be negative. What a relation adds is not the difference of two models: parts of one model add
up, models do not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from catalograph.embed.recommend.baselines import ItemModel
from catalograph.embed.recommend.ease import Ease
from catalograph.embed.recommend.gram import Columns
from catalograph.embed.recommend.kgease import INTERACTIONS, KGEase
from catalograph.embed.recommend.matrices import Csr, Floats, Ints
from catalograph.embed.recommend.sparse import SparseKGEase
from catalograph.schema.model_kinds import THIN

__all__ = [
    "TRACE",
    "AddedPart",
    "ContributionTable",
    "count_users",
    "keep_strongest",
    "leave_out_few",
    "parts_of_edges",
    "strongest_edges",
    "strongest_weights",
]

_BY_USERS = (INTERACTIONS, "sequence")
"""Names of the parts that come from users' choices and from the order of these."""
TRACE = 1 / 64
"""Share of a part for thin histories that the lists of all shoppers have."""
_BLOCK_CELLS = 1 << 24


@dataclass(frozen=True)
class ContributionTable:
    """Item-item edges and the parts of their weights.

    An edge means: an interaction with `source` raises the score of `target` by `weight`.
    """

    source: Ints
    """int32 [m]: index of the item interacted with."""
    target: Ints
    """int32 [m]: index of the item recommended; edges are ordered by target, then source."""
    weight: Floats
    """float [m]: B[source, target], never 0."""
    parts: Floats
    """float [m, n_parts]: the summands of `weight`; see `part_names`."""
    part_names: tuple[str, ...]
    """Names of the parts: "interactions", the relations with a weight above 0, added parts."""


@dataclass(frozen=True)
class AddedPart:
    """A part of the item-item weights beside those of KG-EASE, from a model of its own."""

    name: str
    weights: Csr
    """[items, items]: rows are sources, columns targets; the diagonal is zero."""

    @property
    def thin(self) -> float:
        """What the part is multiplied by for shoppers with thin histories."""
        return 1.0 / TRACE if self.name.endswith(THIN) else 1.0

    def rescale(self, factors: Floats) -> "AddedPart":
        """Return the part with a further factor of each target's weights, float [items]."""
        factors = factors.astype(self.weights.dtype)
        return AddedPart(self.name, sp.csr_array(self.weights.multiply(factors)))  # by column


def strongest_edges(
    fit: KGEase | SparseKGEase, k: int = 200, added: Sequence[AddedPart] = ()
) -> ContributionTable:
    """Choose the edges to serve, with their parts.

    Args:
        fit: the model.
        k: maximum number of edges per source, at least 1.
        added: further parts, of the dense form only; they come last.

    Returns:
        At most k edges per source; see `strongest_weights`.
    """
    if isinstance(fit, SparseKGEase):
        columns = fit.strongest(k).tocsc()
        names, parts = fit.parts_of_edges(columns.indices, columns.indptr)
    else:
        columns = strongest_weights(fit, k, added).weights.tocsc()
        columns.sort_indices()
        names, parts = parts_of_edges(fit, columns.indices, columns.indptr)
    target = np.repeat(np.arange(columns.shape[1], dtype=np.int32), np.diff(columns.indptr))
    more = [_entries(part.weights, columns.indices, target) for part in added]
    return ContributionTable(
        source=columns.indices.astype(np.int32),
        target=target,
        weight=columns.data,
        parts=np.stack([*parts.T, *more], axis=1) if more else parts,
        part_names=(*names, *(part.name for part in added)),
    )


def strongest_weights(fit: Ease, k: int = 200, added: Sequence[AddedPart] = ()) -> ItemModel:
    """Keep the k weights of each source (row of B) that are largest in magnitude.

    Measured on a validation split of Beauty, with 200 edges per item: kept per source, NDCG@10 was
    .0777, with 94.1 % of the full model's top 10; kept per target, .0772 and 93.7 %; the full model
    had .0778. A user's event also touches at most k edges this way. With k or fewer items nothing
    is lost. A weight that is larger for thin histories is as strong as it is for these.

    Args:
        fit: the model.
        k: maximum number of weights per source, at least 1.
        added: further parts of the weights.
    """

    def rows(start: int, stop: int) -> Floats:
        block = fit.weights_of(start, stop)
        for part in added:
            block += part.weights[start:stop].toarray()
        return block

    def strength(block: Floats, start: int) -> Floats:
        thin = block.copy()
        for part in added:
            if part.thin != 1:
                more = part.weights[start : start + len(block)] * (part.thin - 1.0)
                thin += more.toarray()
        strongest: Floats = np.maximum(np.abs(block), np.abs(thin))
        return strongest

    return ItemModel(keep_strongest(rows, fit.P.shape[0], k, strength))


def keep_strongest(
    rows: Callable[[int, int], Floats],
    n: int,
    k: int,
    strength: Callable[[Floats, int], Floats] = lambda block, start: np.abs(block),
) -> Csr:
    """Keep the k strongest entries of each row of a square matrix.

    Args:
        rows: function that returns the rows from `start` to `stop`, dense.
        n: number of rows and of columns.
        k: maximum number of entries of a row, at least 1.
        strength: function that returns the strength of each entry of a block of rows, given the
            number of its first row; by default its magnitude.
    """
    k = min(k, n)
    step = max(1, _BLOCK_CELLS // max(1, n))
    kept: list[Csr] = []
    for start in range(0, n, step):
        block = rows(start, min(n, start + step))
        best = np.argpartition(strength(block, start), n - k, axis=1)[:, n - k :]
        # CSR needs ascending columns within a row.
        best.sort(axis=1)
        picked = np.take_along_axis(block, best, axis=1)
        ends = np.arange(0, best.size + 1, k)
        kept.append(sp.csr_array((picked.ravel(), best.ravel(), ends), shape=block.shape))
    weights = sp.csr_array(sp.vstack(kept) if kept else (n, n))
    # With k = n, the zero diagonal is among the k.
    weights.eliminate_zeros()
    return weights


def _entries(matrix: Csr, rows: Ints, columns: Ints) -> Floats:
    """Return the entries at some places, float [len(rows)]; 0 where there is none."""
    picked: Floats = np.asarray(sp.csr_matrix(matrix)[rows, columns]).ravel()
    return picked


def parts_of_edges(fit: KGEase, source: Ints, indptr: Ints) -> tuple[tuple[str, ...], Floats]:
    """Compute the parts of the given edges only.

    Args:
        fit: the model.
        source: int [m], sources grouped by target.
        indptr: int [items + 1]: the sources of target i are `source[indptr[i]:indptr[i + 1]]`.

    Returns:
        The names of the parts, and float [m, n_parts].
    """
    P = fit.P
    parts = fit.parts
    table = np.empty((len(source), len(parts)), dtype=P.dtype)
    for place, (gram, weight) in enumerate(parts.values()):
        M = gram.product(P)
        for target in np.flatnonzero(np.diff(indptr)):
            span = slice(indptr[target], indptr[target + 1])
            factor = weight * fit.scale[target]
            table[span, place] = factor * _part(P, M, source[span], int(target))
    return tuple(parts), table


def _part(P: Floats, M: Columns, sources: Ints, target: int) -> Floats:
    column = M(np.append(sources, target), target)
    own: Floats = column[-1] / P[target, target]
    part: Floats = column[:-1] - P[sources, target] * own
    return part


def leave_out_few(edges: ContributionTable, users: Ints, fewest: int) -> ContributionTable:
    """Leave out what rests on the choices of too few users, and edges of which nothing is left.

    A positive part rests on the users who chose both ends, a negative one on those who chose the
    source only, as reasons count them.

    Args:
        edges: edges.
        users: int [m, 2], as of `count_users`.
        fewest: number of users from which a part is kept; 1 keeps all.
    """
    parts = edges.parts.copy()
    for place, name in enumerate(edges.part_names):
        if name.removesuffix(THIN) in _BY_USERS:
            rests_on = np.where(parts[:, place] > 0, users[:, 0], users[:, 1])
            parts[rests_on < fewest, place] = 0.0
    left = parts.any(axis=1)
    return ContributionTable(
        edges.source[left],
        edges.target[left],
        parts[left].sum(axis=1),
        parts[left],
        edges.part_names,
    )


def count_users(pairs: Csr, source: Ints, target: Ints) -> Ints:
    """Count the users of the ends of each edge: of both, and of the source only; int32 [m, 2].

    Args:
        pairs: number of users of each two items, as `count_pairs` gives it; CSR [items, items].
        source: int [m], item at the one end.
        target: int [m], item at the other end.
    """
    both = _entries(pairs, source, target).astype(np.int32)
    each = pairs.diagonal().astype(np.int32)
    return np.stack([both, each[source] - both], axis=1)
