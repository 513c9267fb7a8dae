"""Sources of rows for Spark: files here, in clusters and object stores, Kafka, and databases.

Rows come in splits. A split is a part of a file of JSON lines, a whole file of any other format, a
partition of a topic, or the result of a query. Splits have an order, which is that of their rows in
the feed.
"""

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from catalograph.errors import IngestError, MappingError, SourceFormatError
from catalograph.ingest.readers import (
    DatabaseQuery,
    FeedFile,
    FeedLimits,
    FeedRow,
    ReadOptions,
    open_feed,
)
from catalograph.ingest.readers.formats.json import json_line
from catalograph.ingest.readers.lines import BOM
from catalograph.ingest.run import columns_in
from catalograph.schema import Rejection, RejectionReason

_MOST_BYTES = 128 * 1024**2
_LEAST_BYTES = 64 * 1024
"""Bytes of a split of a file at most and at least."""
_LINES = (".jsonl", ".ndjson")
_MOST_CONTENT = 2**31 - 1
"""Bytes of a file of an object store that Spark can hand over as a whole."""


@dataclass
class Split:
    """A part of a feed that one task reads.

    Attributes:
        order: number of the split among those of the feed, from 0.
        read: reads its rows from the start.
        file: name of its file, if the feed consists of several.
        lines: number of lines read so far, by which the next split of the file is numbered.
        notes: returns how the rows read so far were found.
    """

    order: int
    read: Callable[[], Iterable[FeedRow]]
    file: str | None = None
    lines: int = 0
    notes: Callable[[], Iterable[str]] = field(default=lambda: ())


