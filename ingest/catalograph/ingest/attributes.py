"""Attribute values from columns: one column each, columns of one form, or pairs in a cell."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache, partial
from typing import Any

from catalograph.errors import InvalidInputError
from catalograph.ingest import values
from catalograph.ingest.mapping import (
    CatalogMapping,
)
from catalograph.ingest.mapping_columns import (
    AttributeColumn,
    AttributePairs,
    AttributePrefix,
    NumberedAttributes,
)
from catalograph.ingest.normalise import canonical_value, normalise, with_proof
from catalograph.log import shorten
from catalograph.schema import Node, RejectionReason, SourceSupport, keys

COLUMN = SourceSupport("column")
_PREFIX_WORDS = re.compile(r"[\W_]+")
_UNIT_AFTER = re.compile(r"\d\s?([^\W\d_]+|['\"″′])\.?\s*\Z")
_NEXT_PAIR = re.compile(r",(?=[^,:]*:[^,:]*:)")


@dataclass(frozen=True, slots=True)
class _NumberForm:
    """Unit of a numeric column, and its decimal sign if that is known."""

    unit: str | None = None
    decimal: values.DecimalSign | None = None


class AttributeReader:
    """Reads the attribute values of rows by one mapping.

    Args:
        mapping: mapping of the columns.
    """

    def __init__(self, mapping: CatalogMapping) -> None:
        self._mapping = mapping
        self._splits = [
            re.compile(split) if (split := getattr(column, "split", None)) else None
            for column in mapping.attributes
        ]

    def read(self, cells: values.Cells) -> Iterator[tuple[str, Node]]:
        """Yield relation and tail of each attribute value of a row, in column order."""
        for place, column in enumerate(self._mapping.attributes):
            if isinstance(column, AttributeColumn):
                yield from self._read_column(cells, place, column)
            elif isinstance(column, AttributePairs):
                yield from self._read_pairs(cells, place, column)
            elif isinstance(column, NumberedAttributes):
                yield from self._read_numbered(cells, place, column)
            else:
                yield from self._read_prefix(cells, place, column)

    def _read_column(
        self, cells: values.Cells, place: int, column: AttributeColumn
    ) -> Sequence[tuple[str, Node]]:
        cell = values.lookup(cells.fields, column.column)
        if values.is_blank(cell):
            return ()
        unit = column.unit or _unit_beside(cells, column.unit_column)

        def read(own: values.Cells) -> Iterator[tuple[str, Node]]:
            if own.is_doubtful(column.attribute, column.column, cell, "number"):
                return
            number = _NumberForm(unit, column.decimal or self._mapping.decimal)
            for text in _value_texts(own, column.attribute, cell, self._splits[place], number):
                name = column.values.get(text, text)
                if name and (node := _value(own, column.attribute, name, unit)):
                    yield "HAS_VALUE", node

        return cells.recall(place, (cell, unit), read)

    def _read_prefix(
        self, cells: values.Cells, place: int, column: AttributePrefix
    ) -> Iterator[tuple[str, Node]]:
        for attribute, cell, unit in prefixed_cells(cells.fields, column, self._mapping):
            read = partial(self._read_prefixed, place, column, attribute, cell, unit)
            yield from cells.recall((place, attribute), (cell, unit), read)

    def _read_prefixed(
        self,
        place: int,
        column: AttributePrefix,
        attribute: str,
        cell: Any,
        unit: str | None,
        cells: values.Cells,
    ) -> Iterator[tuple[str, Node]]:
        if unit and cells.is_doubtful(attribute, column.prefix, cell, "number"):
            return
        number = _NumberForm(unit, column.decimal or self._mapping.decimal)
        for text in _value_texts(cells, attribute, cell, self._splits[place], number):
            if node := _value(cells, attribute, text, unit):
                yield "HAS_VALUE", node

    def _read_pairs(
        self, cells: values.Cells, place: int, column: AttributePairs
    ) -> Iterator[tuple[str, Node]]:
        for attribute, cell, unit in _pairs(values.lookup(cells.fields, column.pairs), column):
            if values.is_missing(attribute, "name") or values.is_blank(cell):
                continue
            cells.note_bad_text("attributes", attribute)
            name = values.to_plain(str(attribute)).lower()
            if not name:
                detail = f"'{shorten(attribute)}' has no visible sign for a name."
                cells.reject("attributes", detail)
                continue
            read = partial(_read_paired, name, cell, unit)
            yield from cells.recall((place, name), (cell, unit), read)

    def _read_numbered(
        self, cells: values.Cells, place: int, column: NumberedAttributes
    ) -> Iterator[tuple[str, Node]]:
        pairs = _numbered_columns(column.name_column, column.value_column, tuple(cells.fields))
        for name_column, value_column in pairs:
            attribute, cell = cells.fields[name_column], cells.fields[value_column]
            if values.is_blank(attribute) or values.is_blank(cell):
                continue
            cells.note_bad_text("attributes", attribute)
            name = values.to_plain(str(attribute)).lower()
            name = column.rename.get(name, name)
            if name:
                read = partial(self._read_numbered_value, place, column, name, cell)
                yield from cells.recall((place, name), (cell,), read)

    def _read_numbered_value(
        self, place: int, column: NumberedAttributes, name: str, cell: Any, cells: values.Cells
    ) -> Iterator[tuple[str, Node]]:
        for text in _value_texts(cells, name, cell, self._splits[place], _NumberForm()):
            value = column.values.get(text, text)
            value = value and self._mapping.replace_in(value)
            if value and (node := _value(cells, name, value, None)):
                yield "HAS_VALUE", node


def _read_paired(
    name: str, cell: Any, unit: str | None, cells: values.Cells
) -> Iterator[tuple[str, Node]]:
    for text in _value_texts(cells, name, cell, None, _NumberForm()):
        if node := _value(cells, name, text, unit):
            yield "HAS_VALUE", node


def _unit_beside(cells: values.Cells, column: str | None) -> str | None:
    """Return the unit in a column, for a number in another; None if it is blank."""
    cell = None if column is None else values.lookup(cells.fields, column)
    return None if values.is_blank(cell) else values.to_plain(cell)


def prefixed_cells(
    fields: Mapping[str, Any], column: AttributePrefix, mapping: CatalogMapping
) -> Iterator[tuple[str, Any, str | None]]:
    """Yield attribute, cell and unit of the columns with a common prefix, blank ones left out."""
    folder, dot, beginning = column.prefix.rpartition(".")
    inside = values.lookup(fields, folder) if dot else fields
    if not isinstance(inside, Mapping):
        return
    for name, cell in inside.items():
        if values.is_blank(cell) or not name.startswith(beginning):
            continue
        if not column.prefix and name not in mapping.unnamed:
            continue
        rest = name[len(beginning) :]
        if _is_excluded(rest, column.exclude) or (
            column.unit_suffix and rest.endswith(column.unit_suffix)
        ):
            continue
        attribute = column.rename.get(rest) or _words_of(rest)
        beside = f"{name}{column.unit_suffix}" if column.unit_suffix else ""
        unit = column.units.get(attribute) or (
            None if values.is_blank(inside.get(beside)) else str(inside[beside])
        )
        yield attribute or name, cell, unit


def _pairs(cell: Any, column: AttributePairs) -> Iterator[tuple[Any, Any, str | None]]:
    """Yield attribute, value and unit of each pair in a cell."""
    for part in cell if isinstance(cell, list) else [cell]:
        if isinstance(part, Mapping):
            unit = part.get(column.unit) if column.unit else None
            yield part.get(column.name), part.get(column.value), str(unit) if unit else None
        elif isinstance(part, str):
            for pair in _NEXT_PAIR.split(part):
                _, _, rest = pair.rpartition(":")[0].rpartition(":")
                yield rest, pair.rpartition(":")[2], None


@lru_cache(maxsize=1_024)
def _numbered_columns(
    name_column: str, value_column: str, columns: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """Return the pairs of name and value column that a row has, in the order of the numbers."""
    before, after = map(re.escape, name_column.split("{n}"))
    pattern = re.compile(f"{before}([0-9]+){after}")
    numbers = sorted({int(m[1]) for name in columns if (m := pattern.fullmatch(name))})
    pairs = [
        (name_column.replace("{n}", str(n)), value_column.replace("{n}", str(n))) for n in numbers
    ]
    return tuple(pair for pair in pairs if set(pair) <= set(columns))


@lru_cache(maxsize=65_536)
def _words_of(name: str) -> str:
    return _PREFIX_WORDS.sub(" ", name).strip()


@lru_cache(maxsize=65_536)
def _is_excluded(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _value_texts(
    cells: values.Cells,
    attribute: str,
    cell: Any,
    split: re.Pattern[str] | None,
    number: _NumberForm,
) -> list[str]:
    """Return the texts of an attribute's cell; placeholders such as "N/A" are no values."""
    cells.note_bad_text(attribute, cell)
    try:
        if number.unit is None and not _is_number(cell):
            texts = values.to_list(cell, split)
            return cells.drop_placeholders(texts, "value")
        if cells.is_missing(cell, "value"):
            return []
        read = f"{values.to_number(cell, number.decimal, unit=number.unit):.10g}"
        other = _other_unit(attribute, cell, number.unit)
        return [f"{read} {other}" if other else read]
    except ValueError as exc:
        cells.reject(attribute, str(exc))
        return []


