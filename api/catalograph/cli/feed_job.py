"""One job of the API's feeds, in a process of its own; `feed_process` starts it.

The parent writes a pickled `FeedJob` to standard input, after its length in 8 bytes, and keeps the
pipe open; its end means to stop. Standard output gets lines of JSON: `{"run": id}` once a run
begins, and at the end `{"result": …}`, or `{"error": class, "message": …}`. A feed that needs too
much time or memory so ends this process only.
"""

import logging
import os
import pickle
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import orjson

from catalograph import errors, log
from catalograph.cli.light import import_store
from catalograph.schema.feeds import CorrectedRow, FeedKind, FeedOptions
from catalograph.settings import Settings

import_store()

from catalograph import ingest  # noqa: E402 - the store comes first, without what it needs not
from catalograph.cli.feed_writing import write_feeds  # noqa: E402
from catalograph.ingest.feed_inspection import (  # noqa: E402
    describe_proposal,
    find_faults,
    read_mapping,
    sample_feed,
    try_feed,
)
from catalograph.ingest.readers import (  # noqa: E402
    DatabaseQuery,
    FeedLimits,
    ReadOptions,
    open_feed,
)
from catalograph.schema.ontology import RunStatus  # noqa: E402
from catalograph.store import Writer, connect, open_store, read_run, roll_back_run  # noqa: E402

REJECTED = Path("rejected.jsonl")
_LENGTH = 8
_log = logging.getLogger(__name__)
_CALLER_ERRORS = (errors.IngestError, errors.RequestError, errors.ConfigError)


@dataclass(frozen=True)
class FeedJob:
    """A job.

    Attributes:
        work: name of the work, a key of `WORKS`.
        settings: settings of the server.
        folder: folder of the job, in which its files are.
        runs: folder of the runs; a run takes its job's folder there. None keeps it.
        path: the feed: a file, or the address of a database; None without one.
        query: query for a database.
        topic: name of a topic.
        kind: kind of the feed.
        mapping: mapping in the form of a mapping file.
        options: how it is read.
        language: language of messages.
        first: number of rows of a sample.
        run: id of the run that it is about.
        rows: corrected rows.
    """

    work: str
    settings: Settings
    folder: Path
    runs: Path | None = None
    path: str | None = None
    query: str | None = None
    topic: str | None = None
    kind: FeedKind = "catalog"
    mapping: Mapping[str, Any] | None = None
    options: FeedOptions = field(default_factory=FeedOptions)
    language: Any = "en"
    first: int = 20
    run: str = ""
    rows: tuple[CorrectedRow, ...] = ()

    @property
    def feed(self) -> "ingest.run.FeedPath":
        """The feed as the ingest takes it: a file by its name alone, which people see."""
        if self.path is None:
            raise errors.InvalidInputError("There is no feed.")
        return self.path if self.query is None else DatabaseQuery(self.path, self.query)

    @property
    def chosen(self) -> "ingest.Mapping | None":
        """The mapping."""
        return None if self.mapping is None else read_mapping(self.mapping, self.kind)

    @property
    def read_options(self) -> ReadOptions:
        """How the feed is read."""
        return ReadOptions(encoding=self.options.encoding)

    def ingest_options(self) -> dict[str, Any]:
        """Options of the ingest, those that are set."""
        said = {name: getattr(self.options, name) for name in FeedOptions.__slots__}
        return {name: value for name, value in said.items() if value}


class JobWriter(Writer):
    """A writer that reports the start of a run, beats with its progress, and stops when asked.

    Args:
        connection: connection to write through.
        job: the job.
        tell: sends a message to the parent.
        stop: set to stop.
    """

    def __init__(
        self,
        connection: Any,
        job: FeedJob,
        tell: Callable[..., None],
        stop: threading.Event,
    ) -> None:
        super().__init__(connection)
        self._job, self._tell, self._stop = job, tell, stop

    def start_run(self, kind: str, arguments: Mapping[str, Any] | None = None) -> str:
        """Record the start of a run, and move the job's folder to where its files are found."""
        run = super().start_run(kind, arguments)
        if self._job.runs is not None:
            self._job.folder.rename(self._job.runs / run)
        self._tell(run=run)
        return run

    def note_progress(self, run: str, doing: str, share: float, rows: int) -> None:
        """Write the progress of a run now and then.

        Raises:
            RunCancelledError: the run was cancelled, or the server stops.
        """
        super().note_progress(run, doing, share, rows)
        self._runs.beat(run)
        if self._stop.is_set():
            error = "The server was stopped. What was written stays; resume the run to go on."
            self._runs.end(run, RunStatus.CANCELLED, error=error)
            raise errors.RunCancelledError(error, run=run)


def _sample(job: FeedJob, _: Callable[[], JobWriter]) -> Any:
    with open_feed(job.feed, FeedLimits.of(job.settings.ingest), job.read_options) as file:
        return sample_feed(file, job.first)


def _propose(job: FeedJob, _: Callable[[], JobWriter]) -> Any:
    from catalograph.cli.ingest_preview import propose_with_graph

    if job.kind == "orders":
        raise errors.MappingError(
            "Mappings of orders are not proposed. Leave 'mapping' out for the shipped one, or "
            "write one as docs/mappings.md says."
        )
    options = job.options
    proposal, _note = propose_with_graph(
        job.settings,
        job.kind,
        job.feed,
        source=options.source,
        product_source=options.product_source,
        encoding=options.encoding,
    )
    read = proposal.mapping.read_options()
    with open_feed(job.feed, FeedLimits.of(job.settings.ingest), read) as file:
        sample = sample_feed(file, 0)
    return describe_proposal(proposal, job.kind, sample, job.language)


