"""The judged period: the last days of the shop's own data, and whose choices in it count."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from catalograph.store import Connection, GraphSnapshot, NewChoices, read_new_choices

__all__ = ["LEAST_SHOPPERS", "JudgedWindow", "choose_window", "newest_time"]

_DAYS = (1, 2, 3, 7, 14)
"""Candidate lengths of the judged period."""
_KNOWN_DAYS = (7, 3, 1, 0)
"""For how long a shopper must be known before the period, strictest first: an attack by new
accounts has no vote then."""
_WANTED_SHOPPERS = 200
_ENOUGH = 0.9
"""Share of the shoppers of the best period with which a shorter one will do."""
LEAST_SHOPPERS = 50
"""Smallest number of shoppers to judge by: with fewer an interval would say nothing."""


@dataclass(frozen=True)
class JudgedWindow:
    """The judged period.

    Attributes:
        cut: its beginning; models learn from what came before.
        until: its end, the time of the newest interaction.
        days: its length.
        known_days: how long each shopper was known before it.
        organic: whether choices that a served list led to are left out. They favour the version
            that made the list (exposure bias).
        chosen: products that each shopper chose in it for the first time, by the shopper's key.
    """

    cut: datetime
    until: datetime
    days: int
    known_days: int
    organic: bool
    chosen: Mapping[str, tuple[str, ...]]

    def as_dict(self) -> dict[str, Any]:
        """Return how it was chosen, for reports."""
        return {
            "judged_from": self.cut.isoformat(),
            "judged_until": self.until.isoformat(),
            "judged_days": self.days,
            "known_days": self.known_days,
            "without_served_choices": self.organic,
            "shoppers": len(self.chosen),
        }


def newest_time(snapshot: GraphSnapshot, now: datetime | None = None) -> datetime | None:
    """Return the time of the newest interaction; None if none has a time.

    A time in the future is a mistake of a feed and does not count.
    """
    times = snapshot.interaction_times
    if times is None:
        return None
    past = times[(times >= 0) & (times <= (now or datetime.now(UTC)).timestamp())]
    return datetime.fromtimestamp(int(past.max()), UTC) if len(past) else None


def choose_window(
    connection: Connection, until: datetime, days: int | None = None
) -> JudgedWindow | None:
    """Choose the shortest period with enough shoppers, and the strictest choice of those.

    Args:
        connection: connection to the graph.
        until: end of the period.
        days: its length; None to choose it.

    Returns:
        The period; None if even the longest one has too few shoppers.
    """
    lengths = _DAYS if days is None else (days,)
    found = read_new_choices(connection, until - timedelta(days=lengths[-1]), until)
    windows = [_select(found, until, length, 0, organic=False) for length in lengths]
    most = max(len(window.chosen) for window in windows)
    if most < LEAST_SHOPPERS:
        return None
    enough = min(_WANTED_SHOPPERS, _ENOUGH * most)
    shortest = next(window for window in windows if len(window.chosen) >= enough)
    return _select_strictly(found, shortest)


def _select_strictly(found: Mapping[str, NewChoices], window: JudgedWindow) -> JudgedWindow:
    wanted = min(len(window.chosen), _WANTED_SHOPPERS) / 2
    for known in _KNOWN_DAYS:
        for organic in (True, False):
            chosen = _select(found, window.until, window.days, known, organic=organic)
            if len(chosen.chosen) >= wanted:
                return chosen
    return window


def _select(
    found: Mapping[str, NewChoices], until: datetime, days: int, known: int, *, organic: bool
) -> JudgedWindow:
    cut = until - timedelta(days=days)
    earliest = (cut - timedelta(days=known)).timestamp()
    chosen = {}
    for user, choices in found.items():
        if choices.since > earliest:
            continue
        products = tuple(
            sorted(
                key
                for key, time in choices.first.items()
                if time > cut.timestamp() and not (organic and key in choices.responded)
            )
        )
        if products:
            chosen[user] = products
    return JudgedWindow(cut, until, days, known, organic, chosen)
