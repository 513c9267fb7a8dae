"""Candidates of a search for the second stage, by the statement of the first stage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalograph.schema.ranking import SearchCandidate
from catalograph.store.connection.connect import AsyncConnection, Connection, Row
from catalograph.store.queries.api_queries import read_products
from catalograph.store.queries.projection import (
    FieldSelection,
    PageRequest,
    Selection,
    insert_selection,
)
from catalograph.store.queries.search import (
    SEARCH_POOL,
    LiveRanker,
    RetrievalMode,
    SearchWords,
    live_ranker,
    page_parameters,
    search_parameters,
)

_STATEMENT = "search_products"
_READ = (
    *("key", "title", "search_brands", "search_values", "category_keys"),
    *("price", "popularity", "review_count", "pagerank"),
)
_SELECTION = Selection("Product", tuple(FieldSelection(name, name) for name in _READ))


@dataclass(frozen=True, slots=True)
class CandidateList:
    """Candidates of a search, best first, and the ranker that is live at the same moment."""

    candidates: tuple[SearchCandidate, ...]
    ranker: LiveRanker | None


async def find_candidates(
    connection: AsyncConnection, request: PageRequest, words: SearchWords, limit: int
) -> CandidateList:
    """Return the best candidates of a search by words and vector, in one statement.

    Args:
        connection: connection to the database.
        request: filters of the products, and currency in which they compare prices.
        words: search words.
        limit: largest number of candidates.
    """
    compiled = insert_selection(_STATEMENT, _SELECTION, request.filters, request.prices)
    parameters = words.parameters() | page_parameters(None, limit) | compiled.parameters
    return _candidates(await connection.read_compiled(compiled.text, parameters, _STATEMENT))


def read_candidates(
    connection: Connection,
    *,
    text: str,
    vector: Sequence[float] | None,
    limit: int = SEARCH_POOL,
    among: Sequence[str] | None = None,
    pool: int = SEARCH_POOL,
) -> CandidateList:
    """Return the same candidates over a blocking connection.

    Args:
        connection: connection to the database.
        text: search words with Lucene's special characters escaped.
        vector: vector of the query; None without an encoder.
        limit: largest number of candidates.
        among: keys of the only products to rank; None for all.
        pool: number of products that full text and vectors find each.
    """
    compiled = insert_selection(_STATEMENT, _SELECTION)
    searched = search_parameters(text, vector, RetrievalMode.HYBRID, pool=pool, among=among)
    parameters = searched | page_parameters(None, limit)
    return _candidates([*connection.read_compiled(compiled.text, parameters | compiled.parameters)])


async def read_selection(
    connection: AsyncConnection, keys: Sequence[str], selection: Selection | None
) -> dict[str, Mapping[str, Any]]:
    """Return the selected fields of products by key; a product that is gone is missing."""
    rows = await read_products(connection, "read_products_by_key", selection, keys=list(keys))
    return {row["product"]["key"]: row["product"] for row in rows}


def _candidates(rows: Sequence[Row]) -> CandidateList:
    found = tuple(
        SearchCandidate(
            key=row["product"]["key"],
            score=row["score"],
            words=row["parts"]["words"],
            bm25=row["parts"]["bm25"],
            meaning=row["parts"]["meaning"],
            title=row["product"]["title"] or "",
            brands=row["product"]["search_brands"],
            values=row["product"]["search_values"],
            categories=row["product"]["category_keys"],
            price=row["product"]["price"],
            popularity=row["product"]["popularity"],
            reviews=row["product"]["review_count"],
            pagerank=row["product"]["pagerank"],
        )
        for row in rows
    )
    return CandidateList(found, live_ranker(rows[0]) if rows else None)
