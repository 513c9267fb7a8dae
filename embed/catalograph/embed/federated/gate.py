"""Checks of a sum from other shops, before anything is learned from it.

What a single shop sent is hidden, so nobody can check it alone. What can be checked is that the sum
can have come from shoppers at all, and what it does to the lists of one's own shoppers.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import eigsh

from catalograph.embed.learn.comparison import Comparison, Verdict, compare
from catalograph.embed.recommend.counts import PairCounts
from catalograph.embed.recommend.data import RecommendData, hold_out, sample_tested
from catalograph.embed.recommend.ease import ItemScorer
from catalograph.embed.recommend.kgease import KGEaseConfig, fit_kg_ease
from catalograph.embed.recommend.matrices import Csr, row_of_entry
from catalograph.embed.recommend.ranking import rank_users
from catalograph.errors import EmbedError

__all__ = ["GateVerdict", "find_faults", "subtract_own", "try_others"]

_K = 10
_SEED = 2
"""Seed of the split, another than those of tuning and measuring."""
_SHOPPERS = 20_000
"""Maximum number of shoppers whose lists are ranked."""
_FEW = 1_000
"""Number of products up to which all eigenvalues are computed."""
_ROUNDING = 1e-6
"""Share of the trace below which a negative eigenvalue is a rounding error."""


@dataclass(frozen=True)
class GateVerdict:
    """Whether the counts of others are used, and why."""

    passed: bool
    reason: str
    comparison: Comparison | None = None
    """Lists of one's own shoppers with and without the others; None if it did not come to that."""


def subtract_own(total: PairCounts, own: PairCounts) -> PairCounts:
    """Return the counts of the other shops' shoppers, by the keys of the sum."""
    pairs = sp.csr_array(total.pairs - own.place(total.keys))
    pairs.eliminate_zeros()
    return PairCounts(total.keys, pairs, total.n_shoppers - own.n_shoppers)


def find_faults(others: PairCounts, most: int) -> str | None:
    """Return why counts cannot come from shoppers with up to `most` products each, or None.

    Every shopper adds a row times itself to the counts, so they are not negative, no pair has more
    shoppers than one of its products has, the numbers have a bound and all eigenvalues are at least
    zero. One shop's numbers that satisfy this pass, whether or not there are such shoppers.
    """
    pairs, shoppers = others.pairs, others.n_shoppers
    single = pairs.diagonal()
    if shoppers < 0 or (pairs.nnz and pairs.data.min() < 0):
        return "numbers below zero"
    if len(single) and single.max() > shoppers:
        return f"{single.max():,} shoppers of one product, more than the {shoppers:,} there are"
    if single.sum() > most * shoppers or pairs.sum() > most**2 * shoppers:
        return f"more than {most} products a shopper"
    ends = np.minimum(single[row_of_entry(pairs)], single[pairs.indices])
    if (pairs.data > ends).any():
        return "more shoppers of two products than of one of them"
    if _least_eigenvalue(pairs) < -_ROUNDING * max(1.0, float(single.sum())):
        return "pairs of products that no shoppers can have chosen together"
    return None


def _least_eigenvalue(pairs: Csr) -> float:
    if pairs.shape[0] <= _FEW:
        values = np.linalg.eigvalsh(pairs.toarray().astype(np.float64))
        return float(values.min(initial=0.0))
    return float(eigsh(pairs.astype(np.float64), k=1, which="SA", return_eigenvectors=False)[0])


def try_others(
    data: RecommendData,
    others: Csr,
    config: KGEaseConfig,
    fit: Callable[[RecommendData, KGEaseConfig], ItemScorer] = fit_kg_ease,
) -> GateVerdict:
    """Rank a hold-out of one's own shoppers with and without the counts of others.

    Args:
        data: one's own interactions and facts; its test part is not read.
        others: counts of others by one's own products; int [items, items].
        config: settings of both fits.
        fit: how to fit, such as `fit_sparse_kg_ease` for a large catalogue.

    Raises:
        EmbedError: no shopper has two interactions.
    """
    split = hold_out(data, _SEED)
    if split.test is None or not split.test.nnz:
        raise EmbedError(
            "No shopper has two interactions, so nothing shows whether other shops' counts help."
        )
    split = sample_tested(split, _SHOPPERS, _SEED)
    alone, joined = (
        rank_users(fit(some, config), some, _K).ndcg
        for some in (replace(split, others=None), replace(split, others=others))
    )
    found = compare(alone, joined, metric=f"ndcg@{_K}", subject="shoppers", rival="alone")
    if found.verdict is Verdict.BETTER:
        return GateVerdict(True, f"lists of own shoppers improve: {found.describe()}", found)
    return GateVerdict(False, f"no proof that lists improve: {found.describe()}", found)
