"""Weights of what is served beside KG-EASE, and how interactions age, chosen on validation.

The contenders are item-item matrices of other models, such as weights learned from the order of
events or the likeness of texts. Each becomes a part of the served weights in the share that ranks
the newest interactions best, which may be none: the gain must be significant over the users. A
share is relative: at 1 a contender's scores spread as widely over the items as those of KG-EASE.
Where targets that follow the trend rank better what shoppers chose last of all, all is chosen on
that, and must rank it better than what was chosen without a trend.
Products without interactions have shares of their own, see `cold_boost`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np

from catalograph.embed.recommend.contributions import TRACE, AddedPart
from catalograph.embed.recommend.data import RecommendData, sample_tested
from catalograph.embed.recommend.ease import ItemScorer
from catalograph.embed.recommend.matrices import Bools, Csr, Floats, Ints
from catalograph.embed.recommend.ranking import errors_of_gain, rank_users
from catalograph.embed.recommend.recency import Recency, choose_recency
from catalograph.embed.recommend.trend import TargetTrend, choose_trend
from catalograph.schema.model_kinds import THIN

__all__ = ["FEWEST", "SHARES", "SURE", "Blend", "BlendScorer", "choose_blend", "spread_ratio"]

SHARES = (0.125, 0.25, 0.5, 1.0, 2.0)
"""Candidate shares of a contender."""
_USERS = 3_000
"""Maximum number of users whose lists are measured."""
FEWEST = 50
"""Minimum number of users with an interaction to find; with fewer, a choice would be noise."""
SURE = 2.0
"""Minimum gain of a part in NDCG, in standard errors of the gain; below that it may be noise."""


@dataclass(frozen=True)
class Blend:
    """Parts beside KG-EASE and the aging of interactions, with what their choice brought."""

    recency: Recency = field(default_factory=Recency)
    trend: TargetTrend = field(default_factory=TargetTrend)
    weights: Mapping[str, float] = field(default_factory=dict)
    """Factor of each contender's matrix, above 0; contenders that brought nothing are left out."""
    new_weights: Mapping[str, float] = field(default_factory=dict)
    """The same for the columns of products without interactions, where these have their own."""
    thin_weights: Mapping[str, float] = field(default_factory=dict)
    """Further factors for shoppers with thin histories, see `thin_histories`."""
    ndcg: Mapping[str, float] = field(default_factory=dict)
    """NDCG on validation by what was tried: on the newest interactions of all "present", without a
    trend, and "trend", with the chosen one, if any; "none", "recency", for each contender its best
    share beside all that was chosen before it, and "chosen" for all together; for products without
    interactions as `choose_new_parts` says."""

    def parts(self, contenders: Mapping[str, Csr], new: Bools | None = None) -> list[AddedPart]:
        """Return the chosen parts of newly learned contenders; one that is gone has none.

        Args:
            contenders: item-item matrices by name.
            new: bool [items], which items have no interaction; None for none of them.
        """
        names = [name for name in {**self.weights, **self.new_weights} if name in contenders]
        return [
            *(AddedPart(name, self._weigh(name, contenders[name], new)) for name in names),
            *(
                AddedPart(f"{name}{THIN}", contenders[name] * (weight * TRACE))
                for name, weight in self.thin_weights.items()
                if name in contenders
            ),
        ]

    def _weigh(self, name: str, matrix: Csr, new: Bools | None) -> Csr:
        usual = self.weights.get(name, 0.0)
        raised = self.new_weights.get(name, usual)
        if new is None or raised == usual:
            return matrix * usual
        weighed = AddedPart(name, matrix).rescale(np.where(new, raised, usual)).weights
        weighed.eliminate_zeros()
        return weighed


@dataclass(frozen=True)
class BlendScorer:
    """Scores with a model and with added parts, multiplied by factors of the targets."""

    scorer: ItemScorer
    added: Sequence[AddedPart] = ()
    factors: Floats | None = None

    def score(self, rows: Csr) -> Floats:
        """Score all items; float [users, items]."""
        scores = self.scorer.score(rows)
        for part in self.added:
            scores += (rows.astype(part.weights.dtype) @ part.weights).toarray()
        if self.factors is not None:
            scores *= self.factors.astype(scores.dtype)
        return scores


