"""Rows of a product catalogue: columns become properties and asserted triples."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from catalograph.errors import InvalidInputError
from catalograph.ingest import fingerprint, values
from catalograph.ingest.extract import Extractor, Learner
from catalograph.ingest.gate import Built, pass_record
from catalograph.ingest.mapping import (
    AttributeColumn,
    AttributePrefix,
    CatalogMapping,
)
from catalograph.schema import (
    ONTOLOGY,
    Node,
    Reason,
    Rejection,
    SourceRecord,
    Support,
    Triple,
    brand,
    category,
    keys,
    unlisted_product,
    value,
)

COLUMN = Support("column")
_RELATED = (
    ("ALSO_BOUGHT", "also_bought"),
    ("ALSO_VIEWED", "also_viewed"),
    ("BOUGHT_TOGETHER", "bought_together"),
)
_LONGEST_TITLE = ONTOLOGY.node("Product").by_name["title"].max_length
_PREFIX_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Described:
    """What the columns of a row say.

    Attributes:
        node: the product.
        tails: relation and tail of each asserted triple, in column order, none twice.
        rejections: values that were dropped.
    """

    node: Node
    tails: tuple[tuple[str, Node], ...]
    rejections: tuple[Rejection, ...]


class CatalogFeed:
    """Makes records of catalogue rows: `prepare` every row first, then `build` each."""

    def __init__(self, mapping: CatalogMapping) -> None:
        self.mapping = mapping
        self._learner = Learner()
        self._extractor: Extractor | None = None

    def prepare(self, fields: Mapping[str, Any]) -> str | Rejection:
        """Learn from a row; its key, or why it cannot be written."""
        described = describe(fields, self.mapping)
        if isinstance(described, Rejection):
            return described
        node = described.node
        self._learner.observe(node.key, self._texts(node), described.tails)
        return node.key

    def build(self, fields: Mapping[str, Any]) -> Built[SourceRecord]:
        """Make the record of a row: what columns assert, then what texts tell besides."""
        if self._extractor is None:
            self._extractor = Extractor(self._learner.finish())
        described = describe(fields, self.mapping)
        if isinstance(described, Rejection):
            return Built(None, (described,))
        node = described.node
        triples = [Triple(node.key, relation, tail, COLUMN) for relation, tail in described.tails]
        extracted = self._extractor.extract(self._texts(node), described.tails)
        triples += [Triple(node.key, relation, tail, by) for relation, tail, by in extracted]
        record, refused = pass_record(
            SourceRecord(
                keys.source_key(self.mapping.source, "catalog", str(node.properties["id"])),
                self.mapping.source,
                "",
                (node,),
                tuple(triples),
            )
        )
        if record is None:
            return Built(None, tuple(refused))
        return Built(signed(record), (*described.rejections, *refused))

    def _texts(self, node: Node) -> dict[str, str]:
        texts = {name: node.properties.get(name) for name in self.mapping.texts}
        return {name: text for name, text in texts.items() if text}


def signed(record: SourceRecord) -> SourceRecord:
    """The record with its content hash."""
    stamp = fingerprint.content_hash(record.nodes, record.triples)
    return SourceRecord(record.key, record.source, stamp, record.nodes, record.triples)


def describe(fields: Mapping[str, Any], mapping: CatalogMapping) -> Described | Rejection:
    """Read the columns of a row.

    Returns:
        What they say, or why the row cannot be written: it has no usable id or no title.
    """
    cells = values.Cells(fields)
    id_ = _id(cells, mapping)
    if isinstance(id_, Rejection):
        return id_
    title = cells.read("title", mapping.title, lambda v: _text(v, mapping))
    if not title:
        found = cells.rejections[-1].detail if cells.rejections else "The row has no title."
        return Rejection(Reason.MISSING, "title", found)
    if len(title) > _LONGEST_TITLE:
        detail = f"{len(title):,} characters, at most {_LONGEST_TITLE:,}."
        return Rejection(Reason.TOO_LONG, "title", detail)
    node = Node(
        "Product",
        keys.product_key(mapping.source, id_),
        {"source": mapping.source, "id": id_, "listed": True, "title": title}
        | _properties(cells, mapping),
    )
    tails = [
        *_brand(cells, mapping),
        *_categories(cells, mapping, title),
        *_attributes(cells, mapping),
        *_related(cells, mapping, node.key),
    ]
    unique = {(relation, tail.key): (relation, tail) for relation, tail in tails}
    return Described(node, tuple(unique.values()), tuple(cells.rejections))


def _id(cells: values.Cells, mapping: CatalogMapping) -> str | Rejection:
    parts = []
    for column in mapping.id:
        cell = values.lookup(cells.fields, column)
        try:
            parts.append("" if values.is_blank(cell) else keys.clean(values.to_text(cell)))
        except ValueError as exc:
            return Rejection(Reason.WRONG_TYPE, "id", str(exc))
    if not any(parts):
        return Rejection(Reason.MISSING, "id", f"Nothing in {', '.join(mapping.id)}.")
    if len(parts) > 1:
        return fingerprint.digest("\x1f".join(parts))
    if len(parts[0]) > keys.MAX_ID_LENGTH:
        detail = f"{len(parts[0])} characters, at most {keys.MAX_ID_LENGTH}."
        return Rejection(Reason.TOO_LONG, "id", detail)
    return parts[0]


def _text(cell: Any, mapping: CatalogMapping) -> str:
    text = values.to_text(cell)
    for old, new in mapping.replace.items():
        text = text.replace(old, new)
    return values.to_plain(text)


def _properties(cells: values.Cells, mapping: CatalogMapping) -> dict[str, Any]:
    """Every mapped property, None where the row has none, so that a value gone is removed."""
    found: dict[str, Any] = {}
    if mapping.description is not None:
        lines = [
            cells.read("description", column, lambda v: _text(v, mapping))
            for column in mapping.description
        ]
        found["description"] = "\n".join(line for line in lines if line) or None
    if mapping.price is not None:
        found |= _price(cells, mapping)
    if mapping.gtins is not None:
        codes = [cells.read("gtins", column, values.to_list) or [] for column in mapping.gtins]
        found["gtins"] = sorted({code for listed in codes for code in listed}) or None
    if mapping.released is not None:
        form = mapping.released.format
        found["released"] = cells.read(
            "released", mapping.released.column, lambda v: values.to_time(v, form)
        )
    plain: tuple[tuple[str, str | None, Callable[[Any], Any]], ...] = (
        ("url", mapping.url, values.to_plain),
        ("image_url", mapping.image_url, values.to_plain),
        ("popularity", mapping.popularity, values.to_number),
    )
    for name, column, convert in plain:
        if column is not None:
            found[name] = cells.read(name, column, convert)
    return found


def _price(cells: values.Cells, mapping: CatalogMapping) -> dict[str, Any]:
    column = mapping.price
    if column is None:
        return {}
    amount = cells.read("price", column.column, values.to_number)
    if amount is None:
        return {"price": None, "currency": None}
    own = cells.read("currency", column.currency_column, values.to_plain)
    return {
        "price": round(amount / column.divide_by, 6),
        "currency": own.upper() if own else mapping.currency,
    }


def _brand(cells: values.Cells, mapping: CatalogMapping) -> Iterable[tuple[str, Node]]:
    name = cells.read("brand", mapping.brand, values.to_plain)
    if name and (node := _named(cells, "brand", brand_node, name)):
        yield "HAS_BRAND", node


def _categories(
    cells: values.Cells, mapping: CatalogMapping, title: str
) -> Iterable[tuple[str, Node]]:
    column = mapping.category
    if column is None:
        return
    split = re.compile(column.split) if column.split else None
    lists = [
        cells.read("category", name, lambda v: values.to_list(v, split)) for name in column.columns
    ]
    names = [name for listed in lists for name in listed or [] if name not in column.skip]
    if column.drop_title:
        names = _without_title(names, title)
    paths = [(name,) for name in names] if column.form == "tags" else [tuple(names)]
    for path in paths:
        if path and (node := _named(cells, "category", category_node, path)):
            yield "IN_CATEGORY", node


def _without_title(names: list[str], title: str) -> list[str]:
    """Cut names off the end that repeat the title, in full or cut short by dots."""
    whole = title.casefold()
    while names:
        last = names[-1].casefold()
        short = last.rstrip(".… ")
        if last != whole and not (short != last and whole.startswith(short)):
            break
        names = names[:-1]
    return names


def _attributes(cells: values.Cells, mapping: CatalogMapping) -> Iterable[tuple[str, Node]]:
    for column in mapping.attributes:
        if isinstance(column, AttributeColumn):
            yield from _column_values(cells, column)
        else:
            yield from _prefixed_values(cells, column)


def _column_values(cells: values.Cells, column: AttributeColumn) -> Iterable[tuple[str, Node]]:
    cell = values.lookup(cells.fields, column.column)
    if values.is_blank(cell):
        return
    for text in _value_texts(cells, column.attribute, cell, column.split, column.unit):
        name = column.values.get(text, text)
        if name and (node := _value(cells, column.attribute, name, column.unit)):
            yield "HAS_VALUE", node


def _prefixed_values(cells: values.Cells, column: AttributePrefix) -> Iterable[tuple[str, Node]]:
    folder, dot, beginning = column.prefix.rpartition(".")
    inside = values.lookup(cells.fields, folder) if dot else cells.fields
    if not isinstance(inside, Mapping):
        return
    for name, cell in inside.items():
        if values.is_blank(cell) or not name.startswith(beginning):
            continue
        rest = name[len(beginning) :]
        if _excluded(rest, column.exclude):
            continue
        attribute = column.rename.get(rest) or _PREFIX_WORDS.sub(" ", rest).strip()
        unit = column.units.get(attribute)
        for text in _value_texts(cells, attribute or name, cell, column.split, unit):
            if node := _value(cells, attribute or name, text, unit):
                yield "HAS_VALUE", node


@lru_cache(maxsize=65_536)
def _excluded(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _value_texts(
    cells: values.Cells, attribute: str, cell: Any, split: str | None, unit: str | None
) -> list[str]:
    try:
        if unit is not None or (isinstance(cell, int | float) and not isinstance(cell, bool)):
            return [f"{values.to_number(cell):.10g}"]
        return values.to_list(cell, re.compile(split) if split else None)
    except ValueError as exc:
        cells.reject(attribute, str(exc))
        return []


def _value(cells: values.Cells, attribute: str, text: str, unit: str | None) -> Node | None:
    return _named(cells, attribute, value_node, (attribute, text, unit))


def _named(
    cells: values.Cells, field: str, make: Callable[[Any], Node], name: object
) -> Node | None:
    """Make a node by name; a name too long for a key, or of no visible sign, is dropped."""
    try:
        return make(name)
    except InvalidInputError as exc:
        cells.reject(field, str(exc), Reason.TOO_LONG)
        return None


@lru_cache(maxsize=65_536)
def brand_node(name: str) -> Node:
    """Brand node by name, kept for the next row of that brand."""
    return brand(name)


@lru_cache(maxsize=65_536)
def category_node(path: tuple[str, ...]) -> Node:
    """Category node by path, kept for the next row."""
    return category(path)


@lru_cache(maxsize=65_536)
def value_node(said: tuple[str, str, str | None]) -> Node:
    """Value node of attribute, text and unit; a text that is a number also has it as one."""
    attribute, text, unit = said
    number = float(text) if re.fullmatch(r"-?\d{1,15}(\.\d{1,10})?", text) else None
    name = text if unit is None else f"{text} {unit}"
    return value(attribute, name, number=number, unit=unit)


def _related(
    cells: values.Cells, mapping: CatalogMapping, own_key: str
) -> Iterable[tuple[str, Node]]:
    for relation, field in _RELATED:
        ids: Sequence[str] = cells.read(field, getattr(mapping, field), values.to_list) or []
        for id_ in ids:
            node = _named(cells, field, lambda i: unlisted_product(mapping.source, i), id_)
            if node is not None and node.key != own_key:
                yield relation, node


__all__ = [
    "COLUMN",
    "CatalogFeed",
    "Described",
    "brand_node",
    "category_node",
    "describe",
    "signed",
]
