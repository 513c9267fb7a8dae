"""The engine: a feed's rows in Spark, learned from in one job and written in the next."""

import math
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from catalograph.errors import CatalographError, IngestError, MappingError
from catalograph.ingest import fingerprint
from catalograph.ingest.engine import LearnedRows, PartProgress, WrittenRows, add_counts
from catalograph.ingest.extraction_stage import FailedExtraction
from catalograph.ingest.feeds import Feed
from catalograph.ingest.partitions import PartitionTask, RejectionKeeper
from catalograph.ingest.readers import DatabaseQuery, FeedLimits, ReadOptions
from catalograph.ingest.snapshot import FeedSnapshot
from catalograph.ingest.spark import sources
from catalograph.ingest.spark.bulk_files import receive_files, ship_catalogues
from catalograph.ingest.spark.executors import (
    FilePiece,
    LearnedSplit,
    ReadingTask,
    RowPlace,
    WritingTask,
    WrittenPartition,
    merge_in_order,
)
from catalograph.ingest.spark.session import (
    SparkOptions,
    explain_faults,
    keep_on_disk,
    open_session,
)
from catalograph.settings import Settings, postgres_password
from catalograph.store.bulk.bulk_writer import BulkPart

T = TypeVar("T")

_TOPIC = "kafka://"
_LOOK_SECONDS = 0.5
_REPEAT = (
    "What was written stays; run the ingest again, and rows that are written already count as "
    "unchanged."
)


class SparkEngine:
    """Reads and writes feeds with Spark; a `catalograph.ingest.engine.FeedEngine`.

    Args:
        settings: settings of the command.
        options: how to reach Spark.
        reading: options of the extractors of texts, by name; None reads texts by rules alone.
        aspects: reader of aspects, as `load_aspect_reader` takes it, or `llm`.
        unread: callback that receives the products whose texts could not be read.
    """

    def __init__(
        self,
        settings: Settings,
        options: SparkOptions,
        *,
        reading: Mapping[str, Any] | None = None,
        aspects: str | None = None,
        unread: Callable[[Sequence[FailedExtraction]], None] = lambda _: None,
    ) -> None:
        self.settings = settings
        self.options = options
        self.reading = reading
        self.aspects = aspects
        self.unread = unread

    @property
    def arguments(self) -> Mapping[str, object]:
        """Arguments that are kept with the run."""
        return {
            "name": "spark",
            "master": self.options.master,
            "partitions": self.options.partitions,
            "packages": list(self.options.packages),
        }

    @contextmanager
    def open(
        self, address: Path | str | DatabaseQuery, limits: FeedLimits
    ) -> Iterator["SparkFeed"]:
        """Start Spark for the feed at an address: a file, a folder, a glob, a topic or a query.

        Raises:
            SourceFormatError: there is no file.
            MissingExtraError: the extra `spark` is not installed.
            IngestError: Spark cannot be used, or the address is standard input.
        """
        if str(address) == "-":
            raise IngestError(
                "Spark cannot read standard input. Give a file, or leave --engine out."
            )
        with open_session(self.options, self.settings) as session:
            yield SparkFeed(self, session, address, limits)


