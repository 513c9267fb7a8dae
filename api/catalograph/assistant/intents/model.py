"""The linear model of intents over hashed words and sentence vectors, calibrated, with "none".

A soft-max regression gives the intents' logits. Two calibrations follow, fitted on rows left out of
training, of which some belong to intents left out altogether: a temperature (Guo et al. 2017), and
the probability that a turn means any of the known intents at all, a logistic curve over the
log-odds of the best intent, its logit, and the cosine between the turn's vector and the
mean vector of that intent. Both are fitted for English and for glosses of Chinese apart.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from catalograph.assistant.intents.features import BUCKETS, english_of, read_buckets
from catalograph.errors import TrainingDataError
from catalograph.ml.script import has_han

NONE = "none"
"""Label of turns that mean none of the intents."""
FORM = 1
"""Version of the files."""
_EDGE = 1e-6

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """What turns logits into probabilities.

    Attributes:
        temperature: logits are divided by it.
        odds: weight of the log-odds of the best intent.
        logit: weight of its logit.
        cosine: weight of the cosine to its mean vector.
        shift: constant of the logistic curve.
        cut: least probability of an intent; below, the turn means none.
    """

    temperature: float = 1.0
    odds: float = 0.0
    logit: float = 0.0
    cosine: float = 0.0
    shift: float = 20.0
    cut: float = 0.0


@dataclass(frozen=True, slots=True)
class IntentCard:
    """What an intent model was made from.

    Attributes:
        labels: intents, in the order of the columns; `none` among them where it was learned.
        encoder: name of the sentence encoder.
        english: calibration of English turns.
        glossed: calibration of Chinese turns.
        training: number of rows, and figures on rows left out.
    """

    labels: tuple[str, ...]
    encoder: str
    english: Calibration
    glossed: Calibration
    training: dict[str, Any]


class IntentModel:
    """A trained model; safe to call from any thread.

    Args:
        card: what it was made from.
        weights: float [BUCKETS + d, k]: of hashed features, then of the vector's d dimensions.
        shifts: float [k].
        means: float [k, d]: mean vector of each intent, of unit length.
    """

    def __init__(
        self,
        card: IntentCard,
        weights: NDArray[np.floating[Any]],
        shifts: NDArray[np.floating[Any]],
        means: NDArray[np.floating[Any]],
    ) -> None:
        self.card = card
        self._weights = np.asarray(weights, np.float32)
        self._shifts = np.asarray(shifts, np.float32)
        self._means = np.asarray(means, np.float32)
        self.intents = tuple(label for label in card.labels if label != NONE)
        self._columns = [card.labels.index(label) for label in self.intents]

    def with_card(self, card: IntentCard) -> "IntentModel":
        """Return the model with another card for the same labels."""
        return IntentModel(card, self._weights, self._shifts, self._means)

    def logits(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> Floats:
        """Return the logits before calibration.

        Args:
            texts: turns.
            vectors: float32 [n, d]: of the turns as `features.english_of` gives them.

        Returns:
            float64 [n, k], in the order of the card's labels.
        """
        found = vectors @ self._weights[BUCKETS:] + self._shifts
        for n, text in enumerate(texts):
            at, weights = read_buckets(english_of(text))
            found[n] += weights @ self._weights[at]
        return found.astype(np.float64)

    def evidence(self, logits: Floats, vectors: NDArray[np.float32]) -> Floats:
        """Return log-odds, logit and cosine of the best intent.

        Returns:
            float64 [n, 3].
        """
        best = np.array(self._columns)[logits[:, self._columns].argmax(1)]
        shares = soft_max(logits)[np.arange(len(best)), best].clip(_EDGE, 1 - _EDGE)
        cosines = (vectors * self._means[best]).sum(1)
        return np.column_stack(
            [np.log(shares / (1 - shares)), logits[np.arange(len(best)), best], cosines]
        )

    def predict(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> Floats:
        """Return calibrated probabilities.

        Args:
            texts: turns.
            vectors: float32 [n, d]: of the turns as `features.english_of` gives them.

        Returns:
            float64 [n, k + 1] in the order of `intents`, the last column for none of them; each row
            adds up to 1.
        """
        logits = self.logits(texts, vectors)
        evidence = self.evidence(logits, vectors)
        found = np.empty((len(texts), len(self.intents) + 1))
        glossed = np.array([has_han(text) for text in texts], bool)
        for rows, scale in ((~glossed, self.card.english), (glossed, self.card.glossed)):
            score = evidence[rows] @ [scale.odds, scale.logit, scale.cosine] + scale.shift
            known = 1 / (1 + np.exp(-score.clip(-30, 30)))
            shares = soft_max(logits[rows] / scale.temperature)[:, self._columns]
            found[rows, :-1] = known[:, None] * shares
        found[:, -1] = 1 - found[:, :-1].sum(1)
        return found

    def answers(self, texts: Sequence[str], probabilities: Floats) -> list[tuple[str, float]]:
        """Return the intent of each turn and its probability; `none` below the cut.

        Args:
            texts: turns.
            probabilities: float [n, k + 1]: of these turns, as `predict` gives them.
        """
        found = []
        for text, row in zip(texts, probabilities, strict=True):
            best = int(row[:-1].argmax())
            cut = (self.card.glossed if has_han(text) else self.card.english).cut
            sure = float(row[best])
            found.append((self.intents[best], sure) if sure >= cut else (NONE, 1 - sure))
        return found

    def save(self, file: Path) -> None:
        """Write the model to a file of arrays, at half precision."""
        card = orjson.dumps({"form": FORM, **asdict(self.card)})
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as out:
            np.savez_compressed(
                out,
                card=np.frombuffer(card, np.uint8),
                weights=self._weights.astype(np.float16),
                shifts=self._shifts,
                means=self._means.astype(np.float16),
            )

    @classmethod
    def load(cls, file: Path) -> "IntentModel":
        """Read a file that `save` wrote.

        Raises:
            TrainingDataError: it is no such file.
        """
        try:
            with np.load(file, allow_pickle=False) as arrays:
                told = orjson.loads(arrays["card"].tobytes())
                if told.pop("form") != FORM:
                    raise ValueError("it is of another release")
                card = IntentCard(
                    tuple(told["labels"]),
                    told["encoder"],
                    Calibration(**told["english"]),
                    Calibration(**told["glossed"]),
                    told["training"],
                )
                return cls(card, arrays["weights"], arrays["shifts"], arrays["means"])
        except (OSError, ValueError, KeyError, TypeError, EOFError) as exc:
            raise TrainingDataError(
                f"The model of intents {file} cannot be read ({exc}). Make it again: "
                "catalograph train intent."
            ) from exc


def soft_max(logits: Floats) -> Floats:
    """Return the shares of logits, which add up to 1 in each row."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares
