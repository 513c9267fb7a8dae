"""Tables of ids and names beside the rows of an XML file, such as the categories of Yandex YML."""

import re
from typing import Any

_MOST_ENTRIES = 200_000
_DEEPEST = 20
_PARENTS = ("parentId", "parent_id", "parentid", "parent")
_NAMES = ("name", "title")
_SIGNS = re.compile(r"[\W_]+")
_SEPARATOR = " > "


class NameTables:
    """Names by id, by the name of the elements that give them.

    `<category id="7" parentId="1">Kettles</category>` outside of rows gives a row's `categoryId`
    its path: the row gets the column `category`, unless it has one. The tables stand before the
    rows.
    """

    def __init__(self) -> None:
        self._tables: dict[str, dict[str, tuple[str, str | None]]] = {}
        self._labels: dict[str, str] = {}
        self._columns: dict[str, str | None] = {}
        self._count = 0

    def add(self, element: str, text: str, attributes: dict[str, str]) -> None:
        """Take in an element outside of rows; one without an id or a name is passed over."""
        id_ = attributes.get("id")
        name = text or next((attributes[key] for key in _NAMES if key in attributes), "")
        if not id_ or not name or self._count >= _MOST_ENTRIES:
            return
        parent = next((attributes[key] for key in _PARENTS if key in attributes), None)
        key = _SIGNS.sub("", element).casefold()
        self._tables.setdefault(key, {})[id_] = (name, parent)
        self._labels[key] = element
        self._columns.clear()
        self._count += 1

    def complete(self, fields: dict[str, Any]) -> None:
        """Add the names of the ids in a row."""
        if not self._tables:
            return
        for column in list(fields):
            key = self._table_of(column)
            if key is None or self._labels[key] in fields:
                continue
            ids = fields[column] if isinstance(fields[column], list) else [fields[column]]
            paths = [path for id_ in ids if (path := self._path(key, id_))]
            if paths:
                fields[self._labels[key]] = paths[0] if len(paths) == 1 else paths

    def _table_of(self, column: str) -> str | None:
        """Return the table that a column's ids are of: that of `category` for `categoryId`."""
        if column not in self._columns:
            key = _SIGNS.sub("", column).casefold().removesuffix("s").removesuffix("id")
            known = key in self._tables and column.casefold() != key
            self._columns[column] = key if known else None
        return self._columns[column]

    def _path(self, key: str, id_: Any) -> str:
        table = self._tables[key]
        names: list[str] = []
        current = id_ if isinstance(id_, str) else None
        while current in table and len(names) < _DEEPEST:
            name, current = table[current]
            names.append(name)
        return _SEPARATOR.join(reversed(names))


__all__ = ["NameTables"]
