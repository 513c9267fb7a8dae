"""What plans find, with the sources of each statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


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
