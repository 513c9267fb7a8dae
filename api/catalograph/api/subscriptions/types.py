"""Answers of subscriptions: keys and figures; clients query the rest."""

from datetime import datetime
from enum import Enum

import strawberry


@strawberry.enum(description="Whether a product is on sale.")
class Presence(Enum):
    """State of a product in the graph."""

    LISTED = "listed"
    UNLISTED = "unlisted"
    ABSENT = "absent"


@strawberry.type(description="A product as it stands now.")
class ProductChange:
    """Change of a product."""

    key: str = strawberry.field(description="Key of the product.")
    presence: Presence = strawberry.field(
        description="LISTED: on sale; UNLISTED: known by name only; ABSENT: not in the graph."
    )
    changed: datetime | None = strawberry.field(
        description="When what is said of it last changed, where that is known."
    )


@strawberry.type(description="One product of a list that was pushed.")
class PushedItem:
    """A recommended product."""

    position: int = strawberry.field(description="Place in the list, from 0.")
    product_key: str = strawberry.field(description="Key of the product.")
    title: str | None = strawberry.field(description="Its title.")
    score: float | None = strawberry.field(
        description="Its score; null in a list of the most popular."
    )


@strawberry.type(description="A shopper's recommendations as they are now.")
class RecommendationsChange:
    """A new list."""

    user_key: str = strawberry.field(description="The shopper.")
    served_id: strawberry.ID = strawberry.field(
        description="Names this list when an event or feedback responds to it."
    )
    model_version: int = strawberry.field(description="Version of the preference model.")
    popular: bool = strawberry.field(
        description="Whether it is a list of the most popular, as nothing is known of the shopper."
    )
    items: list[PushedItem] = strawberry.field(description="The products, best first.")


@strawberry.type(description="A figure or a word of a run's progress.")
class RunFigure:
    """One figure."""

    name: str = strawberry.field(description="What it counts or says.")
    value: str = strawberry.field(description="The number or word, as text.")


@strawberry.type(description="How a run fares.")
class RunProgress:
    """State of a run."""

    key: str = strawberry.field(description="Key of the run, `run:<id>`.")
    kind: str = strawberry.field(description="What runs.")
    status: str = strawberry.field(
        description="running, finished, failed, cancelled, rolled back, or killed where its "
        "process is gone. The subscription completes once it does not run."
    )
    started: datetime | None = strawberry.field(description="When it began.")
    beat: datetime | None = strawberry.field(description="When it was last heard of.")
    finished: datetime | None = strawberry.field(description="When it ended.")
    progress: list[RunFigure] = strawberry.field(description="How far it has come.")


@strawberry.type(description="The share of negative reviews rose beyond its own history.")
class NegativeShareAlert:
    """Alert of a subject."""

    subject: str = strawberry.field(description="Key of the product, brand or category.")
    topic: str | None = strawberry.field(
        description="Key of the aspect complained of; null for the reviews as a whole."
    )
    days: int = strawberry.field(description="Length of the recent window.")
    recent: int = strawberry.field(
        description="Reviews in the window; with a topic those that mention any aspect."
    )
    recent_negative: int = strawberry.field(description="Negative ones of these.")
    earlier: int = strawberry.field(description="Reviews in the year before the window.")
    earlier_negative: int = strawberry.field(description="Negative ones of these.")
    recent_share: float = strawberry.field(description="Share of negative reviews in the window.")
    earlier_share: float = strawberry.field(description="Share of negative reviews before it.")
    probability: float = strawberry.field(
        description="How probable so many negative ones, or more, are in the window if nothing "
        "has changed: Fisher's exact test, one-sided."
    )
