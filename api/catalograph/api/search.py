"""Pages of products: sorted, or by search words."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from catalograph.api.context import Context, Info
from catalograph.api.execution import (
    CompletedValue,
    FreshAnswer,
    PageAnswer,
    PagePlan,
    answer_kept,
    object_plan,
    page_answer,
    page_plan,
    page_request,
)
from catalograph.api.facets import facets_of
from catalograph.api.filters import filters_of, price_currency
from catalograph.api.highlights import add_highlights
from catalograph.api.inputs import MAX_KEY_LENGTH, check_first, lucene_text
from catalograph.api.search_pages import log_search, read_search_page
from catalograph.api.types.commerce import ExchangeRates
from catalograph.api.types.facets import CountRelation
from catalograph.api.types.product_filter import ProductFilter
from catalograph.api.types.search import Suggestion, SuggestionKind
from catalograph.api.understanding import SearchQuery, UnderstandingOptions, search_understood
from catalograph.assistant.query_understanding.spelling import begin_with, complete_last
from catalograph.errors import InvalidInputError
from catalograph.schema import TextEncoder
from catalograph.schema.scripts import can_read
from catalograph.store import AsyncConnection
from catalograph.store.queries import (
    api_queries,
    search,
)
from catalograph.store.queries.communities import look_up_communities
from catalograph.store.queries.projection import (
    PAGES,
    Filter,
    PageRequest,
    PriceBasis,
    filters_by_price,
    sorts_by_price,
)
from catalograph.store.queries.search import BEST_FIRST, RetrievalMode, SearchWords

UNANNOUNCED = frozenset({"documents", "models", "orders", "runs"})
"""Lists whose changes are not announced, or that are personal: no answer of them is kept."""


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

    async def read() -> FreshAnswer:
        plan = page_plan(info, connection)
        cursors = context.services.cursors
        request = page_request(cursors, name, paging, sort=sort, filters=filters, total=plan.total)
        page = await api_queries.read_page(context.connection, PAGES[name], request, plan.selection)
        answer = page_answer(cursors, name, request, page.rows, page.total)
        return FreshAnswer(plan.shape(answer))

    if name in UNANNOUNCED:
        return CompletedValue((await read()).data)
    return await answer_kept(info, read)


async def find_group(info: Info, key: str) -> CompletedValue | None:
    """Return a group of variants; None where no listed product belongs to it.

    Raises:
        InvalidInputError: the key is not of a group.
    """
    prefix, _, rest = key.partition(":")
    source, colon, id_ = rest.partition(":")
    if prefix != "group" or not colon or len(key) > MAX_KEY_LENGTH:
        raise InvalidInputError(f"'key' is '{key[:80]}'; it must be group:<source>:<id>.")

    async def read() -> FreshAnswer:
        plan = object_plan(info)
        selection = plan.selections["ProductGroup"]
        request = PageRequest(1, filters=(Filter("group", id_), Filter("source", source)))
        page = await api_queries.read_page(
            info.context.connection, PAGES["groups"], request, selection
        )
        return FreshAnswer(plan.shape(page.rows[0]) if page.rows else None)

    return await answer_kept(info, read)


async def find_products(
    info: Info,
    paging: Mapping[str, Any],
    query: str | None,
    filter_: ProductFilter | None,
    sort: str | None,
    mode: RetrievalMode,
    *,
    understand: bool = True,
    take_back: Sequence[str] = (),
) -> CompletedValue:
    """Return one page of listed products: one statement, and one more for facets if selected.

    A search has one more where its words name brands, categories or values.

    Args:
        info: request.
        paging: first, after, last, before.
        query: search words; None for all products.
        filter_: filter of the products.
        sort: order of the list; None for the best matches first, or without a query by key.
        mode: retrieval method of the search words.
        understand: whether search words become filters.
        take_back: ids of constraints whose words are searched instead.

    Raises:
        InvalidInputError: an argument is out of range, or a key is not of its kind.
        BadCursorError: a cursor is of another query, order or filter.
    """
    given = asdict(filter_) if filter_ else {}
    filters = filters_of(given, info.context.services.values)
    prices = info.context.services.prices.basis(price_currency(given))
    if query is None:
        by = sort or "KEY"
        return await answer_kept(info, partial(_list_products, info, paging, filters, prices, by))
    context, plan = info.context, page_plan(info, "ProductConnection")
    options = UnderstandingOptions(understand, frozenset(take_back), plan.understood)
    scope = f"products?{mode}?{query}{options.scope}"
    request = page_request(
        context.services.cursors,
        scope,
        paging,
        sort=sort or BEST_FIRST,
        filters=filters,
        prices=prices,
    )
    lucene_text(query)
    request = replace(
        request, filters=await look_up_communities(context.connection, request.filters)
    )

    async def search_page(asked: PageRequest, wanted: SearchQuery) -> PageAnswer:
        return await _search(context, plan, asked, wanted, scope, mode)

    answer = await search_understood(context, query, options, request, search_page)
    if plan.highlights:
        add_highlights(answer.rows, query)
    return CompletedValue(plan.shape(answer))


async def _list_products(
    info: Info,
    paging: Mapping[str, Any],
    filters: Sequence[Filter],
    prices: PriceBasis,
    sort: str,
) -> FreshAnswer:
    context, plan = info.context, page_plan(info, "ProductConnection")
    cursors = context.services.cursors
    request = page_request(
        cursors,
        "products",
        paging,
        sort=sort,
        filters=filters,
        total=plan.total,
        prices=prices,
        report_currency=plan.currency or plan.facets is not None,
    )
    filters = await look_up_communities(context.connection, filters)
    page = await api_queries.read_page(
        context.connection, PAGES["products"], replace(request, filters=filters), plan.selection
    )
    facets = None
    if plan.facets is not None:
        basis = replace(prices, currency=page.currency)
        row = await api_queries.read_facets(context.connection, filters, plan.facets, basis)
        facets = facets_of(row, CountRelation.EQ)
    answer = page_answer(cursors, "products", request, page.rows, page.total, facets=facets)
    return FreshAnswer(plan.shape(with_currency(answer, context, page.currency)))


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
    asked: PageRequest,
    query: SearchQuery,
    scope: str,
    mode: RetrievalMode,
) -> PageAnswer:
    best_first = asked.sort == BEST_FIRST
    if asked.backwards and best_first:
        raise InvalidInputError(
            "The best matches are read from the first: give 'first', or an 'orderBy'."
        )
    request = replace(asked, filters=(*asked.filters, *query.filters), prices=query.prices)
    request = replace(request, prices=await _search_prices(context, request))
    prices = request.prices
    found = SearchWords(
        lucene_text(query.words) if query.words else "",
        await query_vector(context.services.encoder, query.topic, mode),
        mode,
        context.services.settings.similarity_floor,
        strict=not best_first,
        among=query.among,
    )
    page = await read_search_page(context, request, query.topic, found, plan.selection)
    total, relation, facets, currency = None, CountRelation.EQ, None, prices.currency
    if plan.total or plan.facets is not None or (plan.currency and currency is None):
        counted = await search.count_found(
            context.connection, request.filters, found, plan.facets, prices
        )
        relation = CountRelation.GTE if counted["cut"] else CountRelation.EQ
        facets = plan.facets and facets_of(counted, relation)
        total, currency = counted["total"], counted["currency"]
    cursors = context.services.cursors
    # Signed for the request: the query is in the scope, and what it says is read again.
    answer = page_answer(cursors, scope, asked, page.rows, total, relation=relation, facets=facets)
    if plan.served and best_first:
        answer = replace(answer, served_id=log_search(context, query.typed, page, len(answer.rows)))
    return with_currency(answer, context, currency)


async def _search_prices(context: Context, request: PageRequest) -> PriceBasis:
    """Return the currency in which a search compares prices, where it has to be known before."""
    by_price = sorts_by_price(request)
    if by_price and request.after is not None:
        return replace(request.prices, currency=str(request.after[0]))
    if by_price or filters_by_price(request.filters):
        return await known_basis(context.connection, request.filters, request.prices)
    return request.prices


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
        InvalidInputError: the filter has a key that is not of its kind.
    """
    given = asdict(filter_) if filter_ else {}
    if in_stock:
        given["in_stock"] = True
    filters = filters_of(given, context.services.values)
    filters = await look_up_communities(context.connection, filters)
    prices = context.services.prices.basis(price_currency(given))
    if filters_by_price(filters):
        prices = await known_basis(context.connection, filters, prices)
    return api_queries.Rules(filters=filters, prices=prices, seen=seen, diversity=diversity)