def _other_unit(attribute: str, cell: Any, unit: str | None) -> str | None:
    """Return the unit that a cell writes if it is another than that of its column."""
    match = _UNIT_AFTER.search(cell) if unit is not None and isinstance(cell, str) else None
    if match is None or keys.normalise(match[1]) == keys.normalise(unit or ""):
        return None
    return match[1] if normalise(attribute, f"1 {match[1]}").unit is not None else None


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _value(cells: values.Cells, attribute: str, text: str, unit: str | None) -> Node | None:
    own = unit is None or _UNIT_AFTER.search(text)
    written = text if own else f"{text} {unit}"
    node = make_named(cells, attribute, lambda name: canonical_value(attribute, name), written)
    if node is not None:
        keep_proof(cells, node, attribute, written)
    return node


def keep_proof(cells: values.Cells, node: Node, attribute: str, written: str) -> None:
    """Keep the row's own spelling of a value that has another canonical form."""
    support = with_proof(COLUMN, attribute, written)
    if support is not COLUMN:
        cells.supports.setdefault(node.key, support)


def make_named(
    cells: values.Cells, field: str, make: Callable[[Any], Node], name: object
) -> Node | None:
    """Make a node by name; drop a name too long for a key or without a visible character."""
    try:
        return make(name)
    except InvalidInputError as exc:
        cells.reject(field, str(exc), RejectionReason.TOO_LONG)
        return None
