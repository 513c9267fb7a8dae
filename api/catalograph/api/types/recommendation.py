"""Recommendations, with their reasons as paths in the graph."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Annotated, Any, NamedTuple, cast

import strawberry

from catalograph.api import reasons as apportioned
from catalograph.api.cursors import global_id
from catalograph.api.decorators import describe_argument, field
from catalograph.api.inputs import check_first
from catalograph.api.types.catalog import Product
from catalograph.schema.keys import label_of
from catalograph.store.queries.api_queries import (
    FIT,
    FactRow,
    ModelFeedbackRow,
    ModelRow,
)


class LazyPathStep(NamedTuple):
    """A `PathStep` that makes what is asked of it only: there are hundreds in a list."""

    key: str
    name: str | None
    relation: str | None
    forward: bool

    @property
    def id(self) -> str:
        """Global id of the node."""
        return global_id(self.key)

    @property
    def label(self) -> str:
        """Label of the node."""
        return label_of(self.key)


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


@strawberry.type(description="One node of a path.")
class PathStep:
    """A node and how it was reached."""

    id: strawberry.ID = strawberry.field(description="Global id of the node.")
    key: str = strawberry.field(description="Key of the node.")
    label: str = strawberry.field(description="Label of the node, such as Product or Brand.")
    name: str | None = strawberry.field(description="Name or title of the node.")
    relation: str | None = strawberry.field(
        description="Relation that joins it to the step before; null at the start."
    )
    forward: bool = strawberry.field(
        description="Whether that relation points from the step before to this node."
    )


@strawberry.interface(
    description="Why an item is in a list. The contributions of an item's reasons add up to its "
    "score; negative ones are kept."
)
class Reason:
    """A reason."""

    contribution: float = strawberry.field(description="What it adds to the score.")
    text: str = strawberry.field(description="In plain words.")
    steps: strawberry.Private[tuple[LazyPathStep, ...]] = ()

    @field("The path in the graph, ending at the item; empty where none.")
    def path(self) -> list[PathStep]:
        """Unfold the steps."""
        return cast(list[PathStep], self.steps)


@strawberry.type(description="Shoppers who chose a product chose the item, too.")
class InteractionReason(Reason):
    """From interactions."""

    later: bool = strawberry.field(
        default=False,
        description="Whether it counts only what those shoppers chose after that product.",
    )


@strawberry.type(description="A product and the item have a fact in common.")
class SharedFactReason(Reason):
    """From one fact of the knowledge graph."""

    relation: str = strawberry.field(description="Relation of the fact, such as HAS_BRAND.")
    attribute: str | None = strawberry.field(description="Attribute, where it is HAS_VALUE.")
    name: str = strawberry.field(description="Name of what they have in common.")


@strawberry.type(description="What the graph says over more than one step.")
class IndirectReason(Reason):
    """From longer paths, summed."""


@strawberry.type(description="Weaker reasons, summed.")
class OtherReason(Reason):
    """The rest."""

    count: int = strawberry.field(description="How many they are.")


@strawberry.type(description="Popular: shown to a shopper whose history leads nowhere yet.")
class PopularityReason(Reason):
    """From the number of shoppers."""

    shoppers: int = strawberry.field(description="How many shoppers chose it.")


@strawberry.type(description="Near by text vector: shown for a product without preference edges.")
class SimilarityReason(Reason):
    """From text vectors."""


@strawberry.type(description="One item of a list.")
class Recommendation:
    """An item with its score and reasons."""

    position: int = strawberry.field(description="Place in the list, from 0.")
    product: Product = strawberry.field(description="The product.")
    score: float = strawberry.field(description="What it is ranked by; comparable in one list.")
    told: strawberry.Private[Callable[[int], list[Reason]]]
    """Its reasons, worked out once they are asked for."""

    @field(
        "Why: the strongest reasons, then all others summed. The contributions add up to the score."
    )
    def reasons(
        self,
        first: Annotated[
            int, describe_argument("Number of reasons listed one by one: 1 to 100.")
        ] = apportioned.DETAILED_REASONS,
    ) -> list[Reason]:
        """Work them out.

        Raises:
            InvalidInputError: the number is out of range.
        """
        return self.told(check_first(first))


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


def reason_of(reason: apportioned.Contribution, item: Mapping[str, Any]) -> Reason:
    """Put a reason into words and steps."""
    contribution = reason.contribution
    match reason:
        case apportioned.InteractionContribution(product=key, title=title, later=later):
            also = ("later" if later else "also") if contribution > 0 else "seldom"
            return InteractionReason(
                contribution=contribution,
                text=f"Shoppers who chose “{title or key}” {also} chose this"
                f"{' later' if later and contribution < 0 else ''}.",
                later=later,
                steps=(
                    LazyPathStep(key, title, None, True),
                    LazyPathStep(item["key"], item["title"], "CO_PREFERRED", True),
                ),
            )
        case apportioned.SharedFactContribution(fact=fact):
            return _shared_fact_reason(reason, fact, item)
        case apportioned.IndirectContribution():
            text = "Connections in the graph over more than one step."
            return IndirectReason(contribution=contribution, text=text)
        case apportioned.OtherContribution(count=count):
            text = f"{count} weaker reasons together." if count > 1 else "One weaker reason."
            return OtherReason(contribution=contribution, text=text, count=count)


_FACT_WORDS = {
    "HAS_BRAND": "Same brand as “{product}”: {name}.",
    "IN_CATEGORY": "Same category as “{product}”: {name}.",
    "HAS_VALUE": "Same {attribute} as “{product}”: {name}.",
    "ALSO_BOUGHT": "Also bought with “{name}”, like “{product}”.",
    "ALSO_VIEWED": "Also viewed with “{name}”, like “{product}”.",
    "BOUGHT_TOGETHER": "Bought together with “{name}”, like “{product}”.",
    FIT: "Fits {name}.",
}
_DIRECT_WORDS = {
    "ALSO_BOUGHT": "Also bought with “{product}”.",
    "ALSO_VIEWED": "Also viewed with “{product}”.",
    "BOUGHT_TOGETHER": "Bought together with “{product}”.",
}


def _shared_fact_reason(
    reason: apportioned.SharedFactContribution, fact: FactRow, item: Mapping[str, Any]
) -> SharedFactReason:
    relation, _, attribute = fact.relation.partition(":")
    product = reason.title or reason.product
    # A product stands for itself among the tails of the relation: then one names the other.
    direct = fact.key in (reason.product, item["key"])
    words = _DIRECT_WORDS if direct else _FACT_WORDS
    text = words[relation].format(product=product, name=fact.name, attribute=attribute)
    start = LazyPathStep(reason.product, reason.title, None, True)
    end = LazyPathStep(item["key"], item["title"], relation, direct and fact.key == item["key"])
    middle = LazyPathStep(fact.key, fact.name, relation, True)
    if relation == FIT:  # the product is what the name stands for, by its title
        relation = "COMPATIBLE_WITH"
        end, middle = end._replace(relation=relation), middle._replace(relation=None)
    return SharedFactReason(
        contribution=reason.contribution,
        text=text,
        steps=(start, end) if direct else (start, middle, end),
        relation=relation,
        attribute=attribute or None,
        name=fact.name,
    )
