"""Features of turns: hashed words and parts of words, beside the vector of a sentence encoder."""

import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from catalograph.assistant.intents.glosses import gloss
from catalograph.assistant.query_understanding.tokens import fold_plural, split_tokens
from catalograph.ml.script import has_han

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

BUCKETS = 1 << 13
"""Number of hashed features."""
_SAYS_LITTLE_TEXT = """
a an and are as at be but by do does for from had has have i if in is it its me my of on or so
that the their there these this to too u ur us was we were will with would you your am please
could can need want like help know d m s t re ve ll wanna gotta got try trying how what
"""
SAYS_LITTLE = frozenset(_SAYS_LITTLE_TEXT.split())
"""Words that are features alone, but are left out of pairs."""
_PART_LENGTHS = (3, 4, 5)

Buckets = tuple[NDArray[np.int64], NDArray[np.float32]]
"""int64 [m] and float32 [m]: positions of the features that a text has, and their weights."""


def english_of(text: str) -> str:
    """Return the text as features and encoder read it: in English, Chinese by its gloss."""
    return gloss(text) if has_han(text) else text


def read_buckets(text: str) -> Buckets:
    """Return the hashed features of an English text; the weights are of unit length."""
    counts: dict[int, float] = {}
    for name, weight in _features(text):
        bucket = zlib.crc32(name.encode()) % BUCKETS
        counts[bucket] = max(counts.get(bucket, 0.0), weight)
    at = np.fromiter(counts, np.int64, len(counts))
    weights = np.fromiter(counts.values(), np.float32, len(counts))
    length = float(np.linalg.norm(weights))
    return at, weights / length if length else weights


def hash_texts(texts: Sequence[str]) -> "csr_matrix":
    """Return the hashed features of English texts, sparse [n, BUCKETS]."""
    from scipy.sparse import csr_matrix

    found = [read_buckets(text) for text in texts]
    ends = np.cumsum([0, *(len(at) for at, _ in found)])
    return csr_matrix(
        (np.concatenate([w for _, w in found]), np.concatenate([at for at, _ in found]), ends),
        shape=(len(texts), BUCKETS),
    )


def _features(text: str) -> Iterator[tuple[str, float]]:
    words = ["#" if t.text[0].isdigit() else fold_plural(t.text) for t in split_tokens(text)]
    for word in words:
        yield f"w {word}", 1.0
    content = [word for word in words if word not in SAYS_LITTLE]
    # A pair has no order: "order cancellation", and the order of Chinese.
    for first, second in pairwise(content):
        yield "p " + " ".join(sorted((first, second))), 1.0
    for word in content:
        for part in _parts(word):
            yield part, 0.5


@lru_cache(20_000)
def _parts(word: str) -> Sequence[str]:
    framed = f"<{word}>"
    return [
        f"c {framed[n : n + length]}"
        for length in _PART_LENGTHS
        for n in range(len(framed) - length + 1)
    ]
