"""All records of one resolution: word weights, vectors and competing candidates.

Nothing here uses labels, so all records to be compared may take part.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import MissingExtraError
from catalograph.ingest.resolve.identifiers import identify
from catalograph.ingest.resolve.records import ProductRecord

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
"""Function from texts to L2-normalised vectors, float32 [n, dimension]."""

_WORD = r"(?u)[^\W_]+"


class Corpus:
    """Records with their identifiers, word weights and vectors.

    Attributes:
        records: distinct records.
        identifiers: identifiers of each record, in the same order.
    """

    def __init__(self, records: Sequence[ProductRecord], encode: Encode | None = None) -> None:
        self.records = list(records)
        self.identifiers = [identify(record) for record in records]
        self._words = Counter(w for i in self.identifiers for w in i.all_words)
        self._codes = Counter(c for i in self.identifiers for c in i.all_codes | i.codes)
        self._encode = encode
        self._matrices: dict[str, Any] = {}

    def weight(self, word: str) -> float:
        """Return the smoothed inverse document frequency of a word."""
        return math.log((1 + len(self.records)) / (1 + self._words[word]))

    def weights(self, words: Iterable[str]) -> list[float]:
        """Return the weights of some words, largest first."""
        return sorted(map(self.weight, words), reverse=True)

    def code_weight(self, code: str) -> float:
        """Return the smoothed inverse document frequency of a model number."""
        return math.log((1 + len(self.records)) / (1 + self._codes[code]))

    def code_count(self, code: str) -> int:
        """Return the number of records that contain a model number."""
        return self._codes[code]

    def similarities(self, pairs: NDArray[np.int64]) -> tuple[list[str], NDArray[np.float64]]:
        """Return the cosine similarities of each pair in several vector spaces.

        Args:
            pairs: int64 [n, 2]; indexes into `records`.

        Returns:
            Names of the spaces, and float64 [n, spaces].
        """
        columns = {}
        for name, (left, right) in self._spaces().items():
            columns[name] = _row_products(self._matrix(left), self._matrix(right), pairs)
        return list(columns), np.stack(list(columns.values()), axis=1)

    def rare_words(self, most: int) -> Any:
        """Return TF-IDF of words that at most `most` records contain; sparse [records, words]."""
        matrix = self._matrix("words_text")
        return matrix[:, np.flatnonzero(matrix.getnnz(axis=0) <= most)].tocsr()

    def _spaces(self) -> dict[str, tuple[str, str]]:
        spaces = {
            "words_title": ("words_title", "words_title"),
            "words_text": ("words_text", "words_text"),
            "grams_title": ("grams_title", "grams_title"),
            "grams_text": ("grams_text", "grams_text"),
            "title_to_text": ("grams_title_on_text", "grams_text"),
            "text_to_title": ("grams_text", "grams_title_on_text"),
        }
        if self._encode is not None:
            spaces |= {
                "meaning_title": ("meaning_title", "meaning_title"),
                "meaning_text": ("meaning_text", "meaning_text"),
            }
        return spaces

    def _matrix(self, name: str) -> Any:
        if name not in self._matrices:
            self._matrices |= self._make(name)
        return self._matrices[name]

    def _make(self, name: str) -> dict[str, Any]:
        kind, _, what = name.partition("_")
        texts = [r.title if what.startswith("title") else r.text for r in self.records]
        if kind == "meaning":
            if self._encode is None:
                raise ValueError("There is no text encoder.")
            return {name: self._encode(texts)}
        if kind == "words" and what.startswith("title"):
            texts = [f"{r.brand} {r.title}" for r in self.records]
        if "grams_t" in name and what != "title":
            # Titles use the vocabulary of the full texts, so that the two can be compared.
            vectorizer = _vectorizer("grams")
            whole = vectorizer.fit_transform([r.text for r in self.records])
            titles = vectorizer.transform([r.title for r in self.records])
            return {"grams_text": whole, "grams_title_on_text": titles}
        return {name: _vectorizer(kind).fit_transform(texts)}


def rank_rivals(
    pairs: NDArray[np.int64], values: NDArray[np.float64]
) -> tuple[list[str], NDArray[np.float64]]:
    """Rank each pair among the other candidates of its two records.

    Args:
        pairs: int64 [n, 2]; all candidate pairs.
        values: float64 [n]; similarity of each pair.

    Returns:
        Column names, and float64 [n, 6]: for the left and the right record, the margin over its
        best other candidate, and the rank from 0; then the lower margin and the sum of ranks.
    """
    left, right = (_rank(pairs[:, side], values) for side in (0, 1))
    columns = [*left, *right, np.minimum(left[0], right[0]), left[1] + right[1]]
    names = ["margin_left", "rank_left", "margin_right", "rank_right", "margin", "rank"]
    return names, np.stack(columns, axis=1)


def _rank(
    owners: NDArray[np.int64], values: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each value's margin over the best other value of its owner, and its rank from 0."""
    order = np.lexsort((-values, owners))
    starts = np.flatnonzero(np.diff(owners[order], prepend=-1))
    sizes = np.diff(np.append(starts, len(order)))
    first = np.repeat(starts, sizes)
    rank = np.arange(len(order)) - first
    best = values[order][first]
    alone = np.repeat(sizes == 1, sizes)
    second = np.where(alone, 0.0, values[order][np.minimum(first + 1, len(order) - 1)])
    rival = np.where(rank == 0, second, best)
    margin, ranks = np.empty(len(order)), np.empty(len(order))
    margin[order], ranks[order] = values[order] - rival, rank
    return margin, ranks


def _row_products(a: Any, b: Any, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    left, right = a[pairs[:, 0]], b[pairs[:, 1]]
    if isinstance(left, np.ndarray):
        return np.asarray(np.einsum("ij,ij->i", left, right), np.float64)
    return np.asarray(left.multiply(right).sum(axis=1), np.float64).ravel()


def _vectorizer(kind: str) -> Any:
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
    except ImportError as exc:
        raise MissingExtraError("extract", "scikit-learn") from exc
    if kind == "words":
        return TfidfVectorizer(token_pattern=_WORD, sublinear_tf=True)
    return TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
