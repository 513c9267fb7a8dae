"""What a person sees of a feed before it is brought in: sample, proposed mapping, dry run."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from catalograph.errors import MappingError
from catalograph.ingest import values
from catalograph.ingest.attributes import COLUMN
from catalograph.ingest.batches import Counts, Record, RecordWriter
from catalograph.ingest.dry_run import DryRunCounts, DryRunWriter, name_node
from catalograph.ingest.mapping import (
    Kind,
    choose_mapping,
    column_fields,
    columns_of,
    fits,
    parse_mapping,
)
from catalograph.ingest.mapping import Mapping as FeedMapping
from catalograph.ingest.mapping_inference import MappingProposal
from catalograph.ingest.mapping_inference.profiles import FeedProfile, profile_rows
from catalograph.ingest.order_run import ingest_orders
from catalograph.ingest.readers import FeedFile, FeedRow, dump_cells
from catalograph.ingest.rejection_log import read_rejections
from catalograph.ingest.report import IngestReport
from catalograph.ingest.row_rules import find_aliases, has_column
from catalograph.ingest.run import FeedPath, ingest_catalog, ingest_events, ingest_reviews
from catalograph.ingest.translation import MessageLanguage, translate
from catalograph.log import shorten
from catalograph.schema import CompositeRecord, InteractionRecord, Node, Rejection
from catalograph.schema.feeds import (
    ColumnField,
    DrawnRecord,
    FeedDryRun,
    FeedKind,
    FeedSample,
    LeftOutColumn,
    MappingFault,
    ProposedFeedMapping,
    ProposedLine,
    SampledColumn,
)
from catalograph.settings import Settings

_SAMPLED_ROWS = 1_000
_SAMPLED_BYTES = 32 * 1024**2
_MOST_COLUMNS = 300
_CELL = 200
_LONGEST_TEXT = 500
_DRAWN = 5
_SHOWN_REJECTIONS = 20
_MOST_FACTS = 30
_KINDS: tuple[FeedKind, ...] = ("catalog", "reviews", "events", "orders")
_EXAMPLE = "; e.g. "
_HIDDEN = frozenset({"listed", "content_hash"})
_COUNTS = (
    "rows", "written", "unchanged", "superseded", "rejected", "withdrawn", "skipped",
    "value_rejections",
)  # fmt: skip


def sample_feed(file: FeedFile, first: int) -> FeedSample:
    """Return the first rows of a feed, and its columns by the first thousand rows.

    Args:
        file: the feed.
        first: number of rows to return.

    Raises:
        SourceFormatError: it cannot be read.
    """
    rows = list(_first_rows(file))
    good = [row.fields for row in rows if not isinstance(row.fields, Rejection)]
    profile = profile_rows(row.fields for row in rows)
    names = _column_names(profile)
    present = set(profile.columns)
    return FeedSample(
        name=Path(file.name).name,
        rows_read=len(rows),
        unreadable=profile.unreadable.total(),
        columns=[_sampled_column(profile, name) for name in names],
        cells=[[_cell(values.lookup(fields, name)) for name in names] for fields in good[:first]],
        notes=list(file.notes),
        kinds=[kind for kind in _KINDS if _has_shipped(kind, file.stem, present)],
    )


def _first_rows(file: FeedFile) -> Iterator[FeedRow]:
    size = 0
    with closing(file.rows()) as rows:  # type: ignore[type-var]
        for number, row in enumerate(rows):
            size += len(row.raw)
            if number >= _SAMPLED_ROWS or size > _SAMPLED_BYTES:
                return
            yield row


def _column_names(profile: FeedProfile) -> list[str]:
    """Return the columns, without those that only hold others of the list."""
    names = list(profile.columns)
    inner = {name.rpartition(".")[0] for name in names if "." in name}
    return [name for name in names if name not in inner][:_MOST_COLUMNS]


def _sampled_column(profile: FeedProfile, name: str) -> SampledColumn:
    column = profile.columns[name]
    samples = [text for text in map(_cell, column.samples) if text is not None]
    return SampledColumn(name=name, filled=column.filled, distinct=column.distinct, samples=samples)


def _cell(value: Any) -> str | None:
    if values.is_blank(value):
        return None
    text = dump_cells(value).decode() if isinstance(value, list | dict) else str(value)
    return shorten(" ".join(text[: 4 * _CELL].split()), _CELL)


def _has_shipped(kind: FeedKind, stem: str, columns: set[str]) -> bool:
    try:
        _, mapping = choose_mapping(kind, stem, columns)
    except MappingError:
        return False
    return fits(mapping, columns)


def describe_proposal(
    proposal: MappingProposal, kind: FeedKind, sample: FeedSample, language: MessageLanguage
) -> ProposedFeedMapping:
    """Return a proposed mapping as JSON, each line with its reason and values of its columns.

    Args:
        proposal: the proposal.
        kind: kind of the mapping.
        sample: sample of the same feed.
        language: language of reasons and warnings.
    """
    mapping = proposal.mapping.model_dump(mode="json", exclude_defaults=True)
    samples = {column["name"]: column["samples"] for column in sample["columns"]}
    lines = []
    for field, value in _lines(mapping, proposal.comments):
        columns = [text for text in dict.fromkeys(_texts(value)) if text in samples]
        reason = proposal.comments.get(field, "").partition(_EXAMPLE)[0]
        lines.append(
            ProposedLine(
                field=field,
                value=value,
                columns=columns,
                reason=translate(reason, language),
                samples=[text for name in columns[:1] for text in samples[name][:3]],
            )
        )
    return ProposedFeedMapping(
        mapping={"kind": kind} | mapping,
        shipped=proposal.shipped,
        lines=lines,
        warnings=[translate(warning, language) for warning in proposal.warnings],
        unused=[
            LeftOutColumn(column=column, why=translate(why, language))
            for column, why in proposal.unused
        ],
        fields=[
            ColumnField(name=name, required=required, several=several)
            for name, required, several in column_fields(kind)
        ],
    )


def _lines(mapping: Mapping[str, Any], comments: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for field, value in mapping.items():
        if isinstance(value, list) and f"{field}.0" in comments:
            yield from ((f"{field}.{n}", part) for n, part in enumerate(value))
        else:
            yield field, value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(part)


def find_faults(file: FeedFile, kind: FeedKind, mapping: Mapping[str, Any]) -> list[MappingFault]:
    """Return what is wrong with a mapping for a feed: its form, and columns that are not there.

    Raises:
        SourceFormatError: the feed cannot be read.
    """
    try:
        chosen = read_mapping(mapping, kind)
    except MappingError as exc:
        if isinstance(exc.__cause__, ValidationError):
            return [
                # The first part is the kind, the discriminator of the union.
                MappingFault(field=".".join(map(str, one["loc"][1:])), message=one["msg"])
                for one in exc.__cause__.errors(include_url=False)
            ]
        return [MappingFault(field="", message=str(exc))]
    file.configure(chosen.read_options())
    profile = profile_rows(row.fields for row in _first_rows(file))
    present = set(profile.columns) | find_aliases(chosen.aliases, set(profile.columns)).keys()
    missing = sorted(column for column in columns_of(chosen) if not has_column(column, present))
    said = json_lines(mapping)
    return [
        MappingFault(
            field=next((field for field, texts in said.items() if column in texts), ""),
            message=f"The feed has no column '{column}'.",
        )
        for column in missing
    ]


def json_lines(mapping: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return the texts in each field of a mapping, with the first parts of dotted paths."""
    return {
        field: {part for text in _texts(value) for part in (text, text.partition(".")[0])}
        for field, value in mapping.items()
    }


