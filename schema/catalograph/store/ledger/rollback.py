"""Roll back a run: remove the records it added, restore those it changed or withdrew."""

from dataclasses import dataclass
from functools import partial

from catalograph.errors import RollbackError
from catalograph.schema.ontology import RunStatus
from catalograph.store.connection.connect import Connection, Transaction
from catalograph.store.ledger.outbox import announce_changes
from catalograph.store.ledger.record_snapshot import load
from catalograph.store.ledger.retention import RETENTION
from catalograph.store.ledger.runs import read_run
from catalograph.store.ledger.training_run import TRAINING
from catalograph.store.ledger.write import Writer

ROLLBACK = "rollback"
_RECORDS_PER_BATCH = 500


@dataclass(frozen=True)
class RollbackReport:
    """Result of a roll-back.

    Attributes:
        run: id of the roll-back itself; None if the run was already rolled back.
        restored: number of records restored to their earlier state.
        removed: number of records removed because the run had added them.
    """

    run: str | None
    restored: int = 0
    removed: int = 0


def roll_back_run(writer: Writer, run: str) -> RollbackReport:
    """Restore the graph to its state before a run, in batches. Repeat it after an interruption.

    Raises:
        NotFoundError: there is no such run.
        RollbackError: the run cannot be rolled back: it is still running, is itself a roll-back, is
            too old, or later runs changed the same records.
    """
    if read_run(writer.connection, run).status == RunStatus.ROLLED_BACK:
        return RollbackReport(None)
    check_rollback(writer.connection, run)
    own = writer.start_run(ROLLBACK, {"run": run})
    restored = _restore(writer, run, own)
    removed = _remove(writer, run, own)
    _forget_history(writer, run)
    key, status = f"run:{run}", str(RunStatus.ROLLED_BACK)
    writer.connection.write(lambda tx: tx.run("mark_run", key=key, status=status))
    writer.finish_run(own, {"restored": restored, "removed": removed})
    return RollbackReport(own, restored, removed)


def check_rollback(connection: Connection, run: str) -> None:
    """Check that a run can be rolled back.

    Raises:
        NotFoundError: there is no such run.
        RollbackError: it cannot; see `roll_back_run`.
    """
    found = read_run(connection, run)
    if found.kind == ROLLBACK:
        raise RollbackError(
            f"Run {run} is itself a roll-back of {found.arguments.get('run')}. "
            "Ingest the same files again instead: `catalograph runs resume` with that run's id."
        )
    if found.kind in TRAINING:
        raise RollbackError(
            f"Run {run} ({found.kind}) wrote versions of models, no records. Take a version back "
            "with `catalograph embed rollback KIND`."
        )
    if found.kind == RETENTION:
        raise RollbackError(f"Run {run} removed what was past its age limit; nothing was kept.")
    if found.status == RunStatus.RUNNING:
        raise RollbackError(
            f"Run {run} is running. Stop it first: `catalograph runs cancel {run}`."
        )
    if found.pruned:
        raise RollbackError(
            f"Run {run} is too old: `catalograph runs prune` dropped what records said before it. "
            "Ingest the feed as it was then."
        )
    later = [row["run"] for row in connection.read("read_later_runs", run=run)]
    if later:
        raise RollbackError(
            f"Run {run} cannot be rolled back: the same records were written since by "
            f"{', '.join(later)}. Roll those back first, the latest one before the others.",
            later=later,
        )


def _restore(writer: Writer, run: str, own: str) -> int:
    restored = 0
    while rows := list(writer.connection.read("read_changes", run=run, limit=_RECORDS_PER_BATCH)):
        snapshots = sorted((load(row["before"]) for row in rows), key=lambda snapshot: snapshot.key)
        writer.restore(snapshots, [row["key"] for row in rows])
        restored += len(rows)
        writer.note_progress(own, "restoring", 0.0, restored)
    return restored


def _remove(writer: Writer, run: str, own: str) -> int:
    removed = 0
    while rows := list(writer.connection.read("read_additions", run=run, limit=_RECORDS_PER_BATCH)):
        removed += writer.take_back([row["key"] for row in rows])
        writer.note_progress(own, "removing", 0.0, removed)
    return removed


def _forget_history(writer: Writer, run: str) -> None:
    """Remove the offers and past assertions that the run wrote."""
    for name in ("remove_offers", "remove_past_assertions"):
        while writer.connection.write(partial(_remove_batch, name, run)):
            pass


def _remove_batch(name: str, run: str, tx: Transaction) -> int:
    [row] = tx.run(name, run=run, limit=_RECORDS_PER_BATCH)
    removed: int = row["n"]
    announce_changes(tx, None if removed else ())
    return removed
