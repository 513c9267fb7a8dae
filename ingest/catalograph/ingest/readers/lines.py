"""Rows that are lines: JSONL, and CSV of any dialect."""

import ast
import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from catalograph.errors import SourceFormatError
from catalograph.ingest.readers.rows import SHOWN_BYTES, FeedLimits, FeedRow, json_object
from catalograph.schema import Rejection, RejectionReason

MAX_ROW_LINES = 1_000
BOM = b"\xef\xbb\xbf"
PYTHON_START = b"{'"
_PYTHON = "rows that are no JSON, read as Python literals"
_PYTHON_BYTES = 256 * 1024
"""Longer literals would take much memory to parse."""
GUESSED_ENCODING = "rows that are no UTF-8, read as Windows-1252"


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


def numbered_lines(stream: IO[bytes], limits: FeedLimits) -> Iterator[tuple[int, bytes]]:
    """Lines from 1; one that is too long comes cut to one byte over the limit."""
    most = limits.row_bytes + 1
    number = 0
    while line := stream.readline(most):
        number += 1
        if number == 1:
            line = line.removeprefix(BOM)
        rest = line
        while len(rest) >= most and not rest.endswith(b"\n"):
            rest = stream.readline(most)
        yield number, line


def json_lines(stream: IO[bytes], limits: FeedLimits) -> Iterator[FeedRow]:
    """Rows of JSONL; blank lines are passed over."""
    for number, line in numbered_lines(stream, limits):
        if not line.strip():
            continue
        if len(line) > limits.row_bytes:
            yield FeedRow(number, limits.reject_too_long(), line[:SHOWN_BYTES])
            continue
        fields = _python_object(line) if line.startswith(PYTHON_START) else None
        if fields is None:
            yield FeedRow(number, json_object(line, limits), line)
        else:
            yield FeedRow(number, fields, line, _PYTHON)


def _python_object(line: bytes) -> dict[str, Any] | None:
    """A line as the oldest Amazon files have it: the text of a Python dictionary."""
    if len(line) > _PYTHON_BYTES:
        return None
    try:
        value = ast.literal_eval(line.decode())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return value if isinstance(value, dict) and all(isinstance(n, str) for n in value) else None


def separated_rows(
    stream: IO[bytes], dialect: Dialect, name: str, limits: FeedLimits
) -> Iterator[FeedRow]:
    """Rows of a separated file below its header.

    Raises:
        SourceFormatError: it has no header, or one that names a column twice.
    """
    records = Records(numbered_lines(stream, limits), dialect, limits)
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