@dataclass(frozen=True)
class FeedSplits:
    """The splits of a feed, not yet read.

    Attributes:
        rows: RDD of what Spark reads.
        split: turns the rows of an RDD's partition into splits, in an executor.
        count: number of splits.
        begins_file: whether a split, by its order, is the first one of its file.
    """

    rows: Any
    split: Callable[[Iterator[Any]], Iterator[Split]]
    count: int
    begins_file: Callable[[int], bool]


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that Spark found.

    Attributes:
        path: its path, with the scheme of its file system.
        size: its size in bytes.
    """

    path: str
    size: int

    @property
    def is_here(self) -> bool:
        """Whether it is in the file system of this machine."""
        return self.path.startswith("file:")

    @property
    def name(self) -> str:
        """Its path as people write it."""
        return "/" + self.path.removeprefix("file:").lstrip("/") if self.is_here else self.path


FoundFiles = Mapping[str, FoundFile]
"""Files in the order of the feed, by the address that Spark gives with their rows."""


@dataclass(frozen=True)
class LineSplits:
    """Splits of files of JSON lines; see `split_lines`.

    Attributes:
        files: files of the feed.
        first: order of the first split of each file, by its address.
        size: bytes of a split.
        limits: limits of a row.
    """

    files: FoundFiles
    first: Mapping[str, int]
    size: int
    limits: FeedLimits

    def __call__(self, rows: Iterator[Any]) -> Iterator[Split]:
        """Yield the splits of rows with `path`, `start` and `value`."""
        for (path, start), lines in groupby(rows, lambda row: (row.path, row.start)):
            order = self.first[path] + start // self.size
            split = Split(order, lambda: (), _name_in_feed(path, self.files))
            split.read = _LineReader(split, lines, start == 0, self.limits)
            yield split


@dataclass
class _LineReader:
    split: Split
    lines: Iterable[Any]
    at_start: bool
    limits: FeedLimits

    def __call__(self) -> Iterator[FeedRow]:
        for record in self.lines:
            self.split.lines += 1
            line = bytes(record.value) + b"\n"  # which Spark takes off
            if self.at_start and self.split.lines == 1:
                line = line.removeprefix(BOM)
            row = json_line(self.split.lines, line, self.limits)
            if row is not None:
                yield row


def split_lines(
    session: Any, address: str, files: FoundFiles, parts: int, limits: FeedLimits
) -> FeedSplits:
    """Return splits of JSON lines.

    Args:
        session: session of Spark.
        address: address of the feed.
        files: its files.
        parts: number of splits to aim at.
        limits: limits of a row.
    """
    size = min(
        _MOST_BYTES, max(_LEAST_BYTES, -(-sum(file.size for file in files.values()) // parts))
    )
    # Splits of this size, and no two of them in one partition.
    for name in ("maxPartitionBytes", "openCostInBytes"):
        session.conf.set(f"spark.sql.files.{name}", str(size))
    first: dict[str, int] = {}
    count = 0
    for path, file in files.items():
        first[path] = count
        count += -(-file.size // size)
    begins = frozenset(first.values())
    # As bytes, since Spark would replace what is not UTF-8.
    rows = (
        session.read.option("lineSep", "\n")
        .option("recursiveFileLookup", "true")
        .text(address)
        .selectExpr(
            "cast(value AS binary) AS value",
            "_metadata.file_path AS path",
            "_metadata.file_block_start AS start",
        )
        .rdd
    )
    splits = LineSplits(files, first, size, limits)
    return FeedSplits(rows, splits, max(1, count), begins.__contains__)


@dataclass(frozen=True)
class FileSplits:
    """Splits that are whole files, read in this project's formats.

    Attributes:
        files: files of the feed.
        options: how to read them.
        limits: limits of a file.
    """

    files: FoundFiles
    options: ReadOptions
    limits: FeedLimits

    def __call__(self, rows: Iterator[Any]) -> Iterator[Split]:
        """Yield the splits of rows with address and content; None reads the file in place."""
        orders = {path: n for n, path in enumerate(self.files)}
        for path, content in rows:
            with tempfile.TemporaryDirectory(prefix="catalograph-") as folder:
                place = Path(self.files[path].name)
                if content is not None:
                    place = Path(folder) / place.name
                    place.write_bytes(content)
                with open_feed(place, self.limits, self.options) as feed:
                    name = _name_in_feed(path, self.files)
                    yield Split(orders[path], feed.rows, name, notes=_NotesOf(feed))


@dataclass(frozen=True)
class _NotesOf:
    feed: FeedFile

    def __call__(self) -> Iterable[str]:
        return self.feed.notes


def split_files(
    session: Any, address: str, files: FoundFiles, options: ReadOptions, limits: FeedLimits
) -> FeedSplits:
    """Return splits that are whole files; the arguments are those of `split_lines`.

    Raises:
        SourceFormatError: a file of an object store is too large for this.
    """
    splits = FileSplits(files, options, limits)
    if all(file.is_here for file in files.values()):
        rows = session.sparkContext.parallelize([(path, None) for path in files], len(files))
    else:
        for file in files.values():
            if file.size > _MOST_CONTENT:
                raise SourceFormatError(
                    f"'{file.path}' is over 2 GiB; of that size only JSON lines (.jsonl) can be "
                    "read from there in parts. Write it as several files, or as JSON lines.",
                    file=file.path,
                )
        frame = _files_at(session, address)
        rows = frame.selectExpr("_metadata.file_path AS path", "content").rdd.map(tuple)
    return FeedSplits(rows, splits, len(files), lambda order: True)


def list_files(session: Any, address: str) -> dict[str, FoundFile]:
    """Return the files at an address in the order of their paths.

    Args:
        session: session of Spark.
        address: path, folder or glob, here or in whatever file system Spark can read.

    Raises:
        SourceFormatError: there is no file.
    """
    rows = _files_at(session, address).selectExpr("_metadata.file_path AS key", "path", "length")
    found = {row.key: FoundFile(row.path, int(row.length)) for row in rows.collect()}
    if not found:
        raise SourceFormatError(
            f"There is no file at '{address}'. Check the address; files whose names begin with "
            "'_' or '.' do not count.",
            file=address,
        )
    return dict(sorted(found.items(), key=lambda item: item[1].path))


def _files_at(session: Any, address: str) -> Any:
    reader = session.read.format("binaryFile").option("recursiveFileLookup", "true")
    return reader.load(address)


def reads_by_line(files: FoundFiles, options: ReadOptions, limits: FeedLimits) -> bool:
    """Return whether files are JSON lines: by content where they are on this machine, else by name.

    Raises:
        SourceFormatError: a file cannot be read.
    """
    return all(_is_by_line(file, options, limits) for file in files.values())


def _is_by_line(file: FoundFile, options: ReadOptions, limits: FeedLimits) -> bool:
    if not file.is_here:
        return file.path.lower().endswith(_LINES) and options == ReadOptions()
    with open_feed(file.name, limits, options) as feed:
        return feed.by_line


def _name_in_feed(path: str, files: FoundFiles) -> str | None:
    """Return the name of a file of several; None if it is the only one."""
    return files[path].name if len(files) > 1 else None


@dataclass(frozen=True)
class TopicSplits:
    """Splits that are the partitions of a Kafka topic.

    Attributes:
        limits: limits of a message.
    """

    limits: FeedLimits

    def __call__(self, rows: Iterator[Any]) -> Iterator[Split]:
        """Yield the splits of rows with `partition`, `offset` and `value`."""
        for partition, messages in groupby(rows, lambda row: row.partition):
            yield Split(partition, _MessageReader(messages, self.limits), f"{partition}")


@dataclass
class _MessageReader:
    messages: Iterable[Any]
    limits: FeedLimits

    def __call__(self) -> Iterator[FeedRow]:
        for message in self.messages:
            if message.value is None:
                detail = "A message without a value, which only `ingest stream` reads."
                yield FeedRow(message.offset, Rejection(RejectionReason.MISSING, "", detail))
                continue
            row = json_line(message.offset, bytes(message.value), self.limits)
            if row is not None:
                yield row


def split_topic(session: Any, address: str, limits: FeedLimits) -> FeedSplits:
    """Return splits of the messages that a topic has now.

    Args:
        session: session of Spark.
        address: `kafka://host:port/topic`; several brokers have commas between.
        limits: limits of a message.

    Raises:
        IngestError: the address names no topic.
    """
    parts = urlsplit(address)
    topic = parts.path.strip("/")
    if not topic or not parts.netloc:
        raise IngestError(f"'{address}' names no topic. Write kafka://host:9092/topic.")
    frame = (
        session.read.format("kafka")
        .option("kafka.bootstrap.servers", parts.netloc)
        .option("subscribe", topic)
        .option("startingOffsets", "earliest")
        .option("endingOffsets", "latest")
        .load()
    )
    rows = frame.select("partition", "offset", "value").rdd
    return FeedSplits(
        rows, TopicSplits(limits), max(1, rows.getNumPartitions()), lambda order: True
    )


@dataclass(frozen=True)
class QuerySplits:
    """The one split of a query's rows."""

    def __call__(self, rows: Iterator[Any]) -> Iterator[Split]:
        """Yield the split of rows of Spark."""
        yield Split(0, lambda: (FeedRow(n, row.asDict(True)) for n, row in enumerate(rows, 1)))


