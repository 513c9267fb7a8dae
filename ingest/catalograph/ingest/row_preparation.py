"""Preparation of rows by the rules of a mapping, before their columns are read.

A feed's row becomes no row (left out), one, or several (one for each element of a list). What a
prepared row holds is enough to prepare it again: a row kept in quarantine gives the same record.
"""

import ast
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

import orjson

from catalograph.ingest import values
from catalograph.ingest.column_choice import ColumnChooser, render
from catalograph.ingest.mapping import EventMapping
from catalograph.ingest.mapping import Mapping as FeedMapping
from catalograph.ingest.readers import FeedFile, FeedRow
from catalograph.ingest.row_rules import ELEMENT, Inheritance, KeyValues, RowCondition
from catalograph.log import shorten
from catalograph.schema import Rejection, RejectionReason


@dataclass(frozen=True, slots=True)
class PreparedRow(FeedRow):
    """A row in the form that a feed reads; number, text and note are those of the feed's row.

    Attributes:
        element: place in the list that `each` names, from 0; None if the row is no element.
        rejections: rejections of cells that could not be prepared.
    """

    element: int | None = None
    rejections: tuple[Rejection, ...] = ()

    @property
    def place(self) -> str:
        """Place in the feed: the row's number, and that of the element after a dot."""
        return str(self.number) if self.element is None else f"{self.number}.{self.element}"


class RowPreparer:
    """Prepares the rows of one feed in their order.

    With `needs_parents`, `learn` every row of the feed first. Call `restart` before each pass.

    Args:
        mapping: mapping of the feed.
    """

    def __init__(self, mapping: FeedMapping) -> None:
        self._mapping = mapping
        self._chooser = ColumnChooser(mapping)
        self._inheritor = None if mapping.inherit is None else _Inheritor(mapping.inherit)
        self._skip = ()
        if isinstance(mapping, EventMapping) and mapping.event.skip:
            self._skip = mapping.event.skip
        self._keeps_all = not (
            mapping.inherit
            or mapping.key_values
            or mapping.each
            or mapping.derive
            or mapping.where
            or self._skip
            or self._chooser.patterns
        )

    @property
    def needs_parents(self) -> bool:
        """Whether rows inherit from rows that may stand anywhere in the feed."""
        return self._inheritor is not None and self._inheritor.needs_parents

    def learn(self, row: FeedRow) -> None:
        """Remember a row as a possible parent of others."""
        if self._inheritor is not None and not isinstance(row.fields, Rejection):
            self._inheritor.learn(row.fields)

    def restart(self) -> None:
        """Begin a pass at the first row of the feed."""
        if self._inheritor is not None:
            self._inheritor.restart()

    def prepare(self, row: FeedRow) -> list[PreparedRow | None]:
        """Return the rows that a row becomes, in order; None stands for one that is left out."""
        if isinstance(row.fields, Rejection) or self._keeps_all:
            return [PreparedRow(row.number, row.fields, row.raw, row.note)]
        rejections: list[Rejection] = []
        fields = dict(row.fields)
        if self._inheritor is not None:
            self._inheritor.fill(fields)
        for rule in self._mapping.key_values:
            _unpack(fields, rule, rejections)
        whole = PreparedRow(row.number, fields, row.raw, row.note, None, tuple(rejections))
        return [self._finish(part) for part in _elements(whole, self._mapping.each)]

    def _finish(self, row: PreparedRow) -> PreparedRow | None:
        fields = dict(row.fields) if isinstance(row.fields, Mapping) else {}
        self._chooser.choose(fields)
        for name, sources in self._mapping.derive.items():
            for source in sources:
                cell = render(source, fields)
                if not values.is_blank(cell):
                    fields[name] = cell
                    break
        if not all(meets(fields, condition) for condition in self._mapping.where):
            return None
        if self._skip and isinstance(self._mapping, EventMapping) and self._mapping.event.column:
            kind = values.lookup(fields, self._mapping.event.column)
            if not values.is_blank(kind) and _matches(kind, self._skip):
                return None
        return replace(row, fields=fields)


def prepare_rows(file: FeedFile, mapping: FeedMapping) -> Iterator[PreparedRow | None]:
    """Yield the prepared rows of a file in order; None for each that the mapping leaves out."""
    preparer = RowPreparer(mapping)
    if preparer.needs_parents:
        for row in file.rows():
            preparer.learn(row)
    for row in file.rows():
        yield from preparer.prepare(row)


