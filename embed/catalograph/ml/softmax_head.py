"""A softmax regression over features that stay where they are: the trainable part of a classifier.

The part before it, such as a sentence encoder with hashed words, is frozen and the same everywhere.
So weights that several shops trained can be averaged (McMahan et al. 2017, arXiv:1602.05629), each
label by the shops that have rows of it. A shop compares the labels that it has alone: others are
not wrong there, only absent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize

from catalograph.errors import TrainingDataError
from catalograph.ml.checkpoints import write_atomically

__all__ = ["HeadRows", "HeadWeights", "train_head"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class HeadRows:
    """Training rows of a head.

    Attributes:
        labels: names of the labels, sorted.
        features: sparse float32 [n, f]; the last column is 1.
        targets: int64 [n], place of the label of each row.
        form: what the features are; weights of one form mean the same everywhere.
    """

    labels: tuple[str, ...]
    features: sp.csr_matrix
    targets: NDArray[np.int64]
    form: str = ""

    def save(self, file: Path) -> None:
        """Write the rows to a file of arrays."""
        file.parent.mkdir(parents=True, exist_ok=True)
        with write_atomically(file) as stream:
            np.savez_compressed(
                stream,
                labels=np.array(self.labels),
                data=self.features.data,
                indices=self.features.indices,
                indptr=self.features.indptr,
                width=np.array(self.features.shape[1]),
                targets=self.targets,
                form=np.array(self.form),
            )

    @classmethod
    def load(cls, file: Path) -> "HeadRows":
        """Read a file that `save` wrote.

        Raises:
            TrainingDataError: it is no such file.
        """
        try:
            with np.load(file, allow_pickle=False) as found:
                shape = (len(found["targets"]), int(found["width"]))
                parts = (found["data"], found["indices"], found["indptr"])
                labels = tuple(str(name) for name in found["labels"])
                return cls(
                    labels, sp.csr_matrix(parts, shape=shape), found["targets"], str(found["form"])
                )
        except (OSError, ValueError, KeyError, EOFError) as exc:
            raise TrainingDataError(f"'{file}' has no rows of a classifier ({exc}).") from exc


@dataclass(frozen=True)
class HeadWeights:
    """Weights of labels.

    Attributes:
        labels: names of the labels.
        weights: float64 [f, labels].
    """

    labels: tuple[str, ...]
    weights: Floats

    def place(self, labels: Sequence[str]) -> Floats:
        """Return the weights in the order of other labels, with 0 for those it does not have."""
        column = {label: n for n, label in enumerate(self.labels)}
        found = np.zeros((len(self.weights), len(labels)))
        for n, label in enumerate(labels):
            if label in column:
                found[:, n] = self.weights[:, column[label]]
        return found

    def save(self, file: Path) -> None:
        """Write the weights to a file of arrays."""
        file.parent.mkdir(parents=True, exist_ok=True)
        with write_atomically(file) as stream:
            np.savez_compressed(stream, labels=np.array(self.labels), weights=self.weights)

    @classmethod
    def load(cls, file: Path) -> "HeadWeights":
        """Read a file that `save` wrote.

        Raises:
            TrainingDataError: it is no such file.
        """
        try:
            with np.load(file, allow_pickle=False) as found:
                return cls(tuple(str(name) for name in found["labels"]), found["weights"])
        except (OSError, ValueError, KeyError, EOFError) as exc:
            raise TrainingDataError(f"'{file}' has no weights of a classifier ({exc}).") from exc


def train_head(
    rows: HeadRows, start: Floats, *, prior: Floats | None = None, ridge: float, steps: int
) -> Floats:
    """Return weights, float64 [f, labels], by L-BFGS on the cross-entropy and a ridge.

    Args:
        rows: training rows.
        start: float64 [f, labels], weights to begin with.
        prior: float64 [f, labels], where the ridge pulls to; None for 0.
        ridge: strength of the ridge.
        steps: largest number of steps.
    """
    aim = np.zeros_like(start) if prior is None else prior
    once = np.zeros((len(rows.targets), len(rows.labels)))
    once[np.arange(len(rows.targets)), rows.targets] = 1.0
    features = rows.features.astype(np.float64)

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(start.shape)
        scores = features @ weights
        scores -= scores.max(axis=1, keepdims=True)
        powers = np.exp(scores)
        total = powers.sum(axis=1, keepdims=True)
        off = weights - aim
        value = np.log(total).sum() - (once * scores).sum() + ridge / 2 * (off * off).sum()
        return float(value), (features.T @ (powers / total - once) + ridge * off).ravel()

    found = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": steps})
    weights: Floats = found.x.reshape(start.shape)
    return weights
