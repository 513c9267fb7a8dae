"""What runs in Spark's executors: reading with keys, adding up what is learned, and writing.

Nothing here imports pyspark. Settings come from the executor's own environment, so no secret
travels with a task; the one that turns user ids into pseudonyms must be that of the driver, whose
name, from which it cannot be found, travels instead.
"""

import pickle
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from catalograph import log
from catalograph.errors import CatalographError, ConfigError
from catalograph.ingest.aspects import Aspects, load_aspect_reader
from catalograph.ingest.batches import RecordWriter
from catalograph.ingest.engine import LearnedRows
from catalograph.ingest.extraction_stage import ExtractionStage, FailedExtraction
from catalograph.ingest.feeds import Feed
from catalograph.ingest.interactions import InteractionFeed
from catalograph.ingest.llm import Gateway
from catalograph.ingest.llm.aspects import LanguageModelAspects
from catalograph.ingest.mapping import Mapping as FeedMapping
from catalograph.ingest.partitions import (
    KeyedRow,
    PartitionTask,
    RejectionBuffer,
    learn_row,
    write_partition,
)
from catalograph.ingest.report import Counters
from catalograph.ingest.review.queue import ReviewQueue
from catalograph.ingest.row_preparation import PreparedRow, RowPreparer
from catalograph.ingest.snapshot import FeedSnapshot
from catalograph.ingest.spark.sources import Split
from catalograph.ingest.text_extractors import find_reader
from catalograph.ingest.variant_clashes import VariantClashes
from catalograph.settings import Settings, load_settings
from catalograph.store import Connection, Writer, connect, read_run
from catalograph.store.bulk.bulk_writer import BulkPart

_PIECE_BYTES = 4 * 1024**2
RowPlace = tuple[str, int, int, int]
"""Key of a row's record, empty for a row without; split, number within it, and element."""


@dataclass(frozen=True)
class LearnedSplit:
    """What the first pass over a split found.

    Attributes:
        order: number of the split.
        lines: number of its lines.
        rows: what its rows taught.
    """

    order: int
    lines: dict[int, int]
    rows: LearnedRows


@dataclass(frozen=True)
class ReadingTask:
    """What the first passes over all splits share.

    Attributes:
        feed: pickled builder of the records, without a secret.
        mapping: mapping of the feed.
        split: turns rows of Spark into splits.
        fingerprint: name of the secret for user ids.
        snapshot: whether to take note of all keys.
        count: callback that receives the number of rows of each split.
    """

    feed: bytes
    mapping: FeedMapping
    split: Callable[[Iterator[Any]], Iterator[Split]]
    fingerprint: str
    snapshot: bool
    count: Callable[[int], object]

    def __call__(self, rows: Iterator[Any]) -> Iterator[Any]:
        """Yield the rows of a partition by their places; after those of a split, what it taught.

        An error that trying again cannot change is yielded as well.
        """
        try:
            settings = executor_settings(self.fingerprint)
            for split in self.split(rows):
                yield from self._read(split, settings)
        except CatalographError as exc:
            if exc.retryable:
                raise
            yield exc

    def _read(self, split: Split, settings: Settings) -> Iterator[Any]:
        feed: Feed = pickle.loads(self.feed)  # noqa: S301 - the driver of this run wrote it
        if isinstance(feed, InteractionFeed):
            feed.use_secret(settings.user_hmac_key)
        learned = LearnedRows(feed, FeedSnapshot())
        snapshot = learned.snapshot if self.snapshot else None
        preparer = RowPreparer(self.mapping)
        if preparer.reads_ahead:
            for row in split.read():
                preparer.learn(row)
        preparer.restart()
        read = 0
        for row in split.read():
            for n, prepared in enumerate(preparer.prepare(row)):
                read += 1
                if prepared is None:
                    learned.skipped += 1
                    continue
                key = learn_row(prepared, feed, snapshot)
                yield (key, split.order, row.number, n), replace(prepared, file=split.file)
        self.count(read)
        learned.notes.update(dict.fromkeys(split.notes(), read))
        yield LearnedSplit(split.order, {split.order: split.lines}, learned)


