"""Reasons of a recommendation as GraphQL types, with their paths in the graph."""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple, cast

import strawberry

from catalograph.api import reasons as apportioned
from catalograph.api.cursors import global_id
from catalograph.api.decorators import describe_argument, field
from catalograph.api.reason_texts import (
    ENGLISH,
    ReasonText,
    is_direct,
    short_text,
    text_of,
)
from catalograph.api.types.commerce import Locale
from catalograph.schema.keys import attribute_of, label_of
from catalograph.store.queries.api_queries import BESIDE, FIT

InLocale = Annotated[
    Locale | None, describe_argument("Language: English or Chinese; others give English.")
]


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


@strawberry.type(description="An argument of a reason's template.")
class ReasonArgument:
    """A named value."""

    name: str = strawberry.field(description="Name, as in the braces of the template.")
    value: str = strawberry.field(description="Value as text; numbers without separators.")


@strawberry.interface(
    description="Why an item is in a list. The contributions of an item's reasons add up to its "
    "score; negative ones are kept."
)
class Reason:
    """A reason."""

    contribution: float = strawberry.field(description="What it adds to the score.")
    wording: strawberry.Private[ReasonText]
    steps: strawberry.Private[tuple[LazyPathStep, ...]] = ()

    @field("In plain words, in English or Chinese.")
    def text(self, locale: InLocale = None) -> str:
        """Write it."""
        return self.wording.write(_tag(locale))

    @field("Key of the text, such as `HAS_BRAND.shared`, for texts of your own.")
    def template(self) -> str:
        """Look it up."""
        return self.wording.template

    @field("Arguments of the template, for texts of your own.")
    def arguments(self) -> list[ReasonArgument]:
        """List them."""
        given = self.wording.arguments.items()
        return [ReasonArgument(name=name, value=str(value)) for name, value in given]

    @field("The path in the graph, ending at the item; empty where none.")
    def path(self) -> list[PathStep]:
        """Unfold the steps."""
        return cast(list[PathStep], self.steps)


@strawberry.type(
    description="Shoppers who chose a product chose the item, too; or not, where it is negative."
)
class InteractionReason(Reason):
    """From interactions."""

    shoppers: int = strawberry.field(
        description="How many it rests on: those who had chosen both when the model was trained; "
        "where it is negative, those who had chosen the product and not the item."
    )
    later: bool = strawberry.field(
        default=False,
        description="Whether it counts only what those shoppers chose after that product.",
    )


@strawberry.type(description="A product and the item have a fact in common.")
class SharedFactReason(Reason):
    """From one fact of the knowledge graph."""

    relation: str = strawberry.field(
        description="Relation of the fact, such as HAS_BRAND; MENTIONS for what reviews say."
    )
    attribute: str | None = strawberry.field(
        description="Attribute, where what they have in common is a value."
    )
    name: str = strawberry.field(description="Name of what they have in common.")


@strawberry.type(
    description="What the graph says over more than one step. Where it is negative, other products "
    "that share a fact with the item take a part of what the chosen ones add."
)
class IndirectReason(Reason):
    """From longer paths, summed."""

    part: str | None = strawberry.field(
        description="Part of the model's weights that it is of, such as HAS_BRAND, "
        "HAS_VALUE:colour or interactions; null where several are summed."
    )


@strawberry.type(
    description="Reasons that are summed instead of listed: weaker ones, or, with the template "
    "`interactions.few`, choices of so few shoppers that naming the products might tell who they "
    "are."
)
class OtherReason(Reason):
    """The rest."""

    count: int = strawberry.field(description="How many they are.")


@strawberry.type(description="Popular: shown to a shopper whose history leads nowhere yet.")
class PopularityReason(Reason):
    """From the number of shoppers."""

    shoppers: int = strawberry.field(description="How many shoppers chose it.")


@strawberry.type(
    description="Popular, by counts to which noise was added so that they tell nothing of any one "
    "shopper (differential privacy)."
)
class PrivatePopularityReason(Reason):
    """From a released count."""


@strawberry.type(
    description="Near by text vector: to a product of the path, or, without one, to the product "
    "that the list is for, which has no preference edges. With the template `similar.structure`, "
    "near by vector of the graph; with `similar.predicted`, alike by predicted facts that no "
    "source states."
)
class SimilarityReason(Reason):
    """From text vectors or predictions."""


