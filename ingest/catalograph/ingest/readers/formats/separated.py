"""Rows of separated text: CSV of any dialect, and TSV."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

from catalograph.errors import SourceFormatError
from catalograph.ingest.readers.formats.protocol import FileFormat, FileShape
from catalograph.ingest.readers.lines import numbered_lines
from catalograph.ingest.readers.rows import FeedLimits, FeedRow
from catalograph.ingest.readers.source import FeedSource
from catalograph.schema import Rejection, RejectionReason

MAX_ROW_LINES = 1_000
GUESSED_ENCODING = "rows that are no UTF-8, read as Windows-1252"
_DELIMITERS = (",", "\t", ";", "|")
_QUOTES = ('"', "'", None)
_USUAL = 0.1
"""How much better than the usual quote another, or none, must fit."""
_SAMPLE_RECORDS = 100


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a separated file is written.

    Attributes:
        delimiter: between cells.
        quote: around cells, None where the file quotes nothing.
        utf8: whether the file is known to be UTF-8. If not, rows that are no UTF-8 are read as
            Windows-1252, the encoding spreadsheets used to write; else they are rejected.
    """

    delimiter: str
    quote: str | None = '"'
    utf8: bool = False


def separated_rows(source: FeedSource, dialect: Dialect) -> Iterator[FeedRow]:
    """Rows of a separated file below its header.

    Raises:
        SourceFormatError: it has no header, or one that names a column twice.
    """
    name, limits = source.name, source.limits
    records = Records(numbered_lines(source.text(), limits), dialect, limits)
    header: list[str] | None = None
    for number, cells, raw in records:
        if header is None:
            header = _header(cells, name)
            records.width = len(header)
        elif isinstance(cells, Rejection):
            yield FeedRow(number, cells, raw)
        elif len(cells) != len(header):
            detail = f"{len(cells)} columns, the header has {len(header)}."
            yield FeedRow(number, Rejection(RejectionReason.MALFORMED, "", detail), raw)
        else:
            note = GUESSED_ENCODING if records.guessed else ""
            yield FeedRow(number, dict(zip(header, cells, strict=True)), raw, note)
    if header is None:
        raise SourceFormatError(
            f"'{name}' is empty; a CSV or TSV file needs a header line.", file=name
        )


def _header(cells: list[str] | Rejection, name: str) -> list[str]:
    if isinstance(cells, Rejection):
        raise SourceFormatError(
            f"The header of '{name}' cannot be read: {cells.detail} Mend its first line.", file=name
        )
    header = [cell.strip() for cell in cells]
    twice = sorted({c for c in header if header.count(c) > 1})
    if twice:
        raise SourceFormatError(
            f"The header of '{name}' names these columns twice: {', '.join(twice)}. "
            "Rename one of each.",
            file=name,
        )
    return header


class Records:
    """Splits lines into records of cells.

    A quote that is never closed would swallow the rows after it. So when a record of several
    lines turns out wrong, only its first line is rejected and the others are read again.

    Attributes:
        width: cells of the header; None until it is known.
        guessed: whether the record at hand was no UTF-8.
    """

    def __init__(
        self, lines: Iterator[tuple[int, bytes]], dialect: Dialect, limits: FeedLimits
    ) -> None:
        self.width: int | None = None
        self.guessed = False
        self._lines = lines
        self._dialect = dialect
        self._limits = limits
        self._again: deque[tuple[int, bytes]] = deque()
        self._taken: list[tuple[int, bytes]] = []
        # A cell may be as long as a row; the module's own limit is 128 KiB.
        csv.field_size_limit(limits.row_bytes)

    def __iter__(self) -> Iterator[tuple[int, list[str] | Rejection, bytes]]:
        while self._peek():
            self._taken = []
            cells = self._record()
            if len(self._taken) > 1 and not self._fits(cells):
                self._again.extendleft(reversed(self._taken[1:]))
                del self._taken[1:]
                detail = "A quote is not closed in its row, or the row has a wrong column count."
                cells = Rejection(RejectionReason.MALFORMED, "", detail)
            yield self._taken[0][0], cells, b"".join(line for _, line in self._taken)

    def _peek(self) -> bool:
        """Skip blank lines; whether there is another line."""
        while True:
            if not self._again:
                following = next(self._lines, None)
                if following is None:
                    return False
                self._again.append(following)
            if self._again[0][1].strip(b"\r\n"):
                return True
            self._again.popleft()

    def _fits(self, cells: list[str] | Rejection) -> bool:
        return not isinstance(cells, Rejection) and self.width in (None, len(cells))

    def _record(self) -> list[str] | Rejection:
        self.guessed = False
        reader = _csv_reader(self._feed(), self._dialect)
        try:
            cells = next(reader)
        except csv.Error as exc:
            return Rejection(RejectionReason.MALFORMED, "", f"No valid row: {exc}.")
        if len(self._taken[0][1]) > self._limits.row_bytes:
            return self._limits.reject_too_long()
        if not all(cell.isascii() or _is_text(cell) for cell in cells):
            return Rejection(RejectionReason.BAD_TEXT, "", "The row is not valid UTF-8.")
        return cells

    def _feed(self) -> Iterator[str]:
        size = 0
        while len(self._taken) < MAX_ROW_LINES and size <= self._limits.row_bytes:
            item = self._again.popleft() if self._again else next(self._lines, None)
            if item is None:
                return
            self._taken.append(item)
            size += len(item[1])
            yield self._decode(item[1])

    def _decode(self, line: bytes) -> str:
        try:
            return line.decode()
        except UnicodeDecodeError:
            if self._dialect.utf8:
                return line.decode("utf-8", "surrogateescape")
        self.guessed = True
        # Five bytes mean nothing in Windows-1252; they show as U+FFFD.
        return line.decode("cp1252", "replace")


