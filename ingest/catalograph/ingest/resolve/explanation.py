"""What the score of a pair of products rests on: contributions that add up to it."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from catalograph.ingest.resolve.corpus import Corpus

MOST_CONTRIBUTIONS = 12
"""Largest number of contributions that are named; the others are summed up."""
OTHERS = "others"
"""Name of the sum of the others."""


@dataclass(frozen=True, slots=True)
class PairContribution:
    """Contribution of a feature to a score; `value` is None for a sum of features."""

    name: str
    value: float | None
    amount: float


@dataclass(frozen=True, slots=True)
class PairExplanation:
    """Contributions that, with `base`, add up to a score.

    Attributes:
        base: score before any contribution.
        scale: unit: `log-odds`, of which the score is the logistic function, or `score`.
        contributions: contributions, the largest first, the others last.
    """

    base: float
    scale: str
    contributions: tuple[PairContribution, ...]


@runtime_checkable
class PairExplainer(Protocol):
    """A `PairScorer` that explains its scores."""

    def explain(
        self, corpus: Corpus, pairs: NDArray[np.int64], rows: NDArray[np.int64]
    ) -> list[PairExplanation]:
        """Explain some scores.

        Args:
            corpus: the records.
            pairs: int64 [n, 2]; the pairs that are scored together.
            rows: int64 [m]; row numbers of the pairs to explain.

        Returns:
            One explanation for each of `rows`.
        """


def name_contributions(
    names: tuple[str, ...], values: NDArray[np.float64], amounts: NDArray[np.float64]
) -> tuple[PairContribution, ...]:
    """Return the largest contributions, and the sum of the others.

    Args:
        names: names of the features.
        values: float64 [n]; their values.
        amounts: float64 [n]; what each adds to the score.
    """
    order = np.argsort(-np.abs(amounts), kind="stable")
    told = [
        PairContribution(names[n], float(values[n]), float(amounts[n]))
        for n in order[:MOST_CONTRIBUTIONS].tolist()
        if amounts[n]
    ]
    rest = float(amounts[order[MOST_CONTRIBUTIONS:]].sum())
    return (*told, PairContribution(OTHERS, None, rest)) if rest else tuple(told)
