"""What plans find, with the sources of each statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

_ENDS = ".!?。！？；;\n"


@dataclass(frozen=True, slots=True)
class ProductFact:
    """A fact of a product.

    Attributes:
        relation: relation of the ontology.
        key: key of the tail.
        name: name of the tail.
        attribute: attribute, of a value.
        number: number, of a value that is one.
        unit: unit of the number.
        written: the value as records write it, of a value with a unit.
        path: names from the root, of a category.
        guessed: whether only imputation supports it.
    """

    relation: str
    key: str
    name: str
    attribute: str | None = None
    number: float | None = None
    unit: str | None = None
    written: Sequence[str] = ()
    path: Sequence[str] = ()
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class StatedProduct:
    """What the graph states of a product.

    Attributes:
        key: key of the product.
        title: title.
        listed: whether a catalogue describes it.
        record: key of the record that describes it; None for an unlisted product.
        properties: price, availability, texts and the like.
        facts: brands, categories, values and what it works with, by relation and key.
        reviews: number of reviews.
        rated: number of reviews with stars.
        rating: mean number of stars; None without any.
    """

    key: str
    title: str
    listed: bool
    record: str | None
    properties: Mapping[str, Any] = field(default_factory=dict)
    facts: Sequence[ProductFact] = ()
    reviews: int = 0
    rated: int = 0
    rating: float | None = None

    def assertion(self, fact: ProductFact) -> str:
        """Return the key of the assertion of a fact."""
        return f"assertion:{self.key}\t{fact.relation}\t{fact.key}"


@dataclass(frozen=True, slots=True)
class ProductsOfSet:
    """Products of a set, in order, with the number of all."""

    products: list[StatedProduct]
    total: int


@dataclass(frozen=True, slots=True)
class AggregateRow:
    """A number over products.

    Attributes:
        key: key of the group; None for all products.
        name: name of the group.
        number: the number.
        products: number of products that it was computed from.
        unit: unit of the number, of an attribute.
        examples: keys, titles and records of some of these products; of a smallest or largest
            number, first the products that have it.
    """

    key: str | None
    name: str | None
    number: float
    products: int
    unit: str | None
    examples: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class EndRow:
    """A node at the end of a path.

    Attributes:
        key: key of the node.
        name: name or title of it.
        label: label of it.
        paths: number of paths that lead to it.
        nodes: keys of the nodes of one of these paths, from the start.
        names: names of them.
        record: key of the record that describes it, of a product.
    """

    key: str
    name: str
    label: str
    paths: int
    nodes: Sequence[str]
    names: Sequence[str]
    record: str | None


@dataclass(frozen=True, slots=True)
class ReviewQuote:
    """A place in a review.

    Attributes:
        review: key of the review.
        product: key of the product.
        text: sentence around the place.
        sentiment: sentiment of what it says.
    """

    review: str
    product: str
    text: str
    sentiment: str


@dataclass(frozen=True, slots=True)
class AspectRow:
    """An aspect that reviews mention.

    Attributes:
        key: key of the aspect's value.
        name: name.
        positive: number of reviews that praise it.
        negative: number of reviews that criticise it.
        quotes: some places.
    """

    key: str
    name: str
    positive: int
    negative: int
    quotes: Sequence[ReviewQuote]


@dataclass(frozen=True, slots=True)
class OpinionRows:
    """What reviews say of products.

    Attributes:
        reviews: number of reviews.
        rated: number of those with stars.
        rating: mean number of stars; None without any.
        examples: keys of some reviews, the newest first.
        aspects: aspects, the most mentioned first.
    """

    reviews: int
    rated: int
    rating: float | None
    examples: Sequence[str]
    aspects: Sequence[AspectRow]


@dataclass(frozen=True, slots=True)
class TopicChange:
    """An aspect that more reviews mention than before.

    Attributes:
        key: key of the aspect's value.
        name: name.
        said: number of reviews of the period that mention it so.
        before: number of reviews of as many days before that did.
        quotes: some places in the reviews of the period.
    """

    key: str
    name: str
    said: int
    before: int
    quotes: Sequence[ReviewQuote]


@dataclass(frozen=True, slots=True)
class TrendRow:
    """How reviews of a group of products changed.

    Attributes:
        key: key of the product, brand or category.
        name: name or title of it.
        reviews: number of reviews in the period.
        earlier: number of reviews in as many days before.
        score: share of reviews that praise minus that of those that criticise, -1 to 1.
        before: the same of the earlier ones.
        examples: keys of some reviews of the period.
        topics: what more of them mention, the largest rise first.
    """

    key: str
    name: str
    reviews: int
    earlier: int
    score: float
    before: float
    examples: Sequence[str]
    topics: Sequence[TopicChange]


@dataclass(frozen=True, slots=True)
class OfferRow:
    """A price and an availability of a product with the time in which they held.

    Attributes:
        product: key of the product.
        title: title.
        record: key of the record that describes the product now; None without one.
        price: price, as text; None without one.
        sale_price: reduced price, as text; None without one.
        currency: ISO 4217 code; None if the catalogue states none.
        availability: its status; None without one.
        valid_from: start.
        valid_to: end; None for what holds now.
    """

    product: str
    title: str
    record: str | None
    price: str | None
    sale_price: str | None
    currency: str | None
    availability: str | None
    valid_from: datetime
    valid_to: datetime | None


def quote_of(row: Mapping[str, Any]) -> ReviewQuote:
    """Return the sentence around a mention of a review."""
    text = _sentence(row["text"] or "", row["start"] or 0, row["end"] or 0)
    return ReviewQuote(row["review"], row["product"], text, row["sentiment"])


def _sentence(text: str, start: int, end: int) -> str:
    """Return the sentence around a place of a text."""
    first = max((text.rfind(mark, 0, start) for mark in _ENDS), default=-1) + 1
    ends = [at for mark in _ENDS if (at := text.find(mark, end)) >= 0]
    return text[first : min(ends) + 1 if ends else len(text)].strip()
