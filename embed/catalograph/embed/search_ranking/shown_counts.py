"""Counts of what searches showed that add up: how often a product stood at a place, and was chosen.

They are all that the click model reads of a log, both the propensities of places and the click
rates. Those of disjoint parts of a log add up, whoever counted them, and exactly so, as integers.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.embed.count_files import open_counts, save_counts
from catalograph.embed.search_ranking.lists import SearchedQuery, ShownList, query_words
from catalograph.ml.search_ranking.click_rates import Impression

__all__ = ["PLACES", "FurtherSearches", "ShownCounts"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PLACES = 50
"""Number of places that are counted by themselves; later ones count as the last of them."""
_FORMAT = 1
_QUERY, _KEY, _PLACE, _PRESUMED = range(4)


@dataclass(frozen=True)
class ShownCounts:
    """Numbers of impressions and of responses by query, product and place.

    Attributes:
        queries: search words, sorted.
        keys: keys of products, sorted.
        cells: int64 [n, 4], sorted, each once: number of the query, number of the product, place
            from 0, and 1 where the place is only presumed.
        shown: int64 [n]: how often the product was shown there.
        clicked: int64 [n]: how often it had a response.
        gains: int64 [n]: sum of the worth of the responses.
        n_lists: number of lists that were counted.
    """

    queries: tuple[str, ...]
    keys: tuple[str, ...]
    cells: Ints
    shown: Ints
    clicked: Ints
    gains: Ints
    n_lists: int

    @classmethod
    def of(cls, lists: Sequence[ShownList]) -> "ShownCounts":
        """Count lists."""
        sizes = [len(one.keys) for one in lists]
        gains = np.concatenate([np.zeros(0), *(one.gains for one in lists)]).astype(np.int64)
        return cls.of_columns(
            [one.query for one in lists for _ in one.keys],
            [key for one in lists for key in one.keys],
            np.concatenate([np.zeros(0, np.int64), *(one.places for one in lists)]),
            np.repeat(np.array([one.presumed for one in lists], np.int64), sizes),
            numbers=np.stack([np.ones_like(gains), (gains > 0).astype(np.int64), gains], axis=1),
            n_lists=len(lists),
        )

    @classmethod
    def of_columns(
        cls,
        queries: Sequence[str],
        keys: Sequence[str],
        places: Ints,
        presumed: Ints,
        *,
        numbers: Ints,
        n_lists: int,
    ) -> "ShownCounts":
        """Add up rows of equal query, product and place.

        Args:
            queries: query of each row.
            keys: key of the product of each row.
            places: int64 [rows]: place of each.
            presumed: int64 [rows]: 1 where the place is only presumed.
            numbers: int64 [rows, 3]: impressions, impressions with a response, sum of gains.
            n_lists: number of lists that the rows come from.
        """
        words, query = _number(queries)
        products, key = _number(keys)
        table = np.stack([query, key, places.clip(0, PLACES - 1), presumed], axis=1)
        cells, row = np.unique(table.astype(np.int64), axis=0, return_inverse=True)
        sums = np.zeros((len(cells), 3), np.int64)
        np.add.at(sums, row.ravel(), numbers)
        return cls(words, products, cells, sums[:, 0], sums[:, 1], sums[:, 2], n_lists)

    def __add__(self, other: "ShownCounts") -> "ShownCounts":
        """Return the counts of the lists of both, which must be different ones."""
        both = (self, other)
        joined = np.concatenate([one.cells for one in both])
        return ShownCounts.of_columns(
            [one.queries[n] for one in both for n in one.cells[:, _QUERY].tolist()],
            [one.keys[n] for one in both for n in one.cells[:, _KEY].tolist()],
            joined[:, _PLACE],
            joined[:, _PRESUMED],
            numbers=np.concatenate([one.numbers for one in both]),
            n_lists=self.n_lists + other.n_lists,
        )

    @property
    def numbers(self) -> Ints:
        """Impressions, impressions with a response and sum of gains; int64 [n, 3]."""
        return np.stack([self.shown, self.clicked, self.gains], axis=1)

    @property
    def places(self) -> Ints:
        """Place of each cell, int64 [n]."""
        places: Ints = self.cells[:, _PLACE]
        return places

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """Query and key of the product of each cell."""
        chosen = self.cells[:, : _KEY + 1].tolist()
        return [(self.queries[query], self.keys[key]) for query, key in chosen]

    @property
    def lists_of_queries(self) -> dict[str, int]:
        """Least number of lists that each query had: as often as its most frequent product."""
        most = np.zeros(len(self.queries), np.int64)
        products, row = np.unique(self.cells[:, : _KEY + 1], axis=0, return_inverse=True)
        times = np.zeros(len(products), np.int64)
        np.add.at(times, row.ravel(), self.shown)
        np.maximum.at(most, products[:, _QUERY], times)
        return dict(zip(self.queries, most.tolist(), strict=True))

    def take(self, kept: NDArray[np.bool_]) -> "ShownCounts":
        """Return the counts of some cells; the number of lists stays."""
        pairs = [pair for pair, own in zip(self.pairs, kept.tolist(), strict=True) if own]
        cells = self.cells[kept]
        return ShownCounts.of_columns(
            [query for query, _ in pairs],
            [key for _, key in pairs],
            cells[:, _PLACE],
            cells[:, _PRESUMED],
            numbers=self.numbers[kept],
            n_lists=self.n_lists,
        )

    def with_known_places(self) -> "ShownCounts":
        """Return the counts without those of presumed places, which tell nothing of places."""
        return self.take(self.cells[:, _PRESUMED] == 0)

    def impressions(
        self, examined: Floats, brands: Mapping[str, Sequence[str]]
    ) -> Iterator[Impression]:
        """Yield the impressions of each cell as one, with the sum of what they count.

        Args:
            examined: propensity of each place.
            brands: names of the brands of each product.
        """
        words = [query_words(query) for query in self.queries]
        looked = examined[self.places.clip(max=len(examined) - 1)] * self.shown
        columns = (looked.tolist(), self.gains.astype(np.float64).tolist())
        cells = self.cells[:, : _KEY + 1].tolist()
        for (query, number), seen, gain in zip(cells, *columns, strict=True):
            key = self.keys[number]
            yield Impression(words[query], key, brands[key], seen, gain)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content, in hexadecimal."""
        digest = hashlib.sha256(f"{self.n_lists}|{len(self.queries)}|{len(self.keys)}|".encode())
        for name in (*self.queries, *self.keys):
            digest.update(f"{len(name)}:{name}".encode())
        for array in (self.cells, self.numbers):
            digest.update(array.astype("<i8").tobytes())
        return digest.hexdigest()

    def save(self, file: Path) -> None:
        """Write a file, at once."""
        save_counts(
            file,
            _FORMAT,
            queries=np.array(self.queries, dtype=np.str_),
            keys=np.array(self.keys, dtype=np.str_),
            cells=self.cells,
            numbers=self.numbers,
            lists=np.array(self.n_lists),
        )

    @classmethod
    def load(cls, file: Path) -> "ShownCounts":
        """Read a file.

        Raises:
            EmbedError: the file is missing, damaged or of another format.
        """
        with open_counts(file, _FORMAT, "counts of searches") as arrays:
            queries, keys = (tuple(arrays[name].tolist()) for name in ("queries", "keys"))
            shown, clicked, gains = arrays["numbers"].T
            lists = int(arrays["lists"])
            return cls(queries, keys, arrays["cells"], shown, clicked, gains, lists)


