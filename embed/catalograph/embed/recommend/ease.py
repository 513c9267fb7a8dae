"""EASE: the closed-form linear item-item model.

Steck, H. (2019), "Embarrassingly Shallow Autoencoders for Sparse Data", arXiv:1905.03375. It
minimises ‖X − XB‖² + λ‖B‖² over B with a zero diagonal; with P = (XᵀX + λI)⁻¹ the solution is
B_ij = −P_ij / P_jj.

Orientation, here and everywhere in this package: B[j, i] is how much an interaction with item j
(the source, a row) raises the score of item i (the target, a column):
score(u, i) = Σ_j X[u, j] · B[j, i].
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import scipy.sparse as sp
from scipy.linalg import lapack

from catalograph.embed.recommend.matrices import Csr, Floats, Ints, row_of_entry
from catalograph.errors import EmbedError

__all__ = [
    "DTypeName",
    "Ease",
    "ItemScorer",
    "UserScorer",
    "fit_ease",
    "floor_pairs",
    "interaction_gram",
    "inverse_in_place",
]

DTypeName = Literal["float32", "float64"]

_BLOCK = 2048
_POWER_ROUNDS = 60


class ItemScorer(Protocol):
    """Interface of models that score all items for users from their interactions."""

    def score(self, rows: Csr) -> Floats:
        """Score all items.

        Args:
            rows: 0/1 matrix [users, items] of interactions.

        Returns:
            float [users, items], higher is better; rows are the users of `rows`.
        """


@runtime_checkable
class UserScorer(Protocol):
    """Interface of models that score all items for the users they were trained on."""

    def score_users(self, users: Ints) -> Floats:
        """Score all items.

        Args:
            users: int [m], rows of the training interactions.

        Returns:
            float [m, items], higher is better.
        """


@dataclass(frozen=True)
class Ease:
    """A fitted item-item model, stored as the inverse that gives its weights."""

    P: Floats
    """float [items, items], symmetric: the inverse of the regularised Gram matrix."""

    @property
    def weights(self) -> Floats:
        """Return B as a new array: float [items, items], rows sources, zero diagonal."""
        B: Floats = self.P / -np.diag(self.P)
        np.fill_diagonal(B, 0.0)
        return B

    @property
    def diagonal(self) -> Floats:
        """Return the diagonal of P: float [items], each above 0."""
        return np.diag(self.P)

    def weights_of(self, start: int, stop: int) -> Floats:
        """Return B[start:stop], the weights of some sources: float [stop − start, items]."""
        block: Floats = self.P[start:stop] / -np.diag(self.P)
        sources = np.arange(stop - start)
        block[sources, start + sources] = 0.0
        return block

    def score(self, rows: Csr) -> Floats:
        """Score all items: rows·B, without computing B; float [users, items]."""
        scores: Floats = rows.astype(self.P.dtype) @ self.P
        scores /= -np.diag(self.P)
        # The product added −P_ii/P_ii = −1 from the diagonal, where B is zero.
        scores[row_of_entry(rows), rows.indices] += rows.data
        return scores


def fit_ease(
    train: Csr, lambda_: float, dtype: DTypeName = "float32", *, user_power: float = 0.0
) -> Ease:
    """Fit EASE.

    Args:
        train: 0/1 matrix [users, items].
        lambda_: ridge λ, above 0, in units of squared interactions.
        dtype: precision of the inverse; float32 needs 4·items² bytes.
        user_power: exponent of the user weights, as in `interaction_gram`; 0 is EASE as published.

    Raises:
        EmbedError: the matrix is not positive definite in this precision.
    """
    A = np.zeros((train.shape[1], train.shape[1]), dtype=dtype)
    add_sparse(A, interaction_gram(train, user_power))
    np.einsum("ii->i", A)[:] += lambda_
    return Ease(inverse_in_place(A))


def interaction_gram(train: Csr, user_power: float = 0.0) -> Csr:
    """Return Xᵀ·diag(n^−α)·X, the number of users two items share; CSR [items, items].

    Args:
        train: 0/1 matrix [users, items].
        user_power: α; a user with n interactions has weight n^−α. Above 0, the few users with
            very many interactions do not outweigh the rest.
    """
    if not user_power:
        return sp.csr_array(train.T @ train)
    counts = np.diff(train.indptr).astype(train.dtype)
    weighted = train.copy()
    weighted.data *= np.repeat(np.maximum(counts, 1) ** -user_power, np.diff(train.indptr))
    return sp.csr_array(train.T @ weighted)


def floor_pairs(gram: Csr, counts: Csr, fewest: int) -> tuple[Csr, float]:
    """Leave out of a Gram matrix what rests on too few users.

    Args:
        gram: Gram matrix of the interactions, with weighted users or without.
        counts: number of users of each two items; CSR [items, items].
        fewest: number of users who must have chosen both items, or the one on the diagonal.

    Returns:
        The matrix, and what must be added to its diagonal so that it is not less definite than
        before: the largest eigenvalue of what was left out; 0 where nothing was.
    """
    enough = counts.copy()
    enough.data = (counts.data >= fewest).astype(gram.dtype)
    kept = sp.csr_array(gram.multiply(enough))
    kept.eliminate_zeros()
    left_out = sp.csr_array(gram - kept).astype(np.float64)
    left_out.eliminate_zeros()
    if not left_out.nnz:
        return kept, 0.0
    # All entries are positive, so the power method converges to the largest eigenvalue from below.
    vector = np.ones(gram.shape[0])
    largest = 0.0
    for _ in range(_POWER_ROUNDS):
        vector = left_out @ vector + 1e-12
        largest = float(np.linalg.norm(vector))
        vector /= largest
    return kept, 1.05 * largest


def add_sparse(dense: Floats, matrix: Csr) -> None:
    """Add a sparse matrix without duplicates to `dense` in place, without a dense copy of it."""
    dense[row_of_entry(matrix), matrix.indices] += matrix.data.astype(dense.dtype, copy=False)


def inverse_in_place(A: Floats) -> Floats:
    """Invert a symmetric positive definite matrix in place, by Cholesky.

    Args:
        A: float32 or float64 [n, n], C-contiguous; destroyed.

    Returns:
        The inverse, in the memory of `A`, exactly symmetric.

    Raises:
        EmbedError: `A` is not positive definite in its precision.
    """
    if A.shape[0] == 0:
        return A
    factor, invert = _LAPACK[A.dtype.name]
    # LAPACK is column-major, so it gets the transpose: no copy, and its upper triangle is the lower
    # one of A.
    inverse, failed = factor(A.T, lower=0, overwrite_a=1, clean=0)
    if not failed:
        inverse, failed = invert(inverse, lower=0, overwrite_c=1)
    if failed:
        raise EmbedError(
            f"The matrix of {A.shape[0]} items is not positive definite in {A.dtype.name} "
            f"(LAPACK says {failed}); take a larger lambda or float64.",
            info=int(failed),
        )
    if not np.shares_memory(inverse, A):  # A was not contiguous, so LAPACK used a copy
        A[:] = inverse.T
    _mirror_lower(A)
    return A


def _mirror_lower(A: Floats) -> None:
    n = A.shape[0]
    for start in range(0, n, _BLOCK):
        stop = min(n, start + _BLOCK)
        A[start:stop, stop:] = A[stop:, start:stop].T
        corner = A[start:stop, start:stop]
        corner[:] = np.tril(corner) + np.tril(corner, -1).T


_LAPACK: Mapping[str, tuple[Callable[..., tuple[Floats, int]], Callable[..., tuple[Floats, int]]]]
_LAPACK = {
    "float32": (lapack.spotrf, lapack.spotri),
    "float64": (lapack.dpotrf, lapack.dpotri),
}
