"""Runs: their status, progress and heartbeat, and how to cancel and prune them."""

import os
import secrets
import socket
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import psutil

from catalograph.errors import InvalidInputError, NotFoundError, RunCancelledError
from catalograph.schema.ontology import RunStatus
from catalograph.store.connection.connect import (
    Connection,
    Row,
    Transaction,
)

BEAT_SECONDS = 1.0
SILENT_AFTER = timedelta(minutes=15)
_PARTS = "parts"
"""Name, in the stored progress, of the counts of further writers."""
KILLED = "killed"
"""Status of a run recorded as running whose process is gone or whose heartbeat is too old."""


@dataclass(frozen=True)
class RunRecord:
    """A run as stored in the graph.

    Attributes:
        id: id of the run.
        kind: kind of job.
        status: a `RunStatus`, or `KILLED` (inferred, not stored).
        arguments: arguments of the job.
        started: start time.
        beat: time of the last heartbeat.
        finished: end time.
        progress: progress so far.
        counts: counts of its report.
        error: reason of a failure.
        pruned: whether its kept changes were dropped, so that it cannot be rolled back.
    """

    id: str
    kind: str
    status: str
    arguments: Mapping[str, Any]
    started: datetime | None
    beat: datetime | None
    finished: datetime | None
    progress: Mapping[str, Any]
    counts: Mapping[str, Any]
    error: str | None
    pruned: bool


class RunLog:
    """Records status and progress of the runs of one writer, at most once a second.

    Args:
        connection: connection that it writes through.
        part: name of the writer among several of one run; None for the one that begins and ends it.
    """

    def __init__(self, connection: Connection, part: str | None = None) -> None:
        self._connection = connection
        self._part = part
        self._progress: dict[str, dict[str, Any]] = {}
        self._next: dict[str, float] = {}

    def start(self, kind: str, arguments: Mapping[str, Any] | None) -> str:
        """Record the start of a run and return its id."""
        run, key, properties = new_run(kind, arguments)
        self._write("create_run", key=key, properties=properties)
        return run

    def share(self, kind: str) -> str:
        """Return the id of the run shared by single records of a kind; start one if there is none.

        All processes write to it until another run begins or the day (UTC) ends, so that runs
        do not overlap and can be rolled back in turn. Between records its status is `finished`.
        """
        now = datetime.now(UTC)
        id_ = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        properties = {
            "kind": kind,
            "status": str(RunStatus.FINISHED),
            "arguments": _json({}),
            "started": now,
            "beat": now,
            "finished": now,
        }

        def work(tx: Transaction) -> str:
            found = tx.run(
                "extend_run",
                kind=kind,
                status=str(RunStatus.FINISHED),
                since=now.replace(hour=0, minute=0, second=0, microsecond=0),
                now=now,
            )
            if found:
                return str(found[0]["key"]).removeprefix("run:")
            tx.run("create_run", key=_key(id_), properties=properties)
            return id_

        return self._connection.write(work)

    def report(self, run: str, **counts: int) -> None:
        """Add to the report of a shared run, to which other processes add as well."""

        def work(tx: Transaction) -> None:
            for row in tx.run("lock_run", key=_key(run)):
                kept = Counter(orjson.loads(row["counts"] or "{}"))
                kept.update(counts)
                tx.run("write_run_counts", key=_key(run), counts=_json(kept))

        self._connection.write(work)

    def progress(self, run: str, **said: object) -> None:
        """Note the progress of a run; the next heartbeat writes it."""
        self._progress.setdefault(run, {}).update(said)

    def count(self, run: str, **counts: int) -> None:
        """Add to the counts in a run's progress."""
        kept = self._progress.setdefault(run, {})
        for name, number in counts.items():
            kept[name] = int(kept.get(name, 0)) + number

    def beat(self, run: str) -> None:
        """Write a run's heartbeat and progress, and check for cancellation.

        Raises:
            RunCancelledError: the run was cancelled.
        """
        now = time.monotonic()
        # Called for every batch, written at most once a second.
        if now < self._next.get(run, 0):
            return
        self._next[run] = now + BEAT_SECONDS
        if self._connection.write(lambda tx: self._beat(tx, run), repeatable=True):
            self.end(run, RunStatus.CANCELLED)
            raise RunCancelledError(
                f"Run {run} was cancelled. What it had written stays; `catalograph runs resume "
                f"{run}` goes on, `catalograph runs rollback {run}` takes it back.",
                run=run,
            )

    def _beat(self, tx: Transaction, run: str) -> bool:
        """Write the progress beside that of other writers; return whether to stop."""
        rows = tx.run("beat_run", key=_key(run), beat=datetime.now(UTC))
        if not rows:
            return False
        # The statement took the run's lock, so nobody writes between reading and writing.
        stored = orjson.loads(rows[0]["progress"] or "{}")
        parts = dict(stored.get(_PARTS, {}))
        own = self._progress.get(run, {})
        if self._part is None:
            stored = dict(own)
        else:
            parts[self._part] = own
        if parts:
            stored[_PARTS] = parts
        tx.run("write_progress", key=_key(run), progress=_json(stored))
        return bool(rows[0]["cancel"])

    def end(
        self,
        run: str,
        status: RunStatus,
        *,
        counts: Mapping[str, object] | None = None,
        error: str | None = None,
    ) -> None:
        """Record the end of a run; an ended run keeps its status."""
        properties = {
            "status": str(status),
            "finished": datetime.now(UTC),
            "counts": None if counts is None else _json(counts),
            "error": error,
        }
        own = self._progress.pop(run, {})
        if self._part is None:  # a part would overwrite what the others note
            properties["progress"] = _json(own)
        self._next.pop(run, None)
        self._write("finish_run", key=_key(run), properties=properties)

    def _write(self, name: str, **parameters: Any) -> list[Row]:
        return self._connection.write(lambda tx: tx.run(name, **parameters), repeatable=True)


