"""A feed that can be read from its start as often as needed."""

import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from catalograph.errors import SourceFormatError
from catalograph.ingest.readers.database import DatabaseQuery, is_database, spool_query
from catalograph.ingest.readers.encodings import (
    codec_name,
    is_utf8,
    utf16_without_mark,
)
from catalograph.ingest.readers.formats import (
    FileFormat,
    FileShape,
    detect_format,
    format_labels,
    is_binary,
)
from catalograph.ingest.readers.lines import BOM
from catalograph.ingest.readers.rows import FeedLimits, FeedRow, ReadOptions
from catalograph.ingest.readers.source import FeedSource, FileFindings, unreadable_error
from catalograph.ingest.readers.unpack import READ_FAULTS, UTF16_MARKS, unpack

_SNIFFED = 64 * 1024
"""First bytes by which a format is detected."""
_REPORT_EVERY = 1_000
"""Rows between two reports of progress."""
_STATED = re.compile(
    rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})"""
    rb"""|<meta\s[^>]{0,200}?charset\s*=\s*["']?([\w.:-]{1,40})""",
    re.IGNORECASE,
)


class FeedFile:
    """A file that can be read from its start as often as needed; make one with `open_feed`."""

    def __init__(
        self,
        path: Path,
        name: str,
        limits: FeedLimits | None = None,
        options: ReadOptions | None = None,
        shape: FileShape | None = None,
    ) -> None:
        self.name = name
        self.on_progress: Callable[[float, int], None] | None = None
        """Callback that receives the share read, 0 to 1, and the number of rows, now and then."""
        self._path = path
        self._limits = limits or FeedLimits()
        self._source: FeedSource | None = None
        self._packed = False
        self._known_shape = shape
        self.configure(options or ReadOptions())

    def configure(self, options: ReadOptions) -> None:
        """Read the file with other options from now on.

        Raises:
            SourceFormatError: the file cannot be read with them.
        """
        self.options = options
        self._findings = FileFindings()
        self._encoding = self._stated_encoding(options)
        self._shape = self._known_shape or self._detect()

    @property
    def format(self) -> str:
        """Name of the file's format."""
        return self._shape.format

    @property
    def by_line(self) -> bool:
        """Whether each line of the file is a row in UTF-8, so that its parts can be read apart."""
        plain = self._encoding in (None, "utf-8") and not self._packed
        return self._shape.by_line and plain and self.options.rows is None

    @property
    def location(self) -> str:
        """Address of the feed: `-`, that of a database, or the absolute path."""
        return (
            self.name
            if self.name == "-" or is_database(self.name)
            else str(Path(self.name).resolve())
        )

    @property
    def stem(self) -> str:
        """File name without folders and extensions."""
        name = Path(self.name).name
        return name.partition(".")[0] or name

    @property
    def position(self) -> float:
        """How far the reading under way has come, 0 to 1."""
        return 0.0 if self._source is None else self._source.position

    @property
    def notes(self) -> tuple[str, ...]:
        """How the rows read so far were found; each sentence begins with "rows"."""
        return tuple(self._findings.notes)

    def rows(self) -> Iterator[FeedRow]:
        """Read from the start.

        Raises:
            SourceFormatError: the file is damaged, over a limit, or not of its format.
        """
        try:
            with self._open_source() as source:
                self._source = source
                for number, row in enumerate(self._shape.rows(source), 1):
                    if self.on_progress is not None and number % _REPORT_EVERY == 0:
                        self.on_progress(source.position, number)
                    yield row
            source.note_position(1.0)
        except READ_FAULTS as exc:
            raise unreadable_error(self.name, exc) from exc

    def _open_source(self) -> FeedSource:
        return FeedSource(
            self._path, self.name, self._limits, self.options, self._encoding, self._findings
        )

    def _stated_encoding(self, options: ReadOptions) -> str | None:
        if options.encoding is None:
            return None
        name = codec_name(options.encoding)
        if name is None:
            raise SourceFormatError(
                f"'{options.encoding}' is no encoding of text. Use a name such as utf-8, gb18030, "
                "big5, shift_jis, euc_kr or cp1252.",
                file=self.name,
            )
        return name

    def _detect(self) -> FileShape:
        try:
            with self._path.open("rb") as raw:
                stream = unpack(raw, self.name, self._limits)
                self._packed = stream is not raw
                head = stream.read(_SNIFFED)
            whole = len(head) < _SNIFFED
            if not is_binary(head):
                self._encoding = self._encoding or self._encoding_of(head, whole=whole)
            text = self._as_utf8(head).removeprefix(BOM)
            found = detect_format(text, self.name, whole=whole)
        except READ_FAULTS as exc:
            raise unreadable_error(self.name, exc) from exc
        if found is None:
            *labels, last = format_labels()
            raise SourceFormatError(
                f"'{self.name}' is neither {', '.join(labels)} nor {last} by content or name. "
                "Give it the extension of its format.",
                file=self.name,
            )
        return self._check_compression(*found, packed=self._packed)

    def _encoding_of(self, head: bytes, *, whole: bool) -> str | None:
        """Return the encoding that the first bytes show or state; None for UTF-8 as it seems."""
        if head.startswith(UTF16_MARKS):
            return "utf-16"
        if b"\x00" in head:
            return utf16_without_mark(head)
        if head.startswith(BOM) or is_utf8(head, whole=whole):
            return "utf-8"
        stated = self._stated_in(head)
        if stated is not None or head.isascii():
            return stated
        with self._open_source() as source:
            found = source.find_encoding()
        return None if found == "utf-8" else found

    def _stated_in(self, head: bytes) -> str | None:
        """Return the encoding that an XML declaration or an HTML page states, if it holds."""
        start = head[:4096]
        match = (_STATED.match if start.lstrip().startswith(b"<?xml") else _STATED.search)(start)
        if match is None or not start.lstrip().startswith(b"<"):
            return None
        stated = (match[1] or match[2]).decode()
        name = codec_name(stated)
        if name is None:
            raise SourceFormatError(
                f"'{self.name}' states the encoding '{stated}', which is not known. Name the right "
                "one with --encoding, or with 'encoding:' in the mapping.",
                file=self.name,
            )
        return None if name == "utf-8" or name.startswith("utf-16") else name

    def _as_utf8(self, head: bytes) -> bytes:
        if self._encoding is None or self._encoding == "utf-8":
            return head
        return head.decode(self._encoding, "replace").encode("utf-8", "replace")

    def _check_compression(self, form: FileFormat, shape: FileShape, *, packed: bool) -> FileShape:
        if form.compressed and packed:
            label = form.labels[0]
            raise SourceFormatError(
                f"'{self.name}' is a gzipped {label} file; {label} is compressed already. "
                "Unpack it with gunzip first.",
                file=self.name,
            )
        return shape


