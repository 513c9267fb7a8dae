"""Texts of products for extraction, with their asserted attributes or as labelled examples."""

from collections.abc import Sequence
from dataclasses import dataclass

from catalograph.store.connection.connect import Connection

BRAND = "brand"
"""Attribute name of a value that is a brand."""


@dataclass(frozen=True, slots=True)
class DescribedProduct:
    """Texts of a product.

    Attributes:
        key: key of the product.
        title: title of the product.
        description: description, None if there is none.
        category: name of its first category.
        known: attributes that records assert; `BRAND` for a brand.
    """

    key: str
    title: str
    description: str | None
    category: str | None
    known: frozenset[str]


@dataclass(frozen=True, slots=True)
class LabelledTitle:
    """A title with the known values of its product, by attribute."""

    title: str
    category: str | None
    values: dict[str, tuple[str, ...]]


def read_texts(connection: Connection, keys: Sequence[str]) -> list[DescribedProduct]:
    """Read the texts of those of the products that are listed."""
    return [
        DescribedProduct(
            row["key"],
            row["title"],
            row["description"],
            next(iter(row["categories"]), None),
            frozenset(BRAND if r == "HAS_BRAND" else str(name) for r, name in row["known"]),
        )
        for row in connection.read("read_texts", keys=list(keys))
    ]


def read_examples(connection: Connection, limit: int = 5_000) -> list[LabelledTitle]:
    """Read products with known values, in key order; keep the values that the title contains."""
    examples = []
    for row in connection.read("read_examples", limit=limit):
        title = row["title"].casefold()
        said = [(BRAND, name) for name in row["brands"]] + [(a, n) for a, n in row["values"]]
        values: dict[str, tuple[str, ...]] = {}
        for attribute, name in said:
            if name.casefold() in title:
                values[attribute] = (*values.get(attribute, ()), name)
        examples.append(LabelledTitle(row["title"], row["category"], values))
    return examples
