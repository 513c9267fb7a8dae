"""Cells that rows take from other rows, kept outside memory."""

import json
import re
import sqlite3
import weakref
from collections.abc import Mapping
from typing import Any

from catalograph.ingest import values
from catalograph.ingest.column_choice import render, set_cell
from catalograph.ingest.row_conditions import meets, to_word
from catalograph.ingest.row_rules import Inheritance


class Inheritor:
    """Gives rows the cells of other rows of the same product, in the order of the feed.

    The rows to inherit from are kept in a temporary database, so that memory does not grow with
    the feed.

    Args:
        rule: rule of the mapping.
    """

    def __init__(self, rule: Inheritance) -> None:
        self._rule = rule
        self._rows = _RowStore()
        self._block = 0
        self._last: tuple[str, dict[str, Any]] | None = None
        self._names_rows = bool(rule.parent or rule.children)

    @property
    def reads_ahead(self) -> bool:
        """Whether rows take cells of rows below them, so that `learn` must see all rows first."""
        return bool(self._names_rows or self._rule.gather)

    def learn(self, fields: Mapping[str, Any]) -> None:
        """Remember a row under its names, and what is gathered from it."""
        rule = self._rule
        cells = [render(name, fields) for name in rule.parent]
        names = [cell for cell in cells if _as_key(cell)]
        for name in names:
            self._rows.add(_as_key(name), self._cells(fields) | {str(rule.key): names[0]})
        if rule.children is not None:
            cell = values.lookup(fields, rule.children.column)
            for name in re.findall(rule.children.find, cell if isinstance(cell, str) else ""):
                self._rows.add(_as_key(name), self._cells(fields))
        key = self._key(fields) if rule.gather else ""
        for name, columns in rule.gather.items() if key else ():
            if not values.is_blank(values.lookup(fields, columns[0])):
                part = {column: values.lookup(fields, column) for column in columns}
                self._rows.append(f"{name}/{key}", part)

    def restart(self) -> None:
        """Begin a pass at the first row of the feed."""
        if not self._names_rows:
            self._rows.clear()
        self._block = 0
        self._last = None

    def fill(self, fields: dict[str, Any]) -> None:
        """Fill in the cells that a row inherits; the first row of a product gives them."""
        key = self._key(fields)
        if not key:
            return
        if self._last is None or self._last[0] != key:
            self._last = (key, self._find(key, fields))
        for column, value in self._last[1].items():
            own = column in (self._rule.key, *self._rule.copies, *self._rule.gather)
            if own or values.is_blank(values.lookup(fields, column)):
                set_cell(fields, column, value)

    def _find(self, key: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        cells = self._rows.find(key)
        if cells is None and not self._names_rows:
            cells = self._cells(fields)
            self._rows.add(key, cells)
        gathered = {name: self._rows.find_all(f"{name}/{key}") for name in self._rule.gather}
        return (cells or {}) | {name: parts for name, parts in gathered.items() if parts}

    def _key(self, fields: Mapping[str, Any]) -> str:
        """Return what the rows of a product share; "" for a row of none."""
        if self._rule.start is None:
            return _as_key(values.lookup(fields, self._rule.key or ""))
        self._block += meets(fields, self._rule.start)
        return str(self._block) if self._block else ""

    def _cells(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        named = {column: column for column in self._rule.columns} | dict(self._rule.copies)
        cells = {name: values.lookup(fields, column) for name, column in named.items()}
        return {name: cell for name, cell in cells.items() if not values.is_blank(cell)}


def _as_key(cell: Any) -> str:
    return "" if values.is_blank(cell) or isinstance(cell, list | dict) else to_word(cell)


class _RowStore:
    """Cells by key in a temporary database, which SQLite deletes when it is closed."""

    def __init__(self) -> None:
        # Rows may be prepared in another thread than the one that asks for them, one at a time.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        weakref.finalize(self, self._database.close)
        # Nothing has to survive, so nothing has to be synchronised or undone.
        for setting in ("journal_mode = OFF", "synchronous = OFF"):
            self._database.execute(f"PRAGMA {setting}")
        self._database.execute("CREATE TABLE row (key TEXT PRIMARY KEY, cells TEXT) WITHOUT ROWID")
        self._database.execute("CREATE TABLE part (key TEXT, cells TEXT)")
        self._database.execute("CREATE INDEX part_key ON part (key)")

    def add(self, key: str, cells: Mapping[str, Any]) -> None:
        """Store the cells of a key, unless it has some."""
        self._database.execute("INSERT OR IGNORE INTO row VALUES (?, ?)", (key, _dump(cells)))

    def find(self, key: str) -> dict[str, Any] | None:
        """Return the cells of a key; None if it has none."""
        row = self._database.execute("SELECT cells FROM row WHERE key = ?", (key,)).fetchone()
        return None if row is None else dict(json.loads(row[0]))

    def append(self, key: str, cells: Mapping[str, Any]) -> None:
        """Store one more part of a key."""
        self._database.execute("INSERT INTO part VALUES (?, ?)", (key, _dump(cells)))

    def find_all(self, key: str) -> list[dict[str, Any]]:
        """Return the parts of a key in the order in which they came."""
        rows = self._database.execute("SELECT cells FROM part WHERE key = ? ORDER BY rowid", (key,))
        return [json.loads(row[0]) for row in rows]

    def clear(self) -> None:
        """Remove all cells; parts stay."""
        self._database.execute("DELETE FROM row")


def _dump(cells: Mapping[str, Any]) -> str:
    # Not orjson: it refuses large integers and lone surrogates, which a row may hold.
    return json.dumps(cells, default=str)
