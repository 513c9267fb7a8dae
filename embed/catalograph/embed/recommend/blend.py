"""Weights of what is served beside KG-EASE, and how histories fade, chosen on validation.

The contenders are item-item matrices of other models, such as weights learned from the order of
events or the likeness of texts. Each becomes a part of the served weights in the share that ranks
the newest interactions best, which may be none: the gain must be significant over the users. A
share is relative: at 1 a contender's scores spread as widely over the items as those of KG-EASE.
Products without interactions have shares of their own, see `cold_boost`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
import scipy.sparse as sp

from catalograph.embed.recommend.contributions import AddedPart
from catalograph.embed.recommend.data import RecommendData, sample_tested
from catalograph.embed.recommend.ease import ItemScorer
from catalograph.embed.recommend.matrices import Bools, Csr, Floats, Ints
from catalograph.embed.recommend.ranking import errors_of_gain, rank_users
from catalograph.embed.recommend.recency import Recency, choose_recency

__all__ = ["SHARES", "SURE", "Blend", "BlendScorer", "choose_blend", "spread_ratio"]

SHARES = (0.125, 0.25, 0.5, 1.0, 2.0)
"""Candidate shares of a contender."""
_USERS = 3_000
"""Maximum number of users whose lists are measured."""
SURE = 2.0
"""Minimum gain of a part in NDCG, in standard errors of the gain; below that it may be noise."""


@dataclass(frozen=True)
class Blend:
    """Parts beside KG-EASE and the fading of histories, with what their choice brought."""

    recency: Recency = field(default_factory=Recency)
    weights: Mapping[str, float] = field(default_factory=dict)
    """Factor of each contender's matrix, above 0; contenders that brought nothing are left out."""
    new_weights: Mapping[str, float] = field(default_factory=dict)
    """The same for the columns of products without interactions, where these have their own."""
    ndcg: Mapping[str, float] = field(default_factory=dict)
    """NDCG on validation by what was tried: "none", "recency", for each contender its best share
    beside all that was chosen before it, and "chosen" for all together; for products without
    interactions as `choose_new_parts` says."""

    def parts(self, contenders: Mapping[str, Csr], new: Bools | None = None) -> list[AddedPart]:
        """Return the chosen parts of newly learned contenders; one that is gone has none.

        Args:
            contenders: item-item matrices by name.
            new: bool [items], which items have no interaction; None for none of them.
        """
        names = [name for name in {**self.weights, **self.new_weights} if name in contenders]
        return [AddedPart(name, self._weigh(name, contenders[name], new)) for name in names]

    def _weigh(self, name: str, matrix: Csr, new: Bools | None) -> Csr:
        usual = self.weights.get(name, 0.0)
        raised = self.new_weights.get(name, usual)
        if new is None or raised == usual:
            return matrix * usual
        factors = np.where(new, raised, usual).astype(matrix.dtype)
        weighed = sp.csr_array(matrix.multiply(factors))  # by column
        weighed.eliminate_zeros()
        return weighed


@dataclass(frozen=True)
class BlendScorer:
    """Scores with a model and with added parts."""

    scorer: ItemScorer
    added: Sequence[AddedPart] = ()

    def score(self, rows: Csr) -> Floats:
        """Score all items; float [users, items]."""
        scores = self.scorer.score(rows)
        for part in self.added:
            scores += (rows.astype(part.weights.dtype) @ part.weights).toarray()
        return scores


def choose_blend(
    split: RecommendData,
    times: Ints,
    scorer: ItemScorer,
    contenders: Mapping[str, Csr],
    *,
    k: int = 10,
) -> Blend:
    """Choose how histories fade and the share of each contender, one after another.

    Args:
        split: result of `hold_out_latest`, with a test interaction.
        times: times of its train part.
        scorer: KG-EASE fitted on its train part.
        contenders: item-item matrices learned from its train part, in the order of the choice.
        k: length of the lists; NDCG@k is the objective.
    """
    split = sample_tested(split, _USERS)

    def measure_users(recency: Recency, added: Sequence[AddedPart] = ()) -> Floats:
        rows = replace(split, train=recency.weigh(split.train, times))
        return rank_users(BlendScorer(scorer, added), rows, k).ndcg

    alone = cache(measure_users)  # without added parts
    blend = Blend(choose_recency(lambda recency: float(alone(recency).mean())))
    best = alone(blend.recency)
    found = {"none": float(alone(Recency()).mean()), "recency": float(best.mean())}
    for name, matrix in contenders.items():
        chosen = blend.parts(contenders)
        ratio = spread_ratio(split, BlendScorer(scorer, chosen), matrix)
        tried = {
            share * ratio: measure_users(
                blend.recency, [*chosen, AddedPart(name, matrix * (share * ratio))]
            )
            for share in (SHARES if ratio else ())
        }
        factor = max(tried, key=lambda factor: float(tried[factor].mean()), default=0.0)
        scores = tried.get(factor, best)
        found[name] = float(scores.mean())
        if errors_of_gain(scores, best) > SURE:
            best = scores
            blend = replace(blend, weights={**blend.weights, name: factor})
    if blend.weights:
        chosen = blend.parts(contenders)
        recency = choose_recency(lambda recency: float(measure_users(recency, chosen).mean()))
        blend = replace(blend, recency=recency)
        best = measure_users(recency, chosen)
    return replace(blend, ndcg=found | {"chosen": float(best.mean())})


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
