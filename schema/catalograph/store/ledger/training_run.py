"""Runs that train models: shown by `catalograph runs list`, and stopped by `runs cancel`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from catalograph.errors import CatalographError, RunCancelledError
from catalograph.schema.ontology import RunStatus
from catalograph.store.connection.connect import Connection
from catalograph.store.ledger.runs import RunLog

EMBED, LEARN = "embed", "learn"
TRAINING = (EMBED, LEARN)
"""Kinds of run that write versions of models and no records."""


@dataclass
class TrainingRun:
    """A run in progress.

    Attributes:
        id: its id.
        counts: its report, written at its end.
    """

    id: str
    log: RunLog
    counts: dict[str, object] = field(default_factory=dict)

    def note(self, doing: str) -> None:
        """Write the current step, at most once a second.

        Raises:
            RunCancelledError: the run was cancelled.
        """
        self.log.progress(self.id, doing=doing)
        self.log.beat(self.id)


@contextmanager
def record_training_run(
    connection: Connection, kind: str, arguments: Mapping[str, Any]
) -> Iterator[TrainingRun]:
    """Record a run for the length of the block, with how it ended.

    Raises:
        RunCancelledError: the run was cancelled; no version goes live after that.
    """
    log = RunLog(connection)
    run = TrainingRun(log.start(kind, arguments), log)
    try:
        yield run
    except RunCancelledError as exc:
        raise RunCancelledError(
            f"Run {run.id} was cancelled. Live versions are whole; the same command goes on, "
            "`catalograph embed rollback KIND` takes a version back.",
            run=run.id,
        ) from exc
    except BaseException as exc:
        status = RunStatus.CANCELLED if isinstance(exc, KeyboardInterrupt) else RunStatus.FAILED
        said = str(exc) if isinstance(exc, CatalographError) else f"{type(exc).__name__}: {exc}"
        log.end(run.id, status, error=said[:10_000], counts=run.counts)
        raise
    log.end(run.id, RunStatus.FINISHED, counts=run.counts)
