"""Rows out of JSON that is no JSONL: arrays, and objects spread over lines.

The text is cut into its elements by brackets before anything is parsed. So an element that is
wrong or too long is rejected by itself, and memory holds one element at a time.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import IO

import orjson

from catalograph.ingest.readers.json_lists import JsonList, cut_short_error, read_span
from catalograph.ingest.readers.lines import BOM
from catalograph.ingest.readers.rows import SHOWN_BYTES, FeedLimits, FeedRow, json_row
from catalograph.schema import Rejection

_CHUNK = 256 * 1024
_BRACKET = re.compile(rb'["{}\[\]]')
_IN_STRING = re.compile(rb'"|\\.', re.DOTALL)
_BETWEEN = b" \t\r\n,"
_KEY = re.compile(rb'("(?:[^"\\]|\\.)*")\s*:\s*', re.DOTALL)
KEY_COLUMN = "@key"
"""Column of the key of a row that is a value of an object."""


def json_elements(stream: IO[bytes], name: str, limits: FeedLimits) -> Iterator[bytes]:
    """Texts of the elements of one array, or of the objects that stand one after the other.

    An element that is too long comes cut to one byte over the limit.

    Raises:
        SourceFormatError: the file ends inside an element.
    """
    cutter = Cutter(limits.row_bytes)
    while chunk := stream.read(_CHUNK):
        yield from cutter.feed(chunk)
    yield from cutter.finish()
    if cutter.depth > 0 or cutter.in_string:
        raise cut_short_error(name)


def json_elements_rows(stream: IO[bytes], name: str, limits: FeedLimits) -> Iterator[FeedRow]:
    """Rows of a JSON array, or of objects spread over lines."""
    for number, text in enumerate(json_elements(stream, name, limits), 1):
        if len(text) > limits.row_bytes:
            yield FeedRow(number, limits.reject_too_long(), text[:SHOWN_BYTES])
        else:
            yield json_row(number, text, limits)


def json_list_rows(stream: IO[bytes], found: JsonList, limits: FeedLimits) -> Iterator[FeedRow]:
    """Rows of a list within a document; the key of an object's value becomes the column `@key`."""
    cutter = Cutter(limits.row_bytes, in_array=True)
    number = 0
    for chunk in read_span(stream, found.start, found.end):
        for text in cutter.feed(chunk):
            number += 1
            yield _list_row(number, text, limits, keyed=found.keyed)
    for text in cutter.finish():
        number += 1
        yield _list_row(number, text, limits, keyed=found.keyed)


def _list_row(number: int, text: bytes, limits: FeedLimits, *, keyed: bool) -> FeedRow:
    if len(text) > limits.row_bytes:
        return FeedRow(number, limits.reject_too_long(), text[:SHOWN_BYTES])
    key = _KEY.match(text) if keyed else None
    if key is None:
        return json_row(number, text, limits)
    row = json_row(number, text[key.end() :], limits)
    if isinstance(row.fields, Rejection):
        return row
    return replace(row, fields={KEY_COLUMN: orjson.loads(key[1]), **row.fields})


class Cutter:
    """Follows brackets and strings from chunk to chunk.

    Attributes:
        depth: brackets open within the element at hand, the array's own aside.
        in_string: whether the text read so far ends within a string.

    Args:
        longest: bytes of the longest element.
        in_array: whether the text begins behind the bracket of an array; None finds out.
    """

    def __init__(self, longest: int, *, in_array: bool | None = None) -> None:
        self.depth = 0
        self.in_string = False
        self._longest = longest
        self._buffer = bytearray()
        self._place = 0  # how far the buffer is looked through
        self._array = in_array

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Take a chunk; gives the elements that end in it."""
        self._buffer += chunk
        if self._array is None and not self._begin():
            return
        start = 0
        while self._next_bracket():
            if self.depth == 0:
                yield from self._scalars(start, self._place)
                start = self._place
        self._keep(start)

    def finish(self) -> Iterator[bytes]:
        """Give what is left after the last bracket."""
        if self.depth == 0 and not self.in_string:
            yield from self._scalars(0, len(self._buffer))

    def _begin(self) -> bool:
        """Step into the array, where there is one."""
        if self._buffer.startswith(BOM):
            del self._buffer[: len(BOM)]
        head = bytes(self._buffer[:4096]).lstrip()
        if not head:
            return False
        self._array = head.startswith(b"[")
        if self._array:
            del self._buffer[: self._buffer.index(b"[") + 1]
        return True

    def _next_bracket(self) -> bool:
        """Go on behind the next bracket; False where the buffer has none any more."""
        while True:
            pattern = _IN_STRING if self.in_string else _BRACKET
            match = pattern.search(self._buffer, self._place)
            if match is None:
                ends_in_escape = self.in_string and self._buffer.endswith(b"\\")
                self._place = max(self._place, len(self._buffer) - ends_in_escape)
                return False
            self._place = match.end()
            sign = match[0]
            if sign == b'"':
                self.in_string = not self.in_string
            elif not self.in_string and self._counts(sign):
                return True

    def _counts(self, sign: bytes) -> bool:
        """Count a bracket; whether an element ended with it."""
        if sign in b"{[":
            self.depth += 1
            return False
        # A bracket too many is the end of the array, or a fault that the element's text shows.
        self.depth = max(0, self.depth - 1)
        return self.depth == 0

    def _scalars(self, start: int, end: int) -> Iterator[bytes]:
        """The element in a part of the buffer, without what stands between elements."""
        text = bytes(self._buffer[start:end]).strip(_BETWEEN)
        if text and text != b"]":
            yield text

    def _keep(self, start: int) -> None:
        """Forget what is done; of an element that is too long only its beginning is kept."""
        del self._buffer[:start]
        self._place -= start
        most = self._longest + 1
        if len(self._buffer) > most:
            del self._buffer[most : self._place]
            self._place = min(self._place, most)