@strawberry.type(description="A sentence for the shopper: what speaks for the item.")
class ShortReason:
    """Positive reasons by one product."""

    contribution: float = strawberry.field(description="What its reasons add to the score.")
    reasons: list[Reason] = strawberry.field(
        description="Reasons that it puts together, strongest first."
    )
    item: strawberry.Private[str]
    group: strawberry.Private[tuple[apportioned.Contribution, ...]]

    @field("In plain words, in English or Chinese.")
    def text(self, locale: InLocale = None) -> str:
        """Write it."""
        if not self.group:
            return self.reasons[0].text(locale)
        return short_text(self.group, self.item, _tag(locale))


def reason_of(reason: apportioned.Contribution, item: Mapping[str, Any]) -> Reason:
    """Put a reason into words and steps."""
    contribution, wording = reason.contribution, text_of(reason, item["key"])
    match reason:
        case apportioned.InteractionContribution(product=key, title=title):
            return InteractionReason(
                contribution=contribution,
                wording=wording,
                steps=_edge(key, title, item),
                shoppers=reason.shoppers,
                later=reason.later,
            )
        case apportioned.SimilarityContribution(product=key, title=title):
            return SimilarityReason(
                contribution=contribution, wording=wording, steps=_edge(key, title, item)
            )
        case apportioned.SharedFactContribution():
            return _shared_fact_reason(reason, wording, item)
        case apportioned.IndirectContribution(part=part):
            return IndirectReason(contribution=contribution, wording=wording, part=part)
        case (
            apportioned.FewShoppersContribution(count=count)
            | apportioned.OtherContribution(count=count)
        ):
            return OtherReason(contribution=contribution, wording=wording, count=count)


def short_reason_of(group: apportioned.ReasonGroup, item: Mapping[str, Any]) -> ShortReason:
    """Put a group of reasons into one sentence."""
    return ShortReason(
        contribution=group.contribution,
        reasons=[reason_of(reason, item) for reason in group.reasons],
        item=item["key"],
        group=group.reasons,
    )


def lone_short_reason(reason: Reason) -> ShortReason:
    """Return the sentence of a list whose items have one reason each."""
    return ShortReason(contribution=reason.contribution, reasons=[reason], item="", group=())


def popularity_reason(shoppers: int, users: int) -> PopularityReason:
    """Return the reason of a popular product."""
    return PopularityReason(
        contribution=shoppers / max(users, 1),
        wording=ReasonText("popular", {"shoppers": shoppers, "users": users}),
        shoppers=shoppers,
    )


def private_popularity_reason(scale: float) -> PrivatePopularityReason:
    """Return the reason of a product that is popular by a count with noise.

    Args:
        scale: what the count multiplies weights by.
    """
    return PrivatePopularityReason(contribution=scale, wording=ReasonText("popular.private", {}))


def similarity_reason(similarity: float) -> SimilarityReason:
    """Return the reason of a product that is described alike."""
    return SimilarityReason(contribution=similarity, wording=ReasonText("similar", {}))


def _edge(key: str, title: str | None, item: Mapping[str, Any]) -> tuple[LazyPathStep, ...]:
    """Return the path from a product of the history to an item over their learned edge."""
    end = LazyPathStep(item["key"], item["title"], "CO_PREFERRED", True)
    return LazyPathStep(key, title, None, True), end


def _shared_fact_reason(
    reason: apportioned.SharedFactContribution, wording: ReasonText, item: Mapping[str, Any]
) -> SharedFactReason:
    fact = reason.fact
    relation, _, attribute = fact.relation.partition(":")
    # A product stands for itself among the tails of the relation: then one names the other.
    direct = is_direct(reason, item["key"])
    start = LazyPathStep(reason.product, reason.title, None, True)
    end = LazyPathStep(item["key"], item["title"], relation, direct and fact.key == item["key"])
    middle = LazyPathStep(fact.key, fact.name, relation, True)
    if relation == FIT:  # the product is what the name stands for, by its title
        relation = "COMPATIBLE_WITH"
        end, middle = end._replace(relation=relation), middle._replace(relation=None)
    if relation == BESIDE:  # the product is in the category, and its shoppers chose the item
        relation = "IN_CATEGORY"
        end, middle = end._replace(relation=None), middle._replace(relation=relation)
    return SharedFactReason(
        contribution=reason.contribution,
        wording=wording,
        steps=(start, end) if direct else (start, middle, end),
        relation=relation,
        attribute=attribute_of(fact.key) if attribute else None,
        name=fact.name,
    )


def _tag(locale: InLocale) -> str:
    return ENGLISH if locale is None else str(getattr(locale, "value", locale))
