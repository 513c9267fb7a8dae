"""Port of what brings in feeds for the API, and the values that pass through it.

The values are plain JSON: a process of its own reads the feeds and hands them over.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypedDict

FeedKind = Literal["catalog", "reviews", "events", "orders"]


@dataclass(frozen=True, slots=True)
class FeedReference:
    """Which feed is meant; exactly one of upload, file, database and topic is set.

    Attributes:
        upload: id of an uploaded file.
        file: path of a file within the server's folder of feeds.
        database: address of a database that the settings list.
        query: SELECT whose rows are the feed, for a database.
        topic: name of a Kafka topic.
    """

    upload: str | None = None
    file: str | None = None
    database: str | None = None
    query: str | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """How a feed is read and written.

    Attributes:
        source: name of the feed; None takes that of the mapping.
        product_source: name of the catalogue that reviews and events are about; None lets the
            mapping or the graph decide.
        encoding: encoding of the text; None detects it.
        language: preferred languages of columns for several.
        currency: preferred currencies of columns for several.
        snapshot: whether the feed is the whole catalogue, so that missing products are withdrawn.
        allow_shrink: whether they are withdrawn however many there are.
    """

    source: str | None = None
    product_source: str | None = None
    encoding: str | None = None
    language: tuple[str, ...] = ()
    currency: tuple[str, ...] = ()
    snapshot: bool = False
    allow_shrink: bool = False


@dataclass(frozen=True, slots=True)
class CorrectedRow:
    """A rejected row with corrected columns.

    Attributes:
        line: number of the row in its feed.
        fields: values by column; they replace those of the row.
    """

    line: int
    fields: Mapping[str, Any] = field(default_factory=dict)


class UploadedFile(TypedDict):
    """A file that was uploaded: its id, name and size in bytes."""

    id: str
    name: str
    bytes: int


class ServerFile(TypedDict):
    """A file in the server's folder: its path within, size in bytes, and time of change (ISO)."""

    path: str
    bytes: int
    modified: str


class KnownSources(TypedDict):
    """What a caller may name, and the bounds."""

    files: list[ServerFile]
    databases: list[str]
    topics: bool
    upload_bytes: int
    keep_days: float
    runs: int


class SampledColumn(TypedDict):
    """A column of a feed: filled cells and distinct values of the rows read, and some values."""

    name: str
    filled: int
    distinct: int
    samples: list[str]


class FeedSample(TypedDict):
    """The first rows of a feed; `cells` holds one text for each column and row."""

    name: str
    rows_read: int
    unreadable: int
    columns: list[SampledColumn]
    cells: list[list[str | None]]
    notes: list[str]
    kinds: list[FeedKind]


class ProposedLine(TypedDict):
    """A line of a proposed mapping: its place in it, value, columns, reason and some values."""

    field: str
    value: Any
    columns: list[str]
    reason: str
    samples: list[str]


class ColumnField(TypedDict):
    """A field of a mapping that takes columns: whether it must be there, and takes several."""

    name: str
    required: bool
    several: bool


class LeftOutColumn(TypedDict):
    """A column that a mapping leaves out, and why."""

    column: str
    why: str


class ProposedFeedMapping(TypedDict):
    """A proposed mapping in the form of mapping files, with the reason of each line."""

    mapping: dict[str, Any]
    shipped: str | None
    lines: list[ProposedLine]
    warnings: list[str]
    unused: list[LeftOutColumn]
    fields: list[ColumnField]


class MappingFault(TypedDict):
    """A place of a mapping that is wrong, and why."""

    field: str
    message: str


class RejectedRow(TypedDict):
    """A row that was rejected, or a value of a row that was left out, and why.

    `fields` are the columns of a row that can be replayed, `text` is its text; both are null for
    reviews, events and orders, which hold user ids.
    """

    line: int
    scope: Literal["row", "value"]
    reason: str
    field: str
    detail: str
    text: str | None
    fields: dict[str, Any] | None


class DrawnRecord(TypedDict):
    """A record that would be written: its node's label, key and properties, and its facts."""

    label: str
    key: str
    properties: dict[str, Any]
    facts: list[list[str]]


class FeedDryRun(TypedDict):
    """What a run would do: counts of rows, the first records, and the first rejected rows."""

    counts: dict[str, int]
    reasons: dict[str, int]
    notes: dict[str, int]
    warnings: list[str]
    seconds: float
    compared: bool
    records: list[DrawnRecord]
    rejected: list[RejectedRow]


class ReplayedRow(TypedDict):
    """A replayed row that failed again, and why."""

    line: int
    fault: str


class ReplayedRows(TypedDict):
    """Counts of a replay, and the rows that failed again."""

    run: str
    repaired: int
    failed: int
    left: int
    faults: list[ReplayedRow]


class FeedDesk(Protocol):
    """Receives feeds, looks at them, and runs their ingests, each in a process of its own.

    Every method raises InvalidInputError for what the caller has to change, NotFoundError for what
    is not there, and LimitExceededError where too much is asked for at a time.
    """

    async def receive(
        self, name: str, size: int | None, chunks: AsyncIterator[bytes]
    ) -> UploadedFile:
        """Store an uploaded file.

        Args:
            name: its file name, without folders.
            size: its size in bytes as declared; None if it is not known.
            chunks: its bytes.
        """

    async def discard(self, upload: str) -> None:
        """Delete an uploaded file."""

    async def list_sources(self) -> KnownSources:
        """List what may be named."""

    async def sample(self, feed: FeedReference, first: int, options: FeedOptions) -> FeedSample:
        """Read the first rows of a feed."""

    async def propose(
        self, feed: FeedReference, kind: FeedKind, options: FeedOptions, language: str
    ) -> ProposedFeedMapping:
        """Propose a mapping, with reasons in English (`en`) or Chinese (`zh`)."""

    async def check(
        self, feed: FeedReference, kind: FeedKind, mapping: Mapping[str, Any], options: FeedOptions
    ) -> list[MappingFault]:
        """Return what is wrong with a mapping for a feed; nothing if it can be used."""

    async def try_out(
        self,
        feed: FeedReference,
        kind: FeedKind,
        mapping: Mapping[str, Any] | None,
        options: FeedOptions,
        language: str,
    ) -> FeedDryRun:
        """Read a whole feed and write nothing; without a mapping, by a shipped one that fits."""

    async def start(
        self,
        feed: FeedReference,
        kind: FeedKind,
        mapping: Mapping[str, Any] | None,
        options: FeedOptions,
    ) -> str:
        """Start an ingest; return the id of its run."""

    async def resume(self, run: str) -> str:
        """Start an ingest with the arguments of an earlier one; return the id of its run."""

    async def roll_back(self, run: str) -> str:
        """Start the roll-back of a run; return the id of its own run."""

    async def replay(
        self, run: str, mapping: Mapping[str, Any] | None, rows: Sequence[CorrectedRow]
    ) -> ReplayedRows:
        """Try rejected rows of a run again.

        Args:
            run: id of the run.
            mapping: mapping to read them with; None takes that of the run.
            rows: rows to try, corrected; empty tries all as they are.
        """

    async def read_rejected(
        self, run: str, first: int, after: int
    ) -> tuple[list[RejectedRow], int | None]:
        """Return a page of what a run rejected, and where the next one begins; None at the end."""

    async def find_rejected_file(self, run: str) -> Path:
        """Return the file of what a run rejected: one JSON object a line."""

    async def close(self) -> None:
        """Stop all processes in order; a stopped run can be resumed."""
