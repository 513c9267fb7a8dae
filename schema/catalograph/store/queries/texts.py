"""Texts of products, for whoever reads them: with what is known, or as examples."""

from collections.abc import Sequence
from dataclasses import dataclass

from catalograph.store.connection.connect import Connection

BRAND = "brand"
"""Stands for the attribute where the value is a brand."""


@dataclass(frozen=True, slots=True)
class DescribedProduct:
    """The texts of a product.

    Attributes:
        key: of the product.
        title: as listed.
        description: None where it has none.
        category: name of the first of its categories.
        known: attributes that records assert; `BRAND` for a brand.
    """

    key: str
    title: str
    description: str | None
    category: str | None
    known: frozenset[str]


@dataclass(frozen=True, slots=True)
class LabelledTitle:
    """A title and values that are known of its product, by attribute."""

    title: str
    category: str | None
    values: dict[str, tuple[str, ...]]


def read_texts(connection: Connection, keys: Sequence[str]) -> list[DescribedProduct]:
    """Texts of those products that are listed."""
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
    """Products whose values are known, in key order; a value counts where the title has it."""
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
