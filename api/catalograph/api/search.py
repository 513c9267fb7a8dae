"""Pages of products: sorted, or by search words."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from catalograph.api.context import Context, Info
from catalograph.api.execution import (
    CompletedValue,
    PageAnswer,
    PagePlan,
    object_plan,
    page_answer,
    page_plan,
    page_request,
)
from catalograph.api.facets import ATTRIBUTES, VALUES, facets_of, read_facets
from catalograph.api.filters import filters_of, price_currency
from catalograph.api.inputs import MAX_KEY_LENGTH, check_first, lucene_text
from catalograph.api.types.catalog import ProductFilter
from catalograph.api.types.commerce import ExchangeRates
from catalograph.api.types.search import Suggestion
from catalograph.errors import InvalidInputError
from catalograph.schema import TextEncoder
from catalograph.store import AsyncConnection
from catalograph.store.queries import (
    api_queries,
    search,
)
from catalograph.store.queries.projection import (
    PAGES,
    Filter,
    PageRequest,
    PriceBasis,
    filters_by_price,
)
from catalograph.store.queries.search import RetrievalMode

RANKED = frozenset({"brand", "category", "values", "price_min", "price_max", "currency"})
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
    page = await api_queries.read_page(context.connection, PAGES[name], request, plan.selection)
    answer = page_answer(cursors, name, request, page.rows, page.total)
    return CompletedValue(plan.shape(answer))


async def find_group(info: Info, key: str) -> CompletedValue | None:
    """Return a group of variants; None where no listed product belongs to it.

    Raises:
        InvalidInputError: the key is not of a group.
    """
    prefix, _, rest = key.partition(":")
    source, colon, id_ = rest.partition(":")
    if prefix != "group" or not colon or len(key) > MAX_KEY_LENGTH:
        raise InvalidInputError(f"'key' is '{key[:80]}'; it must be group:<source>:<id>.")
    plan = object_plan(info)
    selection = plan.selections["ProductGroup"]
    request = PageRequest(1, filters=(Filter("group", id_), Filter("source", source)))
    page = await api_queries.read_page(info.context.connection, PAGES["groups"], request, selection)
    return CompletedValue(plan.shape(page.rows[0])) if page.rows else None


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
    given = asdict(filter_) if filter_ else {}
    filters = filters_of(given)
    prices = context.services.prices.basis(price_currency(given))
    cursors = context.services.cursors
    if query is not None:
        scope = f"products?{mode}?{query}"
        request = page_request(cursors, scope, paging, sort="SCORE", filters=filters, prices=prices)
        answer = await _search(context, plan, request, query, scope, mode)
        return CompletedValue(plan.shape(answer))
    request = page_request(
        cursors,
        "products",
        paging,
        sort=sort,
        filters=filters,
        total=plan.total,
        prices=prices,
        report_currency=plan.currency or plan.facets,
    )
    page = await api_queries.read_page(
        context.connection, PAGES["products"], request, plan.selection
    )
    facets = None
    if plan.facets:
        basis = replace(prices, currency=page.currency)
        facets = await read_facets(context.connection, filters, basis)
    answer = page_answer(cursors, "products", request, page.rows, page.total, facets)
    return CompletedValue(plan.shape(with_currency(answer, context, page.currency)))


def with_currency(answer: PageAnswer, context: Context, currency: str | None) -> PageAnswer:
    """Return the page with the currency in which its prices are compared, and the rates."""
    table = context.services.prices.exchange
    rates = None
    if table is not None:
        rates = ExchangeRates(as_of=table.as_of, base=table.base, currencies=sorted(table.rates))
    return replace(answer, price_currency=currency or None, exchange_rates=rates)


async def known_basis(
    connection: AsyncConnection, filters: Sequence[Filter], prices: PriceBasis
) -> PriceBasis:
    """Return the basis with a currency: the most frequent one of the list where none is known.

    A ranked statement compares prices in a currency that is known before; one more statement
    reads it, unless the request or the shop's settings name one.
    """
    if prices.currency is not None:
        return prices
    return replace(prices, currency=await api_queries.read_price_currency(connection, filters))


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
    prices = request.prices
    if filters_by_price(request.filters):
        prices = await known_basis(context.connection, request.filters, prices)
    rows = await search.search_products(
        context.connection,
        request.filters,
        text=text,
        vector=vector,
        after=None if request.after is None else (float(request.after[0]), str(request.after[1])),
        limit=request.limit,
        mode=mode,
        selection=plan.selection,
        prices=prices,
    )
    total, facets, currency = None, None, prices.currency
    if plan.total or plan.facets or (plan.currency and currency is None):
        counted = await search.count_found(
            context.connection,
            request.filters,
            text=text,
            vector=vector,
            mode=mode,
            values=VALUES,
            attributes=ATTRIBUTES,
            prices=prices,
        )
        total, facets, currency = counted["total"], facets_of(counted), counted["currency"]
    answer = page_answer(context.services.cursors, scope, request, rows, total, facets)
    return with_currency(answer, context, currency)


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


async def rules_of(
    context: Context,
    filter_: ProductFilter | None,
    *,
    in_stock: bool,
    seen: bool,
    diversity: float | None,
) -> api_queries.Rules:
    """Return the rules of a list of recommendations.

    Raises:
        InvalidInputError: the filter has a key that is not of its kind, or a field that ranked
            lists do not support.
    """
    given = asdict(filter_) if filter_ else {}
    filters = filters_of(given)
    stock = in_stock or any(one.name == "in_stock" for one in filters)
    kept = ranked_filter([one for one in filters if one.name != "in_stock"])
    prices = context.services.prices.basis(price_currency(given))
    if filters_by_price(filters):
        prices = await known_basis(context.connection, filters, prices)
    return api_queries.Rules(
        replace(kept, prices=prices), in_stock=stock, seen=seen, diversity=diversity
    )


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
