"""The report of one call of `catalograph learn`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from catalograph.embed.learn.comparison import Comparison
from catalograph.store import TrainingContents

__all__ = ["KindOutcome", "LearnReport", "LearningDecision"]


class LearningDecision(StrEnum):
    """What became of a kind of model."""

    PUBLISHED = "published"
    REFRESHED = "refreshed"
    """Made from newer data by fixed settings."""
    ON_TRIAL = "on trial"
    """Serves interleaved lists beside the live version."""
    ROLLED_BACK = "rolled back"
    KEPT = "kept"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    """A precondition is not met."""
    STOPPED = "stopped"
    """The time or memory was used up."""
    FAILED = "failed"


@dataclass(frozen=True)
class KindOutcome:
    """What became of one kind.

    Attributes:
        kind: kind of model.
        decision: what was done.
        reason: why, in words.
        version: the version that is live afterwards; None without one.
        seconds: duration.
        comparison: challenger and champion, where they were judged.
        newest: check of the newest data, where it was made.
        suspects: what stands out in the newest data, where they do harm.
        protocol: how it was judged.
        trial: votes of a trial that was under way, and what it has come to.
    """

    kind: str
    decision: LearningDecision
    reason: str
    version: int | None = None
    seconds: float = 0.0
    comparison: Comparison | None = None
    newest: Comparison | None = None
    suspects: tuple[str, ...] = ()
    protocol: Mapping[str, Any] = field(default_factory=dict)
    trial: Mapping[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the outcome for JSON, without what does not apply."""
        said = {
            "kind": self.kind,
            "decision": str(self.decision),
            "reason": self.reason,
            "version": self.version,
            "seconds": round(self.seconds, 1),
            "comparison": self.comparison and self.comparison.as_dict(),
            "newest_data": self.newest and self.newest.as_dict(),
            "suspects": list(self.suspects) or None,
            "protocol": dict(self.protocol) or None,
            "trial": self.trial,
        }
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True)
class LearnReport:
    """The report.

    Attributes:
        run: id of the run.
        contents: numbers of what the graph holds.
        notes: remarks on what it holds.
        outcomes: one for each kind that was considered.
        seconds: duration.
    """

    run: str
    contents: TrainingContents
    notes: tuple[str, ...]
    outcomes: tuple[KindOutcome, ...]
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Return the report for JSON and for the run."""
        return {
            "run": self.run,
            "contents": asdict(self.contents),
            "notes": list(self.notes),
            "kinds": [outcome.as_dict() for outcome in self.outcomes],
            "seconds": round(self.seconds, 1),
        }
