"""Opinions over time."""

from datetime import date

import strawberry

from catalograph.api.decorators import require_scope
from catalograph.assistant.opinions.terms import TextSource
from catalograph.assistant.opinions.trends import OpinionStep

strawberry.enum(OpinionStep, description="Length of a step of a trend.")
strawberry.enum(
    TextSource,
    description="Texts that terms are found in: reviews, search words, news, or questions and "
    "answers (documents of the kinds NEWS and FAQ).",
)


@require_scope("operations:read")
@strawberry.type(description="Opinions of a day or week on a topic.")
class OpinionPoint:
    """A step of a trend."""

    start: date = strawberry.field(description="First day; of a week its Monday.")
    reviews: int = strawberry.field(description="Reviews that mention the topic.")
    positive: int = strawberry.field(description="Those of them that praise it.")
    negative: int = strawberry.field(description="Those of them that complain of it.")
    negative_share: float = strawberry.field(
        description="Share of negative among these reviews; 0 without any."
    )


@require_scope("operations:read")
@strawberry.type(
    description="Complaints rose beyond the topic's own history. The rise begins above an upper "
    "bound and ends below a lower one."
)
class OpinionAlert:
    """A rise."""

    subject: str | None = strawberry.field(
        description="Key of the product, brand or category; null for the whole shop."
    )
    topic: str | None = strawberry.field(
        description="Key of the aspect; null for the reviews as a whole."
    )
    name: str | None = strawberry.field(description="Name of the aspect.")
    since: date = strawberry.field(description="Day on which it rose.")
    until: date | None = strawberry.field(
        description="Day on which it was calm again; null while it is not."
    )
    days: int = strawberry.field(description="Length of the window that showed the rise.")
    recent: int = strawberry.field(
        description="Reviews in the window; of an aspect, those that mention any aspect."
    )
    recent_negative: int = strawberry.field(description="Negative ones of these.")
    earlier: int = strawberry.field(description="Reviews in the weeks before.")
    earlier_negative: int = strawberry.field(description="Negative ones of these.")
    probability: float = strawberry.field(
        description="How probable so many negative ones, or more, are if nothing has changed: "
        "Fisher's exact test, one-sided, with the spread between earlier weeks considered."
    )


@require_scope("operations:read")
@strawberry.type(description="A topic over time.")
class OpinionTrend:
    """A trend."""

    topic: str | None = strawberry.field(
        description="Key of the aspect; null for the reviews as a whole."
    )
    name: str | None = strawberry.field(description="Name of the aspect.")
    total: OpinionPoint = strawberry.field(description="All reviews of the time asked for.")
    points: list[OpinionPoint] = strawberry.field(
        description="Days or weeks with reviews, oldest first."
    )
    alerts: list[OpinionAlert] = strawberry.field(
        description="Rises of complaints that last into this time, oldest first."
    )


@require_scope("operations:read")
@strawberry.type(description="A term that more texts have than before.")
class RisingTerm:
    """A found topic."""

    term: str = strawberry.field(
        description="Word, pair of words, or two and more Chinese characters, in small letters."
    )
    recent: int = strawberry.field(description="Recent texts with it.")
    earlier: int = strawberry.field(description="Earlier texts with it.")
    probability: float = strawberry.field(
        description="How probable so many recent texts, or more, are if nothing has changed, times "
        "the number of terms tested: Fisher's exact test, one-sided."
    )
    positive: int = strawberry.field(description="Recent ones with a positive sentiment.")
    negative: int = strawberry.field(description="Recent ones with a negative sentiment.")
