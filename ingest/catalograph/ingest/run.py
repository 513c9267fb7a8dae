"""Ingest run: read, learn, build, validate, write, count.

Files are read twice. The first pass learns the dictionary and finds repeated keys, of which the
last row wins; the second pass builds records and writes them in batches. No state is kept between
runs: after a crash, run the ingest again; records already written count as unchanged.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import IngestError, MappingError
from catalograph.ingest.aspects import Aspects
from catalograph.ingest.batches import RecordWriter
from catalograph.ingest.catalog import CatalogFeed
from catalograph.ingest.collection import collect_rarely
from catalograph.ingest.engine import EngineFeed, FeedEngine, add_counts
from catalograph.ingest.extract.knowledge_files import save_knowledge
from catalograph.ingest.feeds import (
    Feed,
    feed_of,
    matcher_of,
    sink_of,
    with_choice,
    with_product_source,
    with_source,
)
from catalograph.ingest.interactions import InteractionFeed
from catalograph.ingest.mapping import Kind, choose_mapping
from catalograph.ingest.mapping import Mapping as FeedMapping
from catalograph.ingest.mapping_inference import KnownProducts, MappingProposal, NameScores, propose
from catalograph.ingest.partition_processes import PartitionProcesses
from catalograph.ingest.partitions import (
    PartitionTask,
    PartOpener,
    RowKeys,
    learn_row,
    process_row,
)
from catalograph.ingest.quarantine import FeedQuarantine, Quarantine
from catalograph.ingest.readers import (
    DatabaseQuery,
    FeedFile,
    FeedLimits,
    FeedRow,
    ReadOptions,
    is_database,
    open_feed,
)
from catalograph.ingest.rejection_log import RejectionLog, rejected_path
from catalograph.ingest.report import Counters, IngestReport
from catalograph.ingest.row_preparation import PreparedRow, RowPreparer
from catalograph.ingest.run_outcome import finish_report, note_failures
from catalograph.ingest.snapshot import FeedSnapshot
from catalograph.ingest.variant_clashes import VariantClashes
from catalograph.schema import Rejection, SourceRecord
from catalograph.settings import Settings

FeedPath = Path | str | DatabaseQuery
Progress = Callable[[str, float, int], None]
"""Callback that receives the current step, the share done (0 to 1) and the rows so far."""

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:(?:[a-z0-9]+:)?//", re.IGNORECASE)
_SAMPLE_ROWS = 200
_REPORT_EVERY = 500


class TextProcessor(Protocol):
    """Reads the texts of products; see `catalograph.ingest.extraction_stage.ExtractionStage`."""

    def take(self, records: Sequence[SourceRecord]) -> None:
        """Read the texts of the products in these records."""

    def report(self) -> Mapping[str, Any]:
        """Return the counts of the texts."""


class IngestOptions(TypedDict, total=False):
    """Options of an ingest; all are optional.

    Attributes:
        dry_run: write nothing and report what would be written.
        progress: callback that receives the progress.
        rejected: file for rejections; None creates one per feed in the working folder.
        source: name of the feed, if it differs from the mapping's.
        product_source: name of the catalogue whose products reviews or events name, if it differs
            from the mapping's; without both, the graph decides.
        language: preferred languages of columns for several, before the mapping's.
        currency: preferred currencies of columns for several, before the mapping's.
        encoding: encoding of the files, if it differs from the mapping's and from the content's.
        learn: False reads texts without a dictionary learned from the feed, so that a record
            depends on its own row only and the graph equals that of a stream.
        snapshot: the files hold all records of their sources: catalogue records without a row
            are withdrawn at the end.
        allow_shrink: withdraw missing records, however many there are.
        quarantine: quarantine that stores rejected rows for a replay; not used in a dry run.
        processes: number of processes that write, each the records of its own keys; 1 by default.
            Texts are then read by rules and the feed's dictionary only.
        engine: engine that reads and writes in several places; each address is then one feed.
        open_part: opens the store of each of these processes; by default the settings' graph.
        last_first: read the files from the last to the first, for a store that keeps the first of
            equal records.
        texts: factory of the reader of product texts; receives the run's id, or None in a dry
            run.
        aspects: reader of aspects in reviews.
    """

    dry_run: bool
    progress: Progress | None
    rejected: Path | None
    source: str | None
    product_source: str | None
    language: Sequence[str]
    currency: Sequence[str]
    encoding: str | None
    learn: bool
    snapshot: bool
    allow_shrink: bool
    quarantine: Quarantine | None
    processes: int
    engine: FeedEngine | None
    open_part: PartOpener | None
    last_first: bool
    texts: Callable[[str | None], TextProcessor] | None
    aspects: Aspects | None


def ingest_catalog(
    paths: Sequence[FeedPath],
    store: RecordWriter,
    settings: Settings,
    mapping: FeedMapping | None = None,
    **options: Unpack[IngestOptions],
) -> IngestReport:
    """Ingest product catalogues.

    Args:
        paths: files, or queries of a database; `-` is standard input.
        store: store to write to.
        settings: settings with the limits of feeds.
        mapping: mapping of all files; None chooses a shipped one for each.
        options: options; see `IngestOptions`.

    Raises:
        SourceFormatError: a file cannot be read as a whole.
        MappingError: no mapping fits.
    """
    return _Runner("catalog", store, settings, options).run(paths, mapping)


def ingest_reviews(
    paths: Sequence[FeedPath],
    store: RecordWriter,
    settings: Settings,
    mapping: FeedMapping | None = None,
    **options: Unpack[IngestOptions],
) -> IngestReport:
    """Ingest reviews; arguments as for `ingest_catalog`.

    `settings` gives the secret that turns user ids into pseudonyms. Rejected rows are reported
    without their text, which holds user ids.

    Raises:
        IngestError: `snapshot` is set, which only catalogues support.
    """
    return _Runner("reviews", store, settings, options).run(paths, mapping)


def ingest_events(
    paths: Sequence[FeedPath],
    store: RecordWriter,
    settings: Settings,
    mapping: FeedMapping | None = None,
    **options: Unpack[IngestOptions],
) -> IngestReport:
    """Ingest events; arguments as for `ingest_reviews`."""
    return _Runner("events", store, settings, options).run(paths, mapping)


def propose_mapping(path: FeedPath, kind: Kind, options: ReadOptions | None = None) -> FeedMapping:
    """Propose a mapping for a file; `propose_for_file` gives the reasons too."""
    return propose_for_file(path, kind, options=options).mapping


def propose_for_file(
    path: FeedPath,
    kind: Kind,
    source: str | None = None,
    known: KnownProducts | None = None,
    *,
    similarities: NameScores | None = None,
    options: ReadOptions | None = None,
    progress: Progress | None = None,
) -> MappingProposal:
    """Propose a mapping for a file from all of its rows.

    Args:
        path: the file; `-` is standard input.
        kind: kind to read the file as.
        source: name of the feed; None takes that of the shipped mapping, else the file's name.
        known: looks product ids up in the graph; None if there is none to ask.
        similarities: similarity of names that the table does not know to fields.
        options: how to read the file, where its content does not show that.
        progress: callback that receives the progress of each reading.

    Raises:
        MappingError: a required field cannot be found, or the file has no header.
        SourceFormatError: the file cannot be read as a whole.
    """
    with open_feed(path, options=options) as file:
        if progress is not None:
            file.on_progress = partial(progress, f"reading {file.name}")
        try:
            proposal = propose(file, kind, source, known, similarities=similarities)
        except MappingError as exc:
            raise explain_reading(exc, file) from exc
    encoding = None if options is None else options.encoding
    if encoding is None:
        return proposal
    return replace(proposal, mapping=proposal.mapping.model_copy(update={"encoding": encoding}))


def feed_paths(names: Sequence[str], query: str | None) -> list[FeedPath]:
    """Return what to ingest: files by name, a database's address with the query to read there.

    Raises:
        IngestError: there is a query and no database to send it to.
    """
    if query is not None and not any(is_database(name) for name in names):
        raise IngestError(
            f"--query is for a database, and '{', '.join(names)}' is none. "
            "Give an address such as postgresql://user@host/name."
        )
    return [
        DatabaseQuery(name, query) if query is not None and is_database(name) else name
        for name in names
    ]


def feed_address(path: FeedPath) -> str:
    """Return what a repeated run finds the feed by; a password is left out."""
    if isinstance(path, DatabaseQuery) or str(path) == "-" or is_address(path):
        return str(path)
    return str(Path(path).resolve())


def is_address(path: FeedPath) -> bool:
    """Return whether a feed is named by an address with a scheme, such as `s3a://shop/feed`."""
    return _SCHEME.match(str(path)) is not None


def explain_reading(error: MappingError, file: FeedFile) -> MappingError:
    """Return an error about a file's columns that also says how the file was read."""
    if not file.notes:
        return error
    return type(error)(f"{error} How '{file.name}' was read: {'; '.join(file.notes)}.")


