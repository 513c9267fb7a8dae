"""What brings in feeds for the API: uploads, and a process for each job."""

import asyncio
import fcntl
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalograph.cli.feed_job import REJECTED, FeedJob
from catalograph.cli.feed_process import FeedProcess, stop_all
from catalograph.cli.feed_uploads import Uploads, remove_old_folders
from catalograph.errors import InvalidInputError, LimitExceededError, NotFoundError
from catalograph.ingest.quarantine import open_quarantine
from catalograph.ingest.rejection_log import read_rejections
from catalograph.ingest.replay import add_fields
from catalograph.schema.feeds import (
    CorrectedRow,
    FeedDryRun,
    FeedKind,
    FeedOptions,
    FeedReference,
    FeedSample,
    KnownSources,
    MappingFault,
    ProposedFeedMapping,
    RejectedRow,
    ReplayedRows,
    ServerFile,
    UploadedFile,
)
from catalograph.settings import Settings
from catalograph.settings.group import SettingsGroup
from catalograph.store import RunRecord, read_run

if TYPE_CHECKING:
    from catalograph.store import Connection

_AT_ONCE = 2
"""Previews, proposals and dry runs that a worker does at the same time."""
_MOST_FILES = 200
_RUN_KINDS = ("catalog", "reviews", "events", "orders")
_DAY = 86_400.0
_LEAVE_SECONDS = 5.0
"""Time that the process of an ended run may still hold its place, in seconds."""
_LOOK_SECONDS = 0.2


