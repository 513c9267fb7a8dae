"""Search as its words are understood: constraints become filters, the rest is searched."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from catalograph.api.context import Context
from catalograph.api.execution import PageAnswer
from catalograph.api.types.search import SearchUnderstanding, UnderstoodConstraint
from catalograph.assistant.query_understanding import (
    Constraint,
    ConstraintKind,
    SearchVocabulary,
    UnderstoodQuery,
    relax,
    understand,
)
from catalograph.assistant.query_understanding.spelling import correct_text
from catalograph.schema.keys import label_of
from catalograph.store import AsyncConnection
from catalograph.store.queries import api_queries
from catalograph.store.queries.api_queries import OUT_OF_STOCK
from catalograph.store.queries.projection import (
    PAGES,
    FieldSelection,
    Filter,
    PageRequest,
    PriceBasis,
    Selection,
    filters_by_price,
)
from catalograph.store.queries.search import FEW
from catalograph.store.queries.vocabulary import count_words, find_constrained, word_pattern

CANDIDATES = 2_000
"""Largest number of products that meet the constraints and are ranked whole."""
_LABELS = {
    ConstraintKind.BRAND: "Brand",
    ConstraintKind.CATEGORY: "Category",
    ConstraintKind.VALUE: "Value",
}
_FILTERS = {ConstraintKind.BRAND: "brands", ConstraintKind.CATEGORY: "categories"}
_EXCLUSIONS = {"Brand": "not_brands", "Category": "not_categories", "Value": "without_value"}
# Constraints that are dropped first where all of them leave no product.
_DROPPED = (
    ConstraintKind.VALUE,
    ConstraintKind.WORD,
    ConstraintKind.STOCK,
    ConstraintKind.RATING,
    ConstraintKind.CATEGORY,
    ConstraintKind.PRICE,
    ConstraintKind.BRAND,
)
_KEYS = Selection("Product", (FieldSelection("key", "key"),))


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A query as the store searches it.

    Attributes:
        typed: words as typed.
        words: words of full text; blank without any.
        topic: text of the query's vector; blank without any.
        filters: conditions read from the query.
        prices: currency in which prices are compared.
        among: keys of the products to rank, if they are few enough; None for all.
    """

    typed: str
    words: str
    topic: str
    filters: tuple[Filter, ...]
    prices: PriceBasis
    among: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class UnderstandingOptions:
    """Arguments of a search.

    Attributes:
        enabled: whether words become filters at all.
        take_back: ids of constraints whose words are searched instead.
        report: whether the answer tells what was understood.
    """

    enabled: bool
    take_back: frozenset[str]
    report: bool

    @property
    def scope(self) -> str:
        """Part of the name of the list that cursors are signed with."""
        return "" if not self.enabled else f"?understand?{'?'.join(sorted(self.take_back))}"


Search = Callable[[PageRequest, SearchQuery], Awaitable[PageAnswer]]


def constraint_filters(constraints: Iterable[Constraint]) -> tuple[Filter, ...]:
    """Translate constraints to filters of the store."""
    found: dict[str, list[object]] = {}
    single: dict[str, object] = {}
    for one in constraints:
        if one.negated:
            for key in one.keys:
                found.setdefault(_EXCLUSIONS[label_of(key)], []).append(key)
            if one.word:
                found.setdefault("without_word", []).append(word_pattern(one.word))
        elif one.kind is ConstraintKind.VALUE:
            title = word_pattern(one.word) if one.word else None
            found.setdefault("each_value", []).append({"keys": list(one.keys), "title": title})
        elif one.kind in _FILTERS:
            found.setdefault(_FILTERS[one.kind], []).extend(one.keys)
        elif one.kind is ConstraintKind.STOCK:
            single["in_stock"] = list(OUT_OF_STOCK)
        else:
            ends = {f"{one.kind}_min": one.low, f"{one.kind}_max": one.high}
            single |= {name: end for name, end in ends.items() if end is not None}
    return tuple(Filter(name, value) for name, value in sorted({**found, **single}.items()))


async def search_understood(
    context: Context,
    query: str,
    options: UnderstandingOptions,
    request: PageRequest,
    search: Search,
) -> PageAnswer:
    """Search a query as it is understood; constraints that would leave no product are dropped.

    Args:
        context: context of the request.
        query: search words as typed.
        options: arguments of the search.
        request: page and filters of the request.
        search: search of a page.
    """
    vocabulary = await context.services.vocabulary.current() if options.enabled else None
    if vocabulary is None:
        answer = await search(request, SearchQuery(query, query, query, (), request.prices))
        plain = SearchUnderstanding(words=query, constraints=[], did_you_mean=None)
        return replace(answer, understood=plain) if options.report else answer
    understood = understand(query, vocabulary, options.take_back)
    finder = _Finder(context, vocabulary, request, search)
    dropped = finder.unusable(understood.constraints)
    answer = await finder.find(relax(understood, dropped), request)
    if not answer.rows and understood.constraints and not await finder.continues():
        answer, dropped = await finder.find_relaxed(understood, dropped, answer)
    if not options.report:
        return answer
    corrected = await _correct(context.connection, query, vocabulary)
    told = _report(understood, dropped, corrected)
    return replace(answer, understood=told)


