"""Records that a mapping makes of a feed, by row, with their values by field."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from catalograph.ingest.attributes import COLUMN
from catalograph.ingest.feeds import feed_of
from catalograph.ingest.mapping import CatalogMapping, EventMapping
from catalograph.ingest.mapping import Mapping as FeedMapping
from catalograph.ingest.readers import FeedFile, open_feed
from catalograph.ingest.row_preparation import PreparedRow, RowPreparer
from catalograph.schema import InteractionRecord, Node, Rejection, SourceRecord
from catalograph.settings import Settings

Place = tuple[int, int]
"""Number of a row in the file, and of the record among the row's, from 0."""

_NO_FIELDS = frozenset({"source", "id", "listed", "content_hash"})
_EXACT_COPY = "_amount"
"""End of the names of properties that hold another property as an exact decimal."""
_RELATIONS = {"HAS_BRAND": "brand", "IN_CATEGORY": "category"}


@dataclass(frozen=True)
class FieldValues:
    """Values of one record.

    Attributes:
        key: key of the record.
        identity: key of the product that the record describes or belongs to.
        values: values by field; attributes are named `attribute NAME`.
        refused: fields with a rejected value.
    """

    key: str
    identity: str | None
    values: Mapping[str, frozenset[Any]]
    refused: frozenset[str] = frozenset()

    def is_rejected(self, name: str) -> bool:
        """Return whether a value of the field was rejected."""
        return name.removeprefix("attribute ").casefold() in self.refused


@dataclass
class FeedReading:
    """Result of reading a feed with a mapping.

    Attributes:
        mapping: mapping that was used.
        built: record of each place, also of rows that a later row replaces.
        rejected: places of rows that could not be read.
        withdrawn: number of rows that withdraw a record.
    """

    mapping: FeedMapping
    built: dict[Place, FieldValues] = field(default_factory=dict)
    rejected: set[Place] = field(default_factory=set)
    withdrawn: int = 0

    @cached_property
    def records(self) -> dict[Place, FieldValues]:
        """Records that stay: of each key the last."""
        last = {record.key: place for place, record in self.built.items()}
        return {place: self.built[place] for place in sorted(last.values())}

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields with a value in some record; `rows` if rows are left out."""
        names = dict.fromkeys(name for record in self.records.values() for name in record.values)
        return (*names, "rows") if self.records and _leaves_rows_out(self.mapping) else tuple(names)

    @property
    def key_columns(self) -> tuple[str, ...]:
        """Columns that make up the key of a record."""
        return self.mapping.id or ()

    @property
    def mapped(self) -> frozenset[str]:
        """Names of the fields that the mapping has a column for."""
        mapping = self.mapping
        return frozenset(n for n in mapping.model_fields_set if getattr(mapping, n) is not None)

    @property
    def has_hashed_ids(self) -> bool:
        """Whether the ids of products are made of several columns, so that only equality counts."""
        return isinstance(self.mapping, CatalogMapping) and len(self.mapping.id) > 1


def _leaves_rows_out(mapping: FeedMapping) -> bool:
    return bool(mapping.where or (isinstance(mapping, EventMapping) and mapping.event.skip))


def read_records(path: Path, mapping: FeedMapping, settings: Settings) -> FeedReading:
    """Read a feed as `ingest` does, and keep its records in memory.

    Args:
        path: feed.
        mapping: mapping of its columns.
        settings: settings with the secret of pseudonyms.

    Raises:
        SourceFormatError: the feed cannot be read.
        MappingError: the mapping does not fit the feed.
    """
    feed = feed_of(mapping, mapping.kind, settings)
    preparer = RowPreparer(mapping)
    reading = FeedReading(mapping)
    seen: Counter[int] = Counter()
    with open_feed(path) as file:
        if preparer.reads_ahead:
            for row in file.rows():
                preparer.learn(row)
        for row in _prepare_rows(file, preparer):
            if not isinstance(row.fields, Rejection):
                feed.prepare(row.fields)
        feed.finish_learning()
        for row in _prepare_rows(file, preparer):
            place = (row.number, seen[row.number])
            seen[row.number] += 1
            if isinstance(row.fields, Rejection):
                reading.rejected.add(place)
                continue
            built = feed.build(row.fields)
            if built.withdrawn is not None:
                reading.withdrawn += 1
            elif built.record is None:
                reading.rejected.add(place)
            else:
                rejections = (*row.rejections, *built.rejections)
                refused = frozenset(r.field.casefold() for r in rejections)
                reading.built[place] = _values_of(built.record, mapping, refused)
    return reading


def _prepare_rows(file: FeedFile, preparer: RowPreparer) -> Iterator[PreparedRow]:
    preparer.restart()
    for row in file.rows():
        yield from (prepared for prepared in preparer.prepare(row) if prepared is not None)


def _values_of(
    record: SourceRecord | InteractionRecord, mapping: FeedMapping, refused: frozenset[str]
) -> FieldValues:
    if isinstance(record, InteractionRecord):
        return _interaction_values(record, mapping, refused)
    product = next(node for node in record.nodes if node.label == "Product")
    pairs = [("id", product.key), *_plain(product)]
    pairs += [
        (_field_of(triple.relation, triple.tail), triple.tail.key)
        for triple in record.triples
        if triple.support.extractor == COLUMN.extractor and triple.head == product.key
    ]
    return FieldValues(record.key, product.key, _collect(pairs), refused)


def _interaction_values(
    record: InteractionRecord, mapping: FeedMapping, refused: frozenset[str]
) -> FieldValues:
    pairs = list(_plain(record.node))
    if mapping.id:
        pairs.append(("id", record.node.key))
    beside = ("user", "product", "served", "position")
    pairs += [(n, value) for n in beside if (value := getattr(record, n)) is not None]
    return FieldValues(record.node.key, record.product, _collect(pairs), refused)


def _plain(node: Node) -> Iterable[tuple[str, Any]]:
    for name, value in node.properties.items():
        if name in _NO_FIELDS or name.endswith(_EXACT_COPY):
            continue
        if value is not None and value != ():
            for one in value if isinstance(value, list | tuple) else (value,):
                yield name, one


def _field_of(relation: str, tail: Node) -> str:
    if relation == "HAS_VALUE":
        return f"attribute {tail.properties['attribute']}"
    return _RELATIONS.get(relation, relation.lower())


def _collect(pairs: Iterable[tuple[str, Any]]) -> dict[str, frozenset[Any]]:
    found: dict[str, set[Any]] = {}
    for name, value in pairs:
        found.setdefault(name, set()).add(value)
    return {name: frozenset(group) for name, group in found.items()}
