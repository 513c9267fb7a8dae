"""Folder watch: each complete file that appears in a folder is ingested and moved away.

A file is complete once its size and modification time have not changed for a while, so it may be
written in place or renamed into the folder. Files in `catalog/`, `reviews/` and `events/` are of
that kind, other files of the first kind that a shipped mapping fits. Ingested files go to `done/`,
unreadable files to `failed/` with the reason beside them. A file is moved only after its ingest:
after a crash the watch starts again with it, and records already written count as unchanged.
"""

import fcntl
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Event
from typing import Unpack

from catalograph.errors import CatalographError, IngestError, MappingError
from catalograph.ingest.batches import RecordWriter
from catalograph.ingest.mapping import Kind, choose_mapping
from catalograph.ingest.mapping import Mapping as FeedMapping
from catalograph.ingest.order_run import ingest_orders
from catalograph.ingest.readers import FeedLimits, open_feed
from catalograph.ingest.report import IngestReport
from catalograph.ingest.run import (
    IngestOptions,
    columns_in,
    ingest_catalog,
    ingest_events,
    ingest_reviews,
)
from catalograph.settings import Settings

_log = logging.getLogger(__name__)

DONE = "done"
FAILED = "failed"
_KINDS: tuple[Kind, ...] = ("catalog", "reviews", "events", "orders")
_INGESTS = {
    "catalog": ingest_catalog,
    "reviews": ingest_reviews,
    "events": ingest_events,
    "orders": ingest_orders,
}
# Endings that downloads and copies use until a file is complete.
_UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".filepart")
_LOCK = ".catalograph-watch"


@dataclass(frozen=True, slots=True)
class WatchedFile:
    """Result of one file.

    Attributes:
        file: original path.
        moved: path after the move.
        report: report of the ingest; None if it failed.
        error: reason of the failure.
    """

    file: Path
    moved: Path
    report: IngestReport | None = None
    error: str = ""


def watch_folder(
    folder: Path,
    store: RecordWriter,
    settings: Settings,
    mapping: FeedMapping | None = None,
    *,
    stop: Event,
    settle: float = 2.0,
    once: bool = False,
    **options: Unpack[IngestOptions],
) -> Iterator[WatchedFile]:
    """Ingest the files of a folder as they arrive.

    Args:
        folder: folder to watch, with its subfolders `catalog`, `reviews` and `events`, which are
            created.
        store: store to write to.
        settings: settings, as for `ingest_catalog`.
        mapping: mapping for files of its kind; None chooses a shipped one for each file.
        stop: event that ends the watch; a file in progress stays where it is.
        settle: time that a file must be unchanged, in seconds.
        once: True ends the watch when no file is left.
        options: options; see `IngestOptions`; `snapshot` and `allow_shrink` apply to catalogues
            only, `progress` and `rejected` are set by the watch.

    Yields:
        The result of each file, as soon as it is moved.

    Raises:
        IngestError: the folder does not exist, or another process watches it.
    """
    _prepare(folder)
    with _hold_lock(folder):
        sizes: dict[Path, tuple[int, int, float]] = {}
        while not stop.is_set():
            waiting = sorted(_candidates(folder))
            ready = [file for file in waiting if _has_settled(file, sizes, settle)]
            for file in ready:
                if stop.is_set():
                    return
                result = _ingest(file, folder, (store, settings), mapping, options, stop)
                if result is not None:
                    yield result
                sizes.pop(file, None)
            if once and not waiting:
                return
            if not ready:
                _wait(folder, stop, settle if waiting else None)


def _prepare(folder: Path) -> None:
    if not folder.is_dir():
        raise IngestError(f"There is no folder '{folder}' to watch. Make it first.")
    for name in (*_KINDS, DONE, FAILED):
        (folder / name).mkdir(exist_ok=True)


@contextmanager
def _hold_lock(folder: Path) -> Iterator[None]:
    """Hold a lock that the system releases however the process ends."""
    with (folder / _LOCK).open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise IngestError(
                f"Another process watches '{folder}'. Stop that one, or watch another folder."
            ) from exc
        yield


