"""Several processes of this machine that write a feed together, each its own partition."""

import multiprocessing
import pickle
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess
from queue import Empty, Full
from types import TracebackType
from typing import Any, Self

from catalograph import log
from catalograph.errors import CatalographError, IngestError
from catalograph.ingest.batches import RecordWriter
from catalograph.ingest.partitions import (
    KeyedRow,
    PartitionTask,
    RejectionBuffer,
    RejectionKeeper,
    write_partition,
)
from catalograph.ingest.report import Counters
from catalograph.ingest.row_preparation import PreparedRow
from catalograph.settings import Settings

_ROWS = 500
"""Rows sent at once."""
_WAITING = 4
"""Parcels of rows that wait for a process before the reader waits as well."""
_LOOK_SECONDS = 0.5
_END_SECONDS = 30.0


class PartitionProcesses:
    """Writes rows in several processes; a context manager.

    Args:
        number: number of processes.
        task: what they share.
        settings: settings of their connections.
        kept_out: keeper of what they reject.

    Attributes:
        counters: sum of their counts, once the context is left.
    """

    def __init__(
        self, number: int, task: PartitionTask, settings: Settings, kept_out: RejectionKeeper
    ) -> None:
        # Spawned, not forked: threads and sockets of a driver do not survive a fork.
        context = multiprocessing.get_context("spawn")
        self._kept_out = kept_out
        self._results: Any = context.Queue()
        self._rows: list[Any] = [context.Queue(_WAITING) for _ in range(number)]
        self._parcels: list[list[KeyedRow]] = [[] for _ in range(number)]
        packed = pickle.dumps(task)
        self._processes: list[BaseProcess] = [
            context.Process(
                target=_write_rows,
                args=(packed, settings, str(n), rows, self._results),
                name=f"catalograph-partition-{n}",
                daemon=True,
            )
            for n, rows in enumerate(self._rows)
        ]
        self._under_way = number
        self.counters = Counters()

    def __enter__(self) -> Self:
        for process in self._processes:
            process.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            if kind is not None or self._under_way:
                # Else this program would wait at its end until somebody reads the rest.
                for rows in self._rows:
                    rows.cancel_join_thread()
            for process in self._processes:
                # After an error their rows so far are written or not; both can be repeated.
                if kind is not None or self._under_way:
                    process.terminate()
                process.join(_END_SECONDS)

    def add(self, hash_: int, row: PreparedRow) -> None:
        """Send a row to the process that owns its key; rows of one key come once.

        Args:
            hash_: hash of the row's key.
            row: the row.

        Raises:
            CatalographError: what ended a process.
        """
        part = hash_ % len(self._rows)
        parcel = self._parcels[part]
        parcel.append(("", row))
        if len(parcel) >= _ROWS:
            self._send(part)

    def _send(self, part: int) -> None:
        self._put(part, self._parcels[part])
        self._parcels[part] = []

    def _put(self, part: int, parcel: list[KeyedRow] | None) -> None:
        while True:
            self._take(wait=False)
            with suppress(Full):
                self._rows[part].put(parcel, timeout=_LOOK_SECONDS)
                return
            self._check_alive()

    def _finish(self) -> None:
        for part in range(len(self._rows)):
            if self._parcels[part]:
                self._send(part)
            self._put(part, None)
        while self._under_way:
            self._take(wait=True)
            if self._under_way:
                self._check_alive()

    def _take(self, *, wait: bool) -> None:
        """Take what the processes have sent: rejections, counts, and what ended one."""
        while True:
            try:
                said = self._results.get(wait, _LOOK_SECONDS)
            except Empty:
                return
            wait = False
            if isinstance(said, Counters):
                self.counters.merge(said)
                self._under_way -= 1
            elif isinstance(said, BaseException):
                raise said
            else:
                for row, rejections in said:
                    self._kept_out.add(row, rejections)

    def _check_alive(self) -> None:
        """Raise if a process ended without a word, such as one that was killed."""
        ended = [process for process in self._processes if process.exitcode not in (None, 0)]
        if ended:
            self._take(wait=True)  # its last words
            raise IngestError(
                f"A process that writes rows ended with code {ended[0].exitcode}. What it wrote "
                "stays; run the ingest again, and rows that are written already count as unchanged."
            )


def _write_rows(packed: bytes, settings: Settings, part: str, rows: Any, results: Any) -> None:
    """Write the rows of a queue; the main function of a process."""
    log.configure(settings.log)
    rejected = RejectionBuffer()

    def receive_rows() -> Any:
        while (parcel := rows.get()) is not None:
            yield from parcel
            if rejected.kept:
                results.put(rejected.kept)
                rejected.kept = []

    try:
        task: PartitionTask = pickle.loads(packed)  # noqa: S301 - the parent process wrote it
        with (task.open_part or _open_graph)(settings, part) as store:
            counters = write_partition(receive_rows(), task, store, settings, rejected)
        if rejected.kept:
            results.put(rejected.kept)
        results.put(counters)
    except CatalographError as exc:
        results.put(exc)
    except Exception as exc:  # noqa: BLE001 - whatever it is, the reading process has to know
        results.put(IngestError(f"A process that writes rows failed: {type(exc).__name__}: {exc}"))


@contextmanager
def _open_graph(settings: Settings, part: str) -> Iterator[RecordWriter]:
    # Imported here: the reading process has its own connection already.
    from catalograph.store import Writer, connect

    with connect(settings) as connection:
        yield Writer(connection, part=part)
