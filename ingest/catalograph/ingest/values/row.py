"""Cells of one row, with a rejection for each value that cannot be read."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from catalograph.ingest.values.cells import is_blank, lookup
from catalograph.ingest.values.numbers import AmbiguousNumberError, is_ambiguous
from catalograph.ingest.values.placeholders import PlaceholderKind, is_placeholder
from catalograph.ingest.values.recall import MOST_PARTS, CellReading, Recall, Tail
from catalograph.ingest.values.times import has_two_orders
from catalograph.log import shorten
from catalograph.schema import Rejection, RejectionReason, SourceSupport, keys

T = TypeVar("T")


class Cells:
    """Reads the cells of one row; keeps a rejection for each unreadable value.

    Args:
        fields: values by column.
        real_names: texts that look like placeholders but are names here.
        doubts: columns whose values contradict each other in decimal sign or order of day and
            month, with the message for an ambiguous value.
        recalls: readings of earlier rows by part of the mapping; None remembers nothing.
    """

    def __init__(
        self,
        fields: Mapping[str, Any],
        real_names: Sequence[str] = (),
        doubts: Mapping[str, str] | None = None,
        recalls: dict[Hashable, Recall] | None = None,
    ) -> None:
        self.fields = fields
        self.rejections: list[Rejection] = []
        self.supports: dict[str, SourceSupport] = {}
        """Support of values that a cell writes in another form, by key of the tail."""
        self.notes: list[str] = []
        """How values were read where that took a guess, for the report."""
        self._real_names = real_names
        self._doubts = doubts or {}
        self._recalls = recalls

    def recall(
        self, part: Hashable, cells: Sequence[Any], read: "Callable[[Cells], Iterable[Tail]]"
    ) -> Sequence[Tail]:
        """Return the tails that cells state, from an earlier row with the same ones if possible.

        Args:
            part: name of what is read.
            cells: all cells that the reading depends on.
            read: reading of the row; it depends on nothing else.
        """
        if self._recalls is None:
            return [*read(self)]
        known = self._recalls.get(part)
        if known is None:
            if len(self._recalls) >= MOST_PARTS:
                return [*read(self)]
            known = self._recalls[part] = Recall()
        said = known.key_of(cells)
        if said is None:
            return [*read(self)]
        reading = known.find(said)
        if reading is None:
            own = Cells(self.fields, self._real_names, self._doubts)
            tails = tuple(read(own))
            reading = CellReading(
                tails, tuple(own.rejections), tuple(own.supports.items()), tuple(own.notes)
            )
            known.keep(said, reading)
        self.rejections += reading.rejections
        self.notes += reading.notes
        for key, support in reading.supports:
            self.supports.setdefault(key, support)
        return reading.tails

    def read(
        self,
        name: str,
        column: str | None,
        convert: Callable[[Any], T],
        kind: PlaceholderKind = "text",
    ) -> T | None:
        """Return the value at `column`; None if it is missing, a placeholder or unreadable."""
        value = None if column is None else lookup(self.fields, column)
        if value is None or self.is_missing(value, kind):
            return None
        self.note_bad_text(name, value)
        if kind != "price" and self.is_doubtful(name, column, value, kind):
            return None
        try:
            return convert(value)
        except AmbiguousNumberError as exc:
            if not self.is_doubtful(name, column, value, kind):
                self.reject(name, str(exc))
            return None
        except ValueError as exc:
            self.reject(name, str(exc))
            return None

    def is_missing(self, value: Any, kind: PlaceholderKind) -> bool:
        """Return whether a cell is blank or holds a placeholder."""
        if isinstance(value, str):
            said = not value or value.isspace() or is_placeholder(value, kind)
            return said and value.strip() not in self._real_names
        return is_blank(value)

    def drop_placeholders(self, texts: Iterable[str], kind: PlaceholderKind) -> list[str]:
        """Return the texts without placeholders."""
        return [
            text for text in texts if not is_placeholder(text, kind) or text in self._real_names
        ]

    def has_doubt(self, column: str) -> bool:
        """Return whether the values of a column contradict each other."""
        return column in self._doubts

    def is_doubtful(self, name: str, column: str | None, value: Any, kind: PlaceholderKind) -> bool:
        """Reject an ambiguous value of a column whose other values contradict each other."""
        doubt = self._doubts.get(column or "")
        if doubt is None:
            return False
        ambiguous = has_two_orders(value) if kind == "time" else is_ambiguous(value)
        if ambiguous:
            self.reject(name, f"'{shorten(value)}' is ambiguous: {doubt}")
        return ambiguous

    def note_bad_text(self, name: str, value: Any) -> None:
        """Keep a rejection for characters removed from a text since the graph cannot store them."""
        if isinstance(value, str):
            bad = keys.has_bad_text(value)
        else:
            texts = value if isinstance(value, list) else ()
            bad = any(isinstance(text, str) and keys.has_bad_text(text) for text in texts)
        if bad:
            detail = "A NUL or half a surrogate pair was taken out of the text."
            self.reject(name, detail, RejectionReason.BAD_TEXT)

    def reject(
        self, name: str, detail: str, reason: RejectionReason = RejectionReason.WRONG_TYPE
    ) -> None:
        """Keep a rejection that states why a value was dropped."""
        self.rejections.append(Rejection(reason, name, detail, "value"))
