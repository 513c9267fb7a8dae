"""Blocking: O(n k) candidate pairs to compare, never all pairs.

Records become candidates by GTIN, by model number, by brand with a rare word, and as nearest
neighbours in a TF-IDF space without common words, so that the work per record is bounded.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.ingest.resolve.corpus import Corpus
from catalograph.ingest.resolve.identifiers import squash

MOST_SHARING = 30
"""A blocking key that more records share is ignored, since it distinguishes nothing."""

# Words in more records are left out of the TF-IDF space, to bound the work.
_COMMON = 400
_RARE_WORDS = 3
_CHUNK = 2_000


def candidates(
    corpus: Corpus, sides: Sequence[int] | None = None, neighbours: int = 10
) -> NDArray[np.int64]:
    """Return pairs of records that may be the same.

    Args:
        corpus: the records.
        sides: 0 or 1 for each record, if only pairs across the two sides are wanted.
        neighbours: number of nearest records to pair with each record.

    Returns:
        int64 [n, 2]; indexes into `corpus.records`, each pair once, sorted; the lower index first,
        or the record of side 0 if there are sides.
    """
    found: set[tuple[int, int]] = set()
    for i, j in (*_by_key(corpus), *_by_likeness(corpus, sides, neighbours)):
        if sides is None:
            found.add((min(i, j), max(i, j)))
        elif sides[i] != sides[j]:
            found.add((i, j) if sides[i] == 0 else (j, i))
    return np.array(sorted(found), np.int64).reshape(-1, 2)


def _by_key(corpus: Corpus) -> Iterator[tuple[int, int]]:
    blocks: dict[str, list[int]] = defaultdict(list)
    for n in range(len(corpus.records)):
        for key in _keys(corpus, n):
            blocks[key].append(n)
    for members in blocks.values():
        if len(members) <= MOST_SHARING:
            yield from combinations(members, 2)


def _keys(corpus: Corpus, n: int) -> Iterable[str]:
    identifiers = corpus.identifiers[n]
    keys = {f"gtin {gtin}" for gtin in identifiers.gtins}
    keys |= {f"code {code}" for code in identifiers.codes | identifiers.models}
    rare = sorted(identifiers.word_set, key=lambda word: (-corpus.weight(word), word))
    brand = squash(corpus.records[n].brand) or (identifiers.words[0] if identifiers.words else "")
    return keys | {f"brand {brand} {word}" for word in rare[:_RARE_WORDS]}


def _by_likeness(
    corpus: Corpus, sides: Sequence[int] | None, neighbours: int
) -> Iterator[tuple[int, int]]:
    matrix = corpus.rare_words(_COMMON)
    everyone = np.arange(len(corpus.records))
    if sides is None:
        yield from _nearest(matrix, everyone, everyone, neighbours)
        return
    left, right = (everyone[np.asarray(sides) == side] for side in (0, 1))
    yield from _nearest(matrix, left, right, neighbours)
    yield from _nearest(matrix, right, left, neighbours)


def _nearest(
    matrix: Any, some: NDArray[np.int64], others: NDArray[np.int64], neighbours: int
) -> Iterator[tuple[int, int]]:
    """Yield each of `some` with its nearest of `others`, except itself."""
    transposed = matrix[others].T.tocsc()
    for start in range(0, len(some), _CHUNK):
        owners = some[start : start + _CHUNK]
        products = (matrix[owners] @ transposed).tocsr()
        for n, owner in enumerate(owners):
            row = slice(products.indptr[n], products.indptr[n + 1])
            near = others[products.indices[row]]
            # One more than wanted, since a record may be its own nearest neighbour.
            for place in np.argsort(-products.data[row], kind="stable")[: neighbours + 1]:
                if near[place] != owner:
                    yield int(owner), int(near[place])
