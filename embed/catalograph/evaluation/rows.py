"""What an evaluation of reading texts gives, and how it is counted and timed."""

import resource
import time
from collections.abc import Hashable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

_KIB_A_MIB = 1024


@dataclass(frozen=True)
class EvaluationRow:
    """One model's result.

    Attributes:
        model: its name.
        metrics: fractions by name.
        n: test sentences or titles.
        config: what it was trained with.
        seconds: wall time of training and reading.
        peak_mb: largest resident memory of the process up to then, MiB.
    """

    model: str
    metrics: Mapping[str, float]
    n: int
    config: Mapping[str, Any]
    seconds: float
    peak_mb: float


@dataclass
class Stopwatch:
    """Takes the time of a block; `row` makes its result."""

    seconds: float = 0.0
    _began: float = field(default=0.0, repr=False)

    def __enter__(self) -> Self:
        self._began = time.perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.seconds = time.perf_counter() - self._began

    def row(
        self, model: str, metrics: Mapping[str, float], n: int, config: Mapping[str, Any]
    ) -> EvaluationRow:
        """The result of the block."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB_A_MIB
        rounded = {name: round(value, 4) for name, value in metrics.items()}
        return EvaluationRow(
            model, rounded, n, dict(config), round(self.seconds, 3), round(peak, 1)
        )


def scores(
    gold: Iterable[Set[Hashable]], found: Iterable[Set[Hashable]], suffix: str = ""
) -> dict[str, float]:
    """Micro F1, precision and recall of sets, one of each a sentence; exact match.

    Returns:
        `f1`, `precision` and `recall`, each with the suffix; 0 where nothing is to be divided by.
    """
    right = asked = said = 0
    for wanted, read in zip(gold, found, strict=True):
        right += len(wanted & read)
        asked += len(wanted)
        said += len(read)
    precision = right / said if said else 0.0
    recall = right / asked if asked else 0.0
    f1 = 2 * right / (asked + said) if asked + said else 0.0
    return {f"f1{suffix}": f1, f"precision{suffix}": precision, f"recall{suffix}": recall}
