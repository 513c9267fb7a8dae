"""Reads for generated texts: facts of a product, texts of it, judgements of texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalograph.store.connection.connect import Connection

_MOST_ASPECTS = 20
_MOST_JUDGEMENTS = 2_000
Records = tuple[tuple[str, str], ...]
"""Keys and content hashes of records."""


@dataclass(frozen=True, slots=True)
class StatedFact:
    """A fact of a product.

    Attributes:
        relation: its relation.
        key: key of its tail.
        name: name of its tail, unit included.
        attribute: attribute of a value.
        path: segments of a category.
        assertion: key of its assertion; None where the edge holds its support.
        records: records that state it; none where the edge holds its support.
    """

    relation: str
    key: str
    name: str
    attribute: str | None = None
    path: tuple[str, ...] = ()
    assertion: str | None = None
    records: Records = ()


@dataclass(frozen=True, slots=True)
class StatedOpinion:
    """What the reviews of a product say of an aspect.

    Attributes:
        key: key of the aspect, a value.
        name: its name.
        praised: number of reviews that praise it.
        total: number of reviews that mention it.
        records: those reviews.
    """

    key: str
    name: str
    praised: int
    total: int
    records: Records = ()


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What a text about a product may say.

    Attributes:
        key: key of the product.
        properties: its properties.
        records: records that describe it.
        facts: its facts, but for guesses.
        opinions: aspects, the most mentioned first.
    """

    key: str
    properties: Mapping[str, Any]
    records: Records
    facts: tuple[StatedFact, ...]
    opinions: tuple[StatedOpinion, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptContent:
    """A generated text of the graph, with the keys of the records that it rests on."""

    properties: Mapping[str, Any]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JudgedText:
    """A judgement of a generated text."""

    kind: str
    language: str
    accepted: bool
    features: tuple[float, ...]


def read_product_facts(connection: Connection, key: str) -> ProductFacts | None:
    """Read what a text about a product may say; None for a product that is unknown or unlisted."""
    rows = list(connection.read("read_content_facts", key=key, most=_MOST_ASPECTS))
    if not rows or not rows[0]["product"].get("listed"):
        return None
    [row] = rows
    return ProductFacts(
        key,
        row["product"],
        _records(row["records"]),
        tuple(
            StatedFact(
                fact["relation"],
                fact["key"],
                fact["name"],
                fact["attribute"],
                tuple(fact["path"] or ()),
                fact["assertion"],
                _records(fact["records"]),
            )
            for fact in row["facts"]
        ),
        tuple(
            StatedOpinion(
                one["key"], one["name"], one["praised"], one["total"], _records(one["records"])
            )
            for one in row["opinions"]
        ),
    )


def list_contents(
    connection: Connection, product: str, kind: str | None = None, language: str | None = None
) -> list[KeptContent]:
    """Return the generated texts of a product, the best of each kind first."""
    rows = connection.read("list_contents", product=product, kind=kind, language=language)
    return [KeptContent(row["content"], tuple(row["sources"])) for row in rows]


def read_judgements(connection: Connection) -> list[JudgedText]:
    """Return the latest judgements of generated texts, newest first."""
    rows = connection.read("read_content_judgements", limit=_MOST_JUDGEMENTS)
    return [
        JudgedText(row["kind"], row["language"], row["accepted"], tuple(row["features"]))
        for row in rows
    ]


def _records(pairs: list[list[str]]) -> Records:
    return tuple((key, content_hash) for key, content_hash in pairs)
