"""Models at work: trials, maps of vectors, going back to a version."""

from datetime import datetime

import strawberry

from catalograph.api.decorators import require_scope


@require_scope("operations:read")
@strawberry.type(
    description="A trial: two versions serve interleaved lists, and shoppers' clicks decide. A "
    "shopper votes for the version that placed more of the items that they clicked."
)
class ModelTrial:
    """A trial under way."""

    live: int = strawberry.field(description="Version that is live, the champion.")
    rival: int = strawberry.field(description="Version in the other slot, the challenger.")
    started: datetime = strawberry.field(description="When it began.")
    lists: int = strawberry.field(description="Interleaved lists served.")
    live_votes: int = strawberry.field(description="Votes for the live version.")
    rival_votes: int = strawberry.field(description="Votes for the other.")


@require_scope("operations:read")
@strawberry.type(name="MappedProduct", description="A product on a map of vectors.")
class MapPoint:
    """A point."""

    key: str = strawberry.field(description="Key of the product.")
    title: str | None = strawberry.field(description="Its title.")
    categories: list[str] = strawberry.field(
        description="Names from the root to its narrowest category; empty without any."
    )
    x: float = strawberry.field(description="Place along the first principal component.")
    y: float = strawberry.field(description="Place along the second.")


@require_scope("operations:read")
@strawberry.type(
    name="EmbeddingMap",
    description="Vectors of products along the two directions of their largest variance.",
)
class VectorMap:
    """A map."""

    version: int = strawberry.field(description="Version of the live model.")
    products: int = strawberry.field(description="Products with a vector.")
    shares: list[float] = strawberry.field(
        description="Shares of the vectors' variance along x and y, 0 to 1: how much of the truth "
        "the map shows."
    )
    points: list[MapPoint] = strawberry.field(description="The sampled products.")


@require_scope("operations:read")
@strawberry.type(description="A product whose vector is near another's.")
class AlikeProduct:
    """A neighbour."""

    key: str = strawberry.field(description="Key of the product.")
    title: str | None = strawberry.field(description="Its title.")
    score: float = strawberry.field(description="Score of the vector index, 0 to 1.")