def _csv_reader(lines: Iterator[str], dialect: Dialect) -> Iterator[list[str]]:
    """The standard library's reader for a dialect."""
    if dialect.quote is None:
        return csv.reader(lines, delimiter=dialect.delimiter, quoting=csv.QUOTE_NONE, strict=True)
    return csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)


def _is_text(cell: str) -> bool:
    try:
        cell.encode()
    except UnicodeEncodeError:
        return False
    return True


def _detect(head: bytes, whole: bool) -> FileShape | None:
    dialect = None if b"\x00" in head else _dialect(head, whole=whole)
    return None if dialect is None else _shape(dialect)


def _shape(dialect: Dialect) -> FileShape:
    name = "tsv" if dialect.delimiter == "\t" else "csv"
    return FileShape(name, partial(separated_rows, dialect=dialect))


def _dialect(text: bytes, *, whole: bool) -> Dialect | None:
    """The dialect in which most records have as many cells as the header, and the most cells."""
    utf8 = _is_utf8(text)
    lines = text.splitlines(keepends=True)
    lines = lines if whole or len(lines) < 2 else lines[:-1]  # the last may be cut off
    best: tuple[tuple[float, int], Dialect] | None = None
    for quote in _QUOTES:
        for delimiter in _DELIMITERS:
            dialect = Dialect(delimiter, quote, utf8)
            fit, width = _fit(lines, dialect)
            score = (round(fit + _USUAL * (quote == '"'), 2), width)
            if width > 1 and (best is None or score > best[0]):
                best = (score, dialect)
    if best is None:
        return None
    dialect = best[1]
    return replace(dialect, quote="'") if _apostrophes(lines, dialect) else dialect


def _apostrophes(lines: list[bytes], dialect: Dialect) -> bool:
    """Whether most texts stand between apostrophes, which are quotes then."""
    texts = quoted = 0
    for _, cells, _ in islice(
        Records(iter(enumerate(lines, 1)), dialect, FeedLimits()), 1, _SAMPLE_RECORDS
    ):
        for cell in cells if isinstance(cells, list) else ():
            texts += bool(cell.strip("0123456789.,-' "))
            quoted += len(cell) > 2 and cell[0] == cell[-1] == "'"
    return quoted > 0 and quoted * 2 >= texts


def _fit(lines: list[bytes], dialect: Dialect) -> tuple[float, int]:
    """Share of the first records that are as wide as the header, and its width."""
    records = Records(iter(enumerate(lines, 1)), dialect, FeedLimits())
    good = seen = 0
    for _, cells, _ in islice(records, _SAMPLE_RECORDS):
        if records.width is None:
            if isinstance(cells, Rejection):
                return 0.0, 0
            records.width = len(cells)
        seen += 1
        good += not isinstance(cells, Rejection) and len(cells) == records.width
    return (good / seen, records.width or 0) if seen else (0.0, 0)


def _is_utf8(text: bytes) -> bool:
    """Whether there are signs beyond ASCII, and most of them are good UTF-8."""
    decoded = text.decode("utf-8", "replace")
    bad = decoded.count("\ufffd")
    return sum(not sign.isascii() for sign in decoded) >= max(1, 2 * bad)


FORMAT = FileFormat(
    labels=("CSV", "TSV"),
    detect=_detect,
    extensions={
        ".csv": _shape(Dialect(",")),
        ".tsv": _shape(Dialect("\t")),
        ".tab": _shape(Dialect("\t")),
    },
)
