"""Answers about opinions over time, from `assistant.opinions`."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from catalograph.api.context import Info
from catalograph.api.execution import CompletedValue, answer_object
from catalograph.api.inputs import check_first, check_key, check_time
from catalograph.api.types.opinions import OpinionAlert, OpinionPoint, OpinionTrend, RisingTerm
from catalograph.assistant.opinions.terms import TextSource, read_rising_terms
from catalograph.assistant.opinions.trends import (
    OpinionRange,
    OpinionStep,
    TopicTrend,
    TrendPoint,
    read_trends,
)
from catalograph.errors import InvalidInputError
from catalograph.schema.keys import label_of

MAX_DAYS = 366
SUBJECTS = ("Product", "Brand", "Category")


async def answer_trends(
    info: Info, asked: OpinionRange, step: OpinionStep, first: int
) -> CompletedValue:
    """Return the trends of the topics with most reviews."""
    check_first(first)
    trends = await read_trends(info.context.connection, asked, step)
    return answer_object(info, [_trend(asked.subject, trend) for trend in trends[:first]])


async def answer_alerts(info: Info, asked: OpinionRange, *, open_only: bool) -> CompletedValue:
    """Return the rises of all topics, newest first."""
    trends = await read_trends(info.context.connection, asked, OpinionStep.WEEK)
    alerts = [alert for trend in trends for alert in _alerts(asked.subject, trend)]
    kept = [alert for alert in alerts if alert.until is None or not open_only]
    return answer_object(info, sorted(kept, key=lambda one: one.since, reverse=True))


async def answer_terms(
    info: Info,
    source: TextSource,
    subject: str | None,
    until: datetime | None,
    days: int,
    history: int,
    first: int,
) -> CompletedValue:
    """Return the terms on the rise, best first."""
    check_first(first)
    _check_days("history", history)
    if source is TextSource.SEARCHES and subject is not None:
        raise InvalidInputError("'subject' is given, but searches have none; leave it out.")
    found = await read_rising_terms(
        info.context.connection,
        source,
        check_subject(subject),
        datetime.now(UTC) if until is None else check_time("until", until),
        _check_days("days", days),
        history,
    )
    return answer_object(info, [RisingTerm(**asdict(term)) for term in found[:first]])


def opinion_range(
    subject: str | None, days: int, until: datetime | None, topic: str | None = None
) -> OpinionRange:
    """Return the days up to a time.

    Raises:
        InvalidInputError: an argument is out of range, or a key is not of its kind.
    """
    end = datetime.now(UTC) if until is None else check_time("until", until).astimezone(UTC)
    since = end.date() - timedelta(days=_check_days("days", days) - 1)
    if topic is not None:
        check_key("topic", topic, "Value")
    return OpinionRange(check_subject(subject), since, end.date(), topic)


def check_subject(subject: str | None) -> str | None:
    """Refuse what no opinions can be about.

    Raises:
        InvalidInputError: it is no key of a product, brand or category.
    """
    if subject is None:
        return None
    label = label_of(subject)
    if label not in SUBJECTS:
        raise InvalidInputError(
            f"'subject' is '{subject[:80]}'; it must be the key of a product, brand or category, "
            "such as `brand:acme`."
        )
    return check_key("subject", subject, label)


def _check_days(name: str, days: int) -> int:
    if not 1 <= days <= MAX_DAYS:
        raise InvalidInputError(f"'{name}' is {days}; it must be 1 to {MAX_DAYS}.")
    return days


def _trend(subject: str | None, trend: TopicTrend) -> OpinionTrend:
    return OpinionTrend(
        topic=trend.topic or None,
        name=trend.name,
        total=_point(trend.total),
        points=[_point(point) for point in trend.points],
        alerts=list(_alerts(subject, trend)),
    )


def _point(point: TrendPoint) -> OpinionPoint:
    return OpinionPoint(**asdict(point), negative_share=point.negative_share)


def _alerts(subject: str | None, trend: TopicTrend) -> Iterator[OpinionAlert]:
    for rise in trend.rises:
        yield OpinionAlert(
            subject=subject,
            topic=trend.topic or None,
            name=trend.name,
            since=rise.since,
            until=rise.until,
            days=rise.days,
            probability=rise.probability,
            **asdict(rise.shares),
        )
