"""Names of the array types used in this package, and constructors of sparse matrices."""

from typing import Any, TypeAlias

import numpy as np
import scipy.sparse as sp

Floats: TypeAlias = np.ndarray[Any, np.dtype[np.floating[Any]]]
Ints: TypeAlias = np.ndarray[Any, np.dtype[np.integer[Any]]]
Bools: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]
Csr: TypeAlias = sp.csr_array[Any, tuple[int, int]]


def incidence(rows: Ints, columns: Ints, shape: tuple[int, int]) -> Csr:
    """Build a 0/1 matrix from pairs; duplicate pairs count once.

    Returns:
        float32 CSR of `shape`, indices sorted within each row.
    """
    ones = np.ones(len(rows), dtype=np.float32)
    matrix = sp.csr_array((ones, (rows, columns)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix


def row_of_entry(matrix: Csr) -> Ints:
    """Return the row number of each stored entry, int64 [nnz]."""
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))


def number_pairs(matrix: Csr) -> Ints:
    """Return a number for the place of each stored entry, ascending; int64 [nnz]."""
    return row_of_entry(matrix) * matrix.shape[1] + matrix.indices
