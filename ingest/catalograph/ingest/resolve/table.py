"""Table of the candidate pairs of one resolution with their features."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalograph.ingest.resolve.corpus import Corpus, rank_rivals
from catalograph.ingest.resolve.features import pair_features

_RIVALS = (
    "all_idf_jaccard", "title_idf_jaccard", "soft_low", "code_weight", "code_likeness", "title_set",
)  # fmt: skip


@dataclass(frozen=True)
class PairTable:
    """Candidate pairs and their features.

    Attributes:
        corpus: the records.
        pairs: int64 [n, 2]; indexes into `corpus.records`.
        names: names of the features.
        features: float64 [n, names]; -1 where a record lacks the value.
    """

    corpus: Corpus
    pairs: NDArray[np.int64]
    names: tuple[str, ...]
    features: NDArray[np.float64]

    def rows_of(self, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the row numbers of some pairs."""
        places = {(int(i), int(j)): n for n, (i, j) in enumerate(self.pairs)}
        return np.array([places[int(i), int(j)] for i, j in pairs], np.int64)


def make_table(corpus: Corpus, pairs: NDArray[np.int64]) -> PairTable:
    """Compute the features of candidate pairs, including their ranks among each other."""
    names, own = pair_features(corpus, pairs)
    spaces, cosines = corpus.similarities(pairs)
    blocks, labels = [own, cosines], [*names, *spaces]
    rivals = {name: cosines[:, n] for n, name in enumerate(spaces)}
    rivals |= {name: own[:, names.index(name)] for name in _RIVALS}
    for name, values in rivals.items():
        columns, standing = rank_rivals(pairs, values)
        blocks.append(standing)
        labels += [f"{name}_{column}" for column in columns]
    return PairTable(corpus, pairs, tuple(labels), np.hstack(blocks))
