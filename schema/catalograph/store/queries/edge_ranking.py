"""Ranking by a version's edges in memory: the sums of the statement, over rows of CSR matrices."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from catalograph.store.models.edge_artefact import EdgeArtefact, EdgeMatrix

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class EdgeState:
    """State of a version's edges, as read with a history.

    Attributes:
        model: key of the version.
        slot: slot of the version.
        artefact_hash: hash of its artefact; None if it has none.
        published: number of the last placement before the publish.
        placement: number of the last placement so far.
        changes: number of the last change of products so far.
    """

    model: str
    slot: str
    artefact_hash: str | None
    published: int
    placement: int
    changes: int = 0


class GraphEdge(NamedTuple):
    """A preference edge as read from the graph."""

    source: str
    target: str
    weight: float
    parts: list[float]
    shoppers: int | None = None
    without: int | None = None


class WeighedEdge(NamedTuple):
    """An edge to a candidate, multiplied by the factor of its source in the history.

    Attributes:
        source: key of the product in the history.
        weight: weight added to the score.
        parts: the same, split by the parts of the model.
        shoppers: number of shoppers who chose both ends; None if unknown.
        without: number of shoppers who chose the source only; None if unknown.
    """

    source: str
    weight: float
    parts: list[float]
    shoppers: int | None
    without: int | None


@dataclass(frozen=True)
class ServedEdges:
    """The edges of a live version: those of its artefact, and those that changed since.

    All edges of a product that was placed or withdrawn after the publish are read from the graph
    again; those in the artefact no longer count.

    Attributes:
        artefact: edges as published.
        placement: number of the last change of edges that is known here, as in `GraphState`.
    """

    artefact: EdgeArtefact
    placement: int
    _added: Mapping[str, int] = field(default_factory=dict)
    """Numbers of products that the artefact does not have, by key, in their order."""
    _order: Floats = field(default_factory=lambda: np.empty(0))
    """Places of the added products in the order of keys, between the numbers of the others."""
    _changed: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    """Numbers of the products whose edges changed, sorted."""
    _edges: EdgeMatrix | None = None
    """All edges of these products."""

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(self._added)

    @property
    def changed(self) -> int:
        """Number of products whose edges changed since the publish."""
        return len(self._changed)

    def number(self, key: str) -> int | None:
        """Return the number of a product; None for an unknown one."""
        found = self.artefact.numbers.get(key)
        return self._added.get(key) if found is None else found

    def key(self, number: int) -> str:
        """Return the key of a product."""
        known = len(self.artefact.keys)
        return self.artefact.keys[number] if number < known else self._names[number - known]

    def features(self, key: str) -> frozenset[int] | None:
        """Return what a product is compared by in diverse lists; None if only the graph tells."""
        number = self.artefact.numbers.get(key)
        if number is None or _among(self._changed, number):
            return None
        return self.artefact.features_of(number)

    def order(self, numbers: Ints) -> Floats:
        """Return the places of products in the order of their keys; float [len(numbers)]."""
        known = len(self.artefact.keys)
        places = numbers.astype(np.float64)
        later = numbers >= known
        places[later] = self._order[numbers[later] - known]
        return places

    def spans(self, number: int) -> Iterator[tuple[EdgeMatrix, slice]]:
        """Yield the edges of a product that hold now: a matrix and a place in it."""
        if not _among(self._changed, number):
            yield self.artefact.edges, self.artefact.edges.span(number)
        if self._edges is not None:
            yield self._edges, self._edges.span(number)

    def holds(self, matrix: EdgeMatrix, targets: NDArray[np.int32]) -> NDArray[np.bool_] | None:
        """Return which edges of a matrix hold; None for all.

        Of the artefact, those to unchanged products do.
        """
        if matrix is self._edges or not len(self._changed):
            return None
        return ~np.isin(targets, self._changed)

    def with_changes(
        self, placement: int, products: Sequence[str], edges: Sequence[GraphEdge]
    ) -> "ServedEdges":
        """Return these edges with those of some products replaced.

        Args:
            placement: number of the last change of edges that `edges` know of.
            products: keys of products whose edges changed.
            edges: all their edges, in both directions, each once.
        """
        added = dict(self._added)
        for key in [*products, *(e.source for e in edges), *(e.target for e in edges)]:
            if self.number(key) is None:
                added.setdefault(key, len(self.artefact.keys) + len(added))
        numbers = ServedEdges(self.artefact, placement, added)
        news = np.unique(np.array([numbers.number(key) for key in products], np.int64))
        kept = self._coo()
        stay = ~(np.isin(kept.sources, news) | np.isin(kept.targets, news))
        read = _coo_of(edges, numbers, len(self.artefact.part_names))
        return ServedEdges(
            self.artefact,
            placement,
            added,
            _places(self.artefact.keys, added),
            np.union1d(self._changed, news),
            _group(kept, stay, read, len(self.artefact.keys) + len(added)),
        )

    def _coo(self) -> "_Coo":
        if self._edges is None:
            return _coo_of([], self, len(self.artefact.part_names))
        edges = self._edges
        sources = np.repeat(np.arange(len(edges.indptr) - 1), np.diff(edges.indptr))
        shoppers = edges.shoppers if edges.shoppers is not None else np.empty((0, 2), np.int32)
        return _Coo(sources, edges.targets, edges.weights, edges.parts, shoppers)


class _Coo(NamedTuple):
    """Edges in the form of coordinates."""

    sources: Ints
    targets: NDArray[np.integer[Any]]
    weights: NDArray[np.floating[Any]]
    parts: NDArray[np.floating[Any]]
    shoppers: NDArray[np.int32]
    """int32 [m, 2]; as in `EdgeMatrix`, with -1 for an unknown number."""


def _coo_of(edges: Sequence[GraphEdge], served: ServedEdges, parts: int) -> _Coo:
    return _Coo(
        np.array([served.number(e.source) for e in edges], np.int64),
        np.array([served.number(e.target) for e in edges], np.int32),
        np.array([e.weight for e in edges], np.float64),
        np.array([e.parts for e in edges], np.float64).reshape(-1, parts),
        np.array(
            [[-1 if n is None else n for n in (e.shoppers, e.without)] for e in edges], np.int32
        ).reshape(-1, 2),
    )


def _group(
    kept: tuple[NDArray[Any], ...],
    stay: NDArray[np.bool_],
    read: tuple[NDArray[Any], ...],
    products: int,
) -> EdgeMatrix:
    """Return kept and read edges as one matrix, grouped by source."""
    sources, targets, weights, parts, shoppers = (
        np.concatenate([old[stay], new]) for old, new in zip(kept, read, strict=True)
    )
    grouped = np.lexsort((targets, sources))
    counts = np.bincount(sources, minlength=products)
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return EdgeMatrix(indptr, targets[grouped], weights[grouped], parts[grouped], shoppers[grouped])


def _places(keys: Sequence[str], added: Iterable[str]) -> Floats:
    """Return a place for each added key between the places of its neighbours."""
    names = list(added)
    rank = {name: n / len(names) for n, name in enumerate(sorted(names))}
    return np.array([bisect_left(keys, name) - 0.75 + 0.5 * rank[name] for name in names])


def _among(numbers: Ints, number: int) -> bool:
    place = int(np.searchsorted(numbers, number))
    return place < len(numbers) and int(numbers[place]) == number


class EdgeRanking:
    """Candidates for a history, best first.

    Args:
        served: edges of the live version.
        history: chosen products with their factors.
        hidden: keys of products that are no candidates.
        only: key of the only candidate; None for all.
        thin: what each part is multiplied by for a thin history; None for another one.
    """

    def __init__(
        self,
        served: ServedEdges,
        history: Sequence[tuple[str, float]],
        hidden: Collection[str] = (),
        only: str | None = None,
        thin: Sequence[float] | None = None,
    ) -> None:
        self._served = served
        self._thin = None if thin is None else np.array(thin)
        self._matrices: list[EdgeMatrix] = []
        self._collect(history)
        scores = np.bincount(self._targets, weights=self._weights)
        for number in map(served.number, hidden):
            if number is not None and number < len(scores):
                scores[number] = 0.0
        found = np.flatnonzero(scores > 0)
        if only is not None:
            number = served.number(only)
            found = found[found == (-1 if number is None else number)]
        best = np.lexsort((served.order(found), -scores[found]))
        self._found = found[best]
        self._scores = scores[self._found]

    def __len__(self) -> int:
        return len(self._found)

    def candidates(self, start: int, stop: int) -> list[tuple[str, float]]:
        """Return keys and scores of some candidates, best first."""
        span = slice(start, stop)
        numbers, scores = self._found[span].tolist(), self._scores[span].tolist()
        return [(self._served.key(n), s) for n, s in zip(numbers, scores, strict=True)]

    def edges(self, key: str, most: int) -> tuple[list[WeighedEdge], float, int]:
        """Return the strongest edges to a candidate, and sum and number of the weaker ones."""
        number = self._served.number(key)
        places = np.flatnonzero(self._targets == number)
        weights, sources = self._weights[places], self._sources[places]
        best = np.lexsort((self._served.order(sources), -np.abs(weights)))
        places, weights = places[best], weights[best]
        rest = weights[most:]
        return [self._edge(n) for n in places[:most].tolist()], float(rest.sum()), len(rest)

    def _edge(self, n: int) -> WeighedEdge:
        matrix = self._matrices[int(self._matrix[n])]
        place, factor = int(self._place[n]), float(self._factors[n])
        known = (-1, -1) if matrix.shoppers is None else matrix.shoppers[place].tolist()
        shoppers, without = (None if n < 0 else n for n in known)
        parts = matrix.parts[place].astype(np.float64) * factor
        return WeighedEdge(
            self._served.key(int(self._sources[n])),
            float(self._weights[n]),
            (parts if self._thin is None else parts * self._thin).tolist(),
            shoppers,
            without,
        )

    def _collect(self, history: Sequence[tuple[str, float]]) -> None:
        """Gather all edges of the history: sources, targets, weights, factors and places."""
        counts: list[int] = []
        numbers: list[int] = []
        factors: list[float] = []
        columns: list[list[NDArray[Any]]] = [[], [], []]
        for key, factor in history:
            number = self._served.number(key)
            if number is None:
                continue
            for matrix, span in self._served.spans(number):
                place = np.arange(span.start, span.stop)
                targets, weights = matrix.targets[span], matrix.weights[span]
                holds = self._served.holds(matrix, targets)
                if holds is not None:
                    place, targets, weights = place[holds], targets[holds], weights[holds]
                if self._thin is not None:
                    weights = matrix.parts[place] @ self._thin
                weighed = weights.astype(np.float64) * factor
                row: tuple[NDArray[Any], ...] = (place, targets, weighed)
                for column, part in zip(columns, row, strict=True):
                    column.append(part)
                counts.append(len(place))
                numbers.append(number)
                factors.append(factor)
                self._matrices.append(matrix)
        none: list[NDArray[Any]] = [np.empty(0, np.int64)]
        self._place, self._targets, self._weights = (
            np.concatenate(column or none) for column in columns
        )
        lengths = np.array(counts, np.int64)
        self._sources: Ints = np.repeat(np.array(numbers, np.int64), lengths)
        self._factors: Floats = np.repeat(np.array(factors, np.float64), lengths)
        self._matrix: Ints = np.repeat(np.arange(len(counts), dtype=np.int64), lengths)
