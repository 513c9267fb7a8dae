"""Recency weighting: how fast an interaction loses its influence on a user's scores.

For scoring, an interaction's weight fades with its distance from the user's newest one: in days, or
in visits, which are the interactions of one time. So scores do not fade while a user is inactive.
An interaction without a time counts as the user's oldest. The weights between items do not change.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from catalograph.embed.recommend.data import RecommendData
from catalograph.embed.recommend.matrices import Csr, Floats, Ints, incidence, row_of_entry

__all__ = [
    "DECAYS",
    "HALF_LIVES",
    "Recency",
    "choose_recency",
    "hold_out_latest",
    "number_visits",
    "time_decayed",
    "visit_decayed",
]

HALF_LIVES = (1.0, 7.0, 30.0, 90.0, 365.0)
"""Candidate half-lives, in days."""
DECAYS = (1.5, 2.5, 5.0, 10.0)
"""Candidate decays, in visits."""

_DAY = 86_400
_WORTH = 1.005
"""Minimum relative gain in NDCG for a recency, half a per cent; below that it is noise."""


@dataclass(frozen=True)
class Recency:
    """How interactions fade; not at all by default, and in at most one of the two ways."""

    half_life_days: float | None = None
    """Age, in days, at which an interaction counts half as much."""
    decay_visits: float | None = None
    """Age, in visits, at which an interaction counts e times less."""

    def weigh(self, train: Csr, times: Ints) -> Csr:
        """Weight interactions; arguments and result as for `time_decayed`."""
        if self.half_life_days is not None:
            return time_decayed(train, times, self.half_life_days)
        if self.decay_visits is not None:
            return visit_decayed(train, times, self.decay_visits)
        return train


def time_decayed(train: Csr, times: Ints, half_life_days: float) -> Csr:
    """Weight interactions by their age.

    Args:
        train: 0/1 matrix [users, items].
        times: int64 [entries of train], in seconds; −1 for none.
        half_life_days: half-life, in days, above 0.

    Returns:
        The same entries with weights above 0 and up to 1.
    """
    users = row_of_entry(train)
    newest = _by_user(np.maximum, times, users, train.shape[0])
    known = np.where(times < 0, np.iinfo(np.int64).max, times)
    oldest = _by_user(np.minimum, known, users, train.shape[0])
    age = newest[users] - np.where(times < 0, np.minimum(oldest, newest)[users], times)
    return _with_weights(train, np.exp2(-age / (_DAY * half_life_days)))


def visit_decayed(train: Csr, times: Ints, decay: float) -> Csr:
    """Weight interactions by the number of the user's later visits.

    Args:
        train: 0/1 matrix [users, items].
        times: int64 [entries of train], in seconds; −1 for none.
        decay: number of visits after which an interaction counts e times less, above 0.

    Returns:
        The same entries with weights above 0 and up to 1.
    """
    visits = number_visits(train, times)
    users = row_of_entry(train)
    newest = _by_user(np.maximum, visits, users, train.shape[0])
    return _with_weights(train, np.exp(-(newest[users] - visits) / decay))


def number_visits(train: Csr, times: Ints) -> Ints:
    """Number the visits of each user from 0, oldest first; int64 [entries of train].

    Interactions at one time are one visit; those without a time belong to the user's oldest.
    """
    users = row_of_entry(train)
    known = np.where(times < 0, np.iinfo(np.int64).max, times)
    oldest = _by_user(np.minimum, known, users, train.shape[0])
    dated = np.where(times < 0, oldest[users], times)
    order = np.lexsort((dated, users))
    first = np.diff(users[order], prepend=-1) != 0
    later = (np.diff(dated[order], prepend=0) != 0) & ~first
    count = np.cumsum(later)
    visits = np.empty(len(order), np.int64)
    visits[order] = count - np.maximum.accumulate(np.where(first, count, 0))
    return visits


def _with_weights(train: Csr, weights: Floats) -> Csr:
    # An entry that underflows must stay an interaction, or the item would be recommended again.
    kept = np.maximum(weights.astype(np.float32), np.finfo(np.float32).tiny)
    return sp.csr_array((kept, train.indices, train.indptr), shape=train.shape)


def _by_user(choose: np.ufunc, times: Ints, users: Ints, n_users: int) -> Ints:
    found = np.full(n_users, -1 if choose is np.maximum else np.iinfo(np.int64).max)
    choose.at(found, users, times)
    return found


def hold_out_latest(data: RecommendData, times: Ints) -> tuple[RecommendData, Ints]:
    """Withhold the newest interaction of each user with two at different times.

    Args:
        data: data to split; its test part is not used.
        times: int64 [entries of train], in seconds; −1 for none.

    Returns:
        The same relations with the newest interactions as test, and the times of the kept ones.
    """
    users, n_users = row_of_entry(data.train), data.train.shape[0]
    order = np.lexsort((times, users))
    last = order[np.diff(users[order], append=-1) != 0]  # for each user with an interaction
    known = np.where(times < 0, np.iinfo(np.int64).max, times)
    oldest = _by_user(np.minimum, known, users, n_users)
    last = last[times[last] > oldest[users[last]]]
    away = np.zeros(len(times), dtype=bool)
    away[last] = True
    items, shape = data.train.indices, (n_users, data.n_items)
    kept = incidence(users[~away], items[~away], shape)
    test = incidence(users[away], items[away], shape)
    return replace(data, train=kept, test=test), times[~away]


def choose_recency(
    evaluate: Callable[[Recency], float],
    *,
    half_lives: Sequence[float] = HALF_LIVES,
    decays: Sequence[float] = DECAYS,
) -> Recency:
    """Choose how interactions fade; no fading if that brings no gain.

    Args:
        evaluate: objective to maximise.
        half_lives: candidates, in days.
        decays: candidates, in visits.
    """
    best, highest = Recency(), -math.inf
    for recency in _candidates(half_lives, decays):
        if (found := evaluate(recency)) > highest:
            best, highest = recency, found
    return best if highest > _WORTH * evaluate(Recency()) else Recency()


def _candidates(half_lives: Sequence[float], decays: Sequence[float]) -> Iterator[Recency]:
    yield from (Recency(half_life_days=days) for days in half_lives)
    yield from (Recency(decay_visits=decay) for decay in decays)
