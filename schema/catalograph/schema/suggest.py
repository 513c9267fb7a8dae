"""Suggest the intended name for a mistyped one."""

from collections.abc import Iterable

_LEAST_SIMILAR = 70.0
"""Smallest normalised edit similarity of a suggestion, in per cent; below it lie mere guesses."""


def closest_name(name: str, known: Iterable[str]) -> str | None:
    """Return the known name nearest to a mistyped one; None when none is near."""
    from rapidfuzz import fuzz, process
    from rapidfuzz.utils import default_process

    best = process.extractOne(
        name,
        list(known),
        scorer=fuzz.ratio,
        processor=default_process,
        score_cutoff=_LEAST_SIMILAR,
    )
    return None if best is None else str(best[0])


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ` Did you mean '…'?` to add to an error; empty when nothing is near."""
    found = closest_name(name, known)
    return "" if found is None else f" Did you mean '{found}'?"
