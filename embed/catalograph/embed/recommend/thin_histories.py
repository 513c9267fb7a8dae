"""Shares of contenders for shoppers with thin histories, chosen on validation.

One or two choices say little of a shopper's taste, and what a text says of these products then
counts for more. Each contender, such as the likeness of texts, gets a further share for such
shoppers where that ranks better for sure what they chose next.

An edge has one weight for all shoppers. So the further share is a part of its own of which all
lists have a trace, `TRACE` of it, and which is multiplied for thin histories to its full size. The
trace must not harm the lists of the other shoppers by more than one standard error.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from catalograph.embed.recommend.blend import FEWEST, SHARES, SURE, BlendScorer, spread_ratio
from catalograph.embed.recommend.contributions import TRACE, AddedPart
from catalograph.embed.recommend.data import RecommendData, sample_tested
from catalograph.embed.recommend.matrices import Bools, Csr, Floats, incidence, row_of_entry
from catalograph.embed.recommend.ranking import errors_of_gain, rank_users

__all__ = ["THIN_PRODUCTS", "ThinChoice", "choose_thin_parts"]

THIN_PRODUCTS = 2
"""Maximum number of products in a thin history."""
_USERS = 3_000
"""Maximum number of users whose lists are measured."""


@dataclass(frozen=True)
class ThinChoice:
    """What was chosen for thin histories."""

    weights: Mapping[str, float]
    """Factor of each contender's matrix, above 0, beside its usual one."""
    ndcg: Mapping[str, float]
    """NDCG for thin histories by what was tried: `thin/none`, and each contender at its best."""


def choose_thin_parts(
    split: RecommendData, rows: Csr, scorer: BlendScorer, contenders: Mapping[str, Csr], k: int = 10
) -> ThinChoice:
    """Choose the further share of each contender, one after another.

    Args:
        split: a split with a test part.
        rows: its train part as it is scored, with faded entries.
        scorer: what was chosen for all shoppers, fitted on its train part.
        contenders: item-item matrices learned from its train part, in the order of the choice.
        k: length of the lists; NDCG@k is the objective.
    """
    thin = np.diff(split.train.indptr) <= THIN_PRODUCTS
    few, many = (_test_on(split, rows, kept) for kept in (thin, ~thin))
    if few.test is None or int((np.diff(few.test.indptr) > 0).sum()) < FEWEST:
        return ThinChoice({}, {})

    def measure(data: RecommendData, weights: Mapping[str, float], share: float) -> Floats:
        added = [AddedPart(name, contenders[name] * (w * share)) for name, w in weights.items()]
        return rank_users(replace(scorer, added=(*scorer.added, *added)), data, k).ndcg

    weights: dict[str, float] = {}
    best = measure(few, weights, 1.0)
    usual = measure(many, weights, 1.0) if many.test is not None and many.test.nnz else None
    found = {"thin/none": float(best.mean())}
    for name, matrix in contenders.items():
        ratio = spread_ratio(few, scorer, matrix)
        tried = [{**weights, name: share * ratio} for share in (SHARES if ratio else ())]
        measured = [(measure(few, one, 1.0), one) for one in tried]
        scores, chosen = max(
            measured, key=lambda pair: float(pair[0].mean()), default=(best, weights)
        )
        found[f"thin/{name}"] = float(scores.mean())
        harmless = usual is None or errors_of_gain(measure(many, chosen, TRACE), usual) >= -1
        if errors_of_gain(scores, best) > SURE and harmless:
            best, weights = scores, chosen
    return ThinChoice(weights, found)


def _test_on(split: RecommendData, rows: Csr, users: Bools) -> RecommendData:
    """Keep the test part of some users, with the histories as they are scored."""
    if split.test is None:
        return split
    user = row_of_entry(split.test)
    kept = users[user]
    test = incidence(user[kept], split.test.indices[kept], split.test.shape)
    return sample_tested(replace(split, train=rows, test=test), _USERS)
