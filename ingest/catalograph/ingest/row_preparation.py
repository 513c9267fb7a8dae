"""Preparation of rows by the rules of a mapping, before their columns are read.

A feed's row becomes no row (left out), one, or several (one for each element of a list). What a
prepared row holds is enough to prepare it again: a row kept in quarantine gives the same record.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from catalograph.ingest import values
from catalograph.ingest.column_choice import AliasFinder, ColumnChooser, render, set_cell
from catalograph.ingest.mapping import EventMapping
from catalograph.ingest.mapping import Mapping as FeedMapping
from catalograph.ingest.readers import FeedFile, FeedRow
from catalograph.ingest.row_conditions import meets, to_word
from catalograph.ingest.row_inheritance import Inheritor
from catalograph.ingest.row_rules import ELEMENT, KeyValues, RowCondition
from catalograph.log import shorten
from catalograph.schema import Rejection, RejectionReason


@dataclass(frozen=True, slots=True)
class PreparedRow(FeedRow):
    """A row in the form that a feed reads; number, text and note are those of the feed's row.

    Attributes:
        element: place in the list that `each` names, from 0; None if the row is no element.
        rejections: values that the file holds and no row can, and cells that could not be prepared.
        file: name of the row's file, if the feed consists of several.
    """

    element: int | None = None
    file: str | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        # The way of frozen classes with slots asks for each field by name, twice.
        said = (self.number, self.fields, self.raw, self.note, self.rejections)
        return type(self), (*said, self.element, self.file)

    @property
    def place(self) -> str:
        """Place in the feed: the row's number, and that of the element after a dot."""
        place = str(self.number) if self.element is None else f"{self.number}.{self.element}"
        return place if self.file is None else f"{self.file}:{place}"


class RowPreparer:
    """Prepares the rows of one feed in their order.

    With `reads_ahead`, `learn` every row of the feed first. Call `restart` before each pass.

    Args:
        mapping: mapping of the feed.
    """

    def __init__(self, mapping: FeedMapping) -> None:
        self._mapping = mapping
        self._aliases = AliasFinder(mapping.aliases)
        self._chooser = ColumnChooser(mapping)
        self._inheritor = None if mapping.inherit is None else Inheritor(mapping.inherit)
        self._tables = {
            column: {to_word(word): other for word, other in table.items()}
            for column, table in mapping.translate.items()
        }
        self._where = (*mapping.where, *_skipped_events(mapping))
        self._keeps_all = not (
            mapping.aliases
            or mapping.inherit
            or mapping.key_values
            or mapping.each
            or mapping.lists
            or mapping.translate
            or mapping.derive
            or self._where
            or self._chooser.patterns
        )

    @property
    def reads_ahead(self) -> bool:
        """Whether rows take cells of rows below them, so that `learn` must see all rows first."""
        return self._inheritor is not None and self._inheritor.reads_ahead

    def learn(self, row: FeedRow) -> None:
        """Remember what other rows may take from a row."""
        if self._inheritor is not None and not isinstance(row.fields, Rejection):
            self._inheritor.learn(self._aliases.complete(row.fields))

    def restart(self) -> None:
        """Begin a pass at the first row of the feed."""
        if self._inheritor is not None:
            self._inheritor.restart()

    def prepare(self, row: FeedRow) -> list[PreparedRow | None]:
        """Return the rows that a row becomes, in order; None stands for one that is left out."""
        if isinstance(row.fields, Rejection) or self._keeps_all:
            return [PreparedRow(row.number, row.fields, row.raw, row.note, row.rejections)]
        rejections = list(row.rejections)
        fields = self._aliases.complete(row.fields)
        if self._inheritor is not None:
            self._inheritor.fill(fields)
        for rule in self._mapping.key_values:
            if all(meets(fields, condition) for condition in rule.where):
                _unpack(fields, rule, rejections)
        whole = PreparedRow(row.number, fields, row.raw, row.note, tuple(rejections))
        return [self._finish(part) for part in _elements(whole, self._mapping.each)]

    def _finish(self, row: PreparedRow) -> PreparedRow | None:
        fields = dict(row.fields) if isinstance(row.fields, Mapping) else {}
        self._change_cells(fields)
        self._chooser.choose(fields)
        for name, sources in self._mapping.derive.items():
            cells = (render(source, fields) for source in sources)
            cell = next((cell for cell in cells if not values.is_blank(cell)), None)
            if cell is not None:
                fields[name] = cell
        if not all(meets(fields, condition) for condition in self._where):
            return None
        return replace(row, fields=fields)

    def _change_cells(self, fields: dict[str, Any]) -> None:
        """Cut texts into lists and translate values."""
        for column, pattern in self._mapping.lists.items():
            cell = values.lookup(fields, column)
            if isinstance(cell, str):
                set_cell(fields, column, values.to_list(cell, re.compile(pattern)))
        for column, table in self._tables.items():
            cell = values.lookup(fields, column)
            if not values.is_blank(cell) and (word := to_word(cell)) in table:
                set_cell(fields, column, table[word])


