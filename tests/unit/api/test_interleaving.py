"""Team-draft interleaving: both rankings have the same chance of every place."""

from collections import Counter
from itertools import cycle

import numpy as np

from catalograph.api.interleaving import draft_teams


def test_rankings_take_turns_and_skip_what_is_placed() -> None:
    coin = cycle([True])
    drafted = draft_teams((["a", "b", "c"], ["b", "a", "d"]), 4, lambda: next(coin))
    assert drafted == [("a", 0), ("b", 1), ("c", 0), ("d", 1)]
    coin = cycle([False])
    drafted = draft_teams((["a", "b", "c"], ["b", "a", "d"]), 3, lambda: next(coin))
    assert drafted == [("b", 1), ("a", 0), ("d", 1)]


def test_a_short_ranking_passes_and_the_list_ends_with_both() -> None:
    drafted = draft_teams((["a", "b", "c", "d"], ["a"]), 10, lambda: False)
    assert drafted == [("a", 1), ("b", 0), ("c", 0), ("d", 0)]
    assert draft_teams(([], []), 5) == []
    assert draft_teams((["a"], ["a"]), 5, lambda: True) == [("a", 0)]


def test_equal_rankings_share_the_places_evenly() -> None:
    draw = np.random.default_rng(4)
    places: Counter[tuple[int, int]] = Counter()
    for _ in range(2_000):
        drafted = draft_teams((list("abcdef"), list("abcdef")), 6, lambda: draw.random() < 0.5)
        places.update((n, team) for n, (_, team) in enumerate(drafted))
    for n in range(6):
        assert 900 < places[n, 0] < 1_100
