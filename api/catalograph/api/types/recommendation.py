"""Recommendations, with their reasons as paths in the graph."""

from collections.abc import Callable
from enum import Enum
from typing import Annotated, NamedTuple

import strawberry

from catalograph.api.decorators import describe_argument, field
from catalograph.api.inputs import check_first
from catalograph.api.reasons import DETAILED_REASONS
from catalograph.api.types.catalog import Product
from catalograph.api.types.reasons import Reason, ShortReason
from catalograph.store.queries.api_queries import (
    ModelFeedbackRow,
    ModelRow,
)

SHORT_REASONS = 3
"""Default number of sentences for a shopper."""
MAX_SHORT_REASONS = 10


class LazyReasons(NamedTuple):
    """Functions that compute the reasons of an item when they are selected, given how many."""

    full: Callable[[int], list[Reason]]
    short: Callable[[int], list[ShortReason]]


@strawberry.enum(description="How a product is to go with another one.")
class Intent(Enum):
    """Intent of `productRecommendations`."""

    RELATED = strawberry.enum_value("related", description="Instead of it: alike, same kind.")
    COMPLEMENTARY = strawberry.enum_value(
        "complementary", description="Along with it: chosen by the same shoppers, other kind."
    )


@strawberry.enum(description="A kind of model.")
class ModelKind(Enum):
    """Kinds that serve lists."""

    PREFERENCE = strawberry.enum_value("preference", description="Item-item preference weights.")
    TEXT = strawberry.enum_value("text", description="Text vectors.")
    RANKER = strawberry.enum_value("ranker", description="Second stage of searches.")


@strawberry.type(description="One item of a list.")
class Recommendation:
    """An item with its score and reasons."""

    position: int = strawberry.field(description="Place in the list, from 0.")
    product: Product = strawberry.field(description="The product.")
    score: float = strawberry.field(description="What it is ranked by; comparable in one list.")
    lazy: strawberry.Private[LazyReasons]
    """Its reasons, worked out once they are asked for."""

    @field(
        "Why: the strongest reasons, then all others summed. The contributions add up to the "
        "score. `shortReasons` are for the shopper to read."
    )
    def reasons(
        self,
        first: Annotated[
            int, describe_argument("Number of reasons listed one by one: 1 to 100.")
        ] = DETAILED_REASONS,
    ) -> list[Reason]:
        """Work them out.

        Raises:
            InvalidInputError: the number is out of range.
        """
        return self.lazy.full(check_first(first))

    @field(
        "Why, for the shopper to read: only what speaks for the item, by product of the history, "
        "strongest first. It does not add up to the score."
    )
    def short_reasons(
        self,
        first: Annotated[int, describe_argument("Largest number of sentences: 1 to 10.")] = (
            SHORT_REASONS
        ),
    ) -> list[ShortReason]:
        """Work them out.

        Raises:
            InvalidInputError: the number is out of range.
        """
        return self.lazy.short(check_first(first, most=MAX_SHORT_REASONS))


@strawberry.type(description="A version of a model.")
class Model:
    """Which model ranked a list."""

    kind: str = strawberry.field(description="Kind of model.")
    version: int = strawberry.field(description="Counts up within a kind.")

    @classmethod
    def of(cls, row: ModelRow) -> "Model":
        """Wrap a row."""
        return cls(kind=row.kind, version=row.version)


@strawberry.type(description="A list as served; events may name it.")
class RecommendationList:
    """A served list."""

    served_id: strawberry.ID = strawberry.field(
        description="Names this list in `recordEvent`, so that answers to it can be counted."
    )
    model: Model | None = strawberry.field(
        description="What ranked it; null for the most popular products."
    )
    items: list[Recommendation] = strawberry.field(description="Items, best first.")
    stale: bool = strawberry.field(
        default=False,
        description="Whether this is an earlier answer to the same request, as the database does "
        "not answer at the moment.",
    )


@strawberry.type(description="Where a product stands before and after.")
class Standing:
    """A standing."""

    product: Product = strawberry.field(description="The product.")
    score_before: float | None = strawberry.field(
        description="Its score as things are; null when it is not among the first."
    )
    score_after: float | None = strawberry.field(description="Its score as they would be.")
    rank_before: int | None = strawberry.field(description="Its place, from 1.")
    rank_after: int | None = strawberry.field(description="Its place then.")


@strawberry.type(
    description="What a list would be with another history, by the live model as it is. What a "
    "model that had learned from that history would say, `catalograph what-if` tells."
)
class WhatIf:
    """A list before and after."""

    model: Model = strawberry.field(description="What ranked both.")
    standings: list[Standing] = strawberry.field(
        description="Products of either list, by rank after; those that fall out come last."
    )


@strawberry.type(description="How shoppers answered to what one model version showed.")
class ModelFeedback:
    """Click-through and conversion of a model version."""

    version: int = strawberry.field(description="Version of the model.")
    live: bool = strawberry.field(description="Whether it is in use.")
    lists: int = strawberry.field(description="Lists shown.")
    items: int = strawberry.field(description="Items shown.")
    clicked: int = strawberry.field(description="Lists with at least one click.")
    converted: int = strawberry.field(description="Lists with at least one purchase.")

    @field("Share of lists clicked, 0 to 1; null when none was shown.")
    def click_through(self) -> float | None:
        """Divide."""
        return self.clicked / self.lists if self.lists else None

    @field("Share of lists converted, 0 to 1; null when none was shown.")
    def conversion(self) -> float | None:
        """Divide."""
        return self.converted / self.lists if self.lists else None

    @classmethod
    def of(cls, row: ModelFeedbackRow) -> "ModelFeedback":
        """Wrap a row."""
        return cls(
            version=row.version,
            live=row.live,
            lists=row.lists,
            items=row.items,
            clicked=row.clicked,
            converted=row.converted,
        )
