"""What the graph says as a whole."""

from datetime import date, datetime
from enum import Enum

import strawberry

from catalograph.api.decorators import require_scope
from catalograph.api.types.catalog import Product


@strawberry.type(description="A product whose events grew.")
class Trend:
    """A trend."""

    product: Product = strawberry.field(description="The product.")
    score: float = strawberry.field(
        description="Growth of its events in standard deviations of the difference of two Poisson "
        "counts, and half of the same for positive over negative opinions."
    )
    recent: int = strawberry.field(description="Events in the window.")
    earlier: int = strawberry.field(description="Events in the window before.")
    reviews: int = strawberry.field(description="Reviews in the window.")
    rating: float | None = strawberry.field(description="Their mean number of stars.")
    positive: int = strawberry.field(
        description="Reviews of 4 stars and more, and positive opinions on aspects."
    )
    negative: int = strawberry.field(
        description="Reviews of 2 stars and fewer, and negative opinions on aspects."
    )


@strawberry.type(description="Prices of products, by quartile.")
class PriceBands:
    """Prices."""

    currency_code: str | None = strawberry.field(
        description="ISO 4217 code of the prices; null if the catalogue states none."
    )
    products: int = strawberry.field(description="Products with a price in it.")
    low: float = strawberry.field(description="Lowest price.")
    first_quartile: float = strawberry.field(description="A quarter cost at most this.")
    median: float = strawberry.field(description="Half cost at most this.")
    third_quartile: float = strawberry.field(description="Three quarters cost at most this.")
    high: float = strawberry.field(description="Highest price.")


@strawberry.type(description="How many reviews gave so many stars.")
class StarCount:
    """A bar of a histogram."""

    stars: int = strawberry.field(description="Stars, rounded.")
    count: int = strawberry.field(description="Reviews.")


@strawberry.type(description="An aspect that reviews of a week speak of.")
class Topic:
    """A topic."""

    name: str = strawberry.field(description="The aspect.")
    positive: int = strawberry.field(description="Positive mentions.")
    negative: int = strawberry.field(description="Negative mentions.")


@strawberry.type(description="A week of a brand or category.")
class Week:
    """A week."""

    week: date = strawberry.field(description="Its Monday.")
    events: int = strawberry.field(description="Events on its products.")
    reviews: int = strawberry.field(description="Reviews of its products.")
    rating: float | None = strawberry.field(description="Their mean number of stars.")
    positive: int = strawberry.field(description="Positive opinions on aspects.")
    negative: int = strawberry.field(description="Negative opinions on aspects.")
    topics: list[Topic] = strawberry.field(description="Aspects spoken of most.")


@strawberry.type(description="A brand or category in numbers.")
class Overview:
    """An overview."""

    products: int = strawberry.field(description="Listed products.")
    prices: PriceBands | None = strawberry.field(
        description="Prices in the shop's currency, else in the most frequent one; null without "
        "any."
    )
    prices_by_currency: list[PriceBands] = strawberry.field(
        description="Prices in each currency, most frequent first."
    )
    ratings: list[StarCount] = strawberry.field(description="Reviews by stars, most stars first.")
    average_rating: float | None = strawberry.field(description="Mean number of stars.")
    events: int = strawberry.field(description="Events on its products.")
    share_of_events: float = strawberry.field(description="Their share of all events, 0 to 1.")
    weeks: list[Week] = strawberry.field(description="Weeks with events or reviews, oldest first.")
    events_trend: float | None = strawberry.field(
        description="Events a week more with each week, by least squares; null below 2 weeks."
    )
    sentiment_trend: float | None = strawberry.field(
        description="Share of positive among positive and negative opinions, more with each week, "
        "by least squares; null below 2 weeks with opinions."
    )


@strawberry.type(description="A number of something.")
class Counted:
    """A count."""

    key: str = strawberry.field(description="Key of the node.")
    name: str | None = strawberry.field(description="Its name.")
    count: int = strawberry.field(description="Products chosen that have it.")


@strawberry.type(description="How often a shopper did something.")
class EventCount:
    """A count of events."""

    kind: str = strawberry.field(description="Kind of event.")
    count: int = strawberry.field(description="How often.")