@dataclass
class _Finder:
    """Search of one query under several sets of constraints.

    Attributes:
        context: context of the request.
        vocabulary: names and sample products.
        request: page and filters of the request.
        search: search of a page.
    """

    context: Context
    vocabulary: SearchVocabulary
    request: PageRequest
    search: Search
    last: SearchQuery | None = None

    def unusable(self, constraints: Sequence[Constraint]) -> frozenset[str]:
        """Return the prices in another currency than the one that the request filters by."""
        if not filters_by_price(self.request.filters):
            return frozenset()
        code = self.request.prices.currency
        return frozenset(
            one.id for one in constraints if one.currency is not None and one.currency != code
        )

    async def find(self, understood: UnderstoodQuery, request: PageRequest) -> PageAnswer:
        """Search with all constraints of a query."""
        self.last = await self._narrow(understood)
        return await self.search(request, self.last)

    async def continues(self) -> bool:
        """Return whether an empty page comes after others, so that the list is not empty."""
        if self.request.after is None or self.last is None:
            return False
        first = replace(self.request, after=None, limit=2)
        return bool((await self.search(first, self.last)).rows)

    async def find_relaxed(
        self, understood: UnderstoodQuery, dropped: frozenset[str], empty: PageAnswer
    ) -> tuple[PageAnswer, frozenset[str]]:
        """Search without one constraint after the other, then without any.

        Returns:
            The first page that has products, and the ids of the dropped constraints.
        """
        kept = [one for one in understood.constraints if one.id not in dropped]
        kept.sort(key=lambda one: _DROPPED.index(one.kind))
        trials = [dropped | {one.id} for one in kept] if len(kept) > 1 else []
        for trial in [*trials, frozenset(one.id for one in understood.constraints)]:
            answer = await self.find(relax(understood, trial), self.request)
            if answer.rows or await self.continues():
                return answer, trial
        return empty, dropped

    async def _narrow(self, understood: UnderstoodQuery) -> SearchQuery:
        """Return the query with its filters, and the products to rank if they are few."""
        filters = constraint_filters(understood.constraints)
        prices = await self._basis(understood.constraints, filters)
        words = understood.words or understood.topic
        query = SearchQuery(understood.text, words, understood.topic, filters, prices)
        if not filters:
            return query
        # Without the request's filters first: facets also count what those leave out.
        found = await self._candidates(understood, filters, prices)
        if found is not None and len(found) >= CANDIDATES and self.request.filters:
            found = await self._candidates(understood, (*self.request.filters, *filters), prices)
        if found is not None and (len(found) <= CANDIDATES or not query.words):
            return replace(query, among=found[:CANDIDATES])
        return query

    async def _candidates(
        self, understood: UnderstoodQuery, filters: Sequence[Filter], prices: PriceBasis
    ) -> list[str] | None:
        """Return the keys of products that meet all constraints; None if only a scan tells."""
        connection = self.context.connection
        names = [one for one in understood.constraints if one.is_name and not one.is_open]
        if names:
            rarest = min(names, key=lambda one: len(self.vocabulary.rows_of(one.keys)))
            anchor = _LABELS[rarest.kind], rarest.keys
            return await find_constrained(connection, anchor, filters, prices, CANDIDATES + 1)
        if understood.topic:
            return None
        wanted = PageRequest(CANDIDATES, "POPULARITY", filters=tuple(filters), prices=prices)
        page = await api_queries.read_page(connection, PAGES["products"], wanted, _KEYS)
        return [row["key"] for row in page.rows]

    async def _basis(
        self, constraints: Iterable[Constraint], filters: Sequence[Filter]
    ) -> PriceBasis:
        """Return the currency of comparison: the request's, the query's, or the most frequent."""
        prices = self.request.prices
        named = next((one.currency for one in constraints if one.currency), None)
        if named is not None and not filters_by_price(self.request.filters):
            return replace(prices, currency=named)
        if filters_by_price(filters) and prices.currency is None:
            frequent = self.vocabulary.currencies
            code = frequent[0] if frequent else ""
            return replace(prices, currency=code)
        return prices


async def _correct(
    connection: AsyncConnection, query: str, vocabulary: SearchVocabulary
) -> str | None:
    """Return the query with its mistyped words corrected; None if all words are known."""
    corrections, rewrite = correct_text(query, vocabulary)
    if not corrections:
        return None
    # The vocabulary has a sample of the titles; the index knows all words.
    known = await count_words(connection, corrections, FEW)
    wrong = [word for word, count in zip(corrections, known, strict=True) if count < FEW]
    return rewrite(wrong) if wrong else None


def _report(
    understood: UnderstoodQuery, dropped: frozenset[str], corrected: str | None
) -> SearchUnderstanding:
    searched = relax(understood, dropped).words if understood.constraints else understood.text
    return SearchUnderstanding(
        words=searched,
        constraints=[
            UnderstoodConstraint.of(one, understood.text, applied=one.id not in dropped)
            for one in understood.constraints
        ],
        did_you_mean=corrected,
    )
