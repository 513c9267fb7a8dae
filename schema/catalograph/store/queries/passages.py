"""Passages of documents, found by words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalograph.schema.ddl import PASSAGE_TEXT_INDEX, PASSAGE_WORD_INDEX
from catalograph.store.connection.connect import AsyncConnection
from catalograph.store.queries.api_queries import read_page
from catalograph.store.queries.projection import AT, PAGES, Filter, PageRequest, Selection
from catalograph.store.queries.search import RANK_DAMPING

PASSAGE_POOL = 200
"""Number of candidates of each index."""


@dataclass(frozen=True, slots=True)
class PassageFilter:
    """Which passages to keep; None keeps any.

    Attributes:
        kind: kind of their document.
        language: their language.
        about: key of a product, brand or category that they or their document are about.
    """

    kind: str | None = None
    language: str | None = None
    about: str | None = None


async def search_passages(
    connection: AsyncConnection,
    text: str,
    kept: PassageFilter,
    first: int,
    selection: Selection,
) -> list[tuple[Mapping[str, Any], float]]:
    """Return the selected fields of passages that have words of a query, with scores, best first.

    Args:
        connection: open connection.
        text: search words with Lucene's special characters escaped.
        kept: which passages to keep.
        first: largest number of passages.
        selection: fields to read.
    """
    found = await connection.read(
        "search_passages",
        text=text,
        stemmed=PASSAGE_TEXT_INDEX,
        written=PASSAGE_WORD_INDEX,
        pool=PASSAGE_POOL,
        damping=RANK_DAMPING,
        kind=kept.kind,
        language=kept.language,
        about=kept.about,
        limit=first,
    )
    scores = {row["key"]: row["score"] for row in found}
    rows = await _read_passages(connection, list(scores), selection)
    return [(rows[key], score) for key, score in scores.items() if key in rows]


async def _read_passages(
    connection: AsyncConnection, keys: Sequence[str], selection: Selection
) -> dict[str, Mapping[str, Any]]:
    if not keys:
        return {}
    request = PageRequest(len(keys), filters=(Filter("keys", list(keys)),))
    page = await read_page(connection, PAGES["passages"], request, selection)
    return {row[AT][-1]: row for row in page.rows}  # sorted by key, so the position is the key
