"""Arguments and answers of search."""

from enum import Enum

import strawberry

from catalograph.assistant.query_understanding.constraints import Constraint, ConstraintKind
from catalograph.store.queries import search


@strawberry.enum(description="What a search goes by.")
class SearchMode(Enum):
    """As the store has it."""

    FULL_TEXT = strawberry.enum_value(
        search.RetrievalMode.FULL_TEXT,
        description="Words: title, brands, description, attributes with their values.",
    )
    VECTOR = strawberry.enum_value(
        search.RetrievalMode.VECTOR, description="Meaning: text vectors of query and product."
    )
    HYBRID = strawberry.enum_value(search.RetrievalMode.HYBRID, description="Both, added up.")


@strawberry.enum(description="What is suggested.")
class SuggestionKind(Enum):
    """Labels of what is suggested."""

    BRAND = strawberry.enum_value("Brand", description="A brand.")
    CATEGORY = strawberry.enum_value("Category", description="A category.")
    PRODUCT = strawberry.enum_value("Product", description="A product.")
    QUERY = strawberry.enum_value("Query", description="A query that several shoppers typed.")


@strawberry.type(description="What the typed words may become.")
class Suggestion:
    """A suggestion."""

    key: str = strawberry.field(
        description="Key of the brand, category or product; of a query, its text."
    )
    kind: SuggestionKind = strawberry.field(description="What it is.")
    text: str = strawberry.field(
        description="Name of a brand or category, title of a product, or a query."
    )
    products: int | None = strawberry.field(
        description="How many products a brand or category itself has; else null."
    )

    @classmethod
    def of(cls, row: search.SuggestionRow) -> "Suggestion":
        """Wrap a row."""
        return cls(key=row.key, kind=SuggestionKind(row.kind), text=row.text, products=row.products)

    @classmethod
    def of_query(cls, text: str) -> "Suggestion":
        """Wrap a popular query."""
        return cls(key=text, kind=SuggestionKind.QUERY, text=text, products=None)


@strawberry.enum(description="What search words were understood as.")
class UnderstoodKind(Enum):
    """Kinds of constraints."""

    BRAND = strawberry.enum_value(ConstraintKind.BRAND.value, description="A brand.")
    CATEGORY = strawberry.enum_value(ConstraintKind.CATEGORY.value, description="A category.")
    VALUE = strawberry.enum_value(ConstraintKind.VALUE.value, description="An attribute value.")
    PRICE = strawberry.enum_value(ConstraintKind.PRICE.value, description="A range of prices.")
    RATING = strawberry.enum_value(ConstraintKind.RATING.value, description="A range of stars.")
    STOCK = strawberry.enum_value(
        ConstraintKind.STOCK.value, description="Not known to be out of stock."
    )
    WORD = strawberry.enum_value(
        ConstraintKind.WORD.value, description="A word that titles must not have."
    )


@strawberry.type(description="A condition that search words state.")
class UnderstoodConstraint:
    """A constraint with the words that it was read from."""

    id: strawberry.ID = strawberry.field(
        description="Pass in `takeBack` to search its words instead; the same in other queries."
    )
    kind: UnderstoodKind = strawberry.field(description="What it is.")
    key: str | None = strawberry.field(
        description="Key of the brand, category or value; the first of `keys`."
    )
    keys: list[str] = strawberry.field(
        description="Keys of all brands, categories or values of the name: a product has any of "
        "them, or none if negated."
    )
    label: str = strawberry.field(description="For people.")
    text: str = strawberry.field(description="The words of the query.")
    start: int = strawberry.field(description="First character of them, from 0.")
    end: int = strawberry.field(description="One past their last character.")
    min: float | None = strawberry.field(description="Least price, or stars.")
    max: float | None = strawberry.field(description="Highest price, or stars.")
    currency_code: str | None = strawberry.field(
        description="ISO 4217 code of the price; null where the query names none."
    )
    negated: bool = strawberry.field(description="Whether products that fit are left out.")
    applied: bool = strawberry.field(
        description="Whether it narrows the list; false if it would have left no product."
    )

    @classmethod
    def of(cls, one: Constraint, query: str, *, applied: bool) -> "UnderstoodConstraint":
        """Wrap a constraint."""
        return cls(
            id=strawberry.ID(one.id),
            kind=UnderstoodKind(one.kind.value),
            key=next(iter(one.keys), None),
            keys=list(one.keys),
            label=one.label,
            text=query[one.start : one.end],
            start=one.start,
            end=one.end,
            min=one.low,
            max=one.high,
            currency_code=one.currency,
            negated=one.negated,
            applied=applied,
        )


@strawberry.type(description="What the words of a search were understood as.")
class SearchUnderstanding:
    """An understood query."""

    words: str = strawberry.field(
        description="Words that are searched; blank if all of them are constraints."
    )
    constraints: list[UnderstoodConstraint] = strawberry.field(
        description="Conditions, in the order of their words."
    )
    did_you_mean: str | None = strawberry.field(
        description="The query with its mistyped words as the catalogue writes them; null if all "
        "words are known."
    )


@strawberry.type(description="A piece of a text.")
class HighlightPart:
    """A piece."""

    text: str = strawberry.field(description="Plain text: escape it as any other for HTML.")
    matched: bool = strawberry.field(description="Whether it matches the query.")


@strawberry.type(description="Where a product's text matches the query.")
class Highlight:
    """A text in pieces."""

    field: str = strawberry.field(description="title or description.")
    parts: list[HighlightPart] = strawberry.field(
        description="The text in pieces, in order; of a description, the part around the matches."
    )
