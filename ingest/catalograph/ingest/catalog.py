"""Product catalogue rows: columns become properties and asserted triples."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Self

from catalograph.ingest import fingerprint, values
from catalograph.ingest.attributes import COLUMN, keep_proof, make_named, read_attributes
from catalograph.ingest.availability import availability_words
from catalograph.ingest.commerce import read_commerce, read_option_values
from catalograph.ingest.conventions import ConventionalFeed
from catalograph.ingest.extract import Extractor, FeedKnowledge, Learner
from catalograph.ingest.identifiers import read_gtins
from catalograph.ingest.mapping import (
    CatalogMapping,
    is_deleted,
)
from catalograph.ingest.mapping_columns import (
    CategoryColumns,
)
from catalograph.ingest.money import read_prices
from catalograph.ingest.normalise import canonical_brand
from catalograph.ingest.validation import BuildResult, pass_record, tombstone
from catalograph.log import shorten
from catalograph.schema import (
    ONTOLOGY,
    Node,
    Rejection,
    RejectionReason,
    SourceRecord,
    SourceSupport,
    Triple,
    category,
    keys,
    unlisted_product,
)

_RELATED = (
    ("ALSO_BOUGHT", "also_bought"),
    ("ALSO_VIEWED", "also_viewed"),
    ("BOUGHT_TOGETHER", "bought_together"),
)
_LONGEST_TITLE = ONTOLOGY.node("Product").by_name["title"].max_length


@dataclass(frozen=True, slots=True)
class ProductDraft:
    """Content of a row's columns.

    Attributes:
        node: node of the product.
        tails: relation and tail of each distinct asserted triple, in column order.
        rejections: rejections of dropped values.
        supports: support of values that the row writes in another form, by key of the tail.
        notes: how values were read where that took a guess.
    """

    node: Node
    tails: tuple[tuple[str, Node], ...]
    rejections: tuple[Rejection, ...]
    supports: Mapping[str, SourceSupport]
    notes: tuple[str, ...] = ()

    def written_names(self) -> list[tuple[str, Node]]:
        """Return the tails with the row's own spellings, which texts may use too."""
        return [
            (relation, replace(tail, properties={**tail.properties, "name": support.original}))
            if (support := self.supports.get(tail.key)) is not None
            else (relation, tail)
            for relation, tail in self.tails
        ]


class CatalogFeed(ConventionalFeed[CatalogMapping]):
    """Builds records of catalogue rows: first `prepare` every row, then `build` each.

    Args:
        mapping: mapping of the columns.
        learn: True lets `prepare` learn from the rows: a dictionary, and the conventions of their
            columns. Without it texts are read by rules only, ambiguous values by mapping and
            currency only, and a record depends on its own row only.
        knowledge: knowledge that was learned before, for a feed that learns nothing.
    """

    def __init__(
        self,
        mapping: CatalogMapping,
        *,
        learn: bool = True,
        knowledge: FeedKnowledge | None = None,
    ) -> None:
        super().__init__(mapping, learn=learn)
        self.knowledge = knowledge
        self._learner = Learner() if learn else None
        self._extractor: Extractor | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Leave the extractor out, which the knowledge makes again."""
        return self.__dict__ | {"_extractor": None}

    def merge(self, other: Self) -> None:
        """Add what another builder learned of later rows of the same feed."""
        super().merge(other)
        if self._learner is not None and other._learner is not None:
            self._learner.merge(other._learner)

    def finish_learning(self) -> Mapping[str, int]:
        """End the first pass: learn the dictionary, then the conventions of the columns."""
        if self._learner is not None:
            self.knowledge, self._learner = self._learner.finish(), None
        return super().finish_learning()

    def key(self, fields: Mapping[str, Any]) -> str | Rejection:
        """Return the key of a row's record, or why it has none."""
        id_ = _id(values.Cells(fields), self.mapping)
        return id_ if isinstance(id_, Rejection) else self.key_of(id_)

    def key_of(self, id_: str) -> str:
        """Return the record key of a product id."""
        return keys.source_key(self.mapping.source, "catalog", id_)

    def prepare(self, fields: Mapping[str, Any]) -> str | Rejection:
        """Learn from a row; return the key of its record, or why it cannot be written."""
        if is_deleted(fields, self.mapping):
            return self.key(fields)
        self._learn_conventions(fields)
        described = describe(fields, self.mapping)
        if isinstance(described, Rejection):
            return described
        node = described.node
        if self._learner is not None:
            self._learner.observe(node.key, self._texts(node), described.written_names())
        return self.key_of(str(node.properties["id"]))

    def build(self, fields: Mapping[str, Any]) -> BuildResult[SourceRecord]:
        """Build the record of a row: facts of its columns, then facts extracted from its texts."""
        if is_deleted(fields, self.mapping):
            return tombstone(self.key(fields))
        self.finish_learning()
        if self._extractor is None:
            self._extractor = Extractor(self.knowledge)
        described = describe(fields, self.mapping, self._doubts)
        if isinstance(described, Rejection):
            return BuildResult(None, (described,))
        node = described.node
        triples = [
            Triple(node.key, relation, tail, described.supports.get(tail.key, COLUMN))
            for relation, tail in described.tails
        ]
        extracted = self._extractor.extract(self._texts(node), described.tails)
        triples += [Triple(node.key, relation, tail, by) for relation, tail, by in extracted]
        record, refused = pass_record(
            SourceRecord(
                self.key_of(str(node.properties["id"])),
                self.mapping.source,
                "",
                (node,),
                tuple(triples),
            )
        )
        if record is None:
            return BuildResult(None, tuple(refused))
        rejections = (*described.rejections, *refused)
        return BuildResult(sign(record), rejections, notes=described.notes)

    def _texts(self, node: Node) -> dict[str, str]:
        texts = {name: node.properties.get(name) for name in self.mapping.texts}
        return {name: text for name, text in texts.items() if text}


