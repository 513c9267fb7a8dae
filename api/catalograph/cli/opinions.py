"""`catalograph opinions`: what reviews say over time, and complaints that rose."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalograph.cli.options import Json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from catalograph.assistant.opinions.terms import TermRise, TextSource
    from catalograph.assistant.opinions.trends import OpinionRange, OpinionStep, TopicTrend

_DAY = ["%Y-%m-%d"]
_WHOLE = "all reviews"
_TREND_HEADS = ("topic", "from", "reviews", "positive", "negative", "negative share")
_ALERT_HEADS = ("topic", "rose", "calm", "negative", "before", "probability")
_TERM_HEADS = ("term", "texts", "before", "positive", "negative")


class Step(StrEnum):
    """Length of a step of a trend."""

    DAY = "day"
    WEEK = "week"


class Source(StrEnum):
    """Texts that terms are found in."""

    REVIEWS = "reviews"
    SEARCHES = "searches"
    NEWS = "news"
    QUESTIONS = "questions"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("opinions")(opinions)


def opinions(
    subject: Annotated[
        str | None, typer.Option(help="Key of a product, brand or category. Default: all reviews.")
    ] = None,
    topic: Annotated[
        str | None, typer.Option(help="Key of an aspect, such as value:aspect=battery.")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=_DAY, help="First day. Default: 27 before the last.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=_DAY, help="Last day. Default: today.")
    ] = None,
    step: Annotated[Step, typer.Option(help="Step of the trend.")] = Step.WEEK,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Topics and terms at most.")] = 10,
    terms: Annotated[
        list[Source] | None,
        typer.Option(help="Texts whose rising terms to show; may be repeated. Default: reviews."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Print trends of what reviews say, complaints that rose, and terms on the rise."""
    import asyncio
    from datetime import UTC, timedelta

    from catalograph.api.opinions import check_subject
    from catalograph.assistant.opinions.terms import TextSource
    from catalograph.assistant.opinions.trends import OpinionRange, OpinionStep
    from catalograph.cli.output import print_json

    last = (until or datetime.now(UTC)).date()
    begin = since.date() if since else last - timedelta(days=27)
    if not 0 <= (last - begin).days <= 366:
        raise typer.BadParameter(f"{begin} to {last} is not 1 to 366 days", param_hint="--since")
    asked = OpinionRange(check_subject(subject), begin, last, topic)
    sources = [TextSource(one.value) for one in terms or [Source.REVIEWS]]
    trends, found = asyncio.run(_read(asked, OpinionStep(step.value), sources))
    trends = [*trends[:limit], *(trend for trend in trends[limit:] if trend.rises)]
    if as_json:
        print_json(_as_dict(asked, trends, found, limit))
    else:
        _print(asked, trends, found, limit)


async def _read(
    asked: "OpinionRange", step: "OpinionStep", sources: "Sequence[TextSource]"
) -> "tuple[list[TopicTrend], dict[str, list[TermRise]]]":
    from datetime import UTC, time, timedelta

    from catalograph.assistant.opinions.terms import TextSource, read_rising_terms
    from catalograph.assistant.opinions.trends import read_trends
    from catalograph.settings import load_settings
    from catalograph.store import AsyncConnection, resolve_address

    connection = AsyncConnection(resolve_address(load_settings()))
    end = datetime.combine(asked.until + timedelta(days=1), time(), UTC)
    days = min(7, (asked.until - asked.since).days + 1)
    try:
        trends = await read_trends(connection, asked, step)
        found = {
            str(source): await read_rising_terms(connection, source, asked.subject, end, days, 56)
            for source in sources
            if source is not TextSource.SEARCHES or asked.subject is None
        }
        return trends, found
    finally:
        await connection.close()


def _as_dict(
    asked: "OpinionRange",
    trends: "Sequence[TopicTrend]",
    found: "dict[str, list[TermRise]]",
    limit: int,
) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        **asdict(asked),
        "trends": [asdict(trend) for trend in trends],
        "alerts": sum(len(trend.rises) for trend in trends),
        "terms": {source: [asdict(term) for term in ts[:limit]] for source, ts in found.items()},
    }


def _print(
    asked: "OpinionRange",
    trends: "Sequence[TopicTrend]",
    found: "dict[str, list[TermRise]]",
    limit: int,
) -> None:
    from catalograph.cli.output import print_table

    title = f"{asked.subject or 'The whole shop'}, {asked.since} to {asked.until}"
    if not trends:
        typer.echo(f"{title}: no review. Aspects are read by `ingest reviews --aspects`.")
    else:
        print_table(title, _TREND_HEADS, _rows(trends))
    alerts = [
        (
            trend.name or _WHOLE,
            str(rise.since),
            str(rise.until or "lasts"),
            f"{rise.shares.recent_negative} of {rise.shares.recent}",
            f"{rise.shares.earlier_negative} of {rise.shares.earlier}",
            f"{rise.probability:.1e}",
        )
        for trend in trends
        for rise in trend.rises
    ]
    if alerts:
        print_table("Complaints that rose", _ALERT_HEADS, alerts)
    for source, terms in found.items():
        rows = [(t.term, t.recent, t.earlier, t.positive, t.negative) for t in terms[:limit]]
        if rows:
            print_table(f"Terms on the rise in {source}", _TERM_HEADS, rows)


def _rows(trends: "Sequence[TopicTrend]") -> "Iterator[tuple[object, ...]]":
    for trend in trends:
        for p in trend.points:
            share = round(p.negative_share, 3)
            yield trend.name or _WHOLE, str(p.start), p.reviews, p.positive, p.negative, share
