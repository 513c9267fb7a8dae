"""Counts of shoppers who are not in the graph, from which the preference job learns as well.

They are files of `PairCounts` in one folder: of events that were never ingested, or of other shops.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import scipy.sparse as sp

from catalograph.embed.recommend.counts import PairCounts
from catalograph.embed.recommend.matrices import Csr
from catalograph.settings import Settings

__all__ = ["FurtherCounts", "counts_folder", "read_further_counts"]


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
    found = [PairCounts.load(file) for file in sorted(folder.glob("*.npz"))]
    if not found:
        return None
    matrix = sp.csr_array((len(products), len(products)), dtype="int64")
    for counts in found:
        matrix = sp.csr_array(matrix + counts.place(products))
    digest = hashlib.sha256("|".join(counts.digest for counts in found).encode()).hexdigest()
    return FurtherCounts(matrix, sum(counts.n_shoppers for counts in found), digest)
