"""Rows of JSON: an object a line, an array, objects over many lines; products of JSON-LD."""

import ast
import re
from collections.abc import Iterator
from functools import partial
from typing import IO, Any

import orjson

from catalograph.ingest.readers.documents import json_elements_rows
from catalograph.ingest.readers.formats.protocol import FileFormat, FileShape
from catalograph.ingest.readers.lines import numbered_lines
from catalograph.ingest.readers.linked import product_rows
from catalograph.ingest.readers.rows import SHOWN_BYTES, FeedLimits, FeedRow, json_object
from catalograph.ingest.readers.source import FeedSource

_PYTHON_START = b"{'"
_PYTHON = "rows that are no JSON, read as Python literals"
_PYTHON_BYTES = 256 * 1024
"""Longer literals would take much memory to parse."""
_SAMPLE_LINES = 20
_LINKED = re.compile(rb'"@type"\s*:\s*\[?\s*"[^"]*(?:Product|ItemList|WebPage|Offer|Vehicle)')


def json_rows(source: FeedSource, *, lines: bool, linked: bool = False) -> Iterator[FeedRow]:
    """Rows of a JSON file.

    Args:
        source: the file.
        lines: whether it has one object a line.
        linked: whether it is JSON-LD, whose rows are the products in it.

    Raises:
        SourceFormatError: the file ends inside an element.
    """
    if lines:
        rows = json_lines(source.text(), source.limits)
    else:
        rows = json_elements_rows(source.text(), source.name, source.limits)
    return product_rows(rows) if linked else rows


def json_lines(stream: IO[bytes], limits: FeedLimits) -> Iterator[FeedRow]:
    """Rows of JSONL; blank lines are passed over."""
    for number, line in numbered_lines(stream, limits):
        if not line.strip():
            continue
        if len(line) > limits.row_bytes:
            yield FeedRow(number, limits.reject_too_long(), line[:SHOWN_BYTES])
            continue
        fields = _python_object(line) if line.startswith(_PYTHON_START) else None
        if fields is None:
            yield FeedRow(number, json_object(line, limits), line)
        else:
            yield FeedRow(number, fields, line, _PYTHON)


def _python_object(line: bytes) -> dict[str, Any] | None:
    """A line as the oldest Amazon files have it: the text of a Python dictionary."""
    if len(line) > _PYTHON_BYTES:
        return None
    try:
        value = ast.literal_eval(line.decode())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return value if isinstance(value, dict) and all(isinstance(n, str) for n in value) else None


def _detect(head: bytes, whole: bool) -> FileShape | None:
    start = head.lstrip()
    if not start.startswith((b"{", b"[")):
        return None
    lines = _is_lines(start, whole=whole)
    linked = _LINKED.search(head) is not None
    return FileShape("jsonl" if lines else "json", partial(json_rows, lines=lines, linked=linked))


def _is_lines(text: bytes, *, whole: bool) -> bool:
    """Whether JSON is one object a line, rather than an array or objects over many lines."""
    if text.startswith(b"["):
        return False
    lines = text.split(b"\n")
    complete = lines if whole else lines[:-1]
    if not complete[1:] or text.startswith(_PYTHON_START):
        return True  # one line, or one so long that its end is not seen yet
    return any(_is_object(line) for line in complete[:_SAMPLE_LINES])


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


_LINES = FileShape("jsonl", partial(json_rows, lines=True))

FORMAT = FileFormat(
    labels=("JSON", "JSON-LD"),
    detect=_detect,
    extensions={".jsonl": _LINES, ".ndjson": _LINES},
)
