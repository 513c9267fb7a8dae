"""One reading of a file: its path, its bytes, and how far the reading has come."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, TypeVar

from catalograph.errors import SourceFormatError
from catalograph.ingest.readers.encodings import encoding_label, find_encoding
from catalograph.ingest.readers.lines import BOM
from catalograph.ingest.readers.rows import FeedLimits, ReadOptions
from catalograph.ingest.readers.unpack import as_utf8, checked_utf8, unpack

T = TypeVar("T")

_START_BYTES = 64
_REFUSED_SHARE = 0.05
"""Share of lines in an unclear encoding from which a file is refused rather than these lines."""


@dataclass
class FileFindings:
    """What the readings of a file found out about it, kept for the next reading.

    Attributes:
        notes: how the file was read where that took a choice.
        values: results by name, so that they are computed once.
    """

    notes: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)


class FeedSource:
    """One reading of a file, from its start; a context manager that closes what was opened.

    Args:
        path: the file, for formats that are read at random.
        name: its name for messages.
        limits: what reading may ask of this machine.
        options: properties of the file that content alone may not show.
        encoding: encoding of the unpacked text; None for UTF-8 as far as it is known.
        findings: findings of earlier readings, to which this one adds.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        limits: FeedLimits,
        options: ReadOptions | None = None,
        encoding: str | None = None,
        findings: FileFindings | None = None,
    ) -> None:
        self.path = path
        self.name = name
        self.limits = limits
        self.options = options or ReadOptions()
        self.encoding = encoding
        self.findings = findings or FileFindings()
        self._size = max(1, path.stat().st_size)
        self._raw: IO[bytes] | None = None
        self._opened: list[IO[bytes]] = []
        self._position = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._position = self.position
        for raw in self._opened:
            raw.close()

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
        self._opened.append(self._raw)
        return unpack(self._raw, self.name, self.limits)

    def text(self) -> IO[bytes]:
        """Open the file's text: as `stream`, and as UTF-8 where it has another encoding."""
        stream = self.stream()
        if self.encoding == "utf-8":
            return stream
        if self.encoding is not None:
            return as_utf8(stream, self.encoding)
        return checked_utf8(stream, self.find_encoding)

    def find_encoding(self) -> str:
        """Tell the encoding of text that is not UTF-8; reads the whole file, once.

        Returns:
            `utf-8` if only a few places are damaged, or the text is JSON; their rows are rejected.

        Raises:
            SourceFormatError: much of the text is in an encoding that is not clear.
        """
        return self.remember("encoding", self._find_encoding)

    def _find_encoding(self) -> str:
        with self.path.open("rb") as raw:
            evidence = find_encoding(unpack(raw, self.name, self.limits))
        if evidence.encoding is None:
            # JSON is UTF-8 by its standard, so what is not counts as damage of its row.
            if evidence.damaged <= _REFUSED_SHARE or self._is_json():
                return "utf-8"
            possible = " or ".join(evidence.possible)
            hint = f"; it may be {possible}" if possible else ""
            raise SourceFormatError(
                f"'{self.name}' is not UTF-8, and its encoding is not clear{hint}. Name it with "
                "--encoding, or with 'encoding:' in the mapping, such as 'encoding: gb18030'.",
                file=self.name,
            )
        if evidence.encoding != "utf-8":
            label = encoding_label(evidence.encoding)
            self.note(
                f"rows read as {label}, which their bytes suggest; --encoding names another one"
            )
        return evidence.encoding

    def _is_json(self) -> bool:
        with self.path.open("rb") as raw:
            start = unpack(raw, self.name, self.limits).read(_START_BYTES)
        return start.removeprefix(BOM).lstrip().startswith((b"{", b"["))

    def note(self, text: str) -> None:
        """Note how the file was read, for the report."""
        if text not in self.findings.notes:
            self.findings.notes.append(text)

    def remember(self, name: str, compute: Callable[[], T]) -> T:
        """Return a result of the file that is computed once, however often the file is read."""
        if name not in self.findings.values:
            self.findings.values[name] = compute()
        found: T = self.findings.values[name]
        return found

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
