"""Trends: how much the weights of a target follow the share of its interactions that are recent.

What shoppers like changes, and a regression on all that they ever chose follows as slowly as the
past is long. A target's weights are multiplied by ((r + 1) / (d + 1))^γ: d is its number of
interactions, r the same with each interaction counting half as much for each half-life that it is
older than the newest of all. A target without interactions keeps its weights.

Half-life and power are chosen on what was chosen last of all: on the newest interaction of the
users who had one on the last day, or on as many of the last days as it takes for enough users.
Those of other users belong to another time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from catalograph.embed.recommend.data import RecommendData
from catalograph.embed.recommend.matrices import (
    Csr,
    Floats,
    Ints,
    incidence,
    number_pairs,
    row_of_entry,
)
from catalograph.embed.recommend.recency import hold_out_latest

__all__ = ["POWERS", "TREND_HALF_LIVES", "TargetTrend", "choose_trend", "hold_out_present"]

TREND_HALF_LIVES = (0.5, 1.0, 2.0, 4.0, 8.0, 30.0, 90.0)
"""Candidate half-lives, in days."""
POWERS = (0.25, 0.5, 1.5, 2.0)
"""Candidate powers, beside 1."""
_PRESENT_DAYS = (1, 2, 3, 7, 14)
"""Candidate lengths of the present, in days."""
_USERS = 100
"""Number of users from which a shorter present will do."""
_DAY = 86_400


@dataclass(frozen=True)
class TargetTrend:
    """How targets follow their recent interactions; not at all by default."""

    half_life_days: float | None = None
    power: float = 1.0
    """γ, above 0."""

    def factors(self, train: Csr, times: Ints | None) -> Floats | None:
        """Return the factor of each target's weights, float64 [items], above 0 and up to 1.

        Args:
            train: 0/1 matrix [users, items].
            times: int64 [entries of train], in seconds, −1 for none, which counts as no longer
                recent; None without times.

        Returns:
            None where targets follow nothing.
        """
        if self.half_life_days is None or times is None or not (times >= 0).any():
            return None
        ages = (times.max() - times) / (_DAY * self.half_life_days)
        recent = np.where(times < 0, 0.0, np.exp2(-ages))
        count = np.bincount(train.indices, minlength=train.shape[1])
        kept = np.bincount(train.indices, weights=recent, minlength=train.shape[1])
        factors: Floats = ((kept + 1.0) / (count + 1.0)) ** self.power
        return factors


def hold_out_present(data: RecommendData, times: Ints) -> RecommendData:
    """Withhold newest interactions as `hold_out_latest`, with those of the present as test.

    Args:
        data: data to split; its test part is not used.
        times: int64 [entries of train], in seconds; −1 for none.
    """
    split, _ = hold_out_latest(data, times)
    if split.test is None or not split.test.nnz:
        return split
    place = np.searchsorted(number_pairs(data.train), number_pairs(split.test))
    ages = times.max() - times[place]
    enough = (days for days in _PRESENT_DAYS if (ages < days * _DAY).sum() >= _USERS)
    kept = ages < next(enough, _PRESENT_DAYS[-1]) * _DAY
    places = row_of_entry(split.test)[kept], split.test.indices[kept]
    return replace(split, test=incidence(*places, split.test.shape))


def choose_trend(
    evaluate: Callable[[TargetTrend], float],
    *,
    half_lives: Sequence[float] = TREND_HALF_LIVES,
    powers: Sequence[float] = POWERS,
) -> TargetTrend:
    """Choose the half-life at power 1, then the power.

    Args:
        evaluate: objective to maximise.
        half_lives: candidates, in days.
        powers: candidates beside 1.
    """
    found = {TargetTrend(days): evaluate(TargetTrend(days)) for days in half_lives}
    best = max(found, key=lambda trend: found[trend])
    found |= {replace(best, power=power): evaluate(replace(best, power=power)) for power in powers}
    return max(found, key=lambda trend: found[trend])
