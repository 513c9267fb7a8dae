"""Alerts: the share of negative reviews of a subject, or of complaints of an aspect, rose.

An alert is raised above an upper bound and stays until the share is below a lower one, so that a
share that wavers about one bound is one alert.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from catalograph.schema.share_alert import SMALLEST_RISE, Shares
from catalograph.store import AsyncConnection
from catalograph.store.queries.change_polling import opinions
from catalograph.store.queries.opinions import LOW_RATING

HISTORY = timedelta(days=365)


SMALLEST_TOPIC_RISE = 0.01
"""Smallest rise of the share of reviews that complain of one aspect."""


@dataclass(frozen=True, slots=True)
class AlarmKey:
    """What an alert watches.

    Attributes:
        subject: key of a product, brand or category.
        days: length of the recent window, in days.
        minimum: smallest number of reviews in the window and before it.
        topic: key of an aspect; None for the reviews as a whole.
    """

    subject: str
    days: int
    minimum: int
    topic: str | None = None

    @classmethod
    def of(cls, text: str) -> "AlarmKey":
        """Return the key of a text of `str`."""
        subject, days, minimum, topic = text.split("\t")
        return cls(subject, int(days), int(minimum), topic or None)

    def __str__(self) -> str:
        # No key of a node holds a tab.
        return f"{self.subject}\t{self.days}\t{self.minimum}\t{self.topic or ''}"


@dataclass(frozen=True, slots=True)
class Alarm:
    """State of an alert; equal while the state does not change.

    Attributes:
        known: whether the subject exists.
        raised: whether its share exceeds its history.
        calm: whether its share is below the lower bound, which ends an alert.
        shares: samples from when the state was first seen.
    """

    known: bool
    raised: bool
    calm: bool = field(compare=False)
    shares: Shares = field(compare=False)


def keep_raised(before: Alarm | None, now: Alarm) -> Alarm:
    """Return the state after another: an alert that was raised stays until it is calm."""
    if before is not None and before.raised and now.known and not now.calm:
        return replace(now, raised=True)
    return now


async def read_alarms(connection: AsyncConnection, keys: Sequence[str]) -> dict[str, Alarm]:
    """Return the state of each `AlarmKey`; one statement for each length of window and topic."""
    found: dict[str, Alarm] = {}
    windows: dict[tuple[int, str | None], list[AlarmKey]] = defaultdict(list)
    for key in map(AlarmKey.of, keys):
        windows[key.days, key.topic].append(key)
    for (days, topic), asked in windows.items():
        counted = await opinions(
            connection,
            sorted({key.subject for key in asked}),
            until=datetime.now(UTC),
            window=timedelta(days=days),
            history=HISTORY,
            low=LOW_RATING,
            topic=topic,
        )
        smallest = SMALLEST_RISE if topic is None else SMALLEST_TOPIC_RISE
        for key in asked:
            seen = counted[key.subject]
            shares = Shares(seen.recent, seen.recent_negative, seen.earlier, seen.earlier_negative)
            raised = shares.has_risen(key.minimum, smallest)
            found[str(key)] = Alarm(seen.known, raised, shares.is_calm(), shares)
    return found