def sign(record: SourceRecord) -> SourceRecord:
    """Return the record with its content hash."""
    stamp = fingerprint.content_hash(record.nodes, record.triples)
    return SourceRecord(record.key, record.source, stamp, record.nodes, record.triples)


def describe(
    fields: Mapping[str, Any], mapping: CatalogMapping, doubts: Mapping[str, str] | None = None
) -> ProductDraft | Rejection:
    """Read the columns of a row.

    Args:
        fields: values by column.
        mapping: mapping of the columns.
        doubts: columns whose values contradict each other; see `values.Cells`.

    Returns:
        The content, or why the row cannot be written: it has no usable id or no title.
    """
    cells = values.Cells(fields, mapping.real_names, doubts)
    id_ = _id(cells, mapping)
    if isinstance(id_, Rejection):
        return id_
    title = cells.read("title", mapping.title, lambda v: _text(v, mapping), "title")
    if not title:
        found = cells.rejections[-1].detail if cells.rejections else "The row has no title."
        return Rejection(RejectionReason.MISSING, "title", found)
    if len(title) > _LONGEST_TITLE:
        detail = f"{len(title):,} characters, at most {_LONGEST_TITLE:,}."
        return Rejection(RejectionReason.TOO_LONG, "title", detail)
    node = Node(
        "Product",
        keys.product_key(mapping.source, id_),
        {"source": mapping.source, "id": id_, "listed": True, "title": title}
        | _properties(cells, mapping),
    )
    tails = [
        *_brand(cells, mapping),
        *_categories(cells, mapping, title),
        *read_attributes(cells, mapping),
        *read_option_values(cells, mapping),
        *_read_related(cells, mapping, node.key),
    ]
    unique = {(relation, tail.key): (relation, tail) for relation, tail in tails}
    return ProductDraft(
        node,
        tuple(unique.values()),
        tuple(cells.rejections),
        cells.supports,
        tuple(cells.notes),
    )


def _id(cells: values.Cells, mapping: CatalogMapping) -> str | Rejection:
    parts = []
    for column in mapping.id:
        cell = values.lookup(cells.fields, column)
        try:
            text = "" if values.is_blank(cell) else values.to_id(cell)
        except ValueError as exc:
            return Rejection(RejectionReason.WRONG_TYPE, "id", str(exc))
        if isinstance(cell, str) and keys.has_bad_text(cell):
            # Removing the character would give the id of another product.
            return Rejection(
                RejectionReason.BAD_TEXT, "id", "A NUL or half a surrogate pair in the id."
            )
        parts.append(text)
    if not any(parts):
        return Rejection(RejectionReason.MISSING, "id", f"Nothing in {', '.join(mapping.id)}.")
    if len(parts) > 1:
        return fingerprint.digest("\x1f".join(parts))
    if len(parts[0]) > keys.MAX_ID_LENGTH:
        detail = f"{len(parts[0])} characters, at most {keys.MAX_ID_LENGTH}."
        return Rejection(RejectionReason.TOO_LONG, "id", detail)
    return parts[0]


def _text(cell: Any, mapping: CatalogMapping) -> str:
    return values.to_plain(_replace_in(cell, mapping))


def _replace_in(cell: Any, mapping: CatalogMapping) -> str:
    return mapping.replace_in(values.to_text(cell))


