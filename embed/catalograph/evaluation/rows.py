"""Counting what an evaluation of reading texts found."""

from collections.abc import Hashable, Iterable, Set


def scores(
    gold: Iterable[Set[Hashable]], found: Iterable[Set[Hashable]], suffix: str = ""
) -> dict[str, float]:
    """Micro F1, precision and recall of sets, one of each a sentence; exact match.

    Returns:
        `f1`, `precision` and `recall`, each with the suffix; 0 where nothing is to be divided by.
    """
    right = asked = said = 0
    for wanted, read in zip(gold, found, strict=True):
        right += len(wanted & read)
        asked += len(wanted)
        said += len(read)
    precision = right / said if said else 0.0
    recall = right / asked if asked else 0.0
    f1 = 2 * right / (asked + said) if asked + said else 0.0
    return {f"f1{suffix}": f1, f"precision{suffix}": precision, f"recall{suffix}": recall}
