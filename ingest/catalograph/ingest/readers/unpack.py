"""Streams of UTF-8 out of compressed files and other encodings, within stated limits."""

import codecs
import gzip
import io
import zlib
from collections.abc import Callable
from typing import IO, Protocol

from catalograph.errors import SourceFormatError
from catalograph.ingest.readers.encodings import ENOUGH_UTF8, count_beyond_ascii
from catalograph.ingest.readers.rows import FeedLimits

_GZIP_MAGIC = b"\x1f\x8b"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
READ_FAULTS = (OSError, EOFError, zlib.error, UnicodeError)
"""What a damaged file makes the standard library raise."""

_CHUNK = 256 * 1024
_RATIO_FROM = 64 * 1024**2
"""Bytes below which a high ratio is no attack: small files of equal rows pack very well."""


class Readable(Protocol):
    """Anything to read bytes from."""

    def read(self, size: int = -1, /) -> bytes:
        """Read some bytes; none at the end."""


class _Chunks(io.RawIOBase):
    """A raw stream over a method that gives some bytes; subclasses say where from."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "io.WriteableBuffer") -> int:  # type: ignore[name-defined]
        chunk = self.chunk(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def chunk(self, size: int) -> bytes:
        raise NotImplementedError


class _Gunzipped(_Chunks):
    """Unpacks, and counts what comes out."""

    def __init__(self, packed: IO[bytes], name: str, limits: FeedLimits) -> None:
        self._packed = packed
        self._stream = gzip.GzipFile(fileobj=packed)
        self._name = name
        self._limits = limits
        self._bytes = 0

    def chunk(self, size: int) -> bytes:
        found = self._stream.read1(size)
        self._bytes += len(found)
        if self._bytes > self._limits.unpacked_bytes:
            raise unpacked_size_error(self._name, self._limits)
        if self._bytes > _RATIO_FROM and self._bytes > self._limits.ratio * self._packed.tell():
            what = f"over {self._limits.ratio:g} times its size"
            raise _refuse(self._name, what, "CATALOGRAPH_INGEST__MAX_RATIO")
        return found


class _Recoded(_Chunks):
    """Text of another encoding, as UTF-8.

    Bytes that the encoding does not have, and half surrogate pairs, pass through as bytes that are
    no UTF-8, so that their row is rejected.
    """

    def __init__(self, stream: Readable, encoding: str) -> None:
        self._stream = stream
        wide = encoding.startswith(("utf-16", "utf-32"))
        self._errors = "surrogatepass" if wide else "surrogateescape"
        self._decode = codecs.getincrementaldecoder(encoding)(self._errors).decode
        self._rest = b""

    def chunk(self, size: int) -> bytes:
        while not self._rest:
            found = self._stream.read(_CHUNK)
            text = self._decode(found, not found)
            self._rest = text.encode("utf-8", self._errors)
            if not found:
                break
        part, self._rest = self._rest[:size], self._rest[size:]
        return part


class _Checked(_Chunks):
    """Text that is UTF-8 as far as it was read; the first other byte asks for the encoding.

    Until then all text is ASCII, which the other encodings share. Once enough other characters
    are UTF-8, bytes that are not are damaged, and nothing is checked any more.
    """

    def __init__(self, stream: IO[bytes], find: Callable[[], str]) -> None:
        self._stream: Readable = stream
        self._find = find
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._begun = b""
        self._checking = True

    def chunk(self, size: int) -> bytes:
        found = self._stream.read(size - len(self._begun))
        if not self._checking or (found.isascii() and not self._begun):
            return found
        text = self._begun + found
        try:
            seen = count_beyond_ascii(self._decoder.decode(found, not found))
        except UnicodeDecodeError:
            self._checking = False
            encoding = self._find()
            self._stream = _Begun(text, self._stream)
            if encoding != "utf-8":
                self._stream = _Recoded(self._stream, encoding)
            self._begun = b""
            return self._stream.read(size)
        self._checking = seen < ENOUGH_UTF8
        # A character that the chunk cuts waits, as another encoding would read its bytes anew.
        self._begun = self._decoder.getstate()[0]
        if not self._checking:
            self._begun = b""
            return text
        whole = text[: len(text) - len(self._begun)]
        return whole if whole or not found else self.chunk(size)


class _Begun:
    """A stream with some bytes before it."""

    def __init__(self, head: bytes, rest: Readable) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int = -1, /) -> bytes:
        if self._head:
            part, self._head = self._head[:size], self._head[size:]
            return part
        return self._rest.read(size)


def unpacked_size_error(name: str, limits: FeedLimits) -> SourceFormatError:
    """The error of a file that unpacks to more than it may."""
    what = f"over {limits.unpacked_bytes / 1024**3:g} GiB"
    return _refuse(name, what, "CATALOGRAPH_INGEST__MAX_UNPACKED_GB")


def _refuse(name: str, what: str, setting: str) -> SourceFormatError:
    return SourceFormatError(
        f"'{name}' unpacks to {what} and is refused as a decompression bomb. "
        f"If you trust it, raise {setting}.",
        file=name,
    )


def unpack(raw: IO[bytes], name: str, limits: FeedLimits) -> IO[bytes]:
    """The stream, unpacked where its first bytes say that it is gzipped."""
    start = raw.tell()
    packed = raw.read(2) == _GZIP_MAGIC
    raw.seek(start)
    if not packed:
        return raw
    return io.BufferedReader(_Gunzipped(raw, name, limits), _CHUNK)


def as_utf8(stream: IO[bytes], encoding: str) -> IO[bytes]:
    """Return a stream of text of another encoding as UTF-8."""
    return io.BufferedReader(_Recoded(stream, encoding), _CHUNK)


def checked_utf8(stream: IO[bytes], find: Callable[[], str]) -> IO[bytes]:
    """Return a stream as UTF-8; `find` gives its encoding once a byte of it is not UTF-8."""
    return io.BufferedReader(_Checked(stream, find), _CHUNK)


__all__ = [
    "READ_FAULTS",
    "UTF16_MARKS",
    "as_utf8",
    "checked_utf8",
    "unpack",
    "unpacked_size_error",
]
