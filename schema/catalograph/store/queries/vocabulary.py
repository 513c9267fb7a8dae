"""Names and sample products of the graph, by which search words are understood."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from catalograph.store.connection.connect import AsyncConnection, Connection
from catalograph.store.queries.projection import Filter, PriceBasis, insert_selection

NAMES = 20_000
"""Largest number of brands, and of values, with a name in the vocabulary."""
SAMPLE = 20_000
"""Largest number of sample products."""
FIT = "Fit"
"""Kind of the names of what products work with or belong to."""
_HAN_ONLY = re.compile(r"[^\x00-\u2e7f]+\Z")


@dataclass(frozen=True, slots=True)
class NameRow:
    """A brand, category, value or what products fit, with its name.

    Attributes:
        kind: label of the node; `FIT` for a value that products work with or belong to.
        key: key of the node.
        name: name of the node.
        products: number of products directly in it.
        attribute: attribute of a value.
        number: number of a value.
        unit: unit of that number.
    """

    kind: str
    key: str
    name: str
    products: int
    attribute: str | None = None
    number: float | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A product under one of its titles, with the keys of its brands, categories and values."""

    title: str
    facts: Sequence[str]
    price: float | None = None
    currency: str | None = None
    key: str = ""


async def read_vocabulary(
    connection: AsyncConnection,
) -> tuple[list[NameRow], list[SampleRow]]:
    """Read all names, and a sample of products that is the same in each process."""
    names = await connection.read("read_vocabulary_names", limit=NAMES)
    products = await connection.read("read_vocabulary_products", limit=SAMPLE)
    return [NameRow(**row) for row in names], [SampleRow(**row) for row in products]


def read_vocabulary_now(connection: Connection) -> tuple[list[NameRow], list[SampleRow]]:
    """Read the same by a connection that blocks."""
    names = connection.read("read_vocabulary_names", limit=NAMES)
    products = connection.read("read_vocabulary_products", limit=SAMPLE)
    return [NameRow(**row) for row in names], [SampleRow(**row) for row in products]


async def read_vocabulary_state(connection: AsyncConnection) -> str:
    """Return a text that differs after names or products changed."""
    [row] = await connection.read("read_vocabulary_state")
    return str(row["state"])


async def read_popular_queries(
    connection: AsyncConnection, shoppers: int, limit: int
) -> list[tuple[str, int]]:
    """Return search words with the number of shoppers who typed them, most first."""
    rows = await connection.read("read_popular_queries", shoppers=shoppers, limit=limit)
    return [(row["text"], row["shoppers"]) for row in rows]


async def find_constrained(
    connection: AsyncConnection,
    anchor: tuple[str, Sequence[str]],
    filters: Sequence[Filter],
    prices: PriceBasis,
    limit: int,
) -> list[str]:
    """Return keys of listed products that meet filters, the most popular first.

    Args:
        connection: open connection.
        anchor: label and keys of nodes of which each product has one.
        filters: further conditions.
        prices: currency in which filters compare prices.
        limit: largest number of keys.
    """
    label, keys = anchor
    compiled = insert_selection("find_constrained_products", None, filters, prices)
    parameters = {
        "brands": list(keys) if label == "Brand" else [],
        "categories": list(keys) if label == "Category" else [],
        "values": list(keys) if label == "Value" else [],
        "limit": limit,
    }
    rows = await connection.read_compiled(
        compiled.text, compiled.parameters | parameters, "find_constrained_products"
    )
    return [row["key"] for row in rows]


async def count_words(connection: AsyncConnection, words: Sequence[str], limit: int) -> list[int]:
    """Return how many products have each of some words of letters and digits, up to a limit."""
    rows = await connection.read("count_words", words=[w.lower() for w in words], limit=limit)
    return list(rows[0]["known"]) if rows else []


def word_pattern(word: str) -> str:
    """Return the regular expression of the titles, in lower case, that have a word or phrase."""
    text = r"[\s-]*".join(re.escape(part) for part in word.lower().split())
    if _HAN_ONLY.match(word):
        return f"(?s).*{text}.*"
    return rf"(?s).*(?<![\p{{L}}\p{{N}}]){text}s?(?![\p{{L}}\p{{N}}]).*"
