"""Trends of topics in reviews, and rises of complaints above their own history."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from catalograph.schema.opinion_rises import DayCount, Rise, RiseRule, find_rises
from catalograph.store import AsyncConnection
from catalograph.store.queries.opinions import OpinionDay, read_opinion_days

RULE = RiseRule()
"""Chosen on other seeds of `benchmarks/simulated_opinions.py` than those reported."""


class OpinionStep(StrEnum):
    """Length of a step of a trend."""

    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class OpinionRange:
    """What is asked.

    Attributes:
        subject: key of a product, brand or category; None for the whole shop.
        since: first day.
        until: last day.
        topic: key of the only aspect; "" for the reviews as a whole, None for all of these.
    """

    subject: str | None
    since: date
    until: date
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """Opinions of a day or a week on a topic.

    Attributes:
        start: first day, of a week its Monday.
        reviews: reviews that mention the topic.
        positive: those of them that praise it.
        negative: those of them that complain of it.
    """

    start: date
    reviews: int
    positive: int
    negative: int

    @property
    def negative_share(self) -> float:
        """Share of negative among these reviews; 0 without any."""
        return self.negative / self.reviews if self.reviews else 0.0


@dataclass(frozen=True, slots=True)
class TopicTrend:
    """A topic over time.

    Attributes:
        topic: key of the aspect; "" for the reviews as a whole.
        name: name of the aspect; None for the reviews as a whole.
        total: all reviews of the range; its start is the first day asked for.
        points: steps that have reviews, oldest first.
        rises: rises of the negative share that last into the range, oldest first.
    """

    topic: str
    name: str | None
    total: TrendPoint
    points: list[TrendPoint]
    rises: list[Rise]


async def read_trends(
    connection: AsyncConnection, asked: OpinionRange, step: OpinionStep, rule: RiseRule = RULE
) -> list[TopicTrend]:
    """Return the trend of each topic with reviews in a range; most reviews first.

    Args:
        connection: open connection.
        asked: subject, topic and range.
        step: length of a step.
        rule: when a share has risen.
    """
    rows = await read_opinion_days(
        connection,
        asked.subject,
        asked.topic,
        _midnight(asked.since - timedelta(days=rule.warm_up)),
        _midnight(asked.until + timedelta(days=1)),
    )
    return find_trends(rows, asked, step, rule)


def find_trends(
    rows: Iterable[OpinionDay], asked: OpinionRange, step: OpinionStep, rule: RiseRule = RULE
) -> list[TopicTrend]:
    """Return the trend of each topic, from days that reach back `rule.warm_up` days.

    The rise of a topic is that of the share of reviews that complain of it among all reviews that
    mention any aspect: so it is seen too when nobody praised it before.
    """
    topics: dict[str, list[OpinionDay]] = defaultdict(list)
    for row in rows:
        topics[row.topic].append(row)
    read = {row.day: row.read for row in topics.get("", ())}
    found = []
    for topic, days in topics.items():
        if asked.topic not in (None, topic):
            continue
        counts = _samples(days, read)
        recent = [day for day in days if asked.since <= day.day <= asked.until]
        start = asked.since - timedelta(days=rule.warm_up - rule.history - max(rule.windows))
        rises = [
            rise
            for rise in find_rises(counts, start, asked.until, rule)
            if rise.until is None or rise.until >= asked.since
        ]
        if recent or rises:
            total = _point(asked.since, recent)
            found.append(TopicTrend(topic, days[0].name, total, _points(recent, step), rises))
    return sorted(found, key=lambda trend: (-trend.total.reviews, trend.topic))


def _samples(days: Sequence[OpinionDay], read: Mapping[date, int]) -> dict[date, DayCount]:
    if days[0].topic == "":
        return {day.day: DayCount(day.reviews, day.negative) for day in days}
    negative = {day.day: day.negative for day in days}
    return {day: DayCount(count, negative.get(day, 0)) for day, count in read.items()}


def _points(days: Iterable[OpinionDay], step: OpinionStep) -> list[TrendPoint]:
    steps: dict[date, list[OpinionDay]] = defaultdict(list)
    for day in days:
        back = day.day.weekday() if step is OpinionStep.WEEK else 0
        steps[day.day - timedelta(days=back)].append(day)
    return [_point(start, steps[start]) for start in sorted(steps)]


def _point(start: date, days: Sequence[OpinionDay]) -> TrendPoint:
    return TrendPoint(
        start,
        sum(day.reviews for day in days),
        sum(day.positive for day in days),
        sum(day.negative for day in days),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
