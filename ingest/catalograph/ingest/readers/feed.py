"""A feed that can be read from its start as often as needed."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from catalograph.errors import SourceFormatError
from catalograph.ingest.readers.database import DatabaseQuery, is_database, spool_query
from catalograph.ingest.readers.formats import FileShape, detect_format, format_labels
from catalograph.ingest.readers.lines import BOM
from catalograph.ingest.readers.rows import FeedLimits, FeedRow
from catalograph.ingest.readers.source import FeedSource, unreadable_error
from catalograph.ingest.readers.unpack import READ_FAULTS, UTF16_MARKS, unpack

_SNIFFED = 64 * 1024
"""First bytes by which a format is detected."""


class FeedFile:
    """A file that can be read from its start as often as needed; make one with `open_feed`."""

    def __init__(
        self,
        path: Path,
        name: str,
        limits: FeedLimits | None = None,
        shape: FileShape | None = None,
    ) -> None:
        self.name = name
        self._path = path
        self._limits = limits or FeedLimits()
        self._source: FeedSource | None = None
        self._utf16 = False
        self._shape = shape or self._detect()

    @property
    def format(self) -> str:
        """Name of the file's format."""
        return self._shape.format

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

    def rows(self) -> Iterator[FeedRow]:
        """Read from the start.

        Raises:
            SourceFormatError: the file is damaged, over a limit, or not of its format.
        """
        try:
            with FeedSource(self._path, self.name, self._limits, utf16=self._utf16) as source:
                self._source = source
                yield from self._shape.rows(source)
            source.note_position(1.0)
        except READ_FAULTS as exc:
            raise unreadable_error(self.name, exc) from exc

    def _detect(self) -> FileShape:
        try:
            with self._path.open("rb") as raw:
                stream = unpack(raw, self.name, self._limits)
                packed = stream is not raw
                head = stream.read(_SNIFFED)
        except READ_FAULTS as exc:
            raise unreadable_error(self.name, exc) from exc
        whole = len(head) < _SNIFFED
        self._utf16 = head.startswith(UTF16_MARKS)
        if self._utf16:
            even = head[: len(head) // 2 * 2]
            head = even.decode("utf-16", "replace").encode("utf-8", "replace")
        found = detect_format(head.removeprefix(BOM), self.name, whole=whole)
        if found is None:
            *labels, last = format_labels()
            raise SourceFormatError(
                f"'{self.name}' is neither {', '.join(labels)} nor {last} by content or name. "
                "Give it the extension of its format.",
                file=self.name,
            )
        form, shape = found
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
    path: Path | str | DatabaseQuery, limits: FeedLimits | None = None
) -> Iterator[FeedFile]:
    """Open a file; standard input for `-` and the rows of a query are spooled first.

    Args:
        path: the file, or a query.
        limits: what it may ask of this machine; None takes the defaults.

    Raises:
        SourceFormatError: there is no such file, its format cannot be told, or the database
            refuses the query.
    """
    if isinstance(path, DatabaseQuery):
        with spool_query(path, limits or FeedLimits()) as (rows, shape):
            yield FeedFile(rows, str(path), limits, shape)
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
