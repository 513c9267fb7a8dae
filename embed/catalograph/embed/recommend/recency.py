"""Recency weighting: how fast an interaction loses its influence on a user's scores.

For scoring, an interaction's weight halves for each half-life that it is older than the user's
newest one, so scores do not fade while a user is inactive. An interaction without a time counts as
the user's oldest. The weights between items do not change.
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
"""Candidate half-lives, in days."""

_DAY = 86_400
_WORTH = 1.005
"""Minimum relative gain in NDCG for a half-life, half a per cent; below that it is noise."""


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
    weights: Floats = np.exp2(-age / (_DAY * half_life_days)).astype(np.float32)
    # An entry that underflows must stay an interaction, or the item would be recommended again.
    weights = np.maximum(weights, np.finfo(np.float32).tiny)
    return sp.csr_array((weights, train.indices, train.indptr), shape=train.shape)


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


def choose_half_life(
    split: RecommendData,
    times: Ints,
    scorer: ItemScorer,
    *,
    half_lives: Sequence[float] = HALF_LIVES,
    k: int = 10,
) -> float | None:
    """Choose the half-life that ranks the newest interactions best.

    Args:
        split: result of `hold_out_latest`, with a test interaction.
        times: times of its train part.
        scorer: model fitted on its train part.
        half_lives: candidates, in days.
        k: length of the lists; NDCG@k is the objective.

    Returns:
        Days; None if decay brings no gain.
    """

    def evaluate(train: Csr) -> float:
        return measure(scorer, replace(split, train=train), k)[0][f"ndcg@{k}"]

    found = [(evaluate(time_decayed(split.train, times, days)), days) for days in half_lives]
    best, days = max(found)
    return days if best > _WORTH * evaluate(split.train) else None