async def find_suggestions(
    context: Context, query: str, first: int, kinds: Sequence[SuggestionKind] = ()
) -> list[Suggestion]:
    """Return completions of the typed words, in one statement; popular queries come first.

    Args:
        context: context of the request.
        query: what was typed so far.
        first: largest number of suggestions.
        kinds: kinds to suggest; by default all but queries.

    Raises:
        InvalidInputError: an argument is out of range.
    """
    check_first(first)
    lucene_text(query)
    live = context.services.vocabulary
    # Not waited for: suggestions have to be quick, and need it for few words only.
    words = [] if live.loaded is None else complete_last(live.loaded, query)
    rows = await search.suggestions(context.connection, query, first, words)
    wanted = set(kinds) or set(SuggestionKind) - {SuggestionKind.QUERY}
    found = [one for row in rows if (one := Suggestion.of(row)).kind in wanted]
    if SuggestionKind.QUERY in wanted:
        popular = begin_with(await live.popular(), query)[: max(1, first // 3)]
        found = [*(Suggestion.of_query(text) for text in popular), *found]
    return found[:first]


async def query_vector(
    encoder: TextEncoder | None, query: str, mode: RetrievalMode
) -> list[float] | None:
    """Return the vector of search words; None if there are none or nothing needs or reads them.

    Raises:
        InvalidInputError: the mode is vectors alone, and there is no encoder.
    """
    if mode is RetrievalMode.FULL_TEXT or not query:
        return None
    if encoder is None:
        if mode is RetrievalMode.VECTOR:
            raise InvalidInputError(
                "'mode' is VECTOR, but this server makes no vectors; use FULL_TEXT or HYBRID."
            )
        return None

    def encode() -> list[float] | None:
        if not can_read(encoder, query):
            return None
        vector: list[float] = encoder.encode_queries([query])[0].tolist()
        return vector

    # In a thread: encoding takes milliseconds of CPU and would block the event loop.
    return await asyncio.to_thread(encode)