def split_query(session: Any, query: DatabaseQuery, password: str | None) -> FeedSplits:
    """Return the split of the rows of a PostgreSQL query.

    Args:
        session: session of Spark.
        query: address and statement.
        password: password, if it is not in the address.
    """
    parts = urlsplit(query.uri)
    place = f"{parts.hostname or '127.0.0.1'}:{parts.port or 5432}"
    reader = (
        session.read.format("jdbc")
        .option("url", f"jdbc:postgresql://{place}{parts.path}?{parts.query}")
        .option("driver", "org.postgresql.Driver")
        .option("query", query.sql.rstrip().removesuffix(";"))
    )
    said = parse_qs(parts.query)
    user = parts.username or said.get("user", [None])[0]
    secret = parts.password or password
    if user:
        reader = reader.option("user", unquote(user))
    if secret:
        reader = reader.option("password", unquote(secret))
    return FeedSplits(reader.load().rdd, QuerySplits(), 1, lambda order: True)


def list_columns(name: str, files: FoundFiles | None, limits: FeedLimits) -> set[str]:
    """Return the columns of the first rows of the first file.

    Raises:
        MappingError: the file is not on this machine.
    """
    first = next(iter((files or {}).values()), None)
    if first is None or not first.is_here:
        raise MappingError(
            f"A mapping is chosen by the first rows of a file on this machine, and '{name}' is "
            "elsewhere. Name one with --mapping; `--guess` proposes one for a file fetched here."
        )
    with open_feed(first.name, limits) as file:
        return columns_in(file)


_PATTERN = re.compile(r"[*?\[\]{},]+")


def stem_of(address: str) -> str:
    """Return the name of a feed without folders, extensions and the characters of a pattern."""
    name = _PATTERN.sub("", Path(urlsplit(address).path).name)
    return name.partition(".")[0] or name or address
