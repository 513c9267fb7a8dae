"""Conditions on cells, as mappings state them."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from catalograph.ingest import values
from catalograph.ingest.row_rules import RowCondition


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
    """Return whether a cell is one of some words, which may have the wildcards `*` and `?`."""
    return _is_match(to_word(cell), tuple(patterns))


def to_word(cell: Any) -> str:
    """Return a cell as the word that a condition names: "true", "1" for 1.0."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip().casefold()


@lru_cache(maxsize=4_096)
def _is_match(word: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(word, pattern.strip().casefold()) for pattern in patterns)
