"""Which heads are kept: better than today's model, or as good and smaller, and not spoiled."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from catalograph.ingest.multitask.prediction import Counts, micro_f1

LEAST_TESTED = 50
"""Smallest number of test examples that decide anything."""
_RESAMPLES = 2_000


@dataclass(frozen=True)
class F1Comparison:
    """F1 of two models on the same examples.

    Attributes:
        ours: F1 of the joint model.
        theirs: F1 of the other one.
        low: lower end of the 95 % interval of the difference, by a paired bootstrap.
        high: its upper end.
    """

    ours: float
    theirs: float
    low: float
    high: float

    @property
    def is_better(self) -> bool:
        """Whether the whole interval is above 0."""
        return self.low > 0

    @property
    def is_worse(self) -> bool:
        """Whether the whole interval is below 0."""
        return self.high < 0

    def describe(self) -> str:
        """Return one line for people."""
        return (
            f"F1 {self.ours:.4f} beside {self.theirs:.4f}, difference "
            f"{self.ours - self.theirs:+.4f} [{self.low:+.4f}, {self.high:+.4f}]"
        )


@dataclass(frozen=True)
class HeadResult:
    """Figures of one task on its test examples.

    Attributes:
        task: name of the task.
        joint: counts of the joint model.
        single: counts of a model of the same form that learned this task alone; None where the
            joint model has no other task.
        rival: counts of today's model.
        rival_name: name of today's model.
        rival_bytes: size of its files.
        head_bytes: size of this head's weights in the joint model.
        model_bytes: size of the whole joint model.
    """

    task: str
    joint: Counts
    single: Counts | None
    rival: Counts
    rival_name: str
    rival_bytes: int
    head_bytes: int
    model_bytes: int


@dataclass(frozen=True)
class HeadDecision:
    """Whether a head is kept, and why.

    Attributes:
        task: name of the task.
        kept: whether it serves.
        reason: why, or why not.
        tested: number of test examples.
        interval: 95 % interval of the joint model's F1.
        single: comparison with a model that learned this task alone.
        rival: comparison with today's model.
        rival_name: name of that.
    """

    task: str
    kept: bool
    reason: str
    tested: int
    interval: tuple[float, float]
    single: F1Comparison | None
    rival: F1Comparison
    rival_name: str

    def as_dict(self) -> dict[str, Any]:
        """Return all figures, rounded, for the model card."""

        def round_figures(value: Any) -> Any:
            if isinstance(value, dict):
                return {name: round_figures(one) for name, one in value.items()}
            if isinstance(value, list | tuple):
                return [round_figures(one) for one in value]
            return round(value, 4) if isinstance(value, float) else value

        told: dict[str, Any] = round_figures(asdict(self))
        return told


def compare_f1(ours: Counts, theirs: Counts, seed: int = 0) -> F1Comparison:
    """Compare micro F1 on the same examples by a paired bootstrap over examples (Efron 1979)."""
    drawn = _draw(len(ours), seed)
    gaps = _f1_of(ours, drawn) - _f1_of(theirs, drawn)
    low, high = np.percentile(gaps, (2.5, 97.5))
    return F1Comparison(micro_f1(ours), micro_f1(theirs), float(low), float(high))


def f1_interval(counts: Counts, seed: int = 0) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of micro F1 over examples."""
    low, high = np.percentile(_f1_of(counts, _draw(len(counts), seed)), (2.5, 97.5))
    return float(low), float(high)


def decide_heads(results: Sequence[HeadResult], *, force: bool = False) -> list[HeadDecision]:
    """Decide which heads are kept.

    A head is kept if it is better than today's model, or as good and smaller; never if a model that
    learned its task alone is better than the joint one. Better means that the whole interval of the
    difference is above 0, as good that it holds 0. What counts of a head that is as good is what it
    adds: its own weights where another head is kept already, else the whole model.

    Args:
        results: figures of all tasks.
        force: keep all heads whatever their figures; the reason says so.
    """
    judged = {one.task: _compare(one) for one in results if len(one.joint) >= LEAST_TESTED}
    better = {task for task, (single, rival) in judged.items()
              if rival.is_better and not (single and single.is_worse)}  # fmt: skip
    decisions = []
    kept_any = bool(better)
    for one in results:
        single, rival = judged.get(one.task, _compare(one))
        kept, reason = _weigh(one, single, rival, kept_any=kept_any)
        kept_any = kept_any or kept
        if force and not kept:
            kept, reason = True, f"kept by --force, although {reason}"
        decisions.append(
            HeadDecision(
                one.task,
                kept,
                reason,
                len(one.joint),
                f1_interval(one.joint) if len(one.joint) else (0.0, 0.0),
                single,
                rival,
                one.rival_name,
            )
        )
    return decisions


def _compare(one: HeadResult) -> tuple[F1Comparison | None, F1Comparison]:
    if not len(one.joint):
        none = F1Comparison(0.0, 0.0, 0.0, 0.0)
        return None, none
    single = None if one.single is None else compare_f1(one.joint, one.single)
    return single, compare_f1(one.joint, one.rival)


def _weigh(
    one: HeadResult, single: F1Comparison | None, rival: F1Comparison, *, kept_any: bool
) -> tuple[bool, str]:
    if len(one.joint) < LEAST_TESTED:
        return False, f"{len(one.joint)} test examples decide nothing, {LEAST_TESTED} are needed"
    if single is not None and single.is_worse:
        return False, f"it is worse than a model of its own: {single.describe()}"
    if rival.is_worse:
        return False, f"{one.rival_name} is better: {rival.describe()}"
    if rival.is_better:
        return True, f"it is better than {one.rival_name}: {rival.describe()}"
    added = one.head_bytes if kept_any else one.model_bytes
    sizes = f"it adds {_megabytes(added)}, {one.rival_name} has {_megabytes(one.rival_bytes)}"
    if added < one.rival_bytes:
        return True, f"it is as good and smaller: {rival.describe()}; {sizes}"
    return False, f"it is as good, but not smaller: {rival.describe()}; {sizes}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.2f} MB"


def _draw(n: int, seed: int) -> Any:
    return np.random.default_rng(seed).integers(0, n, (_RESAMPLES, n))


def _f1_of(counts: Counts, drawn: Any) -> Any:
    sums: Mapping[int, Any] = {k: counts[:, k][drawn].sum(axis=1) for k in range(3)}
    total = np.maximum(sums[1] + sums[2], 1)
    return 2 * sums[0] / total