def meets(fields: Mapping[str, Any], condition: RowCondition) -> bool:
    """Return whether a row meets a condition; of a list, one element must match."""
    cell = values.lookup(fields, condition.column)
    if condition.blank is not None:
        return values.is_blank(cell) is condition.blank
    cells = [] if values.is_blank(cell) else cell if isinstance(cell, list) else [cell]
    if condition.values is not None:
        return any(_matches(one, condition.values) for one in cells)
    return not any(_matches(one, condition.not_values or ()) for one in cells)


def _matches(cell: Any, patterns: Sequence[str]) -> bool:
    return _is_match(_word(cell), tuple(patterns))


def _word(cell: Any) -> str:
    """Return a cell as the word that a condition names: "true", "1" for 1.0."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip().casefold()


@lru_cache(maxsize=4_096)
def _is_match(word: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(word, pattern.strip().casefold()) for pattern in patterns)


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
        _set(one, path, element)
        one[ELEMENT] = place
        first = {} if n == 0 else {"note": "", "rejections": ()}
        yield replace(row, fields=one, element=place, **first)


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
        _set(fields, rule.column, found)
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
        elif parts:
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
            _put(found, str(name), _untyped(values.lookup(part, value)))
    return found


def _put(found: dict[str, Any], key: str, value: Any) -> None:
    """Set a key; a key that occurs again gets a list."""
    if key not in found:
        found[key] = value
    elif isinstance(found[key], list):
        found[key].append(value)
    else:
        found[key] = [found[key], value]


def _untyped(value: Any) -> Any:
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


def _set(fields: dict[str, Any], path: str, value: Any) -> None:
    """Set the value at a column or dotted path, and copy the objects on the way."""
    if path in fields or "." not in path:
        fields[path] = value
        return
    current: Any = fields
    *folders, last = path.split(".")
    for folder in folders:
        inner = current.get(folder)
        copied = dict(inner) if isinstance(inner, Mapping) else {}
        current[folder] = copied
        current = copied
    current[last] = value


class _Inheritor:
    """Fills blank cells of rows from other rows.

    The rows to inherit from are kept in a temporary database, so that memory does not grow with
    the feed.
    """

    def __init__(self, rule: Inheritance) -> None:
        self._rule = rule
        self._rows = _RowStore()
        self._last: tuple[str, dict[str, Any]] | None = None

    @property
    def needs_parents(self) -> bool:
        return bool(self._rule.parent)

    def learn(self, fields: Mapping[str, Any]) -> None:
        """Remember the row under each of its names."""
        names = [text for name in self._rule.parent if (text := _key(render(name, fields)))]
        kept = self._inherited(fields) | ({self._rule.key: names[0]} if names else {})
        for name in names:
            self._rows.add(name, kept)

    def restart(self) -> None:
        if not self.needs_parents:
            self._rows.clear()
        self._last = None

    def fill(self, fields: dict[str, Any]) -> None:
        """Fill the blank cells of a row; without `parent`, remember the first row of a key."""
        key = _key(values.lookup(fields, self._rule.key))
        if not key:
            return
        if self._last is None or self._last[0] != key:
            above = self._rows.find(key)
            if above is None and not self.needs_parents:
                above = self._inherited(fields)
                self._rows.add(key, above)
            self._last = (key, above or {})
        for column, value in self._last[1].items():
            if column == self._rule.key or values.is_blank(values.lookup(fields, column)):
                _set(fields, column, value)

    def _inherited(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        cells = {column: values.lookup(fields, column) for column in self._rule.columns}
        return {column: cell for column, cell in cells.items() if not values.is_blank(cell)}


def _key(cell: Any) -> str:
    return "" if values.is_blank(cell) or isinstance(cell, list | dict) else _word(cell)


class _RowStore:
    """Cells by key in a temporary database, which SQLite deletes when it is closed."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        # Nothing has to survive, so nothing has to be synchronised or undone.
        for setting in ("journal_mode = OFF", "synchronous = OFF"):
            self._database.execute(f"PRAGMA {setting}")
        self._database.execute("CREATE TABLE cell (key TEXT PRIMARY KEY, cells TEXT) WITHOUT ROWID")

    def add(self, key: str, cells: Mapping[str, Any]) -> None:
        """Store the cells of a key, unless it has some."""
        # Not orjson: it refuses large integers and lone surrogates, which a row may hold.
        text = json.dumps(cells, default=str)
        self._database.execute("INSERT OR IGNORE INTO cell VALUES (?, ?)", (key, text))

    def find(self, key: str) -> dict[str, Any] | None:
        """Return the cells of a key; None if it has none."""
        row = self._database.execute("SELECT cells FROM cell WHERE key = ?", (key,)).fetchone()
        return None if row is None else dict(json.loads(row[0]))

    def clear(self) -> None:
        """Remove all cells."""
        self._database.execute("DELETE FROM cell")