class ProcessFeedDesk:
    """A `catalograph.schema.feeds.FeedDesk` whose jobs are processes of this machine.

    Args:
        settings: settings of the server.
        connection: connection that runs are read by.
    """

    def __init__(self, settings: Settings, connection: "Connection") -> None:
        self._settings = _with_absolute_paths(settings)
        self._limits = settings.api.feeds
        self._connection = connection
        self._home = self._settings.home / "feeds"
        self._runs = self._home / "runs"
        self._jobs = self._home / "jobs"
        self._uploads = Uploads(
            self._home / "uploads",
            file_mb=self._limits.upload_mb,
            total_mb=self._limits.stored_mb,
            keep_days=self._limits.keep_days,
        )
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._processes: set[FeedProcess] = set()

    async def receive(
        self, name: str, size: int | None, chunks: AsyncIterator[bytes]
    ) -> UploadedFile:
        """Store an uploaded file."""
        return await self._uploads.receive(name, size, chunks)

    async def discard(self, upload: str) -> None:
        """Delete an uploaded file."""
        await asyncio.to_thread(self._uploads.remove, upload)

    async def list_sources(self) -> KnownSources:
        """List what may be named."""
        return KnownSources(
            files=await asyncio.to_thread(self._list_files),
            databases=list(self._limits.databases),
            topics=self._limits.kafka is not None,
            upload_bytes=self._uploads.file_bytes,
            keep_days=self._limits.keep_days,
            runs=self._limits.runs,
        )

    async def sample(self, feed: FeedReference, first: int, options: FeedOptions) -> FeedSample:
        """Read the first rows of a feed."""
        sample: FeedSample = await self._look("sample", feed, first=first, options=options)
        return sample

    async def propose(
        self, feed: FeedReference, kind: FeedKind, options: FeedOptions, language: str
    ) -> ProposedFeedMapping:
        """Propose a mapping."""
        proposal: ProposedFeedMapping = await self._look(
            "propose", feed, kind=kind, options=options, language=language
        )
        return proposal

    async def check(
        self, feed: FeedReference, kind: FeedKind, mapping: Mapping[str, Any], options: FeedOptions
    ) -> list[MappingFault]:
        """Return what is wrong with a mapping for a feed."""
        faults: list[MappingFault] = await self._look(
            "check", feed, kind=kind, mapping=mapping, options=options
        )
        return faults

    async def try_out(
        self,
        feed: FeedReference,
        kind: FeedKind,
        mapping: Mapping[str, Any] | None,
        options: FeedOptions,
        language: str,
    ) -> FeedDryRun:
        """Read a whole feed and write nothing."""
        trial: FeedDryRun = await self._look(
            "try_out", feed, kind=kind, mapping=mapping, options=options, language=language
        )
        return trial

    async def start(
        self,
        feed: FeedReference,
        kind: FeedKind,
        mapping: Mapping[str, Any] | None,
        options: FeedOptions,
    ) -> str:
        """Start an ingest; return the id of its run."""
        said = {"kind": kind, "mapping": mapping, "options": options}
        if feed.topic is not None:
            return await self._start("stream", topic=self._check_topic(feed.topic), **said)
        path = await asyncio.to_thread(self._path_of, feed)
        return await self._start("ingest", path=path, query=feed.query, **said)

    async def resume(self, run: str) -> str:
        """Start an ingest with the arguments of an earlier one."""
        found = await self._read_run(run)
        if found.kind not in _RUN_KINDS:
            raise InvalidInputError(f"Run {run} ({found.kind}) is none of a feed.")
        if found.status == "running":
            raise InvalidInputError(f"Run {run} is running.")
        return await self._start("resume", run=run)

    async def roll_back(self, run: str) -> str:
        """Start the roll-back of a run."""
        return await self._start("roll_back", run=run)

    async def replay(
        self, run: str, mapping: Mapping[str, Any] | None, rows: Sequence[CorrectedRow]
    ) -> ReplayedRows:
        """Try rejected rows of a run again."""
        feed = await self._feed_of(run)
        async with self._slot() as slot:
            process = await self._open(
                "replay", keep=slot, path=feed, link=False, mapping=mapping, rows=tuple(rows)
            )
        # A replay writes, so it is not killed when the caller leaves.
        replayed: ReplayedRows = await asyncio.shield(asyncio.wrap_future(process.ended))
        return replayed

    async def read_rejected(
        self, run: str, first: int, after: int
    ) -> tuple[list[RejectedRow], int | None]:
        """Return a page of what a run rejected."""
        feed = await self._feed_of(run)
        log = self._runs / run / REJECTED
        if not log.exists():
            await self._explain_missing(run)
            return [], None
        return await asyncio.to_thread(self._read_page, log, feed, first, after)

    async def find_rejected_file(self, run: str) -> Path:
        """Return the file of what a run rejected."""
        await self._read_run(run)
        log = self._runs / run / REJECTED
        if not log.exists():
            await self._explain_missing(run)
            raise NotFoundError(f"Run {run} rejected nothing.")
        return log

    async def close(self) -> None:
        """Stop all processes in order."""
        seconds = self._settings.api.shutdown_timeout
        await asyncio.to_thread(stop_all, list(self._processes), float(seconds))

    def _read_page(
        self, log: Path, feed: str, first: int, after: int
    ) -> tuple[list[RejectedRow], int | None]:
        rows, following = read_rejections(log, first, after)
        with open_quarantine(self._settings) as quarantine:
            return add_fields(rows, quarantine, feed), following

    async def _explain_missing(self, run: str) -> None:
        """Refuse a run whose rejections are not here; return for one that has none.

        Raises:
            NotFoundError: they were kept elsewhere, or not so long.
        """
        found = await self._read_run(run)
        if found.counts.get("rejected_files"):
            raise NotFoundError(
                f"What run {run} rejected is not kept here: it is no run by the API, or older than "
                f"{self._limits.keep_days:g} days."
            )

    async def _look(self, work: str, feed: FeedReference, **said: Any) -> Any:
        """Do a job that writes nothing, and wait for it."""
        if feed.topic is not None:
            raise InvalidInputError(
                "A topic can only be run, with a 'mapping'. To see its messages first, upload some "
                "of them as a file with one JSON object a line."
            )
        path = await asyncio.to_thread(self._path_of, feed)
        async with self._free:
            process = await self._open(work, path=path, query=feed.query, **said)
            try:
                async with asyncio.timeout(self._limits.seconds):
                    return await asyncio.wrap_future(process.ended)
            except TimeoutError as exc:
                raise LimitExceededError(
                    f"This feed takes more than {self._limits.seconds:g} seconds "
                    "(CATALOGRAPH_API__FEEDS__SECONDS). Run it, or try the first part of it."
                ) from exc
            finally:
                if process.runs:
                    process.kill()

    async def _start(self, work: str, **said: Any) -> str:
        """Start a job that writes; return the id of its run."""
        async with self._slot() as slot:
            process = await self._open(work, keep=slot, runs=self._runs, **said)
        return await asyncio.shield(asyncio.wrap_future(process.started))

    async def _open(
        self,
        work: str,
        *,
        keep: int | None = None,
        path: str | None = None,
        link: bool = True,
        **said: Any,
    ) -> FeedProcess:
        """Start the process of a job in a folder of its own."""
        folder = self._jobs / secrets.token_hex(16)

        def begin() -> FeedProcess:
            for parent in (self._runs, folder):
                parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shown = path
            if link and path is not None and said.get("query") is None:
                # Read by its name alone, which is what reports and messages show.
                shown = Path(path).name
                (folder / shown).symlink_to(path)
            job = FeedJob(work, self._settings, folder, path=shown, **said)
            return FeedProcess(job, () if keep is None else (keep,))

        self._remove_old()
        process = await asyncio.to_thread(begin)
        self._processes.add(process)
        process.ended.add_done_callback(partial(self._forget, process, folder))
        return process

    def _forget(self, process: FeedProcess, folder: Path, _: object) -> None:
        self._processes.discard(process)
        shutil.rmtree(folder, ignore_errors=True)  # a run has moved its folder

    def _remove_old(self) -> None:
        self._uploads.remove_old()
        for folder in (self._runs, self._jobs):
            remove_old_folders(folder, self._limits.keep_days * _DAY)

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[int]:
        """Lock one of the places for runs; the process that inherits it holds it until it ends.

        Raises:
            LimitExceededError: all are taken, for longer than an ended run takes to leave.
        """
        self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
        until = asyncio.get_running_loop().time() + _LEAVE_SECONDS
        while (handle := self._take_slot()) is None:
            if asyncio.get_running_loop().time() > until:
                raise LimitExceededError(
                    f"{self._limits.runs} runs go on already (CATALOGRAPH_API__FEEDS__RUNS). Try "
                    "again when one has ended."
                )
            await asyncio.sleep(_LOOK_SECONDS)
        try:
            yield handle
        finally:
            os.close(handle)

    def _take_slot(self) -> int | None:
        for number in range(self._limits.runs):
            handle = os.open(self._home / f"run-{number}.lock", os.O_CREAT | os.O_RDWR, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
            else:
                return handle
        return None

    def _path_of(self, feed: FeedReference) -> str:
        """Return the path of a file, or the address of a database, that a caller may name.

        Raises:
            InvalidInputError: the caller may not.
            NotFoundError: there is no such file.
        """
        if feed.database is not None:
            if feed.database not in self._limits.databases:
                raise InvalidInputError(
                    "This database may not be queried. `feedSources` lists those of "
                    "CATALOGRAPH_API__FEEDS__DATABASES."
                )
            return feed.database
        if feed.upload is not None:
            return str(self._uploads.find(feed.upload).resolve())
        return str(self._server_file(feed.file or ""))

    def _server_file(self, name: str) -> Path:
        if self._limits.folder is None:
            raise InvalidInputError(
                "This server names no folder of feeds (CATALOGRAPH_API__FEEDS__FOLDER)."
            )
        root = self._limits.folder.resolve()
        path = root
        try:
            path = (root / name).resolve()
        except (OSError, ValueError):  # too long, a circle of links, or a zero byte
            path = root
        if not path.is_relative_to(root) or path == root or path.name.startswith("-"):
            raise InvalidInputError(f"'{name[:80]}' is outside of the server's folder of feeds.")
        if not path.is_file():
            raise NotFoundError(f"The server's folder has no file '{name[:80]}'.")
        return path

    def _list_files(self) -> list[ServerFile]:
        if self._limits.folder is None or not self._limits.folder.is_dir():
            return []
        root = self._limits.folder.resolve()
        found = []
        for path in root.rglob("*"):
            if path.is_file() and path.resolve().is_relative_to(root):
                stat = path.stat()
                found.append((stat.st_mtime, path.relative_to(root).as_posix(), stat.st_size))
        return [
            ServerFile(
                path=name, bytes=size, modified=datetime.fromtimestamp(time, UTC).isoformat()
            )
            for time, name, size in sorted(found, reverse=True)[:_MOST_FILES]
        ]

    def _check_topic(self, topic: str) -> str:
        if self._limits.kafka is None:
            raise InvalidInputError(
                "This server names no Kafka brokers (CATALOGRAPH_API__FEEDS__KAFKA)."
            )
        return topic

    async def _read_run(self, run: str) -> RunRecord:
        return await asyncio.to_thread(read_run, self._connection, run)

    async def _feed_of(self, run: str) -> str:
        """Return the file that a run read.

        Raises:
            NotFoundError: there is no such run.
            InvalidInputError: it read none.
        """
        arguments = (await self._read_run(run)).arguments
        paths = arguments.get("paths") or [arguments.get("topic")]
        if not paths[0]:
            raise InvalidInputError(f"Run {run} read no feed.")
        return str(paths[0])


def _with_absolute_paths(settings: Settings) -> Settings:
    """Return settings that hold in any working folder."""
    absolute: Settings = _absolute(settings)
    aspects = absolute.texts.aspects
    if aspects is None or not Path(aspects).exists():
        return absolute
    texts = absolute.texts.model_copy(update={"aspects": str(Path(aspects).resolve())})
    return absolute.model_copy(update={"texts": texts})


def _absolute(group: Any) -> Any:
    changes: dict[str, Any] = {}
    for name in type(group).model_fields:
        value = getattr(group, name)
        if isinstance(value, Path):
            changes[name] = value.absolute()
        elif isinstance(value, SettingsGroup):
            changes[name] = _absolute(value)
    return group.model_copy(update=changes)