@dataclass(frozen=True)
class FurtherSearches:
    """Counts of lists that are not in the graph's log, with what the click model needs of them.

    Attributes:
        counts: the counts of products that are candidates of their query today.
        base: float64 [f]: features of each query and product, as of `ShownList.base`.
        brands: names of the brands of each product.
    """

    counts: ShownCounts
    base: Mapping[tuple[str, str], Floats]
    brands: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, counts: ShownCounts, searched: Mapping[str, SearchedQuery]) -> "FurtherSearches":
        """Look up counted products among the candidates of queries that were searched again."""
        base: dict[tuple[str, str], Floats] = {}
        brands: dict[str, tuple[str, ...]] = {}
        for query in set(counts.queries) & searched.keys():
            found = searched[query]
            for candidate, features in zip(found.candidates, found.base, strict=True):
                base[query, candidate.key] = features
                brands[candidate.key] = tuple(candidate.brands)
        kept = np.array([pair in base for pair in counts.pairs], bool)
        return cls(counts.take(kept), base, brands)


def _number(names: Sequence[str]) -> tuple[tuple[str, ...], NDArray[Any]]:
    """Return the different names, sorted, and the number of each."""
    known = sorted(set(names))
    numbers = {name: n for n, name in enumerate(known)}
    return tuple(known), np.array([numbers[name] for name in names], np.int64)
