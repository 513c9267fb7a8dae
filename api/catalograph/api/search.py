"""Pages of products: sorted, or by search words."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from catalograph.api.context import Context, Info
from catalograph.api.execution import (
    CompletedValue,
    PageAnswer,
    PagePlan,
    page_answer,
    page_plan,
    page_request,
)
from catalograph.api.facets import ATTRIBUTES, VALUES, facets_of, read_facets
from catalograph.api.filters import filters_of
from catalograph.api.inputs import check_first, lucene_text
from catalograph.api.types.catalog import ProductFilter
from catalograph.api.types.search import Suggestion
from catalograph.errors import InvalidInputError
from catalograph.schema import TextEncoder
from catalograph.store.queries import (
    api_queries,
    search,
)
from catalograph.store.queries.projection import (
    PAGES,
    Filter,
    PageRequest,
)
from catalograph.store.queries.search import RetrievalMode

RANKED = frozenset({"brand", "category", "values", "price_min", "price_max"})
"""Filters that the statements of recommendations support."""


async def answer_page(
    info: Info,
    name: str,
    connection: str,
    paging: Mapping[str, Any],
    *,
    sort: str = "KEY",
    filters: Sequence[Filter] = (),
) -> CompletedValue:
    """Answer a connection that starts at no node, in one statement.

    Raises:
        InvalidInputError: an argument is out of range.
        BadCursorError: a cursor is not of this list.
    """
    context = info.context
    plan = page_plan(info, connection)
    cursors = context.services.cursors
    request = page_request(cursors, name, paging, sort=sort, filters=filters, total=plan.total)
    rows, total = await api_queries.read_page(
        context.connection, PAGES[name], request, plan.selection
    )
    return CompletedValue(plan.shape(page_answer(cursors, name, request, rows, total)))


async def find_products(
    info: Info,
    paging: Mapping[str, Any],
    query: str | None,
    filter_: ProductFilter | None,
    sort: str,
    mode: RetrievalMode,
) -> CompletedValue:
    """Return one page of listed products: one statement, and one more for facets if selected.

    Raises:
        InvalidInputError: an argument is out of range, or a key is not of its kind.
        BadCursorError: a cursor is of another query, order or filter.
    """
    context, plan = info.context, page_plan(info, "ProductConnection")
    filters = filters_of(asdict(filter_) if filter_ else {})
    cursors = context.services.cursors
    if query is not None:
        scope = f"products?{mode}?{query}"
        request = page_request(cursors, scope, paging, sort="SCORE", filters=filters)
        answer = await _search(context, plan, request, query, scope, mode)
        return CompletedValue(plan.shape(answer))
    request = page_request(
        cursors, "products", paging, sort=sort, filters=filters, total=plan.total
    )
    rows, total = await api_queries.read_page(
        context.connection, PAGES["products"], request, plan.selection
    )
    facets = await read_facets(context.connection, filters) if plan.facets else None
    return CompletedValue(
        plan.shape(page_answer(cursors, "products", request, rows, total, facets))
    )


async def _search(
    context: Context,
    plan: PagePlan,
    request: PageRequest,
    query: str,
    scope: str,
    mode: RetrievalMode,
) -> PageAnswer:
    if request.backwards:
        raise InvalidInputError("The best matches are read from the first: give 'first'.")
    text = lucene_text(query)
    vector = await query_vector(context.services.encoder, query, mode)
    rows = await search.search_products(
        context.connection,
        request.filters,
        text=text,
        vector=vector,
        after=None if request.after is None else (float(request.after[0]), str(request.after[1])),
        limit=request.limit,
        mode=mode,
        selection=plan.selection,
    )
    total, facets = None, None
    if plan.total or plan.facets:
        counted = await search.count_found(
            context.connection,
            request.filters,
            text=text,
            vector=vector,
            mode=mode,
            values=VALUES,
            attributes=ATTRIBUTES,
        )
        total, facets = counted["total"], facets_of(counted)
    return page_answer(context.services.cursors, scope, request, rows, total, facets)


def ranked_filter(filters: Sequence[Filter]) -> api_queries.RankingFilter:
    """Return a filter in the form that the statements of recommendations take.

    Raises:
        InvalidInputError: they do not support one of its fields.
    """
    given = {one.name: one.value for one in filters}
    if unknown := given.keys() - RANKED:
        raise InvalidInputError(
            f"Recommendations cannot be narrowed by {', '.join(sorted(unknown))}; "
            f"they can by {', '.join(sorted(RANKED))}."
        )
    values = tuple(given.pop("values", ()))
    return api_queries.RankingFilter(values=values, **given)


def rules_of(
    filter_: ProductFilter | None, *, in_stock: bool, seen: bool, diversity: float
) -> api_queries.Rules:
    """Return the rules of a list of recommendations.

    Raises:
        InvalidInputError: the filter has a key that is not of its kind, or a field that ranked
            lists do not support.
    """
    filters = filters_of(asdict(filter_) if filter_ else {})
    stock = in_stock or any(one.name == "in_stock" for one in filters)
    kept = ranked_filter([one for one in filters if one.name != "in_stock"])
    return api_queries.Rules(kept, in_stock=stock, seen=seen, diversity=diversity)


async def find_suggestions(context: Context, query: str, first: int) -> list[Suggestion]:
    """Return completions of the typed words, in one statement.

    Raises:
        InvalidInputError: an argument is out of range.
    """
    check_first(first)
    lucene_text(query)
    rows = await search.suggestions(context.connection, query, first)
    return [Suggestion.of(row) for row in rows]


async def query_vector(
    encoder: TextEncoder | None, query: str, mode: RetrievalMode
) -> list[float] | None:
    """Return the vector of search words; None if the mode needs none, or without an encoder.

    Raises:
        InvalidInputError: the mode is vectors alone, and there is no encoder.
    """
    if mode is RetrievalMode.FULL_TEXT:
        return None
    if encoder is None:
        if mode is RetrievalMode.VECTOR:
            raise InvalidInputError(
                "'mode' is VECTOR, but this server makes no vectors; use FULL_TEXT or HYBRID."
            )
        return None
    # In a thread: encoding takes milliseconds of CPU and would block the event loop.
    vectors = await asyncio.to_thread(encoder.encode_queries, [query])
    vector: list[float] = vectors[0].tolist()
    return vector
