"""Columns that identify the rows of a file, checked over all of its rows."""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from catalograph.ingest import fingerprint, values
from catalograph.ingest.mapping_inference.profiles import FeedProfile, text_of_cell
from catalograph.ingest.readers import dump_cells
from catalograph.log import shorten
from catalograph.schema import keys

RowReader = Callable[[], Iterable[Mapping[str, Any]]]
"""Reads the readable rows of a file from the first."""
_PASSES = 8
"""Sets of columns counted in one reading; each takes 16 bytes a row."""


@dataclass(frozen=True, slots=True)
class IdCount:
    """How well some columns identify the rows of a file.

    Attributes:
        columns: the columns.
        rows: number of rows.
        blank: number of rows with a value in none of the columns.
        distinct: number of distinct ids.
        lost: number of rows that another row with the same id and other content replaces.
        repeated: number of rows that repeat another row as it is.
    """

    columns: tuple[str, ...]
    rows: int
    blank: int
    distinct: int
    lost: int
    repeated: int

    @property
    def is_id(self) -> bool:
        """Whether no row is lost."""
        return self.lost == 0 and self.blank == 0

    @property
    def share_lost(self) -> float:
        """Share of the rows that are lost."""
        return (self.lost + self.blank) / self.rows if self.rows else 0.0

    def describe(self) -> str:
        """Return the counts as a sentence part."""
        parts = [f"{self.distinct:,} distinct in {self.rows:,} rows"]
        if self.blank:
            parts.append(f"{self.blank:,} rows have none")
        return ", ".join(parts)


def count_ids(rows: Iterable[Mapping[str, Any]], sets: Sequence[tuple[str, ...]]) -> list[IdCount]:
    """Count the ids that sets of columns give, in one reading of all rows."""
    id_hashes = [array("Q") for _ in sets]
    row_hashes = [array("Q") for _ in sets]
    blank = [0] * len(sets)
    total = 0
    for fields in rows:
        total += 1
        content = dump_cells(fields)
        for n, columns in enumerate(sets):
            parts = [_part(fields, column) for column in columns]
            if not any(parts):
                blank[n] += 1
                continue
            text = "\x1f".join(parts)
            id_hashes[n].append(fingerprint.short_hash(text))
            row_hashes[n].append(fingerprint.short_hash(f"{text}\x1e{content!r}"))
    counts = []
    for n, columns in enumerate(sets):
        distinct, whole = _distinct(id_hashes[n]), _distinct(row_hashes[n])
        filled = len(id_hashes[n])
        counts.append(IdCount(columns, total, blank[n], distinct, whole - distinct, filled - whole))
    return counts


def count_in_turns(read: RowReader, sets: Sequence[tuple[str, ...]]) -> list[IdCount]:
    """Count many sets of columns, in as many readings as memory asks for."""
    found: list[IdCount] = []
    for start in range(0, len(sets), _PASSES):
        found += count_ids(read(), sets[start : start + _PASSES])
    return found


def repeated_example(profile: FeedProfile, columns: Sequence[str]) -> str:
    """Return an id of the sample that several rows share, with the number of rows; else ""."""
    seen: Counter[str] = Counter()
    for row in profile.sample:
        parts = [text_of_cell(row[c]) for c in columns if not values.is_blank(row.get(c))]
        if parts:
            seen[" / ".join(parts)] += 1
    text, number = next(iter(seen.most_common(1)), ("", 0))
    return f"'{shorten(text)}' {number:,} times" if number > 1 else ""


def _part(fields: Mapping[str, Any], column: str) -> str:
    cell = values.lookup(fields, column)
    return "" if values.is_blank(cell) else keys.clean(text_of_cell(cell))


def _distinct(hashes: "array[int]") -> int:
    return len(np.unique(np.frombuffer(hashes, dtype=np.uint64))) if hashes else 0
