"""Pages of a search: the order of the first stage, and of the live ranker where there is one.

The ranker reorders the first hundred candidates; behind them the order is that of the first stage.
A cursor holds the score and key of its row, the place in the whole list, and the version that
ranked it (empty for the first stage). The next page is ranked by the same version; where another
one has gone live meanwhile, it goes on by place.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from catalograph.api.context import Context
from catalograph.api.second_stage import SecondStage
from catalograph.errors import BadCursorError
from catalograph.schema.personal_data import remove_personal_data
from catalograph.schema.ranking import WINDOW, SearchCandidate
from catalograph.store.queries.projection import AT, PageRequest, Selection
from catalograph.store.queries.search import (
    BEST_FIRST,
    LiveRanker,
    RetrievalMode,
    SearchWords,
    search_products,
)
from catalograph.store.queries.search_candidates import find_candidates, read_selection


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Rows of a page of a search.

    Attributes:
        rows: rows in order, each with its cursor and score.
        first: place of the first row in the whole list, from 0.
        model: key of the version that ranked them; None for the first stage.
    """

    rows: Sequence[Any]
    first: int
    model: str | None


@dataclass(frozen=True, slots=True)
class _Place:
    """Row behind which a page begins: score, key, place in the list, version that ranked it."""

    score: float
    key: str
    place: int
    model: str

    @classmethod
    def of(cls, after: tuple[Any, ...] | None) -> "_Place | None":
        if after is None:
            return None
        if len(after) != 4:
            raise BadCursorError("The cursor is of an earlier version. Begin without one.")
        score, key, place, model = after
        return cls(float(score), str(key), int(place), str(model))

    @property
    def is_ranked(self) -> bool:
        """Whether rows behind it may belong to the second stage."""
        return bool(self.model) and self.place < WINDOW


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the whole list: its place, and the scores of both stages."""

    key: str
    place: int
    score: float
    first_score: float


async def read_search_page(
    context: Context, request: PageRequest, query: str, words: SearchWords, selection: Selection
) -> SearchPage:
    """Read a page of a search: one statement, and one more where a ranker orders it.

    Args:
        context: context of the request.
        request: page with its filters and order.
        query: words that the ranker reads.
        words: words as the store searches them.
        selection: fields to read of products.

    Raises:
        BadCursorError: the cursor is of an earlier version of this server.
    """
    if request.sort != BEST_FIRST:
        found = await search_products(context.connection, request, words, selection)
        return SearchPage(found.rows, 0, None)
    after = _Place.of(request.after)
    stage = context.services.second_stage if words.mode is RetrievalMode.HYBRID else None
    if stage is not None and (after.is_ranked if after else stage.expected):
        return await _ranked_page(context, stage, request, query, words, selection, after)
    page, live = await _plain_page(context, request, words, selection, after)
    if stage is not None and after is None and live is not None:
        return await _ranked_page(context, stage, request, query, words, selection, None)
    return page


async def _plain_page(
    context: Context,
    request: PageRequest,
    words: SearchWords,
    selection: Selection,
    after: _Place | None,
) -> tuple[SearchPage, LiveRanker | None]:
    # The first page needs few candidates: the best ones are the same for any number.
    deep = after is not None or bool(request.filters)
    behind = None if after is None else (after.score, after.key)
    found = await search_products(
        context.connection, replace(request, after=behind), replace(words, deep=deep), selection
    )
    first = 0 if after is None else after.place + 1
    model = "" if after is None else after.model
    rows = [row | {AT: [*row[AT], first + n, model]} for n, row in enumerate(found.rows)]
    return SearchPage(rows, first, None), found.ranker


async def _ranked_page(
    context: Context,
    stage: SecondStage,
    request: PageRequest,
    query: str,
    words: SearchWords,
    selection: Selection,
    after: _Place | None,
) -> SearchPage:
    begin = 0 if after is None else after.place + 1
    found = await find_candidates(
        context.connection, request, words, max(WINDOW, begin + request.limit)
    )
    scores = await stage.score(query, words.vector, found)
    model = found.ranker.key if found.ranker is not None and scores is not None else ""
    rows = _whole_order(found.candidates, scores)
    if after is not None and after.model == model:
        behind = (-after.score, after.key)
        begin = sum((-row.score, row.key) <= behind for row in rows[:WINDOW])
    chosen = rows[begin : begin + request.limit]
    read = await read_selection(context.connection, [row.key for row in chosen], selection)
    # The version stays on the cursors behind the window, too: the list is one.
    made = [
        {**read[row.key], AT: [row.score, row.key, row.place, model], f"{AT}score": row.first_score}
        for row in chosen
        if row.key in read
    ]
    return SearchPage(made, begin, model if begin < WINDOW and model else None)


def _whole_order(
    candidates: Sequence[SearchCandidate], scores: Sequence[float] | None
) -> list[_Row]:
    """Return all candidates, those of the window by the scores of the second stage if there are."""
    ranked = [(own.score, own) for own in candidates]
    if scores is not None:
        window = [(score, own) for score, own in zip(scores, candidates, strict=False)]
        window.sort(key=lambda pair: (-pair[0], pair[1].key))
        ranked[: len(window)] = window
    return [_Row(own.key, place, score, own.score) for place, (score, own) in enumerate(ranked)]


def log_search(context: Context, query: str, page: SearchPage, count: int) -> str:
    """Log the first rows of a page as served; return the id that events refer to.

    The words are stored without personal data, in lower case and with single spaces.

    Args:
        context: context of the request.
        query: words as typed.
        page: page that is served.
        count: number of its rows that are served.
    """
    logged = " ".join(remove_personal_data(query).lower().split())
    keys = [str(row[AT][1]) for row in page.rows[:count]]
    served = context.services.served
    return served.record(
        "products", keys, filter(None, [page.model]), query=logged, first=page.first
    )
