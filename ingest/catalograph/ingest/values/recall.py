"""Readings of cells that are remembered, so that a value that many rows hold is read once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from catalograph.schema import Node, Rejection, SourceSupport

Tail = tuple[str, Node]
"""Relation, and the node that it leads to."""
_MOST = 8_192
"""Readings that one part of a mapping keeps."""
MOST_PARTS = 1_000
"""Parts of a mapping whose readings are kept."""
_LONGEST = 200
"""Length of a text from which on it hardly comes again."""
_TRIAL = 2_000
"""Rows after which a part whose values hardly ever come again is no longer remembered."""
_RARE = 0.2


@dataclass(frozen=True, slots=True)
class CellReading:
    """What cells say: tails, and what `Cells` keeps beside them.

    Attributes:
        tails: relation and tail of each fact.
        rejections: rejections of values.
        supports: support of values that the row writes in another form, by key of the tail.
        notes: how values were read where that took a guess.
    """

    tails: Sequence[Tail]
    rejections: Sequence[Rejection]
    supports: Sequence[tuple[str, SourceSupport]]
    notes: Sequence[str]


class Recall:
    """Remembers the readings of one part of a mapping, by the cells that it reads."""

    def __init__(self) -> None:
        self._known: dict[Any, CellReading] = {}
        self._asked = self._found = 0
        self._is_useless = False

    def find(self, said: Any) -> CellReading | None:
        """Return the reading of these cells, if it is remembered."""
        self._asked += 1
        known = self._known.get(said)
        if known is not None:
            self._found += 1
        return known

    def key_of(self, cells: Iterable[Any]) -> Any:
        """Return what the reading of these cells is remembered by; None if it is not."""
        if self._is_useless:
            return None
        found = []
        for cell in cells:
            kind = cell.__class__
            if kind is str:
                if len(cell) > _LONGEST:
                    return None
                found.append(cell)
            elif cell is None:
                found.append(None)
            elif kind is int or kind is float or kind is bool:
                # 1, 1.0 and True are equal, and not the same value.
                found.append((kind, repr(cell)))
            elif kind is list and len(cell) < _LONGEST and all(c.__class__ is str for c in cell):
                found.append(tuple(cell))
            else:
                return None
        return tuple(found)

    def keep(self, said: Any, reading: CellReading) -> None:
        """Remember a reading."""
        if self._asked >= _TRIAL and self._found < _RARE * self._asked:
            self._is_useless = True
            self._known.clear()
            return
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[said] = reading
