"""Counts of shoppers that add up: how many chose each product, and each two products.

They are all that KG-EASE reads of interactions: the Gram matrix XᵀX, whose diagonal is the
popularity. Those of disjoint groups of shoppers add up, whoever counted them: partitions of a
table, a database, another shop. As integers, they do so exactly.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from catalograph.embed.count_files import open_counts, save_counts
from catalograph.embed.recommend.matrices import Csr, Ints, incidence, row_of_entry
from catalograph.errors import EmbedError

__all__ = ["PairCounts", "limit_interactions", "mirror_upper"]

_FORMAT = 1


@dataclass(frozen=True)
class PairCounts:
    """Numbers of shoppers by product and by pair of products.

    Raises:
        EmbedError: keys repeat, or are not as many as the rows.
    """

    keys: tuple[str, ...]
    """Keys of the products, or any other identifiers of theirs, each once."""
    pairs: Csr
    """int64 [products, products], symmetric: shoppers of both; the diagonal has those of one."""
    n_shoppers: int
    """Number of shoppers who were counted."""

    def __post_init__(self) -> None:
        n = len(self.keys)
        if self.pairs.shape != (n, n) or len(set(self.keys)) != n:
            raise EmbedError(
                f"Counts of shape {self.pairs.shape} have {n} keys, {len(set(self.keys))} of them "
                "different; they need one key a product."
            )

    @classmethod
    def of(cls, train: Csr, keys: Sequence[str]) -> "PairCounts":
        """Count the shoppers of a 0/1 matrix [shoppers, products] with these keys of products."""
        whole = train.astype(np.int64)
        shoppers = int(np.count_nonzero(np.diff(train.indptr)))
        return cls(tuple(keys), sp.csr_array(whole.T @ whole), shoppers)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content, in hexadecimal."""
        digest = hashlib.sha256(f"{self.n_shoppers}|{len(self.keys)}|".encode())
        for key in self.keys:
            digest.update(f"{len(key)}:{key}".encode())
        pairs = self.pairs.sorted_indices()
        for array in (pairs.indptr, pairs.indices, pairs.data):
            digest.update(array.astype("<i8").tobytes())
        return digest.hexdigest()

    def __add__(self, other: "PairCounts") -> "PairCounts":
        """Return the counts of the shoppers of both, who must be different ones."""
        keys = tuple(sorted({*self.keys, *other.keys}))
        shoppers = self.n_shoppers + other.n_shoppers
        return PairCounts(keys, sp.csr_array(self.place(keys) + other.place(keys)), shoppers)

    def place(self, keys: Sequence[str]) -> Csr:
        """Return the counts in the order of other keys; int64 [keys, keys].

        Products without a key among them are left out, and unknown keys have no shoppers.
        """
        index = {key: n for n, key in enumerate(keys)}
        to = np.array([index.get(key, -1) for key in self.keys], np.int64)
        shape = (len(keys), len(keys))
        if (to >= 0).all() and (np.diff(to) > 0).all():
            # Products in the same order, as usual: nothing needs to be sorted or multiplied.
            sizes = np.zeros(len(keys) + 1, np.int64)
            sizes[to + 1] = np.diff(self.pairs.indptr)
            columns = to.astype(np.int32)[self.pairs.indices]
            return sp.csr_array((self.pairs.data, columns, np.cumsum(sizes)), shape=shape)
        found = np.flatnonzero(to >= 0)
        ones = np.ones(len(found), np.int64)
        chosen = sp.csr_array((ones, (to[found], found)), shape=(len(keys), len(self.keys)))
        return sp.csr_array(chosen @ self.pairs @ chosen.T)

    def save(self, file: Path) -> None:
        """Write a file, at once."""
        upper = sp.csr_array(sp.triu(self.pairs))
        save_counts(
            file,
            _FORMAT,
            keys=np.array(self.keys, dtype=np.str_),
            shoppers=np.array(self.n_shoppers),
            rows=row_of_entry(upper).astype(np.int32),
            columns=upper.indices.astype(np.int32),
            counts=upper.data,
        )

    @classmethod
    def load(cls, file: Path) -> "PairCounts":
        """Read a file.

        Raises:
            EmbedError: the file is missing, damaged or of another format.
        """
        with open_counts(file, _FORMAT, "counts") as arrays:
            entries = (arrays["rows"], arrays["columns"], arrays["counts"])
            keys = tuple(arrays["keys"].tolist())
            return cls(keys, mirror_upper(*entries, n=len(keys)), int(arrays["shoppers"]))


def mirror_upper(rows: Ints, columns: Ints, counts: Ints, *, n: int) -> Csr:
    """Return the symmetric matrix [n, n] of entries on the diagonal and above it; int64."""
    upper = sp.csr_array((counts.astype(np.int64), (rows, columns)), shape=(n, n))
    return sp.csr_array(upper + sp.triu(upper, 1).T)


def limit_interactions(train: Csr, most: int, seed: int = 0) -> Csr:
    """Keep at most this many interactions of each user, drawn at random.

    It bounds what one user adds to the counts: 1 to `most` products and `most`² pairs.

    Args:
        train: 0/1 matrix [users, items].
        most: maximum number of interactions of a user, at least 1.
        seed: seed of the draw.
    """
    users = row_of_entry(train)
    order = np.lexsort((np.random.default_rng(seed).random(train.nnz), users))
    place = np.arange(train.nnz) - train.indptr[users[order]]
    kept = order[place < most]
    return incidence(users[kept], train.indices[kept], (train.shape[0], train.shape[1]))
