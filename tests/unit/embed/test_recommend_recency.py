"""Fading by age and by visits, by hand, and choosing between them on planted habits."""

from dataclasses import replace

import numpy as np

from catalograph.embed.recommend import RecommendData, fit_ease, incidence, measure
from catalograph.embed.recommend.recency import (
    Recency,
    choose_recency,
    hold_out_latest,
    number_visits,
    time_decayed,
    visit_decayed,
)

DAY = 86_400


def test_weights_halve_with_the_distance_to_the_users_newest() -> None:
    # User 0 at days 1, 3 and 5; user 1 without times; user 2 at day 9 and once without.
    train = incidence(np.array([0, 0, 0, 1, 1, 2, 2]), np.array([0, 1, 2, 0, 1, 1, 2]), (4, 3))
    times = np.array([1 * DAY, 5 * DAY, 3 * DAY, -1, -1, 9 * DAY, -1])
    expected = [[0.25, 1.0, 0.5], [1.0, 1.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 0.0]]
    np.testing.assert_allclose(time_decayed(train, times, 2.0).toarray(), expected)


def test_very_old_interactions_stay_interactions() -> None:
    train = incidence(np.array([0, 0]), np.array([0, 1]), (1, 2))
    rows = time_decayed(train, np.array([0, 10_000 * DAY]), 1.0)
    assert rows.nnz == 2
    assert 0 < rows[0, 0] < 1e-30


def test_the_newest_of_users_with_two_times_are_withheld() -> None:
    train = incidence(np.array([0, 0, 0, 1, 1, 2, 3, 3]), np.arange(8), (5, 8))
    times = np.array([7, 9, 8, 4, 4, 6, -1, 5])
    split, kept = hold_out_latest(RecommendData(train=train), times)
    assert split.test is not None
    # User 1 has one time, user 2 one interaction, user 3 one known time.
    np.testing.assert_array_equal(split.test.nonzero(), [[0], [1]])
    assert kept.tolist() == [7, 8, 4, 4, 6, -1, 5]
    assert split.train.nnz == 7


def habits(*, moving: bool) -> tuple[RecommendData, np.ndarray]:
    """Users go through one block of 10 items, then another, from old to new or mixed up in time."""
    rng = np.random.default_rng(0)
    users, items, times = [], [], []
    for user in range(300):
        first, second = rng.choice(6, 2, replace=False)
        taken = [*(10 * first + rng.permutation(10)[:4]), *(10 * second + rng.permutation(10)[:3])]
        days = 10 * np.arange(7) if moving else rng.permutation(7)
        users += [user] * 7
        items += taken
        times += [int(day) * DAY for day in days]
    order = np.lexsort((items, users))
    train = incidence(np.array(users), np.array(items), (300, 60))
    return RecommendData(train=train), np.array(times)[order]


def chosen(*, moving: bool) -> Recency:
    split, kept = hold_out_latest(*habits(moving=moving))
    fit = fit_ease(split.train, 10.0)

    def evaluate(recency: Recency) -> float:
        return measure(fit, replace(split, train=recency.weigh(split.train, kept)), 10)[0][
            "ndcg@10"
        ]

    return choose_recency(evaluate)


def test_fading_is_chosen_where_tastes_move_and_only_there() -> None:
    moving, still = chosen(moving=True), chosen(moving=False)
    assert moving.half_life_days in {1.0, 7.0, 30.0} or moving.decay_visits in {1.5, 2.5}
    assert still.half_life_days in {None, 90.0, 365.0}
    assert still.decay_visits in {None, 10.0}


def test_interactions_of_one_time_are_one_visit() -> None:
    # User 0 at 5, 3, 3 and without a time, user 2 at 9 and 4; user 1 has nothing.
    train = incidence(np.array([0, 0, 0, 0, 2, 2]), np.array([0, 1, 2, 3, 0, 1]), (3, 4))
    times = np.array([5, 3, 3, -1, 9, 4])
    assert number_visits(train, times).tolist() == [1, 0, 0, 0, 1, 0]
    third = np.exp(-1 / 2.0)
    expected = [[1, third, third, third], [0, 0, 0, 0], [1, third, 0, 0]]
    np.testing.assert_allclose(visit_decayed(train, times, 2.0).toarray(), expected, rtol=1e-6)


def test_no_fading_leaves_the_matrix_as_it_is() -> None:
    train = incidence(np.array([0, 0]), np.array([0, 1]), (1, 2))
    assert Recency().weigh(train, np.array([1, 2])) is train
