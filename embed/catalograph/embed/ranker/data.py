"""Training data of a ranker: products with texts and facts, and judged queries."""

import csv
import gzip
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from catalograph.embed.ranker.product_types import KIND, kind_of
from catalograph.embed.recommend.matrices import Csr, Ints, incidence
from catalograph.embed.text import product_texts
from catalograph.errors import EvaluationDataError
from catalograph.store import ProductTexts

_LONGEST_VALUE = 60
_COLUMNS = ("query", "product_id", "rating")


@dataclass(frozen=True)
class Products:
    """The searchable products.

    Attributes:
        keys: one key per product.
        texts: text of each product for the model: title, brand, short description.
        facts: 0/1 matrix [products, values] of brand, kind and attributes, one column per value.
        fact_names: relation and value of each column.
        skipped: number of lines without a product, or with a repeated one.
    """

    keys: tuple[str, ...]
    texts: tuple[str, ...]
    facts: Csr
    fact_names: tuple[tuple[str, str], ...]
    skipped: int = 0

    @cached_property
    def index(self) -> dict[str, int]:
        """The row of each key."""
        return {key: n for n, key in enumerate(self.keys)}


@dataclass(frozen=True)
class RankingQuery:
    """A query, or the titles of a user's history, with relevance ratings of products.

    Attributes:
        text: text as a user wrote it.
        ratings: ratings of the judged products, by row; 0 is irrelevant.
    """

    text: str
    ratings: Mapping[int, float]

    @property
    def rows(self) -> Ints:
        """Rows of the judged products, int64 [judged]."""
        return np.fromiter(self.ratings, np.int64, len(self.ratings))


@dataclass(frozen=True)
class Judgements:
    """Judged queries.

    Attributes:
        queries: queries in the order of the file.
        unknown: number of judgements of products not in the catalogue; they are left out.
    """

    queries: tuple[RankingQuery, ...]
    unknown: int = 0

    @property
    def best(self) -> float:
        """The highest rating."""
        return max((max(query.ratings.values()) for query in self.queries), default=0.0)


def read_products(path: Path) -> Products:
    """Read a catalogue of JSON lines, gzipped or not.

    A line has `id` and `title` (or `name`), and may have `brand`, `short_description` (or
    `description`) and an object `attributes`. Lines without these two, and repeated ids, are
    counted and left out.

    Raises:
        EvaluationDataError: the file is missing, or has no product.
    """
    kept: dict[str, dict[str, Any]] = {}
    skipped = 0
    for line in _lines(path):
        product = _product(line)
        if product is None or product["id"] in kept:
            skipped += 1
        else:
            kept[product["id"]] = product
    if not kept:
        raise EvaluationDataError(
            f"'{path}' has no product ({skipped} lines skipped); expected JSON lines with id and "
            "title."
        )
    found = list(kept.values())
    texts = ProductTexts(
        keys=tuple(kept),
        titles=tuple(product["title"] for product in found),
        brands=tuple((product["brand"],) if product["brand"] else () for product in found),
        descriptions=tuple(product["description"] for product in found),
        data_hash="",
    )
    matrix, names = _incidence([product["facts"] for product in found])
    return Products(texts.keys, tuple(product_texts(texts)), matrix, names, skipped)


def read_judgements(path: Path, index: Mapping[str, int]) -> Judgements:
    """Read judgements, tab-separated with the header `query product_id rating`, gzipped or not.

    Args:
        path: the file.
        index: row of each product, by the id used in the judgements.

    Raises:
        EvaluationDataError: the file is missing, has another header, or no usable judgement.
    """
    ratings: dict[str, dict[int, float]] = {}
    unknown = 0
    reader = csv.DictReader(_lines(path), delimiter="\t")
    if not set(_COLUMNS) <= set(reader.fieldnames or ()):
        raise EvaluationDataError(
            f"'{path}' has the columns {reader.fieldnames}; expected {', '.join(_COLUMNS)}."
        )
    for number, row in enumerate(reader, 2):
        product = index.get(row["product_id"])
        if product is None:
            unknown += 1
            continue
        try:
            ratings.setdefault(row["query"], {})[product] = float(row["rating"])
        except ValueError as exc:
            raise EvaluationDataError(
                f"'{path}', line {number}: rating '{row['rating']}' is no number."
            ) from exc
    if not ratings:
        raise EvaluationDataError(f"'{path}' judges no product of the catalogue.")
    return Judgements(tuple(RankingQuery(*item) for item in ratings.items()), unknown)


def folds_of(count: int, folds: int, seed: int) -> list[Ints]:
    """Split query numbers into folds, each int64, which together contain all of `count`.

    Raises:
        EvaluationDataError: there are fewer queries than folds, or fewer than two folds.
    """
    if not 2 <= folds <= count:
        raise EvaluationDataError(f"{count} queries cannot be split into {folds} folds.")
    return list(np.array_split(np.random.default_rng(seed).permutation(count), folds))


def _product(line: str) -> dict[str, Any] | None:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(row, dict):
        return None
    title = row.get("title") or row.get("name")
    if not row.get("id") or not isinstance(title, str):
        return None
    brand = str(row.get("brand") or "")
    return {
        "id": str(row["id"]),
        "title": title,
        "brand": brand,
        "description": str(row.get("short_description") or row.get("description") or ""),
        "facts": list(_facts(brand, title, row.get("attributes"))),
    }


def _facts(brand: str, title: str, attributes: Any) -> Iterator[tuple[str, str]]:
    """Yield brand, kind and its words, names of attributes, and values that are short texts."""
    if brand:
        yield "brand", brand.casefold()
    kind = kind_of(title)
    if kind:
        yield KIND, kind
        yield from ((KIND, word) for word in kind.split())
    for name, value in (attributes if isinstance(attributes, dict) else {}).items():
        yield "has", name
        if isinstance(value, str) and len(value) <= _LONGEST_VALUE:
            for part in value.split(","):
                yield name, part.strip().casefold()


def _incidence(
    facts: Sequence[Sequence[tuple[str, str]]],
) -> tuple[Csr, tuple[tuple[str, str], ...]]:
    column: dict[tuple[str, str], int] = {}
    columns = [column.setdefault(fact, len(column)) for listed in facts for fact in listed]
    rows = np.repeat(np.arange(len(facts)), [len(listed) for listed in facts])
    return incidence(rows, np.array(columns, np.int64), (len(facts), len(column))), tuple(column)


def _lines(path: Path) -> Iterator[str]:
    try:
        raw = path.read_bytes()
        text = gzip.decompress(raw) if path.suffix == ".gz" else raw
        yield from io.StringIO(text.decode("utf-8"), newline="\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise EvaluationDataError(f"'{path}' could not be read: {exc}.") from exc
