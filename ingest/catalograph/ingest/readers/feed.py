"""A file that can be read from its start as often as needed."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from catalograph.errors import SourceFormatError
from catalograph.ingest.readers.detect import (
    SNIFFED,
    UTF16_MARKS,
    FileShape,
    Format,
    shape_of,
)
from catalograph.ingest.readers.documents import json_elements_rows
from catalograph.ingest.readers.lines import json_lines, separated_rows
from catalograph.ingest.readers.linked import page_rows, product_rows
from catalograph.ingest.readers.rows import FeedLimits, FeedRow
from catalograph.ingest.readers.unpack import READ_FAULTS, as_utf8, unpack, unpacked_size_error
from catalograph.ingest.readers.xml import xml_rows

if TYPE_CHECKING:
    from pyarrow.parquet import FileMetaData

_PARQUET_ROWS = 1_000
_PARQUET_BYTES = 16 * 1024**2
"""Rows and bytes of a Parquet file held at once."""


class FeedFile:
    """A file that can be read from its start as often as needed; make one with `open_feed`."""

    def __init__(self, path: Path, name: str, limits: FeedLimits | None = None) -> None:
        self.name = name
        self._path = path
        self._limits = limits or FeedLimits()
        self._size = max(1, path.stat().st_size)
        self._position = 0.0
        self._raw: IO[bytes] | None = None
        self._utf16 = False
        self._shape = self._detect()

    @property
    def format(self) -> Format:
        """What the file is."""
        return self._shape.format

    @property
    def stem(self) -> str:
        """File name without folders and extensions."""
        name = Path(self.name).name
        return name.partition(".")[0] or name

    @property
    def position(self) -> float:
        """How far the reading under way has come, 0 to 1."""
        # Asking the file is a call to the system, too dear for each row.
        if self._raw is not None and not self._raw.closed:
            self._position = self._raw.tell() / self._size
        return min(1.0, self._position)

    def rows(self) -> Iterator[FeedRow]:
        """Read from the start.

        Raises:
            SourceFormatError: the file ends in the middle of a compressed block or an element,
                is over a limit, is no Parquet or XML file, or has no header where it needs one.
        """
        self._position = 0.0
        if self.format == "parquet":
            yield from self._parquet_rows()
            return
        try:
            with self._path.open("rb") as self._raw:
                yield from self._parse(unpack(self._raw, self.name, self._limits))
            self._position = 1.0
        except READ_FAULTS as exc:
            raise self._unreadable(exc) from exc

    def _parse(self, stream: IO[bytes]) -> Iterator[FeedRow]:
        shape, limits = self._shape, self._limits
        if shape.format == "xml":
            return xml_rows(stream, self.name, limits)  # XML says its encoding itself
        text = as_utf8(stream) if self._utf16 else stream
        if shape.format == "html":
            return page_rows(text, limits)
        if shape.dialect is not None:
            return separated_rows(text, shape.dialect, self.name, limits)
        if shape.format == "jsonl":
            rows = json_lines(text, limits)
        else:
            rows = json_elements_rows(text, self.name, limits)
        return product_rows(rows) if shape.linked else rows

    def _unreadable(self, exc: Exception) -> SourceFormatError:
        return SourceFormatError(
            f"'{self.name}' cannot be read: {exc}. It may be cut short or damaged; "
            "get it again and check its size.",
            file=self.name,
        )

    def _detect(self) -> FileShape:
        try:
            with self._path.open("rb") as raw:
                stream = unpack(raw, self.name, self._limits)
                packed = stream is not raw
                head = stream.read(SNIFFED)
            self._utf16 = head.startswith(UTF16_MARKS)
            whole = len(head) < SNIFFED
            if self._utf16:
                even = head[: len(head) // 2 * 2]
                head = even.decode("utf-16", "replace").encode("utf-8", "replace")
        except READ_FAULTS as exc:
            raise self._unreadable(exc) from exc
        found = shape_of(head, self.name, whole=whole)
        if found is None:
            raise SourceFormatError(
                f"'{self.name}' is neither JSON, CSV, TSV, Parquet, XML nor HTML by content or "
                "name. Give it the extension of its format.",
                file=self.name,
            )
        if found.format == "parquet" and packed:
            raise SourceFormatError(
                f"'{self.name}' is a gzipped Parquet file; Parquet is compressed already. "
                "Unpack it with gunzip first.",
                file=self.name,
            )
        return found

    def _parquet_rows(self) -> Iterator[FeedRow]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            with pq.ParquetFile(self._path, pre_buffer=False) as file:
                total = max(1, file.metadata.num_rows)
                size = self._parquet_bytes(file.metadata)
                at_once = min(_PARQUET_ROWS, max(1, _PARQUET_BYTES * total // max(1, size)))
                number = 0
                for batch in file.iter_batches(batch_size=at_once):
                    for fields in batch.to_pylist():
                        number += 1
                        self._position = number / total
                        yield FeedRow(number, fields)
        except (pa.ArrowException, OSError, ValueError) as exc:
            raise self._unreadable(exc) from exc

    def _parquet_bytes(self, metadata: "FileMetaData") -> int:
        """Bytes of the columns unpacked, as the file states them."""
        size: int = sum(
            metadata.row_group(n).total_byte_size for n in range(metadata.num_row_groups)
        )
        if size > self._limits.unpacked_bytes:
            raise unpacked_size_error(self.name, self._limits)
        return size


@contextmanager
def open_feed(path: Path | str, limits: FeedLimits | None = None) -> Iterator[FeedFile]:
    """Open a file, or standard input for `-`, which is spooled to a temporary file.

    Args:
        path: the file.
        limits: what it may ask of this machine; None takes the defaults.

    Raises:
        SourceFormatError: there is no such file, or its format cannot be told.
    """
    if str(path) == "-":
        with tempfile.NamedTemporaryFile(prefix="catalograph-") as spool:
            shutil.copyfileobj(sys.stdin.buffer, spool)
            spool.flush()
            yield FeedFile(Path(spool.name), "-", limits)
        return
    file = Path(path)
    if not file.is_file():
        raise SourceFormatError(
            f"There is no file '{path}'. Check the path; a folder is read by `ingest triples`.",
            file=str(path),
        )
    try:
        feed = FeedFile(file, str(path), limits)
    except PermissionError as exc:
        raise SourceFormatError(
            f"'{path}' may not be read by this user. Change its permissions.", file=str(path)
        ) from exc
    yield feed
