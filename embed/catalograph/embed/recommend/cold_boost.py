"""How much the weights of products without interactions are raised, chosen on validation.

A regression on past interactions puts new products behind all others, whatever their facts. Here
some products are made new: by time, those first chosen after a tenth of the interactions is still
to come, or, without times, a random tenth. The boost is the largest that does not harm the lists as
a whole, new and other products alike, by more than one standard error: new products need to be
shown before anybody can choose them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from catalograph.embed.recommend.data import RecommendData, hold_out, sample_tested
from catalograph.embed.recommend.kgease import KGEase
from catalograph.embed.recommend.matrices import Bools, Csr, Ints, incidence, row_of_entry
from catalograph.embed.recommend.ranking import errors_of_gain, rank_users

__all__ = ["BOOSTS", "ColdBoost", "ColdSplit", "choose_cold_boost", "hold_out_products"]

BOOSTS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 9.0, 14.0)
"""Candidate boosts."""
_SHARE = 0.1
"""Share of the interactions, by time, or of the products that are held out."""
_FEWEST = 50
"""Minimum number of users with a new product to find; with fewer, the choice would be noise."""
_USERS = 3_000
"""Maximum number of users whose lists are measured."""


@dataclass(frozen=True)
class ColdSplit:
    """A validation split in which some products have no training interaction."""

    data: RecommendData
    """Training and test interactions."""
    new_only: RecommendData
    """The same with the new items alone to be found, still among all."""

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
    away = ~np.isin(_number_pairs(data.train), _number_pairs(kept))
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
    data = sample_tested(split.data, _USERS)

    def with_boost(boost: float) -> KGEase:
        return replace(fit, config=replace(fit.config, cold_boost=boost))

    found = {boost: rank_users(with_boost(boost), data, k).ndcg for boost in boosts}
    best = max(boosts, key=lambda boost: float(found[boost].mean()))
    harmless = [boost for boost in boosts if errors_of_gain(found[boost], found[best]) >= -1]
    chosen = harmless[-1]
    before, after = (
        float(rank_users(with_boost(boost), split.new_only, k).ndcg.mean())
        for boost in (1.0, chosen)
    )
    return ColdBoost(chosen, before, after)


def _split(data: RecommendData, away: Bools) -> ColdSplit:
    train, test = _select(data.train, ~away), _select(data.train, away)
    # A user without a training interaction gets no list.
    test = _select(test, (np.diff(train.indptr) > 0)[row_of_entry(test)])
    cold = np.bincount(train.indices, minlength=data.n_items) == 0
    new = _select(test, cold[test.indices])
    return ColdSplit(replace(data, train=train, test=test), replace(data, train=train, test=new))


def _select(matrix: Csr, kept: Bools) -> Csr:
    return incidence(row_of_entry(matrix)[kept], matrix.indices[kept], matrix.shape)


def _number_pairs(matrix: Csr) -> Ints:
    return row_of_entry(matrix) * matrix.shape[1] + matrix.indices
