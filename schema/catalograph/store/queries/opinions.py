"""Opinions by day and topic, and the texts in which topics are found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from catalograph.store.connection.connect import AsyncConnection

LOW_RATING = 2.0
"""Largest number of stars of a negative review."""
HIGH_RATING = 4.0
"""Smallest number of stars of a positive review."""
MAX_TEXTS = 20_000
"""Number of texts in which topics are found; the newest are taken."""


@dataclass(frozen=True, slots=True)
class OpinionDay:
    """Reviews of a day on a topic.

    Attributes:
        day: the day.
        topic: key of the aspect; "" for the reviews as a whole.
        name: name of the aspect; None for the reviews as a whole.
        reviews: reviews that mention it.
        positive: those of them that praise it.
        negative: those of them that complain of it.
        read: those of them that mention any aspect.
    """

    day: date
    topic: str
    name: str | None
    reviews: int
    positive: int
    negative: int
    read: int


async def read_opinion_days(
    connection: AsyncConnection,
    subject: str | None,
    topic: str | None,
    begin: datetime,
    until: datetime,
) -> list[OpinionDay]:
    """Read opinions by topic and day, those on the reviews as a whole always among them.

    Args:
        connection: open connection.
        subject: key of a product, brand or category; None for all reviews.
        topic: key of the only aspect to read; None for all.
        begin: start of the first day.
        until: end.
    """
    rows = await connection.read(
        "read_opinion_days",
        subject=subject,
        topic=topic,
        begin=begin,
        until=until,
        low=LOW_RATING,
        high=HIGH_RATING,
    )
    return [_day(row) for row in rows]


async def read_opinion_texts(
    connection: AsyncConnection,
    source: str,
    kind: str | None,
    subject: str | None,
    begin: datetime,
    until: datetime,
) -> list[tuple[str, datetime]]:
    """Read texts with their times, newest first, at most `MAX_TEXTS`.

    Args:
        connection: open connection.
        source: "reviews", "searches" or "documents".
        kind: kind of documents.
        subject: key of a product, brand or category that they are about; None for any.
        begin: time of the oldest.
        until: time after the newest.
    """
    rows = await connection.read(
        "read_opinion_texts",
        source=source,
        kind=kind,
        subject=subject,
        begin=begin,
        until=until,
        first=MAX_TEXTS,
    )
    return [(row["text"], row["time"].to_native()) for row in rows]


def _day(row: Mapping[str, Any]) -> OpinionDay:
    return OpinionDay(**{**row, "day": date.fromisoformat(row["day"])})
