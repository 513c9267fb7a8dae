"""Cells of lines in which quotes both enclose cells and stand in texts, such as inch marks."""

import re
from functools import lru_cache

_ESCAPED = re.compile(r'""|\\"')


def split_mixed_quotes(line: str, delimiter: str) -> list[str] | None:
    r"""Return the cells of a line; None if a quote opens a cell that never ends.

    A cell is enclosed if quotes stand at both ends and every quote within is doubled or has a
    backslash before it; other quotes are text.

    Example:
        >>> split_mixed_quotes('1,"Quoted" cup,"24"" arm"', ",")
        ['1', '"Quoted" cup', '24" arm']
    """
    cells: list[str] = []
    place = 0
    pattern = _cell_pattern(delimiter)
    while True:
        match = pattern.match(line, place)
        if match is None:
            return None
        enclosed, plain = match["enclosed"], match["plain"]
        if plain is not None and plain.startswith('"') and plain.count('"') == 1:
            return None
        cells.append(plain if enclosed is None else _ESCAPED.sub('"', enclosed))
        place = match.end()
        if place == len(line):
            return cells
        place += len(delimiter)


@lru_cache(maxsize=8)
def _cell_pattern(delimiter: str) -> re.Pattern[str]:
    sign = re.escape(delimiter)
    enclosed = rf'"(?P<enclosed>(?:[^"\\]|""|\\.)*+)"(?={sign}|\Z)'
    return re.compile(rf"(?:{enclosed}|(?P<plain>[^{sign}]*))(?={sign}|\Z)", re.DOTALL)


__all__ = ["split_mixed_quotes"]
