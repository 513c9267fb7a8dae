"""Dry runs without a database, and previews of the first records of a feed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from catalograph.errors import IngestError
from catalograph.ingest.attributes import COLUMN
from catalograph.ingest.batches import Record
from catalograph.ingest.mapping import Kind
from catalograph.ingest.mapping import Mapping as FeedMapping
from catalograph.ingest.product_matching import CatalogueLookup
from catalograph.ingest.report import IngestReport
from catalograph.ingest.run import FeedPath, ingest_catalog, ingest_events, ingest_reviews
from catalograph.log import shorten
from catalograph.schema import CompositeRecord, InteractionRecord, Node, SourceRecord
from catalograph.settings import Settings

_SHOWN_ATTRIBUTES = 4
_LONGEST = 60
_HIDDEN = frozenset({"source", "listed", "content_hash"})
_LONG_TEXTS = frozenset({"description", "text"})


@dataclass(frozen=True, slots=True)
class DryRunCounts:
    """Counts of a batch that nothing is compared with: every record is new."""

    written: int
    unchanged: int = 0


class DryRunWriter:
    """A `RecordWriter` for dry runs without a database: every valid record would be written.

    Args:
        keep: number of records to keep for a preview.
    """

    catalogues: CatalogueLookup | None = None

    def __init__(self, keep: int = 0) -> None:
        self._keep = keep
        self.records: list[SourceRecord | InteractionRecord] = []

    def count_changes(self, records: Sequence[Record]) -> DryRunCounts:
        """Count all records as new."""
        shown = [record for record in records if not isinstance(record, CompositeRecord)]
        self.records += shown[: max(0, self._keep - len(self.records))]
        return DryRunCounts(len(records))

    def read_content_hashes(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Return nothing: no record is stored."""
        del keys
        return {}

    def list_record_keys(self, prefix: str) -> Iterator[str]:
        """Yield nothing: no record is stored."""
        del prefix
        return iter(())

    def start_run(self, kind: str, arguments: Mapping[str, object] | None = None) -> str:
        """Refuse: there is nothing to write to."""
        raise _no_database()

    def finish_run(self, run: str, counts: Mapping[str, object]) -> None:
        """Refuse: there is nothing to write to."""
        raise _no_database()

    def fail_run(self, run: str, error: str) -> None:
        """Refuse: there is nothing to write to."""
        raise _no_database()

    def note_progress(self, run: str, doing: str, share: float, rows: int) -> None:
        """Refuse: there is nothing to write to."""
        raise _no_database()

    def write_records(self, records: Sequence[SourceRecord], run: str) -> DryRunCounts:
        """Refuse: there is nothing to write to."""
        raise _no_database()

    def write_interactions(self, records: Sequence[InteractionRecord], run: str) -> DryRunCounts:
        """Refuse: there is nothing to write to."""
        raise _no_database()

    def write_composites(self, records: Sequence[CompositeRecord], run: str) -> DryRunCounts:
        """Refuse: there is nothing to write to."""
        raise _no_database()

    def withdraw_records(self, keys: Sequence[str], run: str) -> int:
        """Refuse: there is nothing to write to."""
        raise _no_database()

    def withdraw_interactions(self, keys: Sequence[str], run: str) -> int:
        """Refuse: there is nothing to write to."""
        raise _no_database()


def _no_database() -> IngestError:
    return IngestError("A dry run without a database writes nothing. Start one: `catalograph up`.")


@dataclass(frozen=True)
class FeedPreview:
    """The first records of a feed and the report of a dry run over all of it.

    Attributes:
        columns: names of the fields that some of the records have.
        rows: values of each record, for people.
        report: counts of the whole feed.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    report: IngestReport


def preview_feed(
    path: FeedPath,
    kind: Kind,
    settings: Settings,
    mapping: FeedMapping,
    *,
    first: int = 5,
    name: str = "given",
    **options: Any,
) -> FeedPreview:
    """Map a whole feed without a database and return its first records.

    Args:
        path: the file.
        kind: kind to read the file as.
        settings: settings with the limits of feeds.
        mapping: mapping of the columns.
        first: number of records to return.
        name: name of the mapping in the report.
        options: options of the ingest; see `catalograph.ingest.IngestOptions`.

    Raises:
        SourceFormatError: the file cannot be read as a whole.
        MappingError: the mapping is for another kind.
    """
    run = {"catalog": ingest_catalog, "reviews": ingest_reviews, "events": ingest_events}[kind]
    writer = DryRunWriter(first)
    report = run([path], writer, settings, mapping, **{**options, "dry_run": True})
    report = replace(report, files=tuple((file, name) for file, _ in report.files))
    records = [_describe_record(record) for record in writer.records]
    columns = tuple(dict.fromkeys(name for record in records for name in record))
    rows = tuple(tuple(record.get(name, "") for name in columns) for record in records)
    return FeedPreview(columns, rows, report)


def _describe_record(record: SourceRecord | InteractionRecord) -> dict[str, str]:
    """Return the values of a record by field, for people."""
    if isinstance(record, InteractionRecord):
        said = _properties(record.node)
        product = "" if record.product is None else record.product.partition(":")[2]
        return {"product": product, "user": "yes" if record.user else ""} | said
    said = _properties(record.nodes[0])
    listed: dict[str, list[str]] = {}
    for triple in record.triples:
        field = _FIELDS.get(triple.relation)
        if field is not None and triple.support.extractor == COLUMN.extractor:
            listed.setdefault(field, []).append(name_node(triple.tail))
    return said | {
        field: "; ".join(shorten(name, _LONGEST) for name in names[:_SHOWN_ATTRIBUTES])
        + (" …" if len(names) > _SHOWN_ATTRIBUTES else "")
        for field, names in listed.items()
    }


_FIELDS = {"HAS_BRAND": "brand", "IN_CATEGORY": "category", "HAS_VALUE": "attributes"}


def _properties(node: Node) -> dict[str, str]:
    return {
        name: " ".join(shorten(_text(value), 30 if name in _LONG_TEXTS else _LONGEST).split())
        for name, value in node.properties.items()
        if value is not None and name not in _HIDDEN
    }


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def name_node(node: Node) -> str:
    """Return the name of a brand, category or value for people."""
    properties = node.properties
    if node.label == "Value":
        return f"{properties.get('attribute', '')}: {properties.get('name', '')}"
    path = properties.get("path")
    return (
        " > ".join(path)
        if isinstance(path, list | tuple)
        else str(properties.get("name", node.key))
    )
