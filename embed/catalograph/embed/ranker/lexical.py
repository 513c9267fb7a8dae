"""BM25 over a fixed set of texts, as one sparse matrix."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp

from catalograph.embed.recommend.matrices import Floats

_WORD = re.compile(r"\w+")
_K1, _B = 1.2, 0.75
_PLURAL_FROM = 4
"""Minimum length of a word that can lose a plural s."""


class Bm25:
    """BM25 (Robertson et al. 1994) with idf log(1 + (n - df + ½) / (df + ½)).

    A library would do the same; but with a matrix of words, the scores of all products are one sum
    of columns, and the query coverage comes from the same matrix.

    Args:
        texts: n documents.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        words = [tokens(text) for text in texts]
        self._column: dict[str, int] = {}
        columns = [
            self._column.setdefault(word, len(self._column)) for text in words for word in text
        ]
        lengths = np.array([len(text) for text in words], np.float64)
        rows = np.repeat(np.arange(len(words)), lengths.astype(np.int64))
        shape = (len(words), len(self._column))
        counts = sp.csr_array((np.ones(len(rows)), (rows, np.array(columns, np.int64))), shape)
        counts.sum_duplicates()
        df = np.bincount(counts.indices, minlength=shape[1])
        idf = np.log1p((shape[0] - df + 0.5) / (df + 0.5))
        relative = np.repeat(lengths / max(1.0, lengths.mean()), np.diff(counts.indptr))
        damped = counts.data + _K1 * (1 - _B + _B * relative)
        counts.data = idf[counts.indices] * counts.data * (_K1 + 1) / damped
        self._weights = counts.tocsc()
        self._has = self._weights.astype(bool)

    def scores(self, query: str) -> Floats:
        """Return the BM25 score of every text, float64 [n]."""
        return self._sum(self._weights, tokens(query))

    def coverage(self, query: str) -> Floats:
        """Return the share of the query's distinct words that each text has, float64 [n]."""
        words = list(dict.fromkeys(tokens(query)))
        return self._sum(self._has, words) / max(1, len(words))

    def _sum(self, matrix: Any, words: Sequence[str]) -> Floats:
        known = [self._column[word] for word in words if word in self._column]
        return np.asarray(matrix[:, known].sum(axis=1), np.float64).ravel()


def tokens(text: str) -> list[str]:
    """Return words in lower case without a plural s (Harman 1991)."""
    return [_singular(word) for word in _WORD.findall(text.casefold())]


def _singular(word: str) -> str:
    plural = len(word) >= _PLURAL_FROM and word.endswith("s") and not word.endswith(("ss", "us"))
    return word[:-1] if plural else word
