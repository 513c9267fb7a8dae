"""Training lists: what was shown for a query, with features, places and responses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.ml.search_ranking.click_rates import ClickRates, Impression
from catalograph.ml.search_ranking.features import (
    CLICK_COLUMNS,
    STUDENT_COLUMN,
    base_features,
    words_of,
)
from catalograph.ml.search_ranking.models import StudentTowers
from catalograph.schema.ranking import SearchCandidate
from catalograph.store import LoggedSearch

Floats = NDArray[np.float64]

GAINS: Mapping[str, float] = {
    "view": 1.0,
    "click": 1.0,
    "review": 1.0,
    "like": 2.0,
    "share": 2.0,
    "cart": 2.0,
    "purchase": 3.0,
}
"""Worth of a response; the best one of a shopper counts."""
PRESUMED = 10
"""Number of candidates that count as shown for a query event without a served list."""
MOST_QUERIES = 5_000
"""Largest number of queries that are searched again, those with the most lists."""


@dataclass(frozen=True)
class ShownList:
    """Products that were shown for a query.

    Attributes:
        query: search words.
        vector: vector of the query; None without an encoder.
        keys: keys of the products, in the order shown.
        brands: names of the brands of each product.
        base: float64 [n, f], their features without clicks and student.
        places: int64 [n], place of each in the whole list, from 0.
        gains: float64 [n], worth of the responses; 0 for none.
        presumed: whether no served list tells what was shown.
        shopper: key of the only shopper who responded; None if that is not one known shopper.
    """

    query: str
    vector: Sequence[float] | None
    keys: tuple[str, ...]
    brands: tuple[tuple[str, ...], ...]
    base: Floats
    places: NDArray[np.int64]
    gains: Floats
    presumed: bool = False
    shopper: str | None = None

    @property
    def words(self) -> str:
        """The query in the form that click rates are stored by."""
        return query_words(self.query)

    def features(self, clicks: ClickRates, towers: StudentTowers | None = None) -> Floats:
        """Return the features with click rates and, if there is a student, with its scores."""
        made = self.base.copy()
        made[:, CLICK_COLUMNS] = clicks.features(self.words, self.keys, self.brands)
        if towers is not None:
            made[:, STUDENT_COLUMN] = towers.score(self.vector, list(self.keys))
        return made

    def impressions(self, examined: Floats) -> list[Impression]:
        """Return its products as shown; `examined` is the propensity of each place."""
        looked = examined[self.places.clip(max=len(examined) - 1)]
        told = zip(self.keys, self.brands, looked.tolist(), self.gains.tolist(), strict=True)
        return [Impression(self.words, *one) for one in told]


@dataclass(frozen=True)
class SearchedQuery:
    """A query as the first stage answers it now: its vector, candidates and their features."""

    vector: Sequence[float] | None
    candidates: Sequence[SearchCandidate]
    base: Floats

    @classmethod
    def of(
        cls,
        query: str,
        vector: Sequence[float] | None,
        candidates: Sequence[SearchCandidate],
    ) -> "SearchedQuery":
        """Compute the features."""
        return cls(vector, candidates, base_features(query, candidates))

    def list_products(
        self,
        query: str,
        items: Sequence[str],
        places: Sequence[int],
        gains: Mapping[str, float],
        *,
        presumed: bool = False,
    ) -> ShownList:
        """Return the list of these products; those that are no candidates are left out."""
        row = {one.key: n for n, one in enumerate(self.candidates)}
        kept = [(row[key], place) for key, place in zip(items, places, strict=True) if key in row]
        rows = np.array([n for n, _ in kept], np.int64)
        found = [self.candidates[n] for n in rows]
        return ShownList(
            query,
            self.vector,
            tuple(one.key for one in found),
            tuple(tuple(one.brands) for one in found),
            self.base[rows],
            np.array([place for _, place in kept], np.int64),
            np.array([gains.get(one.key, 0.0) for one in found], np.float64),
            presumed,
        )


def query_words(query: str) -> str:
    """Return the words of a query, by which equal queries are told."""
    return " ".join(dict.fromkeys(words_of(query)))


def search_queries(
    numbers: Mapping[str, int],
    search: Callable[[str], tuple[Sequence[float] | None, Sequence[SearchCandidate]]],
    progress: Callable[[int, int], None] = lambda done, total: None,
    *,
    most: int | None = MOST_QUERIES,
) -> dict[str, SearchedQuery]:
    """Search the most frequent queries again, so features are those that a server sees today.

    Args:
        numbers: number of lists of each query.
        search: function that returns the vector and the candidates of a query.
        progress: callback that receives the number of searched queries and of all.
        most: largest number of queries that are searched again; None for all.
    """
    chosen = sorted(numbers, key=lambda query: (-numbers[query], query))[:most]
    searched: dict[str, SearchedQuery] = {}
    for n, query in enumerate(chosen, 1):
        searched[query] = SearchedQuery.of(query, *search(query))
        progress(n, len(chosen))
    return searched


def make_shown_lists(
    log: Sequence[LoggedSearch], searched: Mapping[str, SearchedQuery]
) -> list[ShownList]:
    """Return the lists of a log with features, oldest first; a list of fewer than two is left out.

    A query event without a served list counts as if its first candidates had been shown.

    Args:
        log: searches, oldest first.
        searched: queries of the log; lists of others are left out.
    """
    lists = [_list_search(one, searched[one.query]) for one in log if one.query in searched]
    return [one for one in lists if len(one.keys) > 1]


def _list_search(logged: LoggedSearch, searched: SearchedQuery) -> ShownList:
    gains = {
        key: max(GAINS.get(kind, 0.0) for kind in kinds) for key, kinds in logged.responses.items()
    }
    if logged.items:
        places = range(logged.first, logged.first + len(logged.items))
        shown = searched.list_products(logged.query, logged.items, places, gains)
    else:
        items = [one.key for one in searched.candidates[:PRESUMED]]
        shown = searched.list_products(logged.query, items, range(len(items)), gains, presumed=True)
    return replace(shown, shopper=logged.shopper)


@dataclass(frozen=True)
class StackedLists:
    """Lists one after the other.

    Attributes:
        features: float64 [n, f].
        gains: float64 [n].
        weights: float64 [n], inverse propensity of each place.
        starts: int64 [lists], first row of each list.
    """

    features: Floats
    gains: Floats
    weights: Floats
    starts: NDArray[np.int64]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Number of rows of each list."""
        return np.diff(np.append(self.starts, len(self.gains)))


def stack(lists: Sequence[ShownList], features: Sequence[Floats], examined: Floats) -> StackedLists:
    """Stack lists that have a response; the others teach nothing about an order."""
    kept = [n for n, one in enumerate(lists) if one.gains.any()]
    sizes = [len(lists[n].keys) for n in kept]
    places = [lists[n].places.clip(max=len(examined) - 1) for n in kept]

    def join(parts: Sequence[NDArray[Any]], empty: tuple[int, ...]) -> Floats:
        return np.concatenate([np.zeros(empty), *parts])

    width = features[0].shape[1] if len(features) else 0
    return StackedLists(
        join([features[n] for n in kept], (0, width)),
        join([lists[n].gains for n in kept], (0,)),
        1 / join([examined[own] for own in places], (0,)),
        np.cumsum([0, *sizes[:-1]]).astype(np.int64)[: len(sizes)],
    )
