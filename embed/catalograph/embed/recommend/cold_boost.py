"""How much the weights of products without interactions are raised, chosen on validation.

A regression on past interactions puts new products behind all others, whatever their facts. Here
some products are made new: by time, those first chosen after a tenth of the interactions is still
to come, or, without times, a random tenth. The boost is the largest at which other products are
found no worse, by more than one per cent or one standard error: new products need to be shown
before anybody can choose them, but not at the cost of what shoppers look for.

Then each contender, such as the likeness of texts, becomes a part of the weights of new products in
the share that ranks these best among all: the gain must be significant over the users who choose
one, and the lists as a whole must not suffer by more than one standard error.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from catalograph.embed.recommend.blend import SHARES, SURE, Blend, BlendScorer, spread_ratio
from catalograph.embed.recommend.data import RecommendData, hold_out, sample_tested
from catalograph.embed.recommend.kgease import KGEase
from catalograph.embed.recommend.matrices import (
    Bools,
    Csr,
    Floats,
    Ints,
    incidence,
    number_pairs,
    row_of_entry,
)
from catalograph.embed.recommend.ranking import errors_of_gain, rank_users

__all__ = [
    "BOOSTS",
    "ColdBoost",
    "ColdSplit",
    "choose_cold_boost",
    "choose_new_parts",
    "hold_out_products",
]

BOOSTS = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 6.0, 9.0, 14.0)
"""Candidate boosts."""
_SHARE = 0.1
"""Share of the interactions, by time, or of the products that are held out."""
_FEWEST = 50
"""Minimum number of users with a new product to find; with fewer, the choice would be noise."""
_COST = 0.01
"""Maximum relative loss of NDCG of other products."""
_USERS = 3_000
"""Maximum number of users whose lists are measured."""


@dataclass(frozen=True)
class ColdSplit:
    """A validation split in which some products have no training interaction."""

    data: RecommendData
    """Training and test interactions."""
    new_only: RecommendData
    """The same with the new items alone to be found, still among all."""
    other_only: RecommendData
    """The same with all other items to be found."""

    @property
    def usable(self) -> bool:
        """Whether enough users have a new item to find."""
        found = self.new_only.test
        return found is not None and int((np.diff(found.indptr) > 0).sum()) >= _FEWEST


@dataclass(frozen=True)
class ColdBoost:
    """A boost, with what it does on validation."""

    boost: float
    before: float
    """NDCG of the cold items in full lists without a boost."""
    after: float
    """The same with it."""


def hold_out_products(data: RecommendData, times: Ints | None, seed: int = 0) -> ColdSplit:
    """Split the training interactions so that some products are new.

    Args:
        data: data to split; its test part is not used.
        times: int64 [entries of train], in seconds; −1 for none. None without times.
        seed: seed of a random split.

    Returns:
        A split by time, or a random one if too few users choose a new product in that.
    """
    if times is not None and (times >= 0).any():
        cut = np.quantile(times[times >= 0], 1 - _SHARE)
        split = _split(data, times > cut)
        if split.usable:
            return split
    chosen = np.random.default_rng(seed).random(data.n_items) < _SHARE
    kept = hold_out(data, seed).train
    away = ~np.isin(number_pairs(data.train), number_pairs(kept))
    return _split(data, away | chosen[data.train.indices])


def choose_cold_boost(
    split: ColdSplit, fit: KGEase, *, boosts: Sequence[float] = BOOSTS, k: int = 10
) -> ColdBoost:
    """Choose the boost.

    Args:
        split: a usable split.
        fit: model fitted on its train part.
        boosts: candidates, ascending, with 1.
        k: length of the lists; NDCG@k is measured.
    """
    data = sample_tested(split.other_only, _USERS)

    def with_boost(boost: float) -> KGEase:
        return replace(fit, config=replace(fit.config, cold_boost=boost))

    def measure_others(boost: float) -> Floats:
        return rank_users(with_boost(boost), data, k).ndcg

    chosen = boosts[0]
    if data.test is not None and data.test.nnz:
        usual = measure_others(1.0)
        for boost in boosts:
            others = measure_others(boost)
            small = float(others.mean()) >= (1 - _COST) * float(usual.mean())
            if not small and errors_of_gain(others, usual) < -1:
                break
            chosen = boost
    before, after = (
        float(rank_users(with_boost(boost), split.new_only, k).ndcg.mean())
        for boost in (1.0, chosen)
    )
    return ColdBoost(chosen, before, after)


def choose_new_parts(
    split: ColdSplit, fit: KGEase, contenders: Mapping[str, Csr], blend: Blend, *, k: int = 10
) -> Blend:
    """Choose shares of contenders in the weights of new products, the best one first.

    A further one is added as long as one ranks new products better for sure beside those chosen.

    Args:
        split: a usable split.
        fit: model fitted on its train part, with its boost.
        contenders: item-item matrices learned from its train part.
        blend: what was chosen for all products.
        k: length of the lists; NDCG@k is the objective.

    Returns:
        The blend with `new_weights`, and the NDCG with each alone under `new-products/` and its
        name.
    """
    new = split.data.unchosen
    whole, only = sample_tested(split.data, _USERS), sample_tested(split.new_only, _USERS)

    def scorer(tried: Blend) -> BlendScorer:
        return BlendScorer(fit, tried.parts(contenders, new))

    def measure_new(tried: Blend) -> Floats:
        return rank_users(scorer(tried), only, k).ndcg

    usual = rank_users(scorer(blend), whole, k).ndcg

    def try_shares(name: str) -> tuple[Blend, Floats]:
        """Return the best harmless share of a contender beside what is chosen."""
        ratio = spread_ratio(only, scorer(blend), contenders[name])
        tried = [
            replace(blend, new_weights={**blend.new_weights, name: share * ratio})
            for share in (SHARES if ratio else ())
        ]
        harmless = [
            (one, measure_new(one))
            for one in tried
            if errors_of_gain(rank_users(scorer(one), whole, k).ndcg, usual) >= -1
        ]
        return max(harmless, key=lambda pair: pair[1].mean(), default=(blend, best))

    best = measure_new(blend)
    found = {"new-products/none": float(best.mean())}
    remaining = list(contenders)
    while remaining:
        tried = {name: try_shares(name) for name in remaining}
        for name, (_, scores) in tried.items():
            found.setdefault(f"new-products/{name}", float(scores.mean()))
        name = max(remaining, key=lambda one: float(tried[one][1].mean()))
        chosen, scores = tried[name]
        if errors_of_gain(scores, best) <= SURE:
            break
        best, blend = scores, chosen
        remaining.remove(name)
    return replace(blend, ndcg={**blend.ndcg, **found})


def _split(data: RecommendData, away: Bools) -> ColdSplit:
    train, test = _select(data.train, ~away), _select(data.train, away)
    # A user without a training interaction gets no list.
    test = _select(test, (np.diff(train.indptr) > 0)[row_of_entry(test)])
    before, after = (
        np.bincount(matrix.indices, minlength=data.n_items) for matrix in (data.train, train)
    )
    hidden = (before > 0) & (after == 0)
    known = replace(data, train=train, test=test, others=_hide(data.others, hidden))
    new = known.unchosen[test.indices]
    new_only, other_only = (replace(known, test=_select(test, kept)) for kept in (new, ~new))
    return ColdSplit(known, new_only, other_only)


def _hide(others: Csr | None, hidden: Bools) -> Csr | None:
    """Return counts of further users as if nobody had chosen some items."""
    if others is None:
        return None
    kept = (~hidden).astype(others.dtype)
    rest = sp.csr_array(others.multiply(kept[:, None]).multiply(kept))
    rest.eliminate_zeros()
    return rest


def _select(matrix: Csr, kept: Bools) -> Csr:
    return incidence(row_of_entry(matrix)[kept], matrix.indices[kept], matrix.shape)