def _candidates(folder: Path) -> Iterator[Path]:
    for place in (folder, *(folder / kind for kind in _KINDS)):
        for file in place.iterdir():
            hidden = file.name.startswith(".") or file.name.endswith((*_UNFINISHED, "~"))
            if not hidden and file.is_file():
                yield file


def _has_settled(file: Path, seen: dict[Path, tuple[int, int, float]], settle: float) -> bool:
    """Return whether size and modification time have been the same for long enough."""
    try:
        state = file.stat()
    except FileNotFoundError:
        return False
    now = time.monotonic()
    size, modified, since = seen.get(file, (-1, -1, now))
    if (size, modified) != (state.st_size, state.st_mtime_ns):
        seen[file] = (state.st_size, state.st_mtime_ns, now)
        return settle <= 0
    return now - since >= settle


def _wait(folder: Path, stop: Event, seconds: float | None) -> None:
    """Wait until the folder changes, a stop is requested, or a file may have settled."""
    from watchfiles import watch

    for _ in watch(
        folder,
        stop_event=stop,
        rust_timeout=int((seconds or 5.0) * 1000),
        yield_on_timeout=True,
        raise_interrupt=False,
    ):
        return


class _StoppedError(Exception):
    """A stop was requested during the ingest of a file."""


def _ingest(
    file: Path,
    folder: Path,
    sink: tuple[RecordWriter, Settings],
    mapping: FeedMapping | None,
    options: IngestOptions,
    stop: Event,
) -> WatchedFile | None:
    """Ingest a file and move it; return None if it must stay for another attempt."""

    def check_stop(doing: str, share: float, rows: int) -> None:
        if stop.is_set():
            raise _StoppedError

    store, settings = sink
    goal = _find_free_path(folder / DONE / file.relative_to(folder))
    rejected = goal.with_name(f"{goal.name}.rejected.jsonl")
    try:
        kind = _kind_of(file, folder, mapping, FeedLimits.of(settings.ingest))
        chosen = mapping if mapping is not None and mapping.kind == kind else None
        allowed: IngestOptions = {**options, "progress": check_stop, "rejected": rejected}
        if kind != "catalog":
            allowed.pop("snapshot", None)
            allowed.pop("allow_shrink", None)
        ingest = _INGESTS[kind]
        report = ingest([file], store, settings, chosen, **allowed)
    except _StoppedError:
        return None
    except CatalographError as exc:
        if exc.retryable:
            _log.warning("the store is not there; trying again", extra={"error": str(exc)})
            return None
        return _move_failed(file, folder, str(exc))
    file.replace(goal)
    return WatchedFile(file, goal, report)


def _move_failed(file: Path, folder: Path, error: str) -> WatchedFile:
    goal = _find_free_path(folder / FAILED / file.relative_to(folder))
    # Write the reason first: after a crash in between, the file is still in its place.
    goal.with_name(f"{goal.name}.reason.txt").write_text(f"{error}\n", encoding="utf-8")
    file.replace(goal)
    return WatchedFile(file, goal, error=error)


def _find_free_path(wanted: Path) -> Path:
    """Return a free path; if the wanted one exists, a number goes before the extensions."""
    wanted.parent.mkdir(parents=True, exist_ok=True)
    stem, dot, extensions = wanted.name.partition(".")
    paths = (wanted.with_name(f"{stem}-{n}{dot}{extensions}") for n in count(2))
    path = wanted
    while path.exists():
        path = next(paths)
    return path


def _kind_of(file: Path, folder: Path, mapping: FeedMapping | None, limits: FeedLimits) -> Kind:
    """Return the kind of a file: by folder, given mapping, or the first kind that fits."""
    for kind in _KINDS:
        if file.parent == folder / kind:
            return kind
    if mapping is not None:
        return mapping.kind
    with open_feed(file, limits) as feed:
        columns = columns_in(feed)
        for kind in _KINDS:
            with suppress(MappingError):
                choose_mapping(kind, feed.stem, columns)
                return kind
    shown = ", ".join(sorted(columns)[:12])
    raise MappingError(
        f"No shipped mapping fits '{file.name}' with the columns {shown}. "
        f"Put it into {', '.join(_KINDS)} with a mapping named by --mapping."
    )
