"""Feeds that are brought in by the API: samples, proposed mappings, dry runs, rejections, runs."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import strawberry
from strawberry.scalars import JSON

from catalograph.schema import feeds
from catalograph.store import RunChanges


@strawberry.enum(description="What the rows of a feed are.")
class FeedContent(Enum):
    """Kind of a feed."""

    CATALOG = "catalog"
    REVIEWS = "reviews"
    EVENTS = "events"
    ORDERS = "orders"


@strawberry.enum(description="Language of reasons and warnings.")
class FeedLanguage(Enum):
    """Language of messages about a feed."""

    EN = "en"
    ZH = "zh"


@strawberry.input(
    description="Which feed: an upload, a file of the server, a database with a query, or a topic."
)
class FeedInput:
    """Reference to a feed."""

    upload: strawberry.ID | None = strawberry.field(
        default=None, description="Id that `POST /feed-files` answered."
    )
    file: str | None = strawberry.field(
        default=None, description="Path within the server's folder, as `feedSources` lists it."
    )
    database: str | None = strawberry.field(
        default=None, description="Address of a database, as `feedSources` lists it."
    )
    query: str | None = strawberry.field(
        default=None, description="SELECT whose rows are the feed, for a database."
    )
    topic: str | None = strawberry.field(default=None, description="Name of a Kafka topic.")


@strawberry.input(description="How a feed is read and written.")
class FeedOptionsInput:
    """Options of a feed."""

    source: str | None = strawberry.field(
        default=None,
        description="Name of the feed, in the keys of its records. Null: the mapping's.",
    )
    product_source: str | None = strawberry.field(
        default=None,
        description="Catalogue that reviews, events and orders are about. Null: the mapping's, "
        "else the one in the graph that knows their ids.",
    )
    encoding: str | None = strawberry.field(
        default=None, description="Encoding of the text, such as `gb18030`. Null: detected."
    )
    language: list[str] = strawberry.field(
        default_factory=list, description="Preferred languages of columns for several."
    )
    currency: list[str] = strawberry.field(
        default_factory=list, description="Preferred currencies of columns for several."
    )
    snapshot: bool = strawberry.field(
        default=False,
        description="Whether the feed is the whole catalogue: missing products are withdrawn.",
    )
    allow_shrink: bool = strawberry.field(
        default=False, description="Withdraw them however many they are."
    )


@strawberry.type(description="A file in the server's folder of feeds.")
class FeedFolderFile:
    """File that may be named."""

    path: str = strawberry.field(description="Its path within the folder.")
    bytes: float = strawberry.field(description="Its size.")
    modified: str = strawberry.field(description="When it last changed, ISO 8601.")


@strawberry.type(description="What feeds may be taken from, and the bounds.")
class FeedSources:
    """Sources of feeds."""

    files: list[FeedFolderFile] = strawberry.field(
        description="Files of the server, the newest first; at most 200."
    )
    databases: list[str] = strawberry.field(description="Databases that may be queried.")
    topics: bool = strawberry.field(description="Whether topics may be read.")
    upload_bytes: float = strawberry.field(description="Size of an upload at most.")
    keep_days: float = strawberry.field(description="Days that an upload is kept.")
    runs: int = strawberry.field(description="Runs that may go on at once.")

    @classmethod
    def of(cls, known: feeds.KnownSources) -> "FeedSources":
        """Return the answer for what the desk knows."""
        rest: dict[str, Any] = {**known}
        rest["files"] = [FeedFolderFile(**file) for file in known["files"]]
        return cls(**rest)


@strawberry.type(description="A column of a feed.")
class FeedColumn:
    """Column with some values."""

    name: str = strawberry.field(description="Its name; nested values by dotted paths.")
    filled: int = strawberry.field(description="Rows of the sample that have a value.")
    distinct: int = strawberry.field(description="Different values of the sample.")
    samples: list[str] = strawberry.field(description="Some of them.")


@strawberry.type(description="The first rows of a feed.")
class FeedPreviewTable:
    """Sample of a feed."""

    name: str = strawberry.field(description="Name of the feed.")
    rows_read: int = strawberry.field(description="Rows of the sample: 1,000 at most.")
    unreadable: int = strawberry.field(description="Rows of these that cannot be read.")
    columns: list[FeedColumn] = strawberry.field(description="Its columns.")
    cells: list[list[str | None]] = strawberry.field(
        description="The first rows: the text of each column, cut; null for a blank one."
    )
    notes: list[str] = strawberry.field(description="How the rows were found.")
    kinds: list[FeedContent] = strawberry.field(
        description="Kinds for which a shipped mapping fits its columns."
    )

    @classmethod
    def of(cls, sample: feeds.FeedSample) -> "FeedPreviewTable":
        """Return the answer for a sample."""
        rest: dict[str, Any] = {**sample}
        rest["columns"] = [FeedColumn(**column) for column in sample["columns"]]
        rest["kinds"] = [FeedContent(kind) for kind in sample["kinds"]]
        return cls(**rest)


@strawberry.type(description="A line of a proposed mapping.")
class FeedMappingLine:
    """Line with its reason."""

    field: str = strawberry.field(
        description="Its place in the mapping; a field in a list by its place, `attributes.0`."
    )
    value: JSON = strawberry.field(description="What the mapping says there.")
    columns: list[str] = strawberry.field(description="Columns of the feed that it names.")
    reason: str = strawberry.field(description="Why.")
    samples: list[str] = strawberry.field(description="Some values of these columns.")


@strawberry.type(description="A field of mappings that takes columns.")
class FeedMappingField:
    """Field that may be mapped."""

    name: str = strawberry.field(description="Its name.")
    required: bool = strawberry.field(description="Whether a mapping must have it.")
    several: bool = strawberry.field(description="Whether it takes several columns.")


@strawberry.type(description="A column that a mapping leaves out.")
class FeedUnusedColumn:
    """Unused column."""

    column: str = strawberry.field(description="Its name.")
    why: str = strawberry.field(description="Why, or what it looks like.")


@strawberry.type(description="A mapping for a feed, in the form of mapping files.")
class FeedMappingProposal:
    """Proposal."""

    mapping: JSON = strawberry.field(description="The mapping.")
    shipped: str | None = strawberry.field(
        description="Name of the shipped mapping that fits; null where it was inferred."
    )
    lines: list[FeedMappingLine] = strawberry.field(description="Its lines, with reasons.")
    warnings: list[str] = strawberry.field(description="What may be lost or wrong.")
    unused: list[FeedUnusedColumn] = strawberry.field(description="Columns left out.")
    fields: list[FeedMappingField] = strawberry.field(
        description="Fields that a mapping of this kind may give columns to."
    )

    @classmethod
    def of(cls, proposal: feeds.ProposedFeedMapping) -> "FeedMappingProposal":
        """Return the answer for a proposal."""
        return cls(
            mapping=proposal["mapping"],  # type: ignore[arg-type]
            shipped=proposal["shipped"],
            lines=[FeedMappingLine(**line) for line in proposal["lines"]],
            warnings=proposal["warnings"],
            unused=[FeedUnusedColumn(**one) for one in proposal["unused"]],
            fields=[FeedMappingField(**one) for one in proposal["fields"]],
        )


@strawberry.type(description="A place of a mapping that is wrong.")
class FeedMappingFault:
    """Fault of a mapping."""

    field: str = strawberry.field(description="The place; empty for the mapping as a whole.")
    message: str = strawberry.field(description="What is wrong, and what to write.")


@strawberry.type(description="A number of rows or values, by what was found.")
class FeedCount:
    """Counted thing."""

    name: str = strawberry.field(description="What is counted.")
    count: int = strawberry.field(description="How many.")


@strawberry.type(description="A rejected row, or a value that was left out of a row.")
class FeedRejection:
    """Rejection with its reason."""

    line: int = strawberry.field(
        description="Line that the row starts on, from 1; the row's number where the format has no "
        "lines."
    )
    scope: str = strawberry.field(description="`row`: not written; `value`: written without it.")
    reason: str = strawberry.field(description="Reason as a code.")
    field: str = strawberry.field(description="Field of the graph that is concerned.")
    detail: str = strawberry.field(description="What was found and what was expected.")
    text: str | None = strawberry.field(description="The row's text; null where it holds user ids.")
    fields: JSON | None = strawberry.field(
        description="The row's columns, to correct and replay; null where it cannot be replayed."
    )

    @classmethod
    def of(cls, row: feeds.RejectedRow) -> "FeedRejection":
        """Return the answer for a rejected row."""
        rest: dict[str, Any] = {**row}
        return cls(**rest)


@strawberry.type(description="What a run rejected.")
class FeedRejectionPage:
    """A page of rejections."""

    rows: list[FeedRejection] = strawberry.field(description="In the order of the feed.")
    next: str | None = strawberry.field(description="Give it as `after` for more; null at the end.")


@strawberry.type(description="A fact of a record that would be written.")
class FeedRecordFact:
    """Fact."""

    relation: str = strawberry.field(description="Relation, such as HAS_BRAND.")
    name: str = strawberry.field(description="The other end, for people.")


@strawberry.type(description="A record that would be written.")
class FeedRecord:
    """Record as it would stand in the graph."""

    label: str = strawberry.field(description="Label of its node.")
    key: str = strawberry.field(description="Key of its node.")
    properties: JSON = strawberry.field(description="Properties of its node; long texts are cut.")
    facts: list[FeedRecordFact] = strawberry.field(description="Its facts.")


@strawberry.type(description="What a run would do. Nothing was written.")
class FeedTrial:
    """Dry run."""

    rows: int = strawberry.field(description="Rows read.")
    written: int = strawberry.field(description="Rows that would be written.")
    unchanged: int = strawberry.field(description="Rows that the graph holds already.")
    superseded: int = strawberry.field(description="Rows whose id occurs again later.")
    rejected: int = strawberry.field(description="Rows that cannot be written.")
    withdrawn: int = strawberry.field(description="Rows that withdraw a record.")
    skipped: int = strawberry.field(description="Rows that the mapping leaves out.")
    value_rejections: int = strawberry.field(
        description="Values that would be left out of rows that are written."
    )
    compared: bool = strawberry.field(
        description="Whether they were compared with the graph; else every record counts as new."
    )
    seconds: float = strawberry.field(description="How long it took.")
    reasons: list[FeedCount] = strawberry.field(description="Why rows and values are rejected.")
    notes: list[FeedCount] = strawberry.field(description="Rows that needed a guess, by the guess.")
    warnings: list[str] = strawberry.field(description="What may be wrong with the mapping.")
    records: list[FeedRecord] = strawberry.field(description="The first records: 5.")
    rejections: list[FeedRejection] = strawberry.field(description="The first rejections: 20.")

    @classmethod
    def of(cls, trial: feeds.FeedDryRun) -> "FeedTrial":
        """Return the answer for a dry run."""
        return cls(
            **trial["counts"],
            compared=trial["compared"],
            seconds=trial["seconds"],
            reasons=_counts(trial["reasons"]),
            notes=_counts(trial["notes"]),
            warnings=trial["warnings"],
            records=[_record(one) for one in trial["records"]],
            rejections=[FeedRejection.of(row) for row in trial["rejected"]],
        )


def _counts(counts: Mapping[str, int]) -> list[FeedCount]:
    return [FeedCount(name=name, count=count) for name, count in counts.items()]


def _record(drawn: feeds.DrawnRecord) -> FeedRecord:
    facts = [FeedRecordFact(relation=relation, name=name) for relation, name in drawn["facts"]]
    properties: Any = drawn["properties"]
    return FeedRecord(label=drawn["label"], key=drawn["key"], properties=properties, facts=facts)


@strawberry.enum(description="What a run did with a record.")
class RunEffect(Enum):
    """Effect of a run on a record."""

    ADDED = "added"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"


@strawberry.type(description="A record that a run added, changed or withdrew.")
class ChangedRecord:
    """Record of a run."""

    key: str = strawberry.field(description="Key of the product, review, event, document or order.")
    label: str = strawberry.field(description="Label of its node.")
    title: str | None = strawberry.field(description="Its title, where it has one.")
    effect: RunEffect = strawberry.field(description="What the run did with it.")


@strawberry.type(
    description="What a run did to the graph, and so what its roll-back does: what it added goes, "
    "what it changed or withdrew is as before."
)
class RunEffects:
    """Changes of a run."""

    added: int = strawberry.field(description="Records that it added.")
    changed: int = strawberry.field(description="Records that it changed.")
    withdrawn: int = strawberry.field(description="Records that it withdrew.")
    offers: int = strawberry.field(description="Entries of price histories that it wrote.")
    obstacle: str | None = strawberry.field(
        description="Why it cannot be rolled back; null where it can."
    )
    examples: list[ChangedRecord] = strawberry.field(description="Some records of each effect.")

    @classmethod
    def of(cls, changes: RunChanges) -> "RunEffects":
        """Return the answer for the changes of a run."""
        examples = [
            ChangedRecord(
                key=one.key, label=one.label, title=one.title, effect=RunEffect(one.effect)
            )
            for one in changes.examples
        ]
        counts = {n: getattr(changes, n) for n in ("added", "changed", "withdrawn", "offers")}
        return cls(**counts, obstacle=changes.obstacle, examples=examples)