def merge_in_order(splits: Iterable[LearnedSplit]) -> LearnedSplit:
    """Return what neighbouring splits taught together."""
    first, *others = sorted(splits, key=lambda split: split.order)
    for split in others:
        first.rows.merge(split.rows)
        first.lines.update(split.lines)
    return first


@dataclass
class WrittenPartition:
    """What the writer of a partition counted and kept.

    Attributes:
        counters: its counts.
        rejected: rejected rows with the reasons.
        clashes: options of the variants of each id that several share.
        texts: counts of the texts that models read.
        unread: products whose texts could not be read.
    """

    counters: Counters
    rejected: list[tuple[PreparedRow, Sequence[Any]]]
    clashes: dict[str, list[str]]
    texts: dict[str, Any] = field(default_factory=dict)
    unread: list[FailedExtraction] = field(default_factory=list)


@dataclass(frozen=True)
class FilePiece:
    """A piece of an import file of a bulk load; those of a file come in their order.

    Attributes:
        part: number of the partition.
        name: name of the file.
        content: the bytes.
    """

    part: int
    name: str
    content: bytes


@dataclass(frozen=True)
class WritingTask:
    """What the writers of all partitions share.

    Attributes:
        task: what `write_partition` needs.
        lines: number of lines before each split in its file.
        fingerprint: name of the secret for user ids.
        partitions: number of partitions, which share the limits of a language model.
        reading: options of the extractors of texts; None reads texts by rules alone.
        aspects: reader of aspects, as `load_aspect_reader` takes it, or `llm`.
        count: callback that receives the number of rows of each partition.
        catalogues: finds the archive of what a bulk load describes already; None if there is none.
    """

    task: PartitionTask
    lines: Mapping[int, int]
    fingerprint: str
    partitions: int
    reading: Mapping[str, Any] | None
    aspects: str | None
    count: Callable[[int], object]
    catalogues: Callable[[], str] | None = None

    def __call__(self, number: int, rows: Iterator[tuple[RowPlace, PreparedRow]]) -> Iterator[Any]:
        """Yield what was written of a partition, or an error that trying again cannot change.

        The files of a bulk load come before it, in pieces.
        """
        try:
            settings = self._share_limits(executor_settings(self.fingerprint))
            if isinstance(self.task.open_part, BulkPart):
                yield from self._write_files(number, rows, settings, self.task.open_part)
                return
            with connect(settings) as connection:
                self._check_run(connection)
                store = Writer(connection, part=str(number))
                unread: list[FailedExtraction] = []
                stage = self._stage(store, settings, unread)
                yield self._write(rows, store, settings, stage, unread)
        except CatalographError as exc:
            if exc.retryable:
                raise
            yield exc

    def _write_files(
        self,
        number: int,
        rows: Iterator[tuple[RowPlace, PreparedRow]],
        settings: Settings,
        part: BulkPart,
    ) -> Iterator[Any]:
        """Write import files in a folder of this executor, and yield them with the counts.

        They travel through Spark, so that nothing is left of an attempt that fails or loses.
        """
        with TemporaryDirectory(prefix="catalograph-") as name:
            folder = Path(name)
            if self.catalogues is not None:
                for known in Path(self.catalogues()).iterdir():
                    (folder / known.name).symlink_to(known)
            with replace(part, folder=folder)(settings, str(number)) as store:
                written = self._write(rows, store, settings)
            for path in sorted(store.folder.iterdir()):
                with path.open("rb") as stream:
                    while content := stream.read(_PIECE_BYTES):
                        yield FilePiece(number, path.name, content)
            yield written

    def _write(
        self,
        rows: Iterator[tuple[RowPlace, PreparedRow]],
        store: RecordWriter,
        settings: Settings,
        stage: ExtractionStage | None = None,
        unread: Sequence[FailedExtraction] = (),
    ) -> WrittenPartition:
        kept = RejectionBuffer()
        clashes = VariantClashes(self.task.feed)
        aspects = self._aspect_reader(settings)
        after = None if stage is None else stage.take
        counters = write_partition(
            self._number(rows),
            self.task,
            store,
            settings,
            kept,
            aspects,
            after=after,
            clashes=clashes,
        )
        self.count(counters.rows)
        texts = {} if stage is None else stage.report()
        if aspects is not None and self.task.run is not None:
            texts = dict(aspects.report())
        rejected = [(self._strip(row), reasons) for row, reasons in kept.kept]
        return WrittenPartition(counters, rejected, clashes.found, texts, list(unread))

    def _number(self, rows: Iterator[tuple[RowPlace, PreparedRow]]) -> Iterator[KeyedRow]:
        """Yield the rows with their keys, numbered as in their files."""
        for (key, split, _, _), row in rows:
            before = self.lines.get(split, 0)
            yield key, replace(row, number=row.number + before) if before else row

    def _strip(self, row: Any) -> PreparedRow:
        """Return a rejected row without its content, unless that is kept."""
        if self.task.kind == "catalog":
            return row  # type: ignore[no-any-return]
        return PreparedRow(row.number, {}, element=row.element, file=row.file)

    def _stage(
        self, store: Writer, settings: Settings, unread: list[FailedExtraction]
    ) -> ExtractionStage | None:
        if self.reading is None or self.task.kind != "catalog":
            return None
        reader = find_reader(settings, self.reading, store.connection)
        if reader is None:
            return None
        queue = ReviewQueue(settings, store.connection)
        return ExtractionStage(store, reader, self.task.run, queue=queue, unread=unread.extend)

    def _aspect_reader(self, settings: Settings) -> Aspects | None:
        if self.aspects == "llm":
            return LanguageModelAspects(Gateway(settings))
        return load_aspect_reader(self.aspects)

    def _share_limits(self, settings: Settings) -> Settings:
        """Return settings with this partition's share of what a run may ask a language model."""
        names = ("budget_dollars", "budget_tokens", "requests_per_minute", "tokens_per_minute")
        shares = {
            name: max(1, whole // self.partitions)
            if isinstance(whole, int)
            else whole / self.partitions
            for name in names
            if (whole := getattr(settings.llm, name)) is not None
        }
        return settings.model_copy(update={"llm": settings.llm.model_copy(update=shares)})

    def _check_run(self, connection: Connection) -> None:
        """Refuse to write into another graph than the driver's."""
        try:
            if self.task.run is not None:
                read_run(connection, self.task.run)
        except CatalographError as exc:
            if exc.retryable:
                raise
            raise ConfigError(
                f"An executor of Spark on {socket.gethostname()} reaches another graph than this "
                "command: the run is not in it. Set CATALOGRAPH_NEO4J__URI, __USER and __PASSWORD "
                "to the same database for the command and all workers."
            ) from exc


def executor_settings(fingerprint: str) -> Settings:
    """Return the settings of an executor, from its own environment.

    Args:
        fingerprint: name of the driver's secret for user ids.

    Raises:
        ConfigError: the executor has no secret, or another one.
    """
    settings = load_settings()
    log.configure(settings.log)
    remedy = (
        "Set CATALOGRAPH_USER_SECRET to the same value for the command and in the environment of "
        "all workers, such as in conf/spark-env.sh; it does not travel with the tasks."
    )
    where = f"An executor of Spark on {socket.gethostname()}"
    if not settings.has_user_secret:
        raise ConfigError(f"{where} has no secret for user ids. {remedy}")
    if settings.user_secret_fingerprint != fingerprint:
        raise ConfigError(f"{where} has another secret for user ids than this command. {remedy}")
    return settings
