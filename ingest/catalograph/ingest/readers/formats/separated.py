"""Rows of separated text: CSV of any dialect, and TSV."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice

from catalograph.errors import SourceFormatError
from catalograph.ingest.readers.csv_cells import split_mixed_quotes
from catalograph.ingest.readers.csv_header import seems_headerless
from catalograph.ingest.readers.formats.protocol import FileFormat, FileShape
from catalograph.ingest.readers.lines import numbered_lines
from catalograph.ingest.readers.rows import FeedLimits, FeedRow
from catalograph.ingest.readers.source import FeedSource
from catalograph.schema import Rejection, RejectionReason

MAX_ROW_LINES = 1_000
_DELIMITERS = (",", "\t", ";", "|")
_QUOTES = ('"', "'", None)
_USUAL = 0.1
"""How much better than the usual quote another, or none, must fit."""
_SAMPLE_RECORDS = 100
_SEPARATOR_LINE = (b"sep=", b'"sep=')
"""Beginning of the line by which Excel is told the delimiter."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a separated file is written.

    Attributes:
        delimiter: between cells.
        quote: around cells, None where the file quotes nothing.
    """

    delimiter: str
    quote: str | None = '"'


def separated_rows(
    source: FeedSource, dialect: Dialect, *, headerless: bool = False
) -> Iterator[FeedRow]:
    """Rows of a separated file below its header, or all its rows if the options name the columns.

    Args:
        source: the file.
        dialect: how it is written.
        headerless: whether its first row seems to be data.

    Raises:
        SourceFormatError: it has no header, or one that names a column twice.
    """
    limits, named = source.limits, list(source.options.columns)
    lines = _without_separator_line(numbered_lines(source.text(), limits))
    records = Records(lines, dialect, limits)
    header = named or None
    records.width = len(named) or None
    if headerless and not named:
        source.note(
            "rows below a first row that seems to be data, not a header; 'columns:' in the "
            "mapping names the columns of a file without a header"
        )
    for number, cells, raw in records:
        if header is None:
            header = _header(cells, source.name)
            records.width = len(header)
        elif isinstance(cells, Rejection):
            yield FeedRow(number, cells, raw)
        elif len(cells) != len(header):
            detail = f"{len(cells)} columns, the header has {len(header)}."
            yield FeedRow(number, Rejection(RejectionReason.MALFORMED, "", detail), raw)
        elif named and cells == named:
            named = []  # the file has a header, as the options name it
        else:
            yield FeedRow(number, dict(zip(header, cells, strict=True)), raw)
    if header is None:
        raise SourceFormatError(
            f"'{source.name}' is empty; a CSV or TSV file needs a header line.", file=source.name
        )


def _without_separator_line(lines: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    for number, line in lines:
        return lines if _is_separator_line(line) else chain([(number, line)], lines)
    return lines


def _is_separator_line(line: bytes) -> bool:
    return line.lower().startswith(_SEPARATOR_LINE) and len(line.strip()) <= len(b'"sep=;"')


def _header(cells: list[str] | Rejection, name: str) -> list[str]:
    if isinstance(cells, Rejection):
        raise SourceFormatError(
            f"The header of '{name}' cannot be read: {cells.detail} Correct its first line.",
            file=name,
        )
    header = [cell.strip() or f"column {n}" for n, cell in enumerate(cells, 1)]
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
    """

    def __init__(
        self, lines: Iterator[tuple[int, bytes]], dialect: Dialect, limits: FeedLimits
    ) -> None:
        self.width: int | None = None
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
            if isinstance(cells, Rejection) or len(cells) != self.width:
                cells = self._read_again(cells)
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

    def _read_again(self, cells: list[str] | Rejection) -> list[str] | Rejection:
        """Read a record that is wrong by its first line alone, with quotes that may be text."""
        if self.width is None and not isinstance(cells, Rejection):
            return cells
        mixed = self._mixed_cells()
        if mixed is None and len(self._taken) == 1:
            return cells
        self._again.extendleft(reversed(self._taken[1:]))
        del self._taken[1:]
        if mixed is not None:
            return mixed
        detail = "A quote is not closed in its row, or the row has a wrong column count."
        return Rejection(RejectionReason.MALFORMED, "", detail)

    def _record(self) -> list[str] | Rejection:
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
            yield _decode(item[1])

    def _mixed_cells(self) -> list[str] | None:
        """Read the first line anew, with quotes that are text; None if that does not fit either."""
        if self.width is None or self._dialect.quote != '"':
            return None
        line = _decode(self._taken[0][1]).rstrip("\r\n")
        cells = split_mixed_quotes(line, self._dialect.delimiter)
        if cells is None or len(cells) != self.width or not all(map(_is_text, cells)):
            return None
        return cells


def _decode(line: bytes) -> str:
    """Return the text of a line; bytes that are not UTF-8 become half surrogates."""
    return line.decode("utf-8", "surrogateescape")


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
    if b"\x00" in head:
        return None
    lines = head.splitlines(keepends=True)
    lines = lines if whole or len(lines) < 2 else lines[:-1]  # the last may be cut off
    if lines and _is_separator_line(lines[0]):
        del lines[0]
    dialect = _dialect(lines)
    if dialect is None:
        return None
    records = Records(iter(enumerate(lines, 1)), dialect, FeedLimits())
    sample = [cells for _, cells, _ in islice(records, _SAMPLE_RECORDS) if isinstance(cells, list)]
    return _shape(dialect, headerless=bool(sample) and seems_headerless(sample[0], sample[1:]))


def _shape(dialect: Dialect, *, headerless: bool = False) -> FileShape:
    name = "tsv" if dialect.delimiter == "\t" else "csv"
    return FileShape(name, partial(separated_rows, dialect=dialect, headerless=headerless))


def _dialect(lines: list[bytes]) -> Dialect | None:
    """The dialect in which most records have as many cells as the header, and the most cells."""
    best: tuple[tuple[float, int], Dialect] | None = None
    for quote in _QUOTES:
        for delimiter in _DELIMITERS:
            dialect = Dialect(delimiter, quote)
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


FORMAT = FileFormat(
    labels=("CSV", "TSV"),
    detect=_detect,
    extensions={
        ".csv": _shape(Dialect(",")),
        ".tsv": _shape(Dialect("\t")),
        ".tab": _shape(Dialect("\t")),
    },
)