def new_run(kind: str, arguments: Mapping[str, Any] | None) -> tuple[str, str, dict[str, Any]]:
    """Return the id of a run that starts now, the key of its node and the node's properties."""
    now = datetime.now(UTC)
    # Ids sort by start time; the random part separates runs of the same second.
    run = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    properties = {
        "kind": kind,
        "status": str(RunStatus.RUNNING),
        "arguments": _json(arguments or {}),
        "started": now,
        "beat": now,
        "process": _process(),
    }
    return run, _key(run), properties


def list_runs(connection: Connection, limit: int = 50) -> list[RunRecord]:
    """Return the latest runs, newest first."""
    return [run_record(row["run"]) for row in connection.read("list_runs", limit=limit)]


def read_run(connection: Connection, run: str) -> RunRecord:
    """Read one run.

    Raises:
        NotFoundError: there is no run with this id.
    """
    rows = list(connection.read("read_run", key=_key(run)))
    if not rows:
        raise NotFoundError(f"There is no run '{run}'. `catalograph runs list` names them.")
    return run_record(rows[0]["run"])


def cancel_run(connection: Connection, run: str) -> None:
    """Ask a run to stop at its next batch.

    Raises:
        NotFoundError: there is no run with this id.
        InvalidInputError: the run is not running.
    """
    found = read_run(connection, run)
    if found.status != RunStatus.RUNNING:
        raise InvalidInputError(f"Run {run} is {found.status}; only a running one is cancelled.")
    connection.write(lambda tx: tx.run("cancel_run", key=_key(run)))


def prune_runs(connection: Connection, keep_days: int) -> int:
    """Drop the changes kept for the roll-back of runs started more than `keep_days` ago.

    Returns:
        The number of changes dropped.

    Raises:
        InvalidInputError: `keep_days` is negative.
    """
    if keep_days < 0:
        raise InvalidInputError(f"{keep_days} days is no time to keep; give 0 or more.")
    before = datetime.now(UTC) - timedelta(days=keep_days)
    dropped = 0
    while found := connection.write(lambda tx: tx.run("prune_changes", before=before))[0]["n"]:
        dropped += found
    connection.write(lambda tx: tx.run("prune_runs", before=before))
    return dropped


def _key(run: str) -> str:
    return f"run:{run}"


def _json(value: Mapping[str, Any]) -> str:
    return orjson.dumps(value, default=str).decode()


def _process() -> str:
    own = psutil.Process()
    return f"{socket.gethostname()}/{own.pid}/{own.create_time():.0f}"


def run_record(row: Row) -> RunRecord:
    """Return the run of a row read from the graph."""
    return RunRecord(
        id=row["key"].removeprefix("run:"),
        kind=row["kind"],
        status=_status(row),
        arguments=orjson.loads(row["arguments"] or "{}"),
        started=_native(row["started"]),
        beat=_native(row["beat"]),
        finished=_native(row["finished"]),
        progress=sum_progress(orjson.loads(row["progress"] or "{}")),
        counts=orjson.loads(row["counts"] or "{}"),
        error=row["error"],
        pruned=bool(row["pruned"]),
    )


def sum_progress(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the progress of a run: what its first writer notes, with the counts of all added."""
    progress = {name: value for name, value in stored.items() if name != _PARTS}
    for part in stored.get(_PARTS, {}).values():
        for name, value in part.items():
            progress[name] = progress.get(name, 0) + value
    return progress


def _status(row: Row) -> str:
    """Return the stored status, or `KILLED` if the process of a running run is gone."""
    status = row["status"] or (RunStatus.FINISHED if row["finished"] else KILLED)
    if status != RunStatus.RUNNING:
        return str(status)
    host, pid, born = (row["process"] or "//").rsplit("/", 2)
    # Only local processes can be checked; for other machines the heartbeat decides.
    if host == socket.gethostname():
        return str(status) if _is_alive(int(pid), born) else KILLED
    beat = _native(row["beat"])
    silent = beat is None or datetime.now(UTC) - beat > SILENT_AFTER
    return KILLED if silent else str(status)


def _is_alive(pid: int, born: str) -> bool:
    if pid == os.getpid():
        return True
    try:
        return f"{psutil.Process(pid).create_time():.0f}" == born
    except psutil.Error:
        return False


def _native(moment: Any) -> datetime | None:
    return None if moment is None else moment.to_native()
