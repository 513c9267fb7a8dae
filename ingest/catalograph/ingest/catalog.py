"""Product catalogue rows: columns become properties and asserted triples."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from catalograph.ingest import fingerprint, values
from catalograph.ingest.attributes import COLUMN, keep_proof, make_named, read_attributes
from catalograph.ingest.extract import Extractor, FeedKnowledge, Learner
from catalograph.ingest.identifiers import read_gtins
from catalograph.ingest.mapping import (
    CatalogMapping,
    CategoryColumns,
    is_deleted,
)
from catalograph.ingest.money import read_prices
from catalograph.ingest.normalise import canonical_brand
from catalograph.ingest.validation import BuildResult, pass_record, tombstone
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
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class ProductDraft:
    """Content of a row's columns.

    Attributes:
        node: node of the product.
        tails: relation and tail of each distinct asserted triple, in column order.
        rejections: rejections of dropped values.
        supports: support of values that the row writes in another form, by key of the tail.
    """

    node: Node
    tails: tuple[tuple[str, Node], ...]
    rejections: tuple[Rejection, ...]
    supports: Mapping[str, SourceSupport]

    def written_names(self) -> list[tuple[str, Node]]:
        """Return the tails with the row's own spellings, which texts may use too."""
        return [
            (relation, replace(tail, properties={**tail.properties, "name": support.original}))
            if (support := self.supports.get(tail.key)) is not None
            else (relation, tail)
            for relation, tail in self.tails
        ]


class CatalogFeed:
    """Builds records of catalogue rows: first `prepare` every row, then `build` each.

    Args:
        mapping: mapping of the columns.
        learn: True lets `prepare` learn a dictionary from the rows. Without it texts are read by
            rules only, and a record depends on its own row only.
        knowledge: knowledge that was learned before, for a feed that learns nothing.
    """

    def __init__(
        self,
        mapping: CatalogMapping,
        *,
        learn: bool = True,
        knowledge: FeedKnowledge | None = None,
    ) -> None:
        self.mapping = mapping
        self.knowledge = knowledge
        self._learner = Learner() if learn else None
        self._extractor: Extractor | None = None

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
        if self._extractor is None:
            if self._learner is not None:
                self.knowledge = self._learner.finish()
            self._extractor = Extractor(self.knowledge)
        described = describe(fields, self.mapping)
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
        return BuildResult(sign(record), (*described.rejections, *refused))

    def _texts(self, node: Node) -> dict[str, str]:
        texts = {name: node.properties.get(name) for name in self.mapping.texts}
        return {name: text for name, text in texts.items() if text}


def sign(record: SourceRecord) -> SourceRecord:
    """Return the record with its content hash."""
    stamp = fingerprint.content_hash(record.nodes, record.triples)
    return SourceRecord(record.key, record.source, stamp, record.nodes, record.triples)


def describe(fields: Mapping[str, Any], mapping: CatalogMapping) -> ProductDraft | Rejection:
    """Read the columns of a row.

    Returns:
        The content, or why the row cannot be written: it has no usable id or no title.
    """
    cells = values.Cells(fields)
    id_ = _id(cells, mapping)
    if isinstance(id_, Rejection):
        return id_
    title = cells.read("title", mapping.title, lambda v: _text(v, mapping))
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
        *_read_related(cells, mapping, node.key),
    ]
    unique = {(relation, tail.key): (relation, tail) for relation, tail in tails}
    return ProductDraft(node, tuple(unique.values()), tuple(cells.rejections), cells.supports)


def _id(cells: values.Cells, mapping: CatalogMapping) -> str | Rejection:
    parts = []
    for column in mapping.id:
        cell = values.lookup(cells.fields, column)
        try:
            text = "" if values.is_blank(cell) else values.to_text(cell)
        except ValueError as exc:
            return Rejection(RejectionReason.WRONG_TYPE, "id", str(exc))
        if keys.has_bad_text(text):
            # Removing the character would give the id of another product.
            return Rejection(
                RejectionReason.BAD_TEXT, "id", "A NUL or half a surrogate pair in the id."
            )
        parts.append(keys.clean(text))
    if not any(parts):
        return Rejection(RejectionReason.MISSING, "id", f"Nothing in {', '.join(mapping.id)}.")
    if len(parts) > 1:
        return fingerprint.digest("\x1f".join(parts))
    if len(parts[0]) > keys.MAX_ID_LENGTH:
        detail = f"{len(parts[0])} characters, at most {keys.MAX_ID_LENGTH}."
        return Rejection(RejectionReason.TOO_LONG, "id", detail)
    return parts[0]


def _text(cell: Any, mapping: CatalogMapping) -> str:
    text = values.to_text(cell)
    for old, new in mapping.replace.items():
        text = text.replace(old, new)
    return values.to_plain(text)


def _properties(cells: values.Cells, mapping: CatalogMapping) -> dict[str, Any]:
    """Return every mapped property; None removes a value that the row no longer has."""
    found: dict[str, Any] = {}
    if mapping.description is not None:
        lines = [
            cells.read("description", column, lambda v: _text(v, mapping))
            for column in mapping.description
        ]
        found["description"] = "\n".join(line for line in lines if line) or None
    found |= read_prices(cells, mapping)
    if mapping.gtins is not None:
        found["gtins"] = read_gtins(cells, mapping.gtins) or None
    if mapping.released is not None:
        form = mapping.released.format
        found["released"] = cells.read(
            "released", mapping.released.column, lambda v: values.to_time(v, form)
        )
    plain: tuple[tuple[str, str | None, Callable[[Any], Any]], ...] = (
        ("url", mapping.url, _first_line),
        ("image_url", mapping.image_url, _first_line),
        ("availability", mapping.availability, _words),
        ("mpn", mapping.mpn, _first_line),
        ("group", mapping.group, values.to_plain),
        ("popularity", mapping.popularity, values.to_number),
    )
    for name, column, convert in plain:
        if column is not None:
            found[name] = cells.read(name, column, convert)
    return found


def _first_line(cell: Any) -> str:
    """Return the value of a cell; of a list, the first."""
    return values.to_plain(cell[0] if isinstance(cell, list) else cell)


def _words(cell: Any) -> str:
    """Split a state name into words: "in stock" for "in_stock" and "InStock"."""
    return _HUMP.sub(" ", values.to_plain(cell)).replace("_", " ").lower()


def _brand(cells: values.Cells, mapping: CatalogMapping) -> Iterable[tuple[str, Node]]:
    name = cells.read("brand", mapping.brand, values.to_plain)
    if name and (node := make_named(cells, "brand", canonical_brand, name)):
        keep_proof(cells, node, "brand", name)
        yield "HAS_BRAND", node


def _categories(
    cells: values.Cells, mapping: CatalogMapping, title: str
) -> Iterable[tuple[str, Node]]:
    column = mapping.category
    if column is None:
        return
    paths = _paths(cells, column, column.columns) or _paths(cells, column, column.otherwise)
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
    ignore = re.compile(column.ignore) if column.ignore else None
    texts = [cells.read("category", name, values.to_list) or [] for name in columns]
    if split is not None and len(columns) == 1:
        paths = [values.to_list(text, split) for text in texts[0]]
    else:
        paths = [[name for listed in texts for t in listed for name in values.to_list(t, split)]]
    kept = [
        [n for n in path if n not in column.skip and not (ignore and ignore.fullmatch(n))]
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
        ids: Sequence[str] = cells.read(field, getattr(mapping, field), values.to_list) or []
        for id_ in ids:
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
