"""How a challenger compares with the champion, on the same subjects."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.ml.bootstrap import mean_interval

__all__ = ["Comparison", "Verdict", "compare"]


class Verdict(StrEnum):
    """What the interval of the difference says of the challenger."""

    BETTER = "better"
    NEAR = "near"
    WORSE = "worse"


@dataclass(frozen=True)
class Comparison:
    """Two versions judged on the same subjects.

    Attributes:
        metric: what was measured, such as `ndcg@10`.
        subject: what was drawn in the bootstrap, such as `shoppers`.
        subjects: number of them.
        rival: what the challenger was compared with: `champion`, or a baseline where none is live.
        champion: mean of the rival.
        challenger: mean of the challenger.
        low: lower end of the 95 % interval of the difference, by a paired bootstrap.
        high: its upper end.
        baselines: means of baselines on the same subjects.
    """

    metric: str
    subject: str
    subjects: int
    rival: str
    champion: float
    challenger: float
    low: float
    high: float
    baselines: dict[str, float]

    @property
    def difference(self) -> float:
        """Mean of the challenger minus that of the champion."""
        return self.challenger - self.champion

    @property
    def verdict(self) -> Verdict:
        """Better or worse where the interval is on one side of 0, else near."""
        if self.low > 0:
            return Verdict.BETTER
        return Verdict.WORSE if self.high < 0 else Verdict.NEAR

    @property
    def is_promising(self) -> bool:
        """Whether the difference is above 0 without proof, by half of what a proof takes."""
        return self.verdict is Verdict.NEAR and 2 * self.difference > self.high - self.difference

    def as_dict(self) -> dict[str, Any]:
        """Return all numbers, rounded, for reports and model cards."""
        return {
            "metric": self.metric,
            "subject": self.subject,
            "subjects": self.subjects,
            self.rival: round(self.champion, 5),
            "challenger": round(self.challenger, 5),
            "difference": round(self.difference, 5),
            "interval": [round(self.low, 5), round(self.high, 5)],
            "verdict": str(self.verdict),
            **{name: round(value, 5) for name, value in self.baselines.items()},
        }

    def describe(self) -> str:
        """Return one line for people."""
        return (
            f"{self.metric} {self.challenger:.4f}, {self.rival} {self.champion:.4f}, difference "
            f"{self.difference:+.4f} [{self.low:+.4f}, {self.high:+.4f}] on {self.subjects:,} "
            f"{self.subject}"
        )


def compare(
    champion: NDArray[np.floating[Any]],
    challenger: NDArray[np.floating[Any]],
    *,
    metric: str,
    subject: str,
    rival: str = "champion",
    baselines: dict[str, float] | None = None,
    seed: int = 0,
) -> Comparison:
    """Compare two versions by a paired bootstrap.

    Args:
        champion: float [subjects], the metric of each subject.
        challenger: float [subjects], in the same order.
        metric: what was measured.
        subject: what the values belong to, in the plural.
        rival: name of the first.
        baselines: means of baselines.
        seed: seed of the bootstrap.
    """
    low, high = mean_interval(challenger - champion, seed)
    return Comparison(
        metric=metric,
        subject=subject,
        subjects=len(challenger),
        rival=rival,
        champion=float(champion.mean()),
        challenger=float(challenger.mean()),
        low=low,
        high=high,
        baselines=baselines or {},
    )