class SparkFeed:
    """The feed at an address; a `catalograph.ingest.engine.EngineFeed`.

    Args:
        engine: engine that reads it.
        session: session of Spark.
        address: address of the feed.
        limits: limits of its files and rows.

    Attributes:
        name: address of the feed, without a password.
    """

    def __init__(
        self,
        engine: SparkEngine,
        session: Any,
        address: Path | str | DatabaseQuery,
        limits: FeedLimits,
    ) -> None:
        self.name = str(address)
        self._engine = engine
        self._session = session
        self._address = address
        self._limits = limits
        self._partitions = engine.options.partitions or session.sparkContext.defaultParallelism
        self._rows: Any = None
        self._lines: dict[int, int] = {}
        # Partitions of a topic and rows of a query are no files.
        named = isinstance(address, DatabaseQuery) or self.name.startswith(_TOPIC)
        with explain_faults(f"'{self.name}' cannot be read by Spark"):
            self._files = None if named else sources.list_files(session, self.name)

    @property
    def stem(self) -> str:
        """Name of the feed without folders and extensions."""
        return sources.stem_of(self.name)

    def list_columns(self) -> set[str]:
        """Return the columns of the first rows of the first file.

        Raises:
            MappingError: it is not a file on this machine.
        """
        return sources.list_columns(self.name, self._files, self._limits)

    def learn(
        self, feed: Feed, options: ReadOptions, progress: PartProgress, *, snapshot: bool
    ) -> LearnedRows:
        """Read all rows once, learn from them, and keep them with their keys in Spark."""
        with explain_faults(f"Spark failed to read '{self.name}'"):
            counted = self._session.sparkContext.accumulator(0)
            splits = self._splits(options, ordered=feed.mapping.inherit is not None)
            task = ReadingTask(
                pickle.dumps(feed),
                feed.mapping,
                splits.split,
                self._engine.settings.user_secret_fingerprint,
                snapshot,
                counted.add,
            )
            self._rows = keep_on_disk(splits.rows.mapPartitions(task))
            groups = math.isqrt(splits.count - 1) + 1 if splits.count > 1 else 1
            count = splits.count

            def collect() -> list[Any]:
                learned = self._rows.filter(_is_learned_or_error)
                in_groups = learned.map(lambda one: (_group_of(one, groups, count), one))
                merged = in_groups.groupByKey(groups).map(_merge_group)
                return list(merged.collect())

            learned = self._run(collect, f"learning {self.name}", progress, counted)
        _raise_first([one for one in learned if isinstance(one, CatalographError)])
        if not learned:  # such as an empty file
            return LearnedRows(feed, FeedSnapshot())
        total = merge_in_order(learned)
        before = 0
        for order, lines in sorted(total.lines.items()):
            before = 0 if splits.begins_file(order) else before
            self._lines[order] = before
            before += lines
        return total.rows

    def write(
        self, task: PartitionTask, kept_out: RejectionKeeper, progress: PartProgress
    ) -> WrittenRows:
        """Shuffle the rows by their keys, sort those of a key by their places, and write them."""
        engine, bulk = self._engine, task.open_part
        is_bulk = isinstance(bulk, BulkPart)
        counted = self._session.sparkContext.accumulator(0)
        known = ship_catalogues(self._session, bulk) if isinstance(bulk, BulkPart) else None
        writing = WritingTask(
            task,
            self._lines,
            engine.settings.user_secret_fingerprint,
            self._partitions,
            engine.reading,
            engine.aspects,
            counted.add,
            known,
        )
        repeat = "Run the load again; the graph is as it was." if is_bulk else _REPEAT
        with explain_faults(f"Spark failed to write '{self.name}'", repeat):
            shuffled = self._rows.filter(_is_row).repartitionAndSortWithinPartitions(
                self._partitions, _hash_of
            )
            written = shuffled.mapPartitionsWithIndex(writing)
            if is_bulk:
                written = keep_on_disk(written)
            counts = written.filter(_is_no_piece)
            parts = self._run(counts.collect, f"writing {self.name}", progress, counted)
            _raise_first([part for part in parts if isinstance(part, CatalographError)])
            if isinstance(bulk, BulkPart):
                receive_files(written.filter(_is_piece), bulk)
                written.unpersist()
            self._rows.unpersist()
        return self._add_up(parts, kept_out)

    def _add_up(self, parts: Sequence[WrittenPartition], kept_out: RejectionKeeper) -> WrittenRows:
        total = WrittenRows()
        for part in parts:
            total.counters.merge(part.counters)
            total.clashes |= part.clashes
            add_counts(total.texts, part.texts)
            if part.unread:
                self._engine.unread(part.unread)
        rejected = (one for part in parts for one in part.rejected)
        for row, reasons in sorted(
            rejected, key=lambda one: (one[0].file or "", one[0].number, one[0].element or 0)
        ):
            kept_out.add(row, reasons, file=row.file)
        return total

    def _splits(self, options: ReadOptions, *, ordered: bool) -> sources.FeedSplits:
        """Return the splits of the feed; with `ordered`, rows depend on rows before them."""
        if ordered and self._files is None:
            raise MappingError(
                f"The mapping inherits cells from other rows, whose order '{self.name}' does not "
                "keep. Leave --engine out, or export the rows to a file."
            )
        if isinstance(self._address, DatabaseQuery):
            return sources.split_query(self._session, self._address, postgres_password())
        if self._files is None:
            return sources.split_topic(self._session, self.name, self._limits)
        if not ordered and sources.reads_by_line(self._files, options, self._limits):
            return sources.split_lines(
                self._session, self.name, self._files, self._partitions, self._limits
            )
        return sources.split_files(self._session, self.name, self._files, options, self._limits)

    def _run(self, job: Callable[[], T], doing: str, progress: PartProgress, counted: Any) -> T:
        """Run a job and report its progress; what that raises cancels the job."""
        context = self._session.sparkContext
        with ThreadPoolExecutor(1, thread_name_prefix="catalograph-spark") as pool:
            under_way = pool.submit(job)
            try:
                while not wait([under_way], _LOOK_SECONDS).done:
                    progress(doing, _share_done(context), counted.value)
            except BaseException:
                context.cancelAllJobs()
                raise
            return under_way.result()


def _share_done(context: Any) -> float:
    """Return the share of the current tasks that are done."""
    tracker = context.statusTracker()
    stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
    tasks = sum(stage.numTasks for stage in stages if stage is not None)
    done = sum(stage.numCompletedTasks for stage in stages if stage is not None)
    return done / tasks if tasks else 0.0


def _is_row(one: Any) -> bool:
    return isinstance(one, tuple)


def _is_piece(one: Any) -> bool:
    return isinstance(one, FilePiece)


def _is_no_piece(one: Any) -> bool:
    return not isinstance(one, FilePiece)


def _is_learned_or_error(one: Any) -> bool:
    return not isinstance(one, tuple)


def _group_of(one: LearnedSplit | CatalographError, groups: int, count: int) -> int:
    """Return the number of the group in which a split is merged with its neighbours."""
    return one.order * groups // count if isinstance(one, LearnedSplit) else 0


def _merge_group(group: tuple[int, Any]) -> LearnedSplit | CatalographError:
    splits = list(group[1])
    errors = [one for one in splits if isinstance(one, CatalographError)]
    return errors[0] if errors else merge_in_order(splits)


def _hash_of(place: RowPlace) -> int:
    """Return what decides on the partition of a row; rows without a key are spread evenly."""
    key, split, number, _ = place
    return fingerprint.short_hash(key) if key else split + number


def _raise_first(errors: Sequence[CatalographError]) -> None:
    if errors:
        raise errors[0]
