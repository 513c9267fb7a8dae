"""Rows out of files: JSONL, CSV, TSV and Parquet, plain or gzipped, or standard input.

Everything streams: memory stays flat however large the file or its decompressed form is. A row
that cannot be read is a `Rejection` of that row; only a file that cannot be read at all raises.
Limits: a line (or a quoted CSV record) over 16 MiB, and a quoted record over 1,000 lines, is
rejected.
"""

import csv
import gzip
import shutil
import sys
import tempfile
import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, cast

import orjson

from catalograph.errors import SourceFormatError
from catalograph.schema import Reason, Rejection

Format = Literal["jsonl", "csv", "tsv", "parquet"]

MAX_ROW_BYTES = 16 * 1024 * 1024
MAX_ROW_LINES = 1_000
_PARQUET_BATCH = 1_000
_SNIFFED = 64 * 1024
_BOM = b"\xef\xbb\xbf"
_GZIP_MAGIC = b"\x1f\x8b"
_PARQUET_MAGIC = b"PAR1"
_EXTENSIONS: dict[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_DELIMITERS = {"csv": ",", "tsv": "\t"}
_READ_FAULTS = (OSError, EOFError, zlib.error)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file.

    Attributes:
        number: line the row starts on, from 1; in Parquet the row, from 1.
        fields: values by column, or why the row could not be read.
        raw: the row's bytes, cut to 16 MiB; empty in Parquet, which has no lines.
    """

    number: int
    fields: Mapping[str, Any] | Rejection
    raw: bytes = b""

    @property
    def text(self) -> str:
        """The row for people to look at."""
        if self.raw or isinstance(self.fields, Rejection):
            return self.raw.decode("utf-8", "replace").rstrip("\r\n")
        return orjson.dumps(self.fields, default=str).decode()


class FeedFile:
    """A file that can be read from its start as often as needed; make one with `open_feed`."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self._path = path
        self._size = max(1, path.stat().st_size)
        self._position = 0.0
        with path.open("rb") as stream:
            self._gzipped = stream.read(2) == _GZIP_MAGIC
        self.format: Format = self._detect()

    @property
    def stem(self) -> str:
        """File name without folders and extensions."""
        name = Path(self.name).name
        return name.partition(".")[0] or name

    @property
    def position(self) -> float:
        """How far the reading under way has come, 0 to 1."""
        return min(1.0, self._position)

    def rows(self) -> Iterator[Row]:
        """Read from the start.

        Raises:
            SourceFormatError: the file ends in the middle of a compressed block, is no Parquet
                file, or has no header where it needs one.
        """
        self._position = 0.0
        if self.format == "parquet":
            yield from self._parquet_rows()
            return
        try:
            with self._path.open("rb") as raw:
                lines = _numbered_lines(self._unpacked(raw))
                reader = (
                    _json_rows(lines)
                    if self.format == "jsonl"
                    else _separated_rows(lines, _DELIMITERS[self.format], self.name)
                )
                for row in reader:
                    self._position = raw.tell() / self._size
                    yield row
        except _READ_FAULTS as exc:
            raise self._unreadable(exc) from exc

    def _unpacked(self, raw: IO[bytes]) -> IO[bytes]:
        return cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if self._gzipped else raw

    def _unreadable(self, exc: Exception) -> SourceFormatError:
        return SourceFormatError(
            f"'{self.name}' cannot be read: {exc}. It may be cut short or damaged; "
            "get it again and check its size.",
            file=self.name,
        )

    def _detect(self) -> Format:
        """Format by extension, else by content."""
        try:
            with self._path.open("rb") as raw:
                head = self._unpacked(raw).read(_SNIFFED)
        except _READ_FAULTS as exc:
            raise self._unreadable(exc) from exc
        suffixes = [s.lower() for s in Path(self.name).suffixes if s.lower() != ".gz"]
        by_name = _EXTENSIONS.get(suffixes[-1]) if suffixes else None
        found = by_name or _format_of(head)
        if found is None:
            raise SourceFormatError(self._mend(head), file=self.name)
        if found == "parquet" and self._gzipped:
            raise SourceFormatError(
                f"'{self.name}' is a gzipped Parquet file; Parquet is compressed already. "
                "Unpack it with gunzip first.",
                file=self.name,
            )
        return found

    def _mend(self, head: bytes) -> str:
        if head.removeprefix(_BOM).lstrip()[:1] == b"[":
            return (
                f"'{self.name}' is one JSON array; rows are read one a line. "
                f"Turn it into JSONL first: jq -c '.[]' FILE > FILE.jsonl"
            )
        return (
            f"'{self.name}' is neither JSONL, CSV, TSV nor Parquet by name or content. "
            "Give it the extension of its format."
        )

    def _parquet_rows(self) -> Iterator[Row]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            with pq.ParquetFile(self._path, pre_buffer=False) as file:
                total = max(1, file.metadata.num_rows)
                number = 0
                for batch in file.iter_batches(batch_size=_PARQUET_BATCH):
                    for fields in batch.to_pylist():
                        number += 1
                        self._position = number / total
                        yield Row(number, fields)
        except (pa.ArrowException, OSError, ValueError) as exc:
            raise self._unreadable(exc) from exc


@contextmanager
def open_feed(path: Path | str) -> Iterator[FeedFile]:
    """Open a file, or standard input for `-`, which is spooled to a temporary file.

    Raises:
        SourceFormatError: there is no such file, or its format cannot be told.
    """
    if str(path) == "-":
        with tempfile.NamedTemporaryFile(prefix="catalograph-") as spool:
            shutil.copyfileobj(sys.stdin.buffer, spool)
            spool.flush()
            yield FeedFile(Path(spool.name), "-")
        return
    file = Path(path)
    if not file.is_file():
        raise SourceFormatError(
            f"There is no file '{path}'. Check the path; a folder is read by `ingest triples`.",
            file=str(path),
        )
    try:
        feed = FeedFile(file, str(path))
    except PermissionError as exc:
        raise SourceFormatError(
            f"'{path}' may not be read by this user. Change its permissions.", file=str(path)
        ) from exc
    yield feed


def _format_of(head: bytes) -> Format | None:
    if head.startswith(_PARQUET_MAGIC):
        return "parquet"
    first = head.removeprefix(_BOM).lstrip().split(b"\n", 1)[0]
    if first.startswith(b"{"):
        return "jsonl"
    if first.startswith(b"[") or b"\x00" in first:
        return None
    if b"\t" in first:
        return "tsv"
    return "csv" if b"," in first else None


def _numbered_lines(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Lines from 1; one that is too long comes cut to one byte over the limit."""
    number = 0
    while line := stream.readline(MAX_ROW_BYTES + 1):
        number += 1
        if number == 1:
            line = line.removeprefix(_BOM)
        rest = line
        while len(rest) > MAX_ROW_BYTES and not rest.endswith(b"\n"):
            rest = stream.readline(MAX_ROW_BYTES + 1)
        yield number, line


def _too_long() -> Rejection:
    return Rejection(Reason.TOO_LONG, "", f"The row is over {MAX_ROW_BYTES // 1024**2} MiB.")


def _json_rows(lines: Iterator[tuple[int, bytes]]) -> Iterator[Row]:
    for number, line in lines:
        if not line.strip():
            continue
        if len(line) > MAX_ROW_BYTES:
            yield Row(number, _too_long(), line[:1_000])
            continue
        yield Row(number, _json_object(line), line)


def _json_object(line: bytes) -> dict[str, Any] | Rejection:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as exc:
        return Rejection(Reason.MALFORMED, "", f"No valid JSON: {exc.msg}.")
    if not isinstance(value, dict):
        return Rejection(
            Reason.MALFORMED, "", f"A JSON {type(value).__name__}, expected an object."
        )
    return value


def _separated_rows(lines: Iterator[tuple[int, bytes]], delimiter: str, name: str) -> Iterator[Row]:
    """Rows of a CSV or TSV file below its header."""
    records = _Records(lines, delimiter)
    header: list[str] | None = None
    for number, cells, raw in records:
        if header is None:
            header = _header(cells, name)
            records.width = len(header)
        elif isinstance(cells, Rejection):
            yield Row(number, cells, raw)
        elif len(cells) != len(header):
            detail = f"{len(cells)} columns, the header has {len(header)}."
            yield Row(number, Rejection(Reason.MALFORMED, "", detail), raw)
        else:
            yield Row(number, dict(zip(header, cells, strict=True)), raw)
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


class _Records:
    """Splits lines into records of cells.

    A quote that is never closed would swallow the rows after it. So when a record of several
    lines turns out wrong, only its first line is rejected and the others are read again.
    """

    def __init__(self, lines: Iterator[tuple[int, bytes]], delimiter: str) -> None:
        self.width: int | None = None
        self._lines = lines
        self._delimiter = delimiter
        self._again: deque[tuple[int, bytes]] = deque()
        self._taken: list[tuple[int, bytes]] = []
        # A cell may be as long as a row; the module's own limit is 128 KiB.
        csv.field_size_limit(MAX_ROW_BYTES)

    def __iter__(self) -> Iterator[tuple[int, list[str] | Rejection, bytes]]:
        while self._peek():
            self._taken = []
            cells = self._record()
            if len(self._taken) > 1 and not self._fits(cells):
                self._again.extendleft(reversed(self._taken[1:]))
                del self._taken[1:]
                detail = "A quote is not closed in its row, or the row has a wrong column count."
                cells = Rejection(Reason.MALFORMED, "", detail)
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
        reader = csv.reader(self._feed(), delimiter=self._delimiter, quotechar='"', strict=True)
        try:
            cells = next(reader)
        except csv.Error as exc:
            return Rejection(Reason.MALFORMED, "", f"No valid row: {exc}.")
        if len(self._taken[0][1]) > MAX_ROW_BYTES:
            return _too_long()
        if not all(cell.isascii() or _is_text(cell) for cell in cells):
            return Rejection(Reason.BAD_TEXT, "", "The row is not valid UTF-8.")
        return cells

    def _feed(self) -> Iterator[str]:
        size = 0
        while len(self._taken) < MAX_ROW_LINES and size <= MAX_ROW_BYTES:
            item = self._again.popleft() if self._again else next(self._lines, None)
            if item is None:
                return
            self._taken.append(item)
            size += len(item[1])
            yield item[1].decode("utf-8", "surrogateescape")


def _is_text(cell: str) -> bool:
    try:
        cell.encode()
    except UnicodeEncodeError:
        return False
    return True
