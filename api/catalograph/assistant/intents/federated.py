"""Intents learned with other shops: rows for an average of weights, and the check of the average.

A fifth of the shop's own sentences, chosen by a hash of their text, is neither sent through the
average nor trained on in the check. There the average has to help: it is where the shop's own
weights begin and are pulled to.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from catalograph.assistant.intents.features import english_of, hash_texts
from catalograph.assistant.intents.model import FORM
from catalograph.assistant.intents.rows import LabelledTurn, unique_turns
from catalograph.errors import TrainingDataError
from catalograph.ml.softmax_head import HeadRows, HeadWeights, train_head
from catalograph.schema import TextEncoder

__all__ = ["RIDGE_TO_AVERAGE", "AverageVerdict", "head_features", "head_rows", "judge_average"]

RIDGE_TO_AVERAGE = 0.3
"""Strength of the ridge towards the average; chosen on splits of Bitext's training file."""
_RIDGE = 0.1
_STEPS = 100
_HELD = 5
"""One sentence in so many is held out."""


@dataclass(frozen=True)
class AverageVerdict:
    """What the average of the shops' weights is worth to this shop.

    Attributes:
        alone: share of held-out sentences that weights of this shop alone read rightly.
        together: share with the average.
        sentences: number of held-out sentences.
    """

    alone: float
    together: float
    sentences: int

    @property
    def passed(self) -> bool:
        """Whether the average reads no fewer rightly."""
        return self.sentences > 0 and self.together >= self.alone


def head_features(texts: Sequence[str], vectors: NDArray[np.float32]) -> sp.csr_matrix:
    """Return hashed words, the sentence vector and a 1 for each text, sparse [n, BUCKETS + d + 1].

    Args:
        texts: English texts.
        vectors: float32 [n, d].
    """
    one = sp.csr_matrix(np.ones((len(texts), 1), np.float32))
    return sp.csr_matrix(
        sp.hstack([hash_texts(texts), sp.csr_matrix(vectors), one]).astype(np.float32)
    )


def head_rows(
    rows: Sequence[LabelledTurn], encoder: TextEncoder, encoder_name: str, *, held: bool = False
) -> HeadRows:
    """Return the sentences as numbers, without those held out, or these alone.

    Raises:
        TrainingDataError: there are fewer than two intents.
    """
    kept = [
        row for row in unique_turns(rows)
        if (zlib.crc32(row.text.lower().encode()) % _HELD == 0) is held
    ]  # fmt: skip
    labels = tuple(sorted({row.intent for row in kept}))
    if len(labels) < 2 and not held:
        raise TrainingDataError(f"There are {len(labels)} intents to learn; at least 2 are needed.")
    texts = [english_of(row.text) for row in kept]
    vectors = encoder.encode_documents(texts)
    place = {label: n for n, label in enumerate(labels)}
    targets = np.array([place[row.intent] for row in kept], np.int64)
    form = f"intents {FORM}, {encoder_name}"
    return HeadRows(labels, head_features(texts, vectors), targets, form)


def judge_average(
    rows: Sequence[LabelledTurn], encoder: TextEncoder, encoder_name: str, average: HeadWeights
) -> AverageVerdict:
    """Compare weights of this shop alone with those that begin at the average.

    Raises:
        TrainingDataError: the average is of other features, or there are too few sentences.
    """
    learned = head_rows(rows, encoder, encoder_name)
    tested = head_rows(rows, encoder, encoder_name, held=True)
    width = learned.features.shape[1]
    if average.weights.shape[0] != width:
        raise TrainingDataError(
            f"The average is of {len(average.weights)} features, the sentences have {width}: it "
            "was made with another encoder or release."
        )
    prior = average.place(learned.labels)
    alone = train_head(learned, np.zeros_like(prior), ridge=_RIDGE, steps=_STEPS)
    together = train_head(learned, prior, prior=prior, ridge=RIDGE_TO_AVERAGE, steps=_STEPS)

    def share_right(weights: NDArray[np.float64]) -> float:
        read = np.asarray(tested.features @ weights).argmax(axis=1)
        right = [
            learned.labels[n] == tested.labels[gold]
            for n, gold in zip(read.tolist(), tested.targets.tolist(), strict=True)
        ]
        return float(np.mean(right))

    if not len(tested.targets):
        return AverageVerdict(0.0, 0.0, 0)
    return AverageVerdict(share_right(alone), share_right(together), len(tested.targets))