@strawberry.type(description="A product that a shopper chose or reviewed.")
class ChosenProduct:
    """A choice."""

    key: str = strawberry.field(description="Key of the product.")
    title: str | None = strawberry.field(description="Its title.")
    kind: str = strawberry.field(description="What the shopper did last, such as view.")
    time: datetime | None = strawberry.field(description="When, where that is known.")


@require_scope("user:read")
@strawberry.type(description="What a shopper's events and reviews say of them.")
class UserProfile:
    """A profile."""

    events: list[EventCount] = strawberry.field(description="Events by kind.")
    reviews: int = strawberry.field(description="Reviews written.")
    average_rating: float | None = strawberry.field(description="Mean of the stars given.")
    first_seen: datetime | None = strawberry.field(description="Time of the first event.")
    last_seen: datetime | None = strawberry.field(description="Time of the last event.")
    products: int = strawberry.field(description="Different products chosen or reviewed.")
    prices: list[float] = strawberry.field(
        description="Lowest, median and highest price of these in `priceCurrency`; empty without "
        "prices."
    )
    price_currency: str | None = strawberry.field(
        description="ISO 4217 code of `prices`: the shop's currency, else the most frequent one."
    )
    prices_by_currency: list[PriceBands] = strawberry.field(
        description="Prices of these in each currency, most frequent first."
    )
    brands: list[Counted] = strawberry.field(description="Their brands, most frequent first.")
    categories: list[Counted] = strawberry.field(description="Their categories, likewise.")
    values: list[Counted] = strawberry.field(description="Their attribute values, likewise.")
    chosen: list[ChosenProduct] = strawberry.field(
        description="Products chosen or reviewed, at most 50, the latest first."
    )


@strawberry.type(description="A node to be drawn.")
class DrawnNode:
    """A node."""

    id: strawberry.ID = strawberry.field(description="Global id.")
    key: str = strawberry.field(description="Key in the graph.")
    label: str = strawberry.field(description="Label, such as Product.")
    name: str | None = strawberry.field(description="Name or title.")


@strawberry.type(description="An edge to be drawn.")
class DrawnEdge:
    """An edge."""

    head: str = strawberry.field(description="Key of the node it begins at.")
    relation: str = strawberry.field(description="Relation.")
    tail: str = strawberry.field(description="Key of the node it leads to.")
    confidence: float | None = strawberry.field(
        description="Highest confidence of the records that say so, 0 to 1; null of relations that "
        "follow from keys, such as CHILD_OF."
    )
    imputed: bool = strawberry.field(
        description="Whether a model guessed it, and no record says so; the server hides such "
        "facts unless it is set to show them."
    )
    assertion_id: strawberry.ID | None = strawberry.field(
        description="Global id of its assertion, which has the records; null without one."
    )


@strawberry.type(description="A piece of the graph.")
class Drawing:
    """A drawing."""

    nodes: list[DrawnNode] = strawberry.field(description="Nodes, each once.")
    edges: list[DrawnEdge] = strawberry.field(description="Edges between them.")
    total_count: int = strawberry.field(
        description="Edges that fit, of which `edges` are the first; each relation has its share."
    )


@strawberry.enum(description="Which edges of a node are followed.")
class EdgeDirection(Enum):
    """Direction of edges."""

    BOTH = strawberry.enum_value("both", description="All.")
    OUTGOING = strawberry.enum_value("outgoing", description="Those that begin at it.")
    INCOMING = strawberry.enum_value("incoming", description="Those that lead to it.")


@strawberry.input(description="Which edges a drawing has.")
class EdgeFilter:
    """A filter of edges."""

    relations: list[str] | None = strawberry.field(
        default=None, description="Only these relations, such as HAS_BRAND; null for all."
    )
    min_confidence: float = strawberry.field(
        default=0.0,
        description="Least confidence of a fact, 0 to 1; relations that follow from keys stay.",
    )
    imputed: bool | None = strawberry.field(
        default=None,
        description="True: only what a model guessed; false: nothing of it; null: both.",
    )