class _Runner:
    """One ingest of some files of one kind."""

    def __init__(
        self, kind: Kind, store: RecordWriter, settings: Settings, options: IngestOptions
    ) -> None:
        if options.get("snapshot") and kind != "catalog":
            raise IngestError(
                f"Only a catalogue can be a full snapshot, not {kind}. Leave --snapshot out; a "
                "mapping's 'deleted' column withdraws single records."
            )
        self._processes = options.get("processes", 1)
        if self._processes > 1 and (options.get("texts") or options.get("aspects")):
            raise IngestError(
                "Models read texts in one process only. Leave out --processes, or the extractors "
                "and the aspect reader; `catalograph extract` reads the texts afterwards."
            )
        if self._processes > 1 and options.get("engine"):
            raise IngestError("Give either --processes or --engine; an engine has --partitions.")
        self._kind: Kind = kind
        self._store = store
        self._settings = settings
        self._limits = FeedLimits.of(settings.ingest)
        self._options = options
        self._notify = options.get("progress") or _no_progress
        self._counters = Counters()
        self._run: str | None = None
        self._texts: TextProcessor | None = None
        self._snapshot = FeedSnapshot() if options.get("snapshot") else None
        self._taught: set[str] = set()

    def run(self, paths: Sequence[FeedPath], mapping: FeedMapping | None) -> IngestReport:
        """Ingest the files one after the other."""
        if not self._options.get("dry_run"):
            self._run = self._store.start_run(self._kind, self._arguments(paths, mapping))
        texts = self._options.get("texts") if self._kind == "catalog" else None
        self._texts = None if texts is None else texts(self._run)
        last_first = self._options.get("last_first", False)
        with note_failures(self._store, self._run), collect_rarely():
            for n, path in enumerate(reversed(paths) if last_first else paths):
                self._ingest_path(path, mapping, append=n > 0)
            if self._snapshot is not None:
                shrink = self._settings.ingest.max_shrink
                most = 1.0 if self._options.get("allow_shrink") else shrink
                self._snapshot.withdraw_missing(self._store, self._run, self._counters, most)
        if last_first:
            self._counters.files.reverse()
        if self._texts is not None:
            self._counters.texts = self._texts.report()
        # The readers of an engine have reported already.
        elif self._run is not None and self._options.get("engine") is None:
            aspects = self._options.get("aspects")
            self._counters.texts = {} if aspects is None else aspects.report()
        return finish_report(self._store, self._counters, self._kind, self._run)

    def _arguments(
        self, paths: Sequence[FeedPath], mapping: FeedMapping | None
    ) -> dict[str, object]:
        """Return the arguments of the run, so that it can be repeated."""
        said: dict[str, object] = {
            "paths": [feed_address(path) for path in paths],
            "mapping": mapping and mapping.model_dump(mode="json", exclude_defaults=True),
        }
        queries = [path.sql for path in paths if isinstance(path, DatabaseQuery)]
        said |= {"query": queries[0]} if queries else {}
        kept = (
            *("source", "product_source", "encoding", "language", "currency", "learn"),
            *("snapshot", "allow_shrink", "rejected"),
        )
        options: Mapping[str, Any] = self._options
        engine = self._options.get("engine")
        said |= {} if engine is None else {"engine": engine.arguments}
        return said | {name: options[name] for name in kept if name in options}

    def _read_options(self, mapping: FeedMapping | None) -> ReadOptions:
        """Return how to read the files of a mapping."""
        options = ReadOptions() if mapping is None else mapping.read_options()
        encoding = self._options.get("encoding")
        return options if encoding is None else replace(options, encoding=encoding)

    def _ingest_path(self, path: FeedPath, mapping: FeedMapping | None, *, append: bool) -> None:
        engine = self._options.get("engine")
        if engine is not None:
            with engine.open(path, self._limits) as rows:
                self._ingest_by_engine(rows, mapping, append=append)
            return
        with open_feed(path, self._limits, self._read_options(mapping)) as file:
            self._ingest_file(file, mapping, append=append)

    def _feed_of(self, name: str, said: str, mapping: FeedMapping) -> Feed:
        """Return the builder of a file's records; the report names the file and its mapping."""
        chosen = with_source(mapping, self._options.get("source"))
        chosen = with_product_source(chosen, self._options.get("product_source"))
        language, currency = self._options.get("language"), self._options.get("currency")
        chosen = with_choice(chosen, language or (), currency or ())
        self._counters.files.append((name, said))
        if self._snapshot is not None:
            self._snapshot.sources.add(chosen.source)
        learn = self._options.get("learn", True)
        aspects = self._options.get("aspects")
        version = None if aspects is None else aspects.version
        return feed_of(chosen, self._kind, self._settings, learn=learn, aspects=version)

    def _ingest_file(self, file: FeedFile, mapping: FeedMapping | None, *, append: bool) -> None:
        name, chosen = ("given", mapping) if mapping else self._choose(file)
        feed = self._feed_of(file.name, name, chosen)
        chosen = feed.mapping
        preparer = RowPreparer(chosen)
        if preparer.reads_ahead:
            for row in self._report_rows(file, "looking ahead"):
                preparer.learn(row)
        row_keys = self._first_pass(file, feed, preparer)
        self._counters.notes.update(feed.finish_learning())
        before = self._counters.rows
        matcher = matcher_of(feed, self._store, file.name, self._counters)
        if matcher is not None:
            matcher.decide()
        # With what the columns decide, so that a replayed row is read as it is here.
        kept = self._quarantine_of(file.location, feed.mapping)
        rows = self._prepare_rows(file, preparer, "writing")
        superseded = row_keys.list_superseded()
        with self._rejection_log(file.name, kept, append=append) as kept_out:
            if self._processes > 1:
                opener = self._options.get("open_part")
                task = PartitionTask(feed, self._kind, file.name, self._run, opener)
                clashes = self._write_in_processes(rows, task, row_keys, superseded, kept_out)
            else:
                match = None if matcher is None else matcher.match
                clashes = self._write_here(rows, feed, superseded, kept_out, match)
        read = self._counters.rows - before
        for note in file.notes:
            self._counters.notes[note] += read
        self._finish_feed(file.name, feed, clashes, len(superseded), read)

    def _ingest_by_engine(
        self, rows: EngineFeed, mapping: FeedMapping | None, *, append: bool
    ) -> None:
        """Let an engine read and write a feed."""
        name, chosen = (
            ("given", mapping)
            if mapping
            else choose_mapping(self._kind, rows.stem, rows.list_columns())
        )
        feed = self._feed_of(rows.name, name, chosen)
        options = self._read_options(feed.mapping)
        learned = rows.learn(feed, options, self._tell, snapshot=self._snapshot is not None)
        feed = learned.feed
        if isinstance(feed, InteractionFeed):
            feed.use_secret(self._settings.user_hmac_key)
        if self._snapshot is not None:
            self._snapshot.merge(learned.snapshot)
        self._counters.notes.update(feed.finish_learning())
        self._counters.notes.update(learned.notes)
        matcher = matcher_of(feed, self._store, rows.name, self._counters)
        if matcher is not None:
            matcher.decide()
        kept = self._quarantine_of(rows.name, feed.mapping)
        with self._rejection_log(rows.name, kept, append=append) as kept_out:
            opener = self._options.get("open_part")
            task = PartitionTask(feed, self._kind, rows.name, self._run, opener)
            written = rows.write(task, kept_out, self._tell)
        self._counters.merge(written.counters)
        self._counters.rows += learned.skipped
        self._counters.skipped += learned.skipped
        texts = dict(self._counters.texts)
        add_counts(texts, written.texts)
        self._counters.texts = texts
        clashes = VariantClashes(feed)
        clashes.add(written.clashes)
        read = written.counters.rows + learned.skipped
        self._finish_feed(rows.name, feed, clashes, written.counters.superseded, read)

    def _finish_feed(
        self, name: str, feed: Feed, clashes: VariantClashes, superseded: int, read: int
    ) -> None:
        """Warn of what seems wrong with a feed's ids, and keep what it taught."""
        columns = _id_columns(feed.mapping)
        self._counters.warn_of_superseded(name, columns, superseded, read)
        if warning := clashes.warning(name, columns):
            self._counters.warnings.append(warning)
        if self._run is not None and isinstance(feed, CatalogFeed) and feed.knowledge:
            source = feed.mapping.source
            # What the last file teaches is kept.
            if not (self._options.get("last_first") and source in self._taught):
                save_knowledge(self._settings, source, feed.knowledge)
            self._taught.add(source)

    def _quarantine_of(self, location: str, mapping: FeedMapping) -> FeedQuarantine | None:
        quarantine = self._options.get("quarantine")
        if quarantine is None or self._run is None:
            return None
        said = mapping.model_dump_json(exclude_defaults=True)
        with_text = self._kind == "catalog"
        return FeedQuarantine(quarantine, mapping.source, location, said, with_text=with_text)

    def _choose(self, file: FeedFile) -> tuple[str, FeedMapping]:
        try:
            name, mapping = choose_mapping(self._kind, file.stem, columns_in(file))
        except MappingError as exc:
            raise explain_reading(exc, file) from exc
        options = self._read_options(mapping)
        if options != file.options:
            file.configure(options)
        return name, mapping

    def _first_pass(self, file: FeedFile, feed: Feed, preparer: RowPreparer) -> RowKeys:
        """Learn from every row; return the keys of the rows."""
        row_keys = RowKeys()
        for n, row in enumerate(self._prepare_rows(file, preparer, "learning")):
            if row is not None and (key := learn_row(row, feed, self._snapshot)):
                row_keys.add(n, key)
        return row_keys

    def _write_here(
        self,
        rows: Iterator[PreparedRow | None],
        feed: Feed,
        superseded: NDArray[np.uint64],
        kept_out: RejectionLog,
        match: Callable[[Sequence[Any]], list[Any]] | None,
    ) -> VariantClashes:
        """Write the rows in this process; return the variants among those that are replaced."""
        sink = sink_of(self._store, self._kind, self._options.get("aspects"))
        after = None if self._texts is None else self._texts.take
        clashes = VariantClashes(feed)
        with sink.batch(self._store, self._run, self._counters, after, match) as batch:
            for _, row in self._rows_to_write(rows, superseded, clashes):
                self._counters.rows += 1
                process_row(row, feed, batch, self._counters, kept_out)
        return clashes

    def _write_in_processes(
        self,
        rows: Iterator[PreparedRow | None],
        task: PartitionTask,
        row_keys: RowKeys,
        superseded: NDArray[np.uint64],
        kept_out: RejectionLog,
    ) -> VariantClashes:
        """Write the rows in several processes, each the records of its own keys."""
        clashes = VariantClashes(task.feed)
        hash_of = row_keys.hash_of()
        with PartitionProcesses(self._processes, task, self._settings, kept_out) as writers:
            for n, row in self._rows_to_write(rows, superseded, clashes):
                writers.add(hash_of(n), row)
        self._counters.merge(writers.counters)
        return clashes

    def _rows_to_write(
        self,
        rows: Iterator[PreparedRow | None],
        superseded: NDArray[np.uint64],
        clashes: VariantClashes,
    ) -> Iterator[tuple[int, PreparedRow]]:
        """Yield the numbered rows to write; count those left out and those replaced."""
        passed_over = iter(superseded)
        following = next(passed_over, None)
        for n, row in enumerate(rows):
            if row is None:
                self._counters.rows += 1
                self._counters.skipped += 1
            elif n == following:
                following = next(passed_over, None)
                self._counters.rows += 1
                self._counters.superseded += 1
                clashes.see_replaced(row.fields)
            else:
                clashes.see_kept(row.fields)
                yield n, row

    @contextmanager
    def _rejection_log(
        self, feed: str, quarantine: FeedQuarantine | None, *, append: bool
    ) -> Iterator[RejectionLog]:
        """Open the log of a file's rejections and name it in the report once it holds some."""
        named = self._options.get("rejected")
        path = rejected_path(feed, named, dry_run=self._run is None)
        going_on = append and named is not None
        with_text = self._kind == "catalog"
        with RejectionLog(
            path, feed, with_text=with_text, append=going_on, quarantine=quarantine
        ) as kept_out:
            yield kept_out
        if kept_out.made and str(path) not in self._counters.rejected_files:
            self._counters.rejected_files.append(str(path))

    def _prepare_rows(
        self, file: FeedFile, preparer: RowPreparer, doing: str
    ) -> Iterator[PreparedRow | None]:
        """Yield the prepared rows of a file in order; None for each that the mapping leaves out."""
        preparer.restart()
        for row in self._report_rows(file, doing):
            yield from preparer.prepare(row)

    def _report_rows(self, file: FeedFile, doing: str) -> Iterator[FeedRow]:
        n = 0
        for n, row in enumerate(file.rows(), 1):
            if n % _REPORT_EVERY == 0:
                self._tell(f"{doing} {file.name}", file.position, n)
            yield row
        self._tell(f"{doing} {file.name}", 1.0, n)

    def _tell(self, doing: str, share: float, rows: int) -> None:
        self._notify(doing, share, rows)
        if self._run is not None:
            self._store.note_progress(self._run, doing, share, rows)


def _id_columns(mapping: FeedMapping) -> str:
    """Return the columns that make the id of a row, for people."""
    if mapping.id is not None:
        return ", ".join(mapping.id)
    return "user, product and time" if mapping.kind == "reviews" else "the whole row"


def columns_in(file: FeedFile) -> set[str]:
    """Return the columns of the first rows of a file."""
    return {str(column) for fields in _sample(file) for column in fields}


def _sample(file: FeedFile) -> list[Mapping[str, Any]]:
    good = (row.fields for row in file.rows() if not isinstance(row.fields, Rejection))
    return list(islice(good, _SAMPLE_ROWS))


def _no_progress(doing: str, share: float, rows: int) -> None:
    """Ignore progress."""
