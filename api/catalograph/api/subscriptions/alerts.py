"""Alerts: the share of negative reviews of a product or brand exceeds its own history."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from catalograph.schema.share_alert import Shares
from catalograph.store import AsyncConnection
from catalograph.store.queries.change_polling import opinions

LOW_RATING = 2.0
"""Maximum stars of a negative review."""
HISTORY = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Alarm:
    """State of the alert of a product or brand; equal while the state does not change.

    Attributes:
        known: whether the product or brand exists.
        raised: whether its negative share exceeds its history.
        shares: samples from when the state was first seen.
    """

    known: bool
    raised: bool
    shares: Shares = field(compare=False)


async def read_alarms(connection: AsyncConnection, keys: Sequence[str]) -> dict[str, Alarm]:
    """Return the state of each subject of `alarm_key`; one statement for each length of window."""
    found: dict[str, Alarm] = {}
    windows: dict[int, list[str]] = defaultdict(list)
    for key in keys:
        windows[_parts(key)[1]].append(key)
    for days, asked in windows.items():
        counted = await opinions(
            connection,
            sorted({_parts(key)[0] for key in asked}),
            until=datetime.now(UTC),
            window=timedelta(days=days),
            history=HISTORY,
            low=LOW_RATING,
        )
        for key in asked:
            subject, _, minimum = _parts(key)
            seen = counted[subject]
            shares = Shares(seen.recent, seen.recent_negative, seen.earlier, seen.earlier_negative)
            found[key] = Alarm(seen.known, shares.has_risen(minimum), shares)
    return found


def alarm_key(subject: str, days: int, minimum: int) -> str:
    """Return the key under which an alert is watched; no key of a node holds a tab."""
    return f"{subject}\t{days}\t{minimum}"


def _parts(key: str) -> tuple[str, int, int]:
    subject, days, minimum = key.split("\t")
    return subject, int(days), int(minimum)
