"""Lists of two model versions in one, by which shoppers' clicks compare the versions.

Team-draft interleaving: Radlinski, Kurup and Joachims 2008, "How Does Clickthrough Data Reflect
Retrieval Quality?"; validated by Chapelle, Joachims, Radlinski and Yue 2012,
"Large-Scale Validation and Analysis of Interleaved Search Evaluation".
"""

import random
from collections.abc import Callable, Sequence


def draft_teams(
    rankings: tuple[Sequence[str], Sequence[str]],
    length: int,
    flip: Callable[[], bool] = lambda: random.random() < 0.5,  # noqa: S311 - no secret
) -> list[tuple[str, int]]:
    """Interleave two rankings: in each round both place their best item that is not placed yet.

    A coin decides for each round which ranking goes first, so that both have the same chance of
    every place. A ranking that has no item left passes.

    Args:
        rankings: keys, best first, without duplicates.
        length: number of places.
        flip: coin; True lets the first ranking go first.

    Returns:
        Keys in the order to show, each with the number of the ranking that placed it, 0 or 1.
    """
    placed: dict[str, int] = {}
    waiting = [iter(ranking) for ranking in rankings]
    while len(placed) < length:
        before = len(placed)
        for team in (0, 1) if flip() else (1, 0):
            best = next((key for key in waiting[team] if key not in placed), None)
            if best is not None and len(placed) < length:
                placed[best] = team
        if len(placed) == before:
            break
    return list(placed.items())
