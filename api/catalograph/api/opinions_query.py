"""Fields of the Query type about opinions over time."""

from datetime import datetime
from typing import Annotated

import strawberry

from catalograph.api.context import Info
from catalograph.api.decorators import describe_argument, resolved_field
from catalograph.api.execution import CompletedValue
from catalograph.api.opinions import answer_alerts, answer_terms, answer_trends, opinion_range
from catalograph.api.types.opinions import OpinionAlert, OpinionTrend, RisingTerm
from catalograph.assistant.opinions.terms import TextSource
from catalograph.assistant.opinions.trends import OpinionStep

_Subject = Annotated[
    str | None,
    describe_argument("Key of a product, brand or category; null for the whole shop."),
]
_Days = Annotated[int, describe_argument("How many days back, 1 to 366.")]
_Until = Annotated[datetime | None, describe_argument("End of these days; null for now.")]
_Count = Annotated[int, describe_argument("How many at most: 1 to 100.")]


@strawberry.type
class OpinionsQuery:
    """Fields of the Query type about opinions over time."""

    @resolved_field(
        "What reviews say over time: of the reviews as a whole, and of each aspect that they "
        "mention; those with most reviews first.",
        list[OpinionTrend],
        scope="operations:read",
    )
    async def opinion_trends(
        self,
        info: Info,
        subject: _Subject = None,
        topic: Annotated[
            str | None,
            describe_argument("Key of an aspect, such as `value:aspect=battery`; null for all."),
        ] = None,
        days: _Days = 28,
        until: _Until = None,
        step: Annotated[OpinionStep, describe_argument("Step of the points.")] = OpinionStep.WEEK,
        first: _Count = 10,
    ) -> CompletedValue:
        """Answer `opinionTrends`."""
        return await answer_trends(info, opinion_range(subject, days, until, topic), step, first)

    @resolved_field(
        "Complaints that rose beyond their own history, newest first: of the reviews as a whole "
        "(by stars or, without any, by sentiment) and of each aspect. The last 3 and 7 days are "
        "compared with the 8 weeks before, at a chance of a false alarm of 0.05 % a day and topic; "
        "an alert lasts until the 7 days no longer differ at 5 %, or 8 weeks.",
        list[OpinionAlert],
        scope="operations:read",
    )
    async def opinion_alerts(
        self,
        info: Info,
        subject: _Subject = None,
        days: _Days = 28,
        until: _Until = None,
        open: Annotated[bool, describe_argument("Only those that last.")] = False,
    ) -> CompletedValue:
        """Answer `opinionAlerts`."""
        return await answer_alerts(info, opinion_range(subject, days, until), open_only=open)

    @resolved_field(
        "Topics found in texts: terms that more of the recent texts have than of the earlier ones, "
        "and at least 5; surest first. Empty without recent or earlier texts.",
        list[RisingTerm],
        scope="operations:read",
    )
    async def rising_terms(
        self,
        info: Info,
        source: Annotated[TextSource, describe_argument("Which texts.")],
        subject: _Subject = None,
        days: _Days = 7,
        history: Annotated[
            int, describe_argument("Days before these that they are compared with, 1 to 366.")
        ] = 56,
        until: _Until = None,
        first: _Count = 20,
    ) -> CompletedValue:
        """Answer `risingTerms`."""
        return await answer_terms(info, source, subject, until, days, history, first)