def _check(job: FeedJob, _: Callable[[], JobWriter]) -> Any:
    with open_feed(job.feed, FeedLimits.of(job.settings.ingest), job.read_options) as file:
        return find_faults(file, job.kind, job.mapping or {})


def _try_out(job: FeedJob, _: Callable[[], JobWriter]) -> Any:
    with ExitStack() as stack:
        graph: Writer | None = None
        with suppress(errors.StoreError):
            graph = Writer(stack.enter_context(connect(job.settings)))
        return try_feed(
            *(job.feed, job.kind, graph, job.settings, job.chosen, REJECTED, job.language),
            **job.ingest_options(),
        )


def _ingest(job: FeedJob, open_writer: Callable[[], JobWriter]) -> Any:
    from catalograph.ingest.aspects import load_aspect_reader

    options = job.ingest_options() | {"rejected": REJECTED}
    if job.kind == "reviews":
        options["aspects"] = load_aspect_reader(job.settings.texts.aspects)
    report = write_feeds(
        job.kind,
        [job.feed],
        open_writer(),
        job.settings,
        job.chosen,
        lambda texts: texts.find_reader({}) if job.kind == "catalog" else None,
        **options,
    )
    return report.as_dict()


def _stream(job: FeedJob, open_writer: Callable[[], JobWriter]) -> Any:
    from catalograph.ingest.feeds import with_product_source, with_source
    from catalograph.ingest.stream import StreamTopic, ingest_stream

    mapping = job.chosen
    if mapping is None or job.topic is None:
        raise errors.MappingError("A topic needs a 'mapping'.")
    mapping = with_source(mapping, job.options.source)
    mapping = with_product_source(mapping, job.options.product_source)
    topic = StreamTopic(job.topic, job.settings.api.feeds.kafka or "")
    report = ingest_stream(
        *(topic, open_writer(), job.settings, mapping, job.kind), until_end=True, rejected=REJECTED
    )
    return report.as_dict()


def _resume(job: FeedJob, open_writer: Callable[[], JobWriter]) -> Any:
    from catalograph.cli.runs import repeat_run

    writer = open_writer()
    return repeat_run(read_run(writer.connection, job.run), writer, job.settings).as_dict()


def _roll_back(job: FeedJob, open_writer: Callable[[], JobWriter]) -> Any:
    done = roll_back_run(open_writer(), job.run)
    if done.run is None:
        raise errors.ConflictError(f"Run {job.run} is rolled back already.")
    return {"restored": done.restored, "removed": done.removed}


def _replay(job: FeedJob, open_writer: Callable[[], JobWriter]) -> Any:
    from catalograph.ingest.quarantine import open_quarantine
    from catalograph.ingest.replay import replay_rows

    chosen = job.chosen
    if chosen is not None and not isinstance(chosen, ingest.CatalogMapping):
        raise errors.MappingError("Only rows of catalogues are replayed.")
    with open_quarantine(job.settings) as quarantine:
        return replay_rows(open_writer(), quarantine, job.path or "", chosen, job.rows)


WORKS: Mapping[str, Callable[[FeedJob, Callable[[], JobWriter]], Any]] = {
    "sample": _sample,
    "propose": _propose,
    "check": _check,
    "try_out": _try_out,
    "ingest": _ingest,
    "stream": _stream,
    "resume": _resume,
    "roll_back": _roll_back,
    "replay": _replay,
}
"""Works of a job, by name."""


def main() -> None:
    """Do the job on standard input."""
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever prints must not write between the messages

    def tell(**said: Any) -> None:
        out.write(orjson.dumps(said, default=str, option=orjson.OPT_APPEND_NEWLINE))

    source = sys.stdin.buffer
    length = int.from_bytes(source.read(_LENGTH), "big")
    job: FeedJob = pickle.loads(source.read(length))  # noqa: S301 - written by the own parent
    log.configure(job.settings.log, others=True)
    stop = threading.Event()
    threading.Thread(target=_wait_for_end, args=(source, stop), daemon=True).start()
    os.chdir(job.folder)
    try:
        with open_store(job.settings) if _writes(job) else nullcontext() as store:
            make = partial(JobWriter, None if store is None else store.connection, job, tell, stop)
            tell(result=WORKS[job.work](job, make))
    except errors.CatalographError as exc:
        tell(error=_class_of(exc), message=str(exc))
    except Exception:  # the outermost frame  # noqa: BLE001
        _log.exception("a job of a feed failed")
    out.close()
    _leave()


def pack(job: FeedJob) -> bytes:
    """Return a job as the process reads it."""
    data = pickle.dumps(job)
    return len(data).to_bytes(_LENGTH, "big") + data


def _writes(job: FeedJob) -> bool:
    return job.work not in ("sample", "propose", "check", "try_out")


def _wait_for_end(source: Any, stop: threading.Event) -> None:
    source.read()
    stop.set()


def _class_of(exc: errors.CatalographError) -> str:
    """Return the name of the error that the API shows for an error of a job."""
    if isinstance(exc, errors.RollbackError):
        return "ConflictError"
    if isinstance(exc, errors.RequestError):
        return type(exc).__name__
    return "InvalidInputError" if isinstance(exc, _CALLER_ERRORS) else type(exc).__name__


def _leave() -> NoReturn:
    # At once: the thread that reads standard input would hold the interpreter up.
    sys.stderr.flush()
    os._exit(0)
