"""Columns of a catalogue's row: properties of its product, and the tails that they assert."""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

from catalograph.ingest import fingerprint, values
from catalograph.ingest.attributes import AttributeReader, keep_proof, make_named
from catalograph.ingest.availability import availability_words
from catalograph.ingest.commerce import read_commerce, read_option_values
from catalograph.ingest.identifiers import read_gtins
from catalograph.ingest.mapping import CatalogMapping
from catalograph.ingest.mapping_columns import CategoryColumns
from catalograph.ingest.money import read_prices
from catalograph.ingest.normalise import canonical_brand
from catalograph.log import shorten
from catalograph.schema import (
    ONTOLOGY,
    Node,
    Rejection,
    RejectionReason,
    SourceSupport,
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


@dataclass(frozen=True, slots=True)
class _Identified:
    """A row with an id and a title."""

    cells: values.Cells
    id_: str
    title: str


class ProductReader:
    """Reads the columns of rows by one mapping, and remembers what values of earlier rows mean.

    Args:
        mapping: mapping of the columns.
        doubts: columns whose values contradict each other; see `values.Cells`.
    """

    def __init__(self, mapping: CatalogMapping, doubts: Mapping[str, str] | None = None) -> None:
        self._mapping = mapping
        self._doubts = doubts
        self._recalls: dict[Hashable, values.Recall] = {}
        self._attributes = AttributeReader(mapping)
        column = mapping.category
        self._category_columns: tuple[str, ...] = (
            () if column is None else (*column.columns, *column.otherwise)
        )
        self._related = [
            (relation, field, column)
            for relation, field in _RELATED
            if (column := getattr(mapping, field)) is not None
        ]

    def read(self, fields: Mapping[str, Any]) -> "ProductDraft | Rejection":
        """Return the content of a row, or why it cannot be written: no usable id or no title."""
        row = self._identify(fields)
        if isinstance(row, Rejection):
            return row
        cells, mapping = row.cells, self._mapping
        node = Node(
            "Product",
            keys.product_key(mapping.source, row.id_),
            {"source": mapping.source, "id": row.id_, "listed": True, "title": row.title}
            | _properties(cells, mapping),
        )
        tails = [*self._read_tails(row), *self._read_related(cells, node.key)]
        return _draft(node, tails, cells)

    def read_outline(self, fields: Mapping[str, Any]) -> "ProductDraft | Rejection":
        """Return what a first pass learns from: texts, brands, categories and attribute values.

        The draft has no other properties than id, title and description, and no related products.
        """
        row = self._identify(fields)
        if isinstance(row, Rejection):
            return row
        cells, mapping = row.cells, self._mapping
        found = {"id": row.id_, "title": row.title}
        if "description" in mapping.texts:
            found |= _description(cells, mapping)
        node = Node("Product", keys.product_key(mapping.source, row.id_), found)
        return _draft(node, [*self._read_tails(row)], cells)

    def read_id(self, fields: Mapping[str, Any]) -> str | Rejection:
        """Return the id of a row's product, or why it has none."""
        return _id(values.Cells(fields), self._mapping)

    def _identify(self, fields: Mapping[str, Any]) -> _Identified | Rejection:
        mapping = self._mapping
        cells = values.Cells(fields, mapping.real_names, self._doubts, self._recalls)
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
        return _Identified(cells, id_, title)

    def _read_tails(self, row: _Identified) -> Iterator[tuple[str, Node]]:
        """Yield relation and tail of each brand, category and attribute value."""
        cells, mapping = row.cells, self._mapping
        fields = cells.fields
        if mapping.brand is not None:
            cell = values.lookup(fields, mapping.brand)
            yield from cells.recall("brand", (cell,), partial(_brand, mapping=mapping))
        if mapping.category is not None:
            read = partial(_categories, mapping=mapping, title=row.title)
            if mapping.category.drop_title:
                yield from read(cells)
            else:
                levels = [values.lookup(fields, name) for name in self._category_columns]
                yield from cells.recall("category", levels, read)
        yield from self._attributes.read(cells)
        if mapping.options:
            yield from read_option_values(cells, mapping)

    def _read_related(self, cells: values.Cells, own_key: str) -> Iterator[tuple[str, Node]]:
        make = partial(unlisted_product, self._mapping.source)
        for relation, field, column in self._related:
            for id_ in cells.read(field, column, _ids, "name") or []:
                node = make_named(cells, field, make, id_)
                if node is not None and node.key != own_key:
                    yield relation, node


def _draft(node: Node, tails: Iterable[tuple[str, Node]], cells: values.Cells) -> ProductDraft:
    unique = {(relation, tail.key): (relation, tail) for relation, tail in tails}
    return ProductDraft(
        node,
        tuple(unique.values()),
        tuple(cells.rejections),
        cells.supports,
        tuple(cells.notes),
    )


def describe(
    fields: Mapping[str, Any], mapping: CatalogMapping, doubts: Mapping[str, str] | None = None
) -> ProductDraft | Rejection:
    """Read the columns of one row; see `ProductReader`, which many rows are read by.

    Args:
        fields: values by column.
        mapping: mapping of the columns.
        doubts: columns whose values contradict each other; see `values.Cells`.

    Returns:
        The content, or why the row cannot be written: it has no usable id or no title.
    """
    return ProductReader(mapping, doubts).read(fields)


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


def _description(cells: values.Cells, mapping: CatalogMapping) -> dict[str, Any]:
    if mapping.description is None:
        return {}
    lines = [
        cells.read("description", column, lambda v: values.to_paragraphs(_replace_in(v, mapping)))
        for column in mapping.description
    ]
    return {"description": "\n".join(line for line in lines if line) or None}


def _properties(cells: values.Cells, mapping: CatalogMapping) -> dict[str, Any]:
    """Return every mapped property; None removes a value that the row no longer has."""
    found = _description(cells, mapping)
    found |= read_prices(cells, mapping)
    if mapping.gtins is not None:
        found["gtins"] = read_gtins(cells, mapping.gtins) or None
    if mapping.released is not None:
        form = mapping.released.format
        found["released"] = cells.read(
            "released", mapping.released.column, lambda v: values.to_time(v, form), "time"
        )
    for name, convert, kind in _PLAIN:
        column = getattr(mapping, name)
        if column is not None:
            found[name] = cells.read(name, column, convert, kind)
    return found | read_commerce(cells, mapping, found)


def _first_id(cell: Any) -> str | None:
    return values.to_id(_first_line(cell)) or None


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


_PLAIN: tuple[tuple[str, Callable[[Any], Any], values.PlaceholderKind], ...] = (
    ("url", _first_line, "text"),
    ("image_url", _first_line, "text"),
    ("availability", availability_words, "text"),
    ("mpn", _first_id, "name"),
    ("group", lambda cell: values.to_id(values.to_plain(cell)) or None, "name"),
    ("popularity", values.to_count, "number"),
)
"""Properties that are read as they stand, with the function that converts a cell."""
