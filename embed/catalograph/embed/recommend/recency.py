"""How soon an interaction stops saying what a user wants next.

When a user is scored, an interaction counts half as much for each half-life that it is older than
the user's newest one, so scores do not fade while nobody takes to anything. An interaction without
a time counts as the user's oldest. The weights between items stay as they are.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from catalograph.embed.recommend.data import RecommendData
from catalograph.embed.recommend.ease import ItemScorer
from catalograph.embed.recommend.matrices import Csr, Floats, Ints, incidence, row_of_entry
from catalograph.embed.recommend.ranking import measure

__all__ = ["HALF_LIVES", "choose_half_life", "hold_out_latest", "time_decayed"]

HALF_LIVES = (1.0, 7.0, 30.0, 90.0, 365.0)
"""Half-lives to try, in days."""

_DAY = 86_400
_WORTH = 1.005
"""A half-life is taken for half a per cent of NDCG, relatively, not for noise."""


def time_decayed(train: Csr, times: Ints, half_life_days: float) -> Csr:
    """Weigh interactions by their age.

    Args:
        train: 0/1 matrix [users, items].
        times: int64 [entries of train], seconds; −1 for none.
        half_life_days: above 0.

    Returns:
        The same entries with weights above 0 and up to 1.
    """
    users = row_of_entry(train)
    newest = _by_user(np.maximum, times, users, train.shape[0])
    known = np.where(times < 0, np.iinfo(np.int64).max, times)
    oldest = _by_user(np.minimum, known, users, train.shape[0])
    age = newest[users] - np.where(times < 0, np.minimum(oldest, newest)[users], times)
    weights: Floats = np.exp2(-age / (_DAY * half_life_days)).astype(np.float32)
    # Beyond float32's range it still is an interaction, and must not be shown again.
    weights = np.maximum(weights, np.finfo(np.float32).tiny)
    return sp.csr_array((weights, train.indices, train.indptr), shape=train.shape)


def _by_user(choose: np.ufunc, times: Ints, users: Ints, n_users: int) -> Ints:
    found = np.full(n_users, -1 if choose is np.maximum else np.iinfo(np.int64).max)
    choose.at(found, users, times)
    return found


def hold_out_latest(data: RecommendData, times: Ints) -> tuple[RecommendData, Ints]:
    """Withhold the newest interaction of each user with two at different times.

    Args:
        data: what to split; its test part is not looked at.
        times: int64 [entries of train], seconds; −1 for none.

    Returns:
        The same relations with the newest interactions as test, and the times of the kept ones.
    """
    users, n_users = row_of_entry(data.train), data.train.shape[0]
    order = np.lexsort((times, users))
    last = order[np.diff(users[order], append=-1) != 0]  # of each user with an interaction
    known = np.where(times < 0, np.iinfo(np.int64).max, times)
    oldest = _by_user(np.minimum, known, users, n_users)
    last = last[times[last] > oldest[users[last]]]
    away = np.zeros(len(times), dtype=bool)
    away[last] = True
    items, shape = data.train.indices, (n_users, data.n_items)
    kept = incidence(users[~away], items[~away], shape)
    test = incidence(users[away], items[away], shape)
    return replace(data, train=kept, test=test), times[~away]


def choose_half_life(
    split: RecommendData,
    times: Ints,
    scorer: ItemScorer,
    *,
    half_lives: Sequence[float] = HALF_LIVES,
    k: int = 10,
) -> float | None:
    """Choose the half-life with which the newest interactions are found best.

    Args:
        split: from `hold_out_latest`, with something to find.
        times: those of its train part.
        scorer: fitted on its train part.
        half_lives: to try, in days.
        k: NDCG@k decides.

    Returns:
        Days; None where fading does not pay.
    """

    def evaluate(train: Csr) -> float:
        return measure(scorer, replace(split, train=train), k)[0][f"ndcg@{k}"]

    found = [(evaluate(time_decayed(split.train, times, days)), days) for days in half_lives]
    best, days = max(found)
    return days if best > _WORTH * evaluate(split.train) else None
