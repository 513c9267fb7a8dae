"""Counts of shoppers and searches that are not in the graph, from which the jobs learn as well.

They are files of `PairCounts` in one folder, of events that were never ingested or of other shops,
for the preference job, and files of `ShownCounts` in another, for the second stage of the search.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from pathlib import Path

import scipy.sparse as sp

from catalograph.embed.recommend.counts import PairCounts
from catalograph.embed.recommend.matrices import Csr
from catalograph.embed.search_ranking.shown_counts import ShownCounts
from catalograph.settings import Settings

__all__ = [
    "FurtherCounts",
    "counts_folder",
    "read_further_counts",
    "read_search_counts",
    "search_counts_folder",
]


@dataclass(frozen=True)
class FurtherCounts:
    """The sum of the counts of all files."""

    matrix: Csr
    """int64 [products, products], as `RecommendData.others`."""
    n_shoppers: int
    """Number of shoppers who were counted, also of products that are not listed here."""
    digest: str
    """SHA-256 of the counts, in hexadecimal."""


def counts_folder(settings: Settings) -> Path:
    """Return the folder of the files, which may not exist yet."""
    return settings.home / "counts"


def read_further_counts(folder: Path, products: Sequence[str]) -> FurtherCounts | None:
    """Add up the files of a folder; None without any.

    Args:
        folder: folder of `*.npz` files.
        products: keys of the listed products, in the order of the result.

    Raises:
        EmbedError: a file is damaged.
    """
    matrix = sp.csr_array((len(products), len(products)), dtype="int64")
    digests, shoppers = [], 0
    for file in sorted(folder.glob("*.npz")):
        # One at a time, as those of a large catalogue are large.
        counts = PairCounts.load(file)
        matrix = sp.csr_array(matrix + counts.place(products))
        digests.append(counts.digest)
        shoppers += counts.n_shoppers
    if not digests:
        return None
    return FurtherCounts(matrix, shoppers, hashlib.sha256("|".join(digests).encode()).hexdigest())


def search_counts_folder(settings: Settings) -> Path:
    """Return the folder of the files of searches, which may not exist yet."""
    return settings.home / "search-counts"


def read_search_counts(folder: Path) -> ShownCounts | None:
    """Add up the files of a folder; None without any.

    Raises:
        EmbedError: a file is damaged.
    """
    files = sorted(folder.glob("*.npz"))
    return reduce(add, map(ShownCounts.load, files)) if files else None
