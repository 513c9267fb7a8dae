"""One reading of a file: its path, its bytes, and how far the reading has come."""

from pathlib import Path
from types import TracebackType
from typing import IO, Self

from catalograph.errors import SourceFormatError
from catalograph.ingest.readers.rows import FeedLimits
from catalograph.ingest.readers.unpack import as_utf8, unpack


class FeedSource:
    """One reading of a file, from its start; a context manager that closes what was opened.

    Args:
        path: the file, for formats that are read at random.
        name: its name for messages.
        limits: what reading may ask of this machine.
        utf16: whether the unpacked bytes are UTF-16 with a byte-order mark.
    """

    def __init__(self, path: Path, name: str, limits: FeedLimits, *, utf16: bool) -> None:
        self.path = path
        self.name = name
        self.limits = limits
        self._utf16 = utf16
        self._size = max(1, path.stat().st_size)
        self._raw: IO[bytes] | None = None
        self._position = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._raw is not None:
            self._position = self.position
            self._raw.close()

    @property
    def position(self) -> float:
        """Share of the file that was read, 0 to 1."""
        # Asking the file is a call to the system, too dear for each row.
        if self._raw is not None and not self._raw.closed:
            return min(1.0, self._raw.tell() / self._size)
        return self._position

    def note_position(self, share: float) -> None:
        """Take the share that was read from a format that opens the file itself."""
        self._position = min(1.0, share)

    def stream(self) -> IO[bytes]:
        """Open the file's bytes, unpacked where it is gzipped."""
        self._raw = self.path.open("rb")
        return unpack(self._raw, self.name, self.limits)

    def text(self) -> IO[bytes]:
        """Open the file's text: as `stream`, and as UTF-8 where it is UTF-16."""
        stream = self.stream()
        return as_utf8(stream) if self._utf16 else stream

    def unreadable(self, fault: Exception) -> SourceFormatError:
        """The error of a damaged file."""
        return unreadable_error(self.name, fault)


def unreadable_error(name: str, fault: Exception) -> SourceFormatError:
    """The error of a damaged file."""
    return SourceFormatError(
        f"'{name}' cannot be read: {fault}. It may be cut short or damaged; "
        "get it again and check its size.",
        file=name,
    )