def _properties(cells: values.Cells, mapping: CatalogMapping) -> dict[str, Any]:
    """Return every mapped property; None removes a value that the row no longer has."""
    found: dict[str, Any] = {}
    if mapping.description is not None:
        lines = [
            cells.read(
                "description", column, lambda v: values.to_paragraphs(_replace_in(v, mapping))
            )
            for column in mapping.description
        ]
        found["description"] = "\n".join(line for line in lines if line) or None
    found |= read_prices(cells, mapping)
    if mapping.gtins is not None:
        found["gtins"] = read_gtins(cells, mapping.gtins) or None
    if mapping.released is not None:
        form = mapping.released.format
        found["released"] = cells.read(
            "released", mapping.released.column, lambda v: values.to_time(v, form), "time"
        )
    plain: tuple[tuple[str, str | None, Callable[[Any], Any], values.PlaceholderKind], ...] = (
        ("url", mapping.url, _first_line, "text"),
        ("image_url", mapping.image_url, _first_line, "text"),
        ("availability", mapping.availability, availability_words, "text"),
        ("mpn", mapping.mpn, lambda v: values.to_id(_first_line(v)) or None, "name"),
        ("group", mapping.group, lambda v: values.to_id(values.to_plain(v)) or None, "name"),
        ("popularity", mapping.popularity, values.to_count, "number"),
    )
    for name, column, convert, kind in plain:
        if column is not None:
            found[name] = cells.read(name, column, convert, kind)
    return found | read_commerce(cells, mapping, found)


def _ids(cell: Any) -> list[str]:
    """Return the ids of a list, without placeholders."""
    return [id_ for text in values.to_list(cell) if (id_ := values.to_id(text))]


def _first_line(cell: Any) -> str:
    """Return the value of a cell; of a list, the first."""
    return values.to_plain(cell[0] if isinstance(cell, list) else cell)


def _brand(cells: values.Cells, mapping: CatalogMapping) -> Iterable[tuple[str, Node]]:
    for name in cells.read("brand", mapping.brand, _names, "brand") or []:
        if cells.is_missing(name, "brand"):
            continue
        if node := make_named(cells, "brand", canonical_brand, name):
            keep_proof(cells, node, "brand", name)
            yield "HAS_BRAND", node


def _names(cell: Any) -> list[str]:
    """Return the names in a cell: a text, an object with a name, or a list of these."""
    parts = cell if isinstance(cell, list) else [cell]
    named = [part.get("name") if isinstance(part, dict) else part for part in parts]
    texts = [values.to_plain(part) for part in named if not values.is_blank(part)]
    if not texts and not values.is_blank(cell):
        raise ValueError(f"{shorten(cell)} is no name.")
    return [text for text in texts if text]


def _categories(
    cells: values.Cells, mapping: CatalogMapping, title: str
) -> Iterable[tuple[str, Node]]:
    column = mapping.category
    if column is None:
        return
    paths = _paths(cells, column, column.columns) or _paths(cells, column, column.otherwise)
    paths = [[mapping.replace_in(name) for name in path] for path in paths]
    if column.drop_title:
        paths = [_without_title(path, title) for path in paths]
    if column.form == "tags":
        paths = [[name] for path in paths for name in path]
    for path in paths:
        if path and (node := make_named(cells, "category", category_node, tuple(path))):
            yield "IN_CATEGORY", node


def _paths(cells: values.Cells, column: CategoryColumns, columns: Sequence[str]) -> list[list[str]]:
    """Return the names of each category path; several columns are the levels of one path."""
    split = re.compile(column.split) if column.split else None
    between = re.compile(column.paths) if column.paths else None
    ignore = re.compile(column.ignore) if column.ignore else None
    texts = [
        cells.read("category", name, lambda v: values.to_list(v, between)) or [] for name in columns
    ]
    if (split is not None or between is not None) and len(columns) == 1:
        paths = [values.to_list(text, split) for text in texts[0]]
    else:
        paths = [[name for listed in texts for t in listed for name in values.to_list(t, split)]]
    kept = [
        [
            name
            for name in cells.drop_placeholders(path, "name")
            if name not in column.skip and not (ignore and ignore.fullmatch(name))
        ]
        for path in paths
    ]
    return [path for path in kept if path]


def _without_title(names: list[str], title: str) -> list[str]:
    """Drop names at the end that repeat the title, in full or truncated with dots."""
    whole = title.casefold()
    while names:
        last = names[-1].casefold()
        short = last.rstrip(".… ")
        if last != whole and not (short != last and whole.startswith(short)):
            break
        names = names[:-1]
    return names


@lru_cache(maxsize=65_536)
def category_node(path: tuple[str, ...]) -> Node:
    """Return the category node of a path, cached for the next row."""
    return category(path)


def _read_related(
    cells: values.Cells, mapping: CatalogMapping, own_key: str
) -> Iterable[tuple[str, Node]]:
    for relation, field in _RELATED:
        for id_ in cells.read(field, getattr(mapping, field), _ids, "name") or []:
            node = make_named(cells, field, lambda i: unlisted_product(mapping.source, i), id_)
            if node is not None and node.key != own_key:
                yield relation, node


__all__ = [
    "COLUMN",
    "CatalogFeed",
    "ProductDraft",
    "category_node",
    "describe",
    "sign",
]
