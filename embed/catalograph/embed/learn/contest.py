"""The hook by which `catalograph learn` judges a kind of model: champion against challenger.

A job that has a contest sets `Job.contest`. It trains the challenger on the past, judges it and the
champion on what came after, and returns the comparison with the configuration by which the job is
to train the challenger on everything. A job without one is only refreshed: its output follows from
the data by fixed settings, so there is nothing to choose.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalograph.embed.jobs.context import JobContext
from catalograph.embed.learn.comparison import Comparison, Verdict
from catalograph.embed.learn.progress_file import ProgressFile
from catalograph.ml.limits import Limits
from catalograph.store import PublishedModel, TrainingContents

__all__ = ["Contest", "ContestContext"]


@dataclass(frozen=True)
class ContestContext:
    """What a contest is given.

    Attributes:
        jobs: connection, settings, snapshot and progress.
        contents: numbers of what the graph holds.
        champion: the live version; None if there is none.
        limits: time and memory; a contest calls `limits.check()` between its steps.
        steps: keeps the results of long steps, so that a killed run goes on after them.
        days: length of the judged period, in days; None to choose it.
        tune: whether to tune in any case.
    """

    jobs: JobContext
    contents: TrainingContents
    champion: PublishedModel | None
    limits: Limits
    steps: ProgressFile
    days: int | None = None
    tune: bool = False


@dataclass(frozen=True)
class Contest:
    """The outcome of a contest.

    Attributes:
        config: configuration by which the job trains the challenger on everything.
        comparison: challenger and champion on unseen data; None if they cannot be judged.
        why_not: why they cannot be judged; empty if they were.
        newest: a challenger that also learned from the newest data, compared with the one that was
            judged: worse means that the newest data do harm. None if that was not needed.
        suspects: what stands out in the newest data, where they do harm.
        protocol: how it was judged, for the report and the model card.
        refresh: configuration by which to train on the newest data, where the challenger is not
            better, as output without the newest products would be of no use; None to leave the
            live version as it is.
    """

    config: Any
    comparison: Comparison | None = None
    why_not: str = ""
    newest: Comparison | None = None
    suspects: tuple[str, ...] = ()
    protocol: Mapping[str, Any] = field(default_factory=dict)
    refresh: Any = None

    @property
    def is_harmful(self) -> bool:
        """Whether the newest data make the challenger worse."""
        return self.newest is not None and self.newest.verdict is Verdict.WORSE

    def as_metrics(self) -> dict[str, Any]:
        """Return the comparison for the model card."""
        found = self.comparison
        if found is None:
            return {}
        # Where taste has changed, all are worse than usual for a while, which is no new standard.
        usual = (found.challenger + self.protocol.get("usual", found.challenger)) / 2
        told = {
            found.metric: found.challenger,
            found.rival: found.champion,
            "usual": max(found.challenger, usual),
            "low": found.low,
            "high": found.high,
            found.subject: found.subjects,
            "from": self.protocol.get("judged_from", ""),
        }
        return {f"judged/{name}": value for name, value in told.items()}