@contextmanager
def open_feed(
    path: Path | str | DatabaseQuery,
    limits: FeedLimits | None = None,
    options: ReadOptions | None = None,
) -> Iterator[FeedFile]:
    """Open a file; standard input for `-` and the rows of a query are spooled first.

    Args:
        path: the file, or a query.
        limits: what it may ask of this machine; None takes the defaults.
        options: properties of the file that content alone may not show.

    Raises:
        SourceFormatError: there is no such file, its format or encoding cannot be told, or the
            database refuses the query.
    """
    if isinstance(path, DatabaseQuery):
        with spool_query(path, limits or FeedLimits()) as (rows, shape):
            yield FeedFile(rows, str(path), limits, options, shape)
        return
    if is_database(path):
        raise SourceFormatError(
            f"'{DatabaseQuery(str(path), '')}' is a database. Say with --query which rows to read.",
            file=str(DatabaseQuery(str(path), "")),
        )
    if str(path) == "-":
        with tempfile.NamedTemporaryFile(prefix="catalograph-") as spool:
            shutil.copyfileobj(sys.stdin.buffer, spool)
            spool.flush()
            yield FeedFile(Path(spool.name), "-", limits, options)
        return
    file = Path(path)
    if not file.is_file():
        raise SourceFormatError(
            f"There is no file '{path}'. Check the path; a folder is read by `ingest triples`.",
            file=str(path),
        )
    try:
        feed = FeedFile(file, str(path), limits, options)
    except PermissionError as exc:
        raise SourceFormatError(
            f"'{path}' may not be read by this user. Change its permissions.", file=str(path)
        ) from exc
    yield feed