def read_mapping(mapping: Mapping[str, Any], kind: FeedKind) -> FeedMapping:
    """Return the mapping of a JSON object in the form of a mapping file.

    Raises:
        MappingError: it is none of this kind.
    """
    # JSON is valid YAML; the kind may be left out.
    chosen = parse_mapping(dump_cells({"kind": kind, **mapping}).decode(), "given")
    if chosen.kind != kind:
        raise MappingError(f"The mapping is for {chosen.kind}, the feed is read as {kind}.")
    return chosen


class _KeepingWriter(DryRunWriter):
    """A writer for dry runs that keeps the first records, and compares them where it can.

    Args:
        keep: number of records to keep.
        graph: what holds the records that are stored already; None compares with nothing.
    """

    def __init__(self, keep: int, graph: RecordWriter | None) -> None:
        super().__init__()
        self._most = keep
        self._graph = graph
        self.drawn: list[Record] = []
        if graph is not None:
            self.catalogues = graph.catalogues

    def count_changes(self, records: Sequence[Record]) -> DryRunCounts:
        """Count what writing these records would change."""
        self.drawn += records[: self._most - len(self.drawn)]
        if self._graph is None:
            return DryRunCounts(len(records))
        counts: Counts = self._graph.count_changes(records)
        return DryRunCounts(counts.written, counts.unchanged)

    def read_content_hashes(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Return the content hashes of stored records."""
        return {} if self._graph is None else self._graph.read_content_hashes(keys)

    def list_record_keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys of stored records."""
        return iter(()) if self._graph is None else self._graph.list_record_keys(prefix)


def try_feed(
    path: FeedPath,
    kind: FeedKind,
    graph: RecordWriter | None,
    settings: Settings,
    mapping: FeedMapping | None,
    rejected: Path,
    language: MessageLanguage,
    **options: Any,
) -> FeedDryRun:
    """Read a whole feed without writing; return counts, the first records and rejections.

    Args:
        path: the feed.
        kind: kind to read it as.
        graph: what holds the records that are stored already; None compares with nothing.
        settings: settings with the limits of feeds.
        mapping: mapping of its columns; None chooses a shipped one.
        rejected: file for rejections.
        language: language of warnings.
        options: options of the ingest; see `catalograph.ingest.IngestOptions`.

    Raises:
        SourceFormatError: the feed cannot be read.
        MappingError: no mapping fits, or it is for another kind.
    """
    writer = _KeepingWriter(_DRAWN, graph)
    report = ingest_of(kind)(
        [path], writer, settings, mapping, **options, dry_run=True, rejected=rejected
    )
    rows, _ = read_rejections(rejected, _SHOWN_REJECTIONS) if rejected.exists() else ([], None)
    return FeedDryRun(
        counts={name: getattr(report, name) for name in _COUNTS},
        reasons=dict(report.reasons),
        notes=dict(report.notes),
        warnings=[translate(warning, language) for warning in _warnings(report)],
        seconds=report.seconds,
        compared=graph is not None,
        records=[_draw(record) for record in writer.drawn],
        rejected=rows,
    )


def ingest_of(kind: Kind) -> Any:
    """Return the function that ingests feeds of a kind."""
    return {
        "catalog": ingest_catalog,
        "reviews": ingest_reviews,
        "events": ingest_events,
        "orders": ingest_orders,
    }[kind]


def _warnings(report: IngestReport) -> Iterable[str]:
    yield from report.warnings
    yield from report.products.get("messages", ())
    if report.refused:
        yield report.refused


def _draw(record: Record) -> DrawnRecord:
    """Return a record as it would stand in the graph."""
    match record:
        case InteractionRecord():
            facts = [["ABOUT", record.product]] if record.product else []
            return _make_drawn(record.node, facts)
        case CompositeRecord():
            parts = [[part.label, _describe(part)] for part in record.parts]
            return _make_drawn(record.node, parts)
    facts = [
        [triple.relation, name_node(triple.tail)]
        for triple in record.triples
        if triple.support.extractor == COLUMN.extractor
    ]
    return _make_drawn(record.nodes[0], facts)


def _make_drawn(node: Node, facts: list[list[str]]) -> DrawnRecord:
    properties = {
        name: shorten(value, _LONGEST_TEXT) if isinstance(value, str) else _plain(value)
        for name, value in node.properties.items()
        if value is not None and name not in _HIDDEN
    }
    return DrawnRecord(
        label=node.label, key=node.key, properties=properties, facts=facts[:_MOST_FACTS]
    )


def _plain(value: Any) -> Any:
    """Return a property as JSON has it."""
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value if isinstance(value, int | float | bool | str) else str(value)


def _describe(node: Node) -> str:
    said = (f"{name}: {value}" for name, value in node.properties.items() if value is not None)
    return shorten("; ".join(said), _CELL)
