"""Columns for several languages, currencies and channels, and texts made of columns."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from catalograph.ingest import values
from catalograph.ingest.mapping import Mapping as FeedMapping
from catalograph.ingest.mapping import named_columns
from catalograph.ingest.row_rules import (
    CHOSEN,
    ELEMENT,
    ColumnChoice,
    column_pattern,
    find_aliases,
    template_parts,
)
from catalograph.ingest.values.currencies import CURRENCIES

_MOST_SHAPES = 1_000
"""Most sets of column names whose choice is kept; JSON rows may each have their own."""


class AliasFinder:
    """Gives rows the columns that they have under other names.

    Args:
        aliases: other names of each column.
    """

    def __init__(self, aliases: Mapping[str, Sequence[str]]) -> None:
        self._aliases = aliases
        self._known: dict[tuple[str, ...], dict[str, str]] = {}

    def complete(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the row with a column for each that it has under another name."""
        if not self._aliases:
            return dict(fields)
        shape = tuple(fields)
        found = self._known.get(shape)
        if found is None:
            found = find_aliases(self._aliases, shape)
            if len(self._known) < _MOST_SHAPES:
                self._known[shape] = found
        return {**fields, **{name: fields[column] for name, column in found.items()}}


class ColumnChooser:
    """Gives rows the columns that a mapping names with `{language}`, `{currency}`, `{channel}`.

    Args:
        mapping: mapping that names the columns and the preferences.
    """

    def __init__(self, mapping: FeedMapping) -> None:
        self._choice = mapping.choose
        self.patterns = [name for name in named_columns(mapping) if column_pattern(name)]
        self._known: dict[tuple[str, ...], dict[str, list[tuple[str, str]]]] = {}

    def choose(self, fields: dict[str, Any]) -> None:
        """Set each such column to the preferred one with a value; amounts get their currency."""
        if not self.patterns:
            return
        shape = tuple(fields)
        found = self._known.get(shape)
        if found is None:
            found = {
                name: [
                    (column, words.get("currency", ""))
                    for column, words in rank_columns(name, shape, self._choice)
                ]
                for name in self.patterns
            }
            if len(self._known) < _MOST_SHAPES:
                self._known[shape] = found
        for name, candidates in found.items():
            for column, currency in candidates:
                cell = fields[column]
                if not values.is_blank(cell):
                    fields[name] = _with_currency(cell, currency)
                    break


@lru_cache(maxsize=1_024)
def rank_columns(
    name: str, columns: tuple[str, ...], choice: ColumnChoice
) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """Return the columns that a name with `{language}` or the like stands for, the best first.

    Args:
        name: name with `{language}`, `{currency}` or `{channel}`.
        columns: columns of a row.
        choice: preferences.

    Returns:
        Columns with their language, currency and channel, as far as the name has them.
    """
    pattern = column_pattern(name)
    matches = [m for column in columns if pattern and (m := pattern.fullmatch(column))]
    matches = [m for m in matches if m.groupdict().get("currency", "EUR").upper() in CURRENCIES]
    matches.sort(key=lambda match: (*_ranks(match, choice), match.string))
    return tuple((match.string, match.groupdict("")) for match in matches)


def _ranks(match: re.Match[str], choice: ColumnChoice) -> list[int]:
    said = match.groupdict()
    return [_rank_word(said[name], getattr(choice, name)) for name in CHOSEN if name in said]


def _rank_word(word: str, preferred: tuple[str, ...]) -> int:
    """Return the place of a word among the preferred ones: `en` stands for `en_US` too."""
    plain = word.casefold().replace("-", "_")
    for n, wish in enumerate(preferred):
        wanted = wish.casefold().replace("-", "_")
        if plain == wanted or plain.startswith(f"{wanted}_"):
            return n
    return len(preferred)


def _with_currency(cell: Any, currency: str) -> Any:
    """Return an amount with the currency of its column, unless it names one."""
    if not currency or isinstance(cell, list | dict) or re.search(r"[^\W\d_]", str(cell)):
        return cell
    return f"{values.to_text(cell)} {currency.upper()}"


def render(source: str, fields: Mapping[str, Any]) -> Any:
    """Return the cell of a column, or a text whose columns in braces are filled in.

    A blank column falls out with the text before it, so `{Handle}/{Size}` may give just the handle.
    If all columns are blank, so is the text.
    """
    parts = template_parts(source)
    if not parts or source in fields:
        return _lookup_in_lists(fields, source)
    text, before, filled = "", "", False
    for n, part in enumerate(parts):
        if n % 2 == 0:
            before = part
            continue
        cell = values.lookup(fields, ELEMENT if part == ELEMENT else part[1:-1])
        if not values.is_blank(cell) and not isinstance(cell, list | dict):
            # Without a column before it, a text between columns has nothing to separate.
            text += (before if filled or n == 1 else "") + values.to_text(cell).strip()
            filled = True
        before = ""
    return text + before if filled else None


def _lookup_in_lists(fields: Mapping[str, Any], path: str) -> Any:
    """Return the value at a path; of a list of objects, the list of their values."""
    cell = values.lookup(fields, path)
    folder, dot, name = path.rpartition(".")
    if cell is not None or not dot or path in fields:
        return cell
    listed = values.lookup(fields, folder)
    if not isinstance(listed, list):
        return None
    found = [part.get(name) for part in listed if isinstance(part, Mapping)]
    return [value for value in found if not values.is_blank(value)] or None


def set_cell(fields: dict[str, Any], path: str, value: Any) -> None:
    """Set the value at a column name or dotted path, and copy the objects on the way."""
    if path in fields or "." not in path:
        fields[path] = value
        return
    current = fields
    *folders, last = path.split(".")
    for folder in folders:
        inner = current.get(folder)
        current[folder] = dict(inner) if isinstance(inner, Mapping) else {}
        current = current[folder]
    current[last] = value
