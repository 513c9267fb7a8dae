"""Arguments and answers of search."""

from enum import Enum

import strawberry

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


@strawberry.type(description="What the typed words may become.")
class Suggestion:
    """A suggestion."""

    key: str = strawberry.field(description="Key of the brand, category or product.")
    kind: SuggestionKind = strawberry.field(description="What it is.")
    text: str = strawberry.field(description="Name of a brand or category, title of a product.")
    products: int | None = strawberry.field(
        description="How many products a brand or category itself has; null for a product."
    )

    @classmethod
    def of(cls, row: search.SuggestionRow) -> "Suggestion":
        """Wrap a row."""
        return cls(key=row.key, kind=SuggestionKind(row.kind), text=row.text, products=row.products)
