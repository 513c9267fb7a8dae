"""Item-item Gram matrices in the form that is cheapest to store.

KG-EASE needs only three things of a Gram matrix G [n, n]: adding it to a dense matrix, its
diagonal, and single columns of P·G. A narrow relation's G is sparse and stored as it is. A broad
one's (a few categories that contain everything) would be dense, and stays a factor F with
G = F·Fᵀ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import scipy.sparse as sp

from catalograph.embed.recommend.matrices import Csr, Floats, Ints

__all__ = ["FactoredGram", "Gram", "GramDifference", "GramSum", "SparseGram", "gram_of"]

_BLOCK_CELLS = 1 << 24
"""Maximum number of cells of a dense block: 64 MiB in float32."""

_DENSE_SHARE = 0.02
"""Share of entries from which a product by dense blocks is faster than by picked entries."""

_FEW_TAILS = 2048
"""Maximum number of tails for which a factor is multiplied in dense form, which is faster."""


class Columns(Protocol):
    """Selected entries of M = P·G, where the diagonal of G is set to zero."""

    def __call__(self, rows: Ints, column: int) -> Floats:
        """Return M[rows, column], float [len(rows)]."""


class Gram(Protocol):
    """A symmetric positive semidefinite matrix over the items."""

    def add_to(self, dense: Floats, weight: float) -> None:
        """Add `weight`·G to `dense` [n, n] in place."""

    def product(self, P: Floats) -> Columns:
        """Prepare to read M = P·G for a symmetric `P` [n, n]."""


@dataclass(frozen=True)
class SparseGram:
    """A Gram matrix with few entries, kept as CSR [n, n]."""

    matrix: Csr

    def add_to(self, dense: Floats, weight: float) -> None:
        """Add `weight`·G to `dense` [n, n] in place."""
        n = dense.shape[0]
        step = max(1, _BLOCK_CELLS // max(1, n))
        for start in range(0, n, step):
            block = self.matrix[start : start + step].toarray()
            dense[start : start + step] += (weight * block).astype(dense.dtype, copy=False)

    @cached_property
    def _off_diagonal(self) -> Csr:
        matrix = self.matrix.copy()
        rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        matrix.data[rows == matrix.indices] = 0.0
        matrix.eliminate_zeros()
        return matrix

    def product(self, P: Floats) -> Columns:
        """Prepare to read M = P·G for a symmetric `P` [n, n]."""
        G = self._off_diagonal.astype(P.dtype, copy=False)
        if G.nnz > _DENSE_SHARE * P.size:
            return _BlockProduct(P, G)
        indptr, indices, data = G.indptr, G.indices, G.data

        def entries(rows: Ints, column: int) -> Floats:
            span = slice(indptr[column], indptr[column + 1])
            # G is symmetric, so its row is its column.
            picked: Floats = P[np.ix_(rows, indices[span])] @ data[span]
            return picked

        return entries


class _BlockProduct:
    """P·G by dense blocks of columns, for columns requested in ascending order."""

    def __init__(self, P: Floats, G: Csr) -> None:
        self._P, self._G = P, G
        self._start, self._block = 0, P[:0]

    def __call__(self, rows: Ints, column: int) -> Floats:
        """Return M[rows, column], float [len(rows)]."""
        if not self._start <= column < self._start + len(self._block):
            step = max(1, _BLOCK_CELLS // max(1, len(self._P)))
            self._start = column
            # Both are symmetric, so rows of G·P are columns of P·G.
            self._block = self._G[column : column + step].toarray() @ self._P  # (step, n)
        picked: Floats = self._block[column - self._start, rows]
        return picked


@dataclass(frozen=True)
class FactoredGram:
    """A Gram matrix G = F·Fᵀ with many entries and a factor F [n, tails] of few columns."""

    factor: Csr

    def add_to(self, dense: Floats, weight: float) -> None:
        """Add `weight`·F·Fᵀ to `dense` [n, n] in place."""
        n = dense.shape[0]
        F = self.factor.astype(dense.dtype)
        transposed = sp.csr_array(F.T * dense.dtype.type(weight))  # (tails, n)
        dense_enough = transposed.toarray() if transposed.shape[0] <= _FEW_TAILS else None
        step = max(1, _BLOCK_CELLS // max(1, n))
        for start in range(0, n, step):
            block = F[start : start + step]
            if dense_enough is None:
                dense[start : start + step] += (block @ transposed).toarray()
            else:
                dense[start : start + step] += block @ dense_enough

    def product(self, P: Floats) -> Columns:
        """Prepare to read M = P·G for a symmetric `P` [n, n]."""
        F = self.factor.astype(P.dtype)
        PF = np.ascontiguousarray((F.T @ P).T)  # (n, tails)
        squares = np.asarray(F.multiply(F).sum(axis=1)).ravel()  # the diagonal of G

        def entries(rows: Ints, column: int) -> Floats:
            span = slice(F.indptr[column], F.indptr[column + 1])
            full = PF[np.ix_(rows, F.indices[span])] @ F.data[span]
            picked: Floats = full - P[rows, column] * squares[column]
            return picked

        return entries


@dataclass(frozen=True)
class GramDifference:
    """The difference of two Gram matrices, which need not be positive."""

    whole: Gram
    part: Gram

    def add_to(self, dense: Floats, weight: float) -> None:
        """Add `weight`·G to `dense` [n, n] in place."""
        self.whole.add_to(dense, weight)
        self.part.add_to(dense, -weight)

    def product(self, P: Floats) -> Columns:
        """Prepare to read M = P·G for a symmetric `P` [n, n]."""
        whole, part = self.whole.product(P), self.part.product(P)

        def entries(rows: Ints, column: int) -> Floats:
            picked: Floats = whole(rows, column) - part(rows, column)
            return picked

        return entries


@dataclass(frozen=True)
class GramSum:
    """A weighted sum of matrices."""

    terms: Sequence[tuple[Gram, float]]

    def add_to(self, dense: Floats, weight: float) -> None:
        """Add `weight`·G to `dense` [n, n] in place."""
        for gram, own in self.terms:
            gram.add_to(dense, weight * own)

    def product(self, P: Floats) -> Columns:
        """Prepare to read M = P·G for a symmetric `P` [n, n]."""
        columns = [(gram.product(P), own) for gram, own in self.terms]

        def entries(rows: Ints, column: int) -> Floats:
            picked = np.zeros(len(rows), P.dtype)
            for product, own in columns:
                picked += P.dtype.type(own) * product(rows, column)
            return picked

        return entries


def gram_of(factor: Csr) -> Gram:
    """Store F·Fᵀ of `factor` [n, tails] in the cheaper form.

    The number of pairs of items that share a tail bounds the entries of the sparse form; the
    factored form needs n cells per tail when columns of P·G are read.
    """
    used = np.unique(factor.indices)
    F = factor[:, used] if len(used) < factor.shape[1] else factor
    degrees = np.bincount(F.indices, minlength=F.shape[1]).astype(np.float64)
    if float(degrees @ degrees) > F.shape[0] * max(1, F.shape[1]):
        return FactoredGram(F)
    return SparseGram(sp.csr_array(F @ F.T))
