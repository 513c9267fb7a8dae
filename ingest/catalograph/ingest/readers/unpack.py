"""Streams of plain bytes out of compressed or UTF-16 ones, within stated limits."""

import codecs
import gzip
import io
import zlib
from typing import IO, Protocol

from catalograph.errors import SourceFormatError
from catalograph.ingest.readers.rows import FeedLimits

_GZIP_MAGIC = b"\x1f\x8b"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
READ_FAULTS = (OSError, EOFError, zlib.error, UnicodeError)
"""What a damaged file makes the standard library raise."""

_CHUNK = 256 * 1024
_RATIO_FROM = 64 * 1024**2
"""Bytes below which a high ratio is no attack: small files of equal rows pack very well."""


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


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
    """UTF-16 with a byte-order mark, as UTF-8.

    Half a surrogate pair passes through as bytes that are no UTF-8, so that its row is rejected.
    """

    def __init__(self, stream: _Readable) -> None:
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-16")("surrogatepass").decode
        self._rest = b""

    def chunk(self, size: int) -> bytes:
        while not self._rest:
            found = self._stream.read(_CHUNK)
            self._rest = self._decode(found, not found).encode("utf-8", "surrogatepass")
            if not found:
                break
        part, self._rest = self._rest[:size], self._rest[size:]
        return part


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


def as_utf8(stream: IO[bytes]) -> IO[bytes]:
    """A UTF-16 stream as UTF-8."""
    return io.BufferedReader(_Recoded(stream), _CHUNK)


__all__ = ["READ_FAULTS", "UTF16_MARKS", "as_utf8", "unpack", "unpacked_size_error"]