def choose_blend(
    split: RecommendData,
    times: Ints,
    scorer: ItemScorer,
    contenders: Mapping[str, Csr],
    *,
    present: RecommendData | None = None,
    k: int = 10,
) -> Blend:
    """Choose how interactions age and the share of each contender, one after another.

    Args:
        split: result of `hold_out_latest`, with a test interaction.
        times: times of its train part.
        scorer: KG-EASE fitted on its train part.
        contenders: item-item matrices learned from its train part, in the order of the choice.
        present: the same split with the tests of the present, see `trend`; None for no trend.
        k: length of the lists; NDCG@k is the objective.
    """
    steady = _Choice(split, times, scorer, contenders, k).choose()
    if present is None or not _counts(present):
        return steady
    now = _Choice(present, times, scorer, contenders, k)
    usual = now.measure(steady)
    ndcg = {"present": float(usual.mean()), "trend": float(usual.mean())}
    trend = choose_trend(lambda trend: float(now.measure(replace(steady, trend=trend)).mean()))
    if errors_of_gain(now.measure(replace(steady, trend=trend)), usual) > SURE:
        blend = now.choose(trend)
        best = now.measure(blend)
        if errors_of_gain(best, usual) > SURE:
            ndcg["trend"] = float(best.mean())
            return replace(blend, ndcg={**blend.ndcg, **ndcg})
    return replace(steady, ndcg={**steady.ndcg, **ndcg})


def _counts(split: RecommendData) -> bool:
    """Return whether enough users have an interaction to find."""
    return split.test is not None and int((np.diff(split.test.indptr) > 0).sum()) >= FEWEST


class _Choice:
    """The choice on one split."""

    def __init__(
        self,
        split: RecommendData,
        times: Ints,
        scorer: ItemScorer,
        contenders: Mapping[str, Csr],
        k: int,
    ) -> None:
        self._split, self._times = sample_tested(split, _USERS), times
        self._scorer, self._contenders, self._k = scorer, contenders, k

    def measure(self, blend: Blend) -> Floats:
        """Return NDCG of the list of each user with a test."""
        split = self._split
        factors = blend.trend.factors(split.train, self._times)
        rows = replace(split, train=blend.recency.weigh(split.train, self._times))
        added = blend.parts(self._contenders)
        return rank_users(BlendScorer(self._scorer, added, factors), rows, self._k).ndcg

    def choose(self, trend: TargetTrend | None = None) -> Blend:
        """Choose the fading of histories and the shares, where targets follow a trend."""
        blend = self._fade(Blend(trend=trend or TargetTrend()))
        best = self.measure(blend)
        none = self.measure(replace(blend, recency=Recency()))
        found = {"none": float(none.mean()), "recency": float(best.mean())}
        for name, matrix in self._contenders.items():
            scorer = BlendScorer(self._scorer, blend.parts(self._contenders))
            ratio = spread_ratio(self._split, scorer, matrix)
            blends = [
                replace(blend, weights={**blend.weights, name: share * ratio})
                for share in (SHARES if ratio else ())
            ]
            tried = [(self.measure(one), one) for one in blends]
            scores, chosen = max(
                tried, key=lambda pair: float(pair[0].mean()), default=(best, blend)
            )
            found[name] = float(scores.mean())
            if errors_of_gain(scores, best) > SURE:
                best, blend = scores, chosen
        if blend.weights:
            blend = self._fade(blend)
            best = self.measure(blend)
        return replace(blend, ndcg=found | {"chosen": float(best.mean())})

    def _fade(self, blend: Blend) -> Blend:
        @cache
        def evaluate(recency: Recency) -> float:
            return float(self.measure(replace(blend, recency=recency)).mean())

        return replace(blend, recency=choose_recency(evaluate))


def spread_ratio(split: RecommendData, scorer: ItemScorer, matrix: Csr) -> float:
    """Return the factor at which a matrix's scores spread as widely as those of a model.

    Returns:
        The factor; 0 if all scores of the matrix are equal, or there is no test part.
    """
    if split.test is None:
        return 0.0
    rows = split.train[np.flatnonzero(np.diff(split.test.indptr))[:256]]
    own = (rows.astype(matrix.dtype) @ matrix).toarray().std()
    return float(scorer.score(rows).std() / own) if own > 0 else 0.0
