"""Groups of characters and character pairs (grams) with similar contexts in raw text.

Neighbouring characters are counted, weighted by positive pointwise mutual information, reduced to
few dimensions by truncated SVD (Levy and Goldberg 2014) and grouped by k-means, at several numbers
of groups. The group tells a tagger something about characters missing from its training data.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import MissingExtraError

Groups = dict[str, dict[str, int]]
"""Group by gram, for each grouping: `1x100` is 100 groups of single characters."""
GRAINS: Mapping[int, tuple[int, ...]] = {1: (33, 100, 300), 2: (100, 300, 900)}
"""Numbers of groups, by gram length."""
_MIN_SEEN = 5
_MOST_GRAMS = 30_000
_MOST_NEIGHBOURS = 3_000
_DIMENSIONS = 64
_READ = 200
"""Number of characters read per text, so that a few long texts do not dominate."""


def group_grams(texts: Sequence[str], seed: int = 0) -> Groups:
    """Group the grams of raw texts; return no groups if the texts hold too few grams.

    Raises:
        MissingExtraError: the extra `extract` is not installed.
    """
    try:
        from sklearn.cluster import MiniBatchKMeans
    except ImportError as exc:
        raise MissingExtraError("extract", "scikit-learn") from exc
    short = [text[:_READ] for text in texts]
    groups: Groups = {}
    for length, sizes in GRAINS.items():
        grams = _frequent(short, length)
        if len(grams) <= _DIMENSIONS:
            continue
        vectors = _vectors(short, grams, length, seed)
        for size in sizes:
            if size < len(grams):
                found = MiniBatchKMeans(size, random_state=seed, n_init=3).fit_predict(vectors)
                groups[f"{length}x{size}"] = {gram: int(found[n]) for gram, n in grams.items()}
    return groups


def _frequent(texts: Sequence[str], length: int) -> dict[str, int]:
    seen = Counter(t[n : n + length] for t in texts for n in range(len(t) - length + 1))
    kept = [gram for gram, count in seen.most_common(_MOST_GRAMS) if count >= _MIN_SEEN]
    return {gram: n for n, gram in enumerate(kept)}


def _vectors(
    texts: Sequence[str], grams: Mapping[str, int], length: int, seed: int
) -> NDArray[np.float64]:
    """Return the unit vectors of grams, [grams, dimensions]."""
    from scipy.sparse import coo_array
    from sklearn.decomposition import TruncatedSVD

    counts, width = _neighbours(texts, grams, length)
    places = np.array(list(counts), dtype=np.int64)
    seen = np.fromiter(counts.values(), dtype=np.float64)
    rows, columns = places[:, 0], places[:, 1]
    of_row = np.bincount(rows, seen, len(grams))
    of_column = np.bincount(columns, seen, width)
    weight = np.log(seen * seen.sum() / (of_row[rows] * of_column[columns]))
    matrix: Any = coo_array((np.maximum(weight, 0), (rows, columns)), (len(grams), width)).tocsr()
    vectors = TruncatedSVD(_DIMENSIONS, random_state=seed).fit_transform(matrix)
    unit: NDArray[np.float64] = vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9)
    return unit


def _neighbours(
    texts: Sequence[str], grams: Mapping[str, int], length: int
) -> tuple[Counter[tuple[int, int]], int]:
    """Count the characters at each of four positions around a gram."""
    common = Counter(char for text in texts for char in text).most_common(_MOST_NEIGHBOURS)
    column = {char: n for n, (char, _) in enumerate(common)}
    counts: Counter[tuple[int, int]] = Counter()
    around = (-2, -1, length, length + 1)
    for text in texts:
        for start in range(len(text) - length + 1):
            row = grams.get(text[start : start + length])
            if row is None:
                continue
            for slot, step in enumerate(around):
                place = start + step
                if 0 <= place < len(text) and (found := column.get(text[place])) is not None:
                    counts[row, slot * len(column) + found] += 1
    return counts, len(around) * len(column)