def _skipped_events(mapping: FeedMapping) -> Sequence[RowCondition]:
    """Return the condition that leaves events of no interest out."""
    if not isinstance(mapping, EventMapping) or not mapping.event.column or not mapping.event.skip:
        return ()
    return (RowCondition(column=mapping.event.column, not_values=mapping.event.skip),)


def prepare_rows(file: FeedFile, mapping: FeedMapping) -> Iterator[PreparedRow | None]:
    """Yield the prepared rows of a file in order; None for each that the mapping leaves out."""
    preparer = RowPreparer(mapping)
    if preparer.reads_ahead:
        for row in file.rows():
            preparer.learn(row)
    preparer.restart()
    for row in file.rows():
        yield from preparer.prepare(row)


def _elements(row: PreparedRow, path: str | None) -> Iterator[PreparedRow]:
    """Yield a row for each element of the list at a path; a row without a list stays as it is."""
    fields = row.fields
    listed = None if path is None or isinstance(fields, Rejection) else values.lookup(fields, path)
    if isinstance(listed, str) and listed.lstrip().startswith(("[", "{")):
        listed = _parse(listed)
    if path is None or not isinstance(listed, list | dict) or not listed:
        yield row
        return
    for n, element in enumerate(listed if isinstance(listed, list) else [listed]):
        # A row prepared before keeps the place that its element had.
        place = n if isinstance(listed, list) else int(fields.get(ELEMENT) or 0)  # type: ignore[union-attr]
        one = dict(fields)  # type: ignore[arg-type]
        set_cell(one, path, element)
        one[ELEMENT] = place
        found = replace(row, fields=one, element=place)
        yield found if n == 0 else replace(found, note="", rejections=())


def _unpack(fields: dict[str, Any], rule: KeyValues, rejections: list[Rejection]) -> None:
    """Replace a cell of keys and values by an object, or keep a rejection that says why not."""
    cell = values.lookup(fields, rule.column)
    if values.is_blank(cell) or (isinstance(cell, Mapping) and rule.key is None):
        return
    found = None
    if rule.split is not None and rule.between is not None:
        found = _split_pairs(cell, rule.split, rule.between) if isinstance(cell, str) else None
    else:
        listed = _parse(cell) if isinstance(cell, str) else cell
        if rule.key is not None and rule.value is not None:
            found = _collect_pairs(listed, rule.key, rule.value)
        elif isinstance(listed, Mapping):
            found = dict(listed)
    if found is not None:
        set_cell(fields, rule.column, found)
    elif not isinstance(cell, Mapping):
        detail = f"'{shorten(cell)}' holds no keys and values of the form that the mapping names."
        rejections.append(Rejection(RejectionReason.WRONG_TYPE, rule.column, detail, "value"))


def _split_pairs(text: str, split: str, between: str) -> dict[str, Any] | None:
    """Return the pairs of a text; a part without a key belongs to the value before it."""
    found: dict[str, Any] = {}
    parts: list[tuple[str, str]] = []
    start = 0
    ends = [(m.start(), m.end()) for m in re.finditer(split, text)] + [(len(text), len(text))]
    divider = re.compile(between)
    for begin, end in ends:
        match = divider.search(text, start, begin)
        if match is not None and text[start : match.start()].strip():
            parts.append(
                (text[start : match.start()].strip().strip('"'), text[match.end() : begin])
            )
        elif parts and text[start:begin].strip():
            key, value = parts[-1]
            parts[-1] = (key, value + text[start - _gap(ends, start) : begin])
        start = end
    for key, value in parts:
        _put(found, key, value.strip().strip('"'))
    return found or None


def _gap(ends: list[tuple[int, int]], start: int) -> int:
    """Return the length of the separator that ends at a place."""
    return next((end - begin for begin, end in ends if end == start), 0)


def _collect_pairs(listed: Any, key: str, value: str) -> dict[str, Any] | None:
    """Return the pairs of a list of objects; of an object already, the object."""
    if isinstance(listed, Mapping):
        return dict(listed)
    if not isinstance(listed, list):
        return None
    found: dict[str, Any] = {}
    for part in listed:
        if isinstance(part, Mapping) and not values.is_blank(name := values.lookup(part, key)):
            _put(found, str(name), _unwrap(values.lookup(part, value)))
    return found


def _put(found: dict[str, Any], key: str, value: Any) -> None:
    """Set a key; a key that occurs again gets a list."""
    if key not in found:
        found[key] = value
    elif isinstance(found[key], list):
        found[key].append(value)
    else:
        found[key] = [found[key], value]


def _unwrap(value: Any) -> Any:
    """Return the value that is set of an object such as {"string_value": "x"}."""
    if isinstance(value, Mapping) and any(str(name).endswith("_value") for name in value):
        return next(
            (v for name, v in value.items() if str(name).endswith("_value") and v is not None), None
        )
    return value


def _parse(text: str) -> Any:
    """Return the value of a JSON text or a Python literal; None if it is neither."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
