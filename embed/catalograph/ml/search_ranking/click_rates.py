"""Click rates of queries, products and brands, corrected for the places at which they were shown.

A rate is clicks over expected clicks (Zhang and Jones, WWW 2007): an impression at a place counts
as much as the place is looked at, so a product is not popular for having been shown on top. Rates
are smoothed towards that of the whole log, and stored by a hash of their names in sorted arrays,
which a server maps into memory.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_SMOOTHING = 2.0
"""Expected clicks, at the mean rate of the log, that each rate begins with."""


@dataclass(frozen=True)
class ClickRates:
    """Logarithms of clicks over expected clicks.

    Attributes:
        hashes: uint64 [n], sorted: hash of each name.
        rates: float32 [n]: logarithm of its rate over that of the log; 0 for the same.
    """

    hashes: NDArray[np.uint64]
    rates: NDArray[np.float32]

    def features(self, query: str, keys: Sequence[str], brands: Sequence[Sequence[str]]) -> Floats:
        """Return the rates of each product, float64 [n, 4]; an unknown one is 0.

        The columns are those of the product for this query, of the product, and of its first brand
        for this query and for all.

        Args:
            query: words of the query, as `names_of` takes them.
            keys: keys of the products.
            brands: names of the brands of each product.
        """
        if not len(self.hashes):
            return np.zeros((len(keys), 4))
        names = [names_of(query, key, own) for key, own in zip(keys, brands, strict=True)]
        wanted = np.array([[hash_name(name) for name in four] for four in names], np.uint64)
        places = np.searchsorted(self.hashes, wanted).clip(max=len(self.hashes) - 1)
        found = self.hashes[places] == wanted
        return np.where(found, self.rates[places], 0.0).astype(np.float64).reshape(len(keys), 4)


NO_CLICKS = ClickRates(np.zeros(0, np.uint64), np.zeros(0, np.float32))
"""The rates of an empty log."""


@dataclass(frozen=True, slots=True)
class Impression:
    """A product as shown for a query.

    Attributes:
        query: words of the query.
        key: key of the product.
        brands: names of its brands.
        examined: probability that its place was looked at.
        gain: worth of the shopper's response, 0 for none and 1 for a click.
    """

    query: str
    key: str
    brands: Sequence[str]
    examined: float
    gain: float


def estimate_click_rates(shown: Iterable[Impression]) -> ClickRates:
    """Return the smoothed rates of all queries, products and brands of a log."""
    clicks: dict[str, float] = {}
    expected: dict[str, float] = {}
    total, seen = 0.0, 0.0
    for one in shown:
        total += one.gain
        seen += one.examined
        for name in names_of(one.query, one.key, one.brands):
            clicks[name] = clicks.get(name, 0.0) + one.gain
            expected[name] = expected.get(name, 0.0) + one.examined
    if not total:
        return NO_CLICKS
    mean = total / seen
    names = list(clicks)
    hashes = np.array([hash_name(name) for name in names], np.uint64)
    found = np.array([clicks[name] for name in names])
    wanted = mean * np.array([expected[name] for name in names])
    rates = np.log((found + _SMOOTHING) / (wanted + _SMOOTHING)).astype(np.float32)
    order = np.argsort(hashes)
    return ClickRates(hashes[order], rates[order])


def names_of(query: str, key: str, brands: Sequence[str]) -> tuple[str, str, str, str]:
    """Return the names of the rates of a product for a query."""
    brand = brands[0].casefold() if brands else ""
    return f"{query}\t{key}", f"\t{key}", f"{query}\t\t{brand}", f"\t\t{brand}"


def hash_name(name: str) -> int:
    """Return the BLAKE2b-64 of a name; the words of a query cannot be read from it."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")
