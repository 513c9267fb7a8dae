"""Rows of JSON: an object a line, an array, a list within a document; products of JSON-LD."""

import ast
import re
from collections.abc import Iterator
from functools import partial
from typing import IO, Any

from catalograph.ingest.readers.documents import json_elements_rows, json_list_rows
from catalograph.ingest.readers.formats.protocol import FileFormat, FileShape
from catalograph.ingest.readers.json_lists import (
    JsonList,
    choose_list,
    describe_lists,
    find_lists,
    pick_list,
)
from catalograph.ingest.readers.lines import numbered_lines
from catalograph.ingest.readers.linked import product_rows, products
from catalograph.ingest.readers.rows import (
    SHOWN_BYTES,
    FeedLimits,
    FeedRow,
    json_row,
    json_value,
    parse_json,
)
from catalograph.ingest.readers.source import FeedSource
from catalograph.schema import Rejection, RejectionReason

_PYTHON_START = b"{'"
_PYTHON = "rows that are no JSON, read as Python literals"
_PYTHON_BYTES = 256 * 1024
"""Longer literals would take much memory to parse."""
_SAMPLE_LINES = 20
_LINKED = re.compile(rb'"@type"\s*:\s*\[?\s*"[^"]*(?:Product|ItemList|WebPage|Offer|Vehicle)')
_DOCUMENT = "."
"""Path of the document itself."""


def json_rows(
    source: FeedSource, *, lines: bool, linked: bool = False, document: bool = False
) -> Iterator[FeedRow]:
    """Rows of a JSON file.

    Args:
        source: the file.
        lines: whether it has one object a line.
        linked: whether it is JSON-LD, whose rows are the products in it.
        document: whether it may be one object that holds the rows.

    Raises:
        SourceFormatError: the file ends inside an element, or has no list where the mapping says
            that the rows are.
    """
    if linked:
        yield from _linked_rows(source, lines=lines)
        return
    stated = source.options.rows
    found = None
    if document and stated != _DOCUMENT:
        lists = source.remember("lists", lambda: find_lists(source.text(), source.name))
        if lists is not None:
            found = _rows_list(source, lists)
            stated = None
    if found is not None:
        yield from json_list_rows(source.text(), found, source.limits)
        return
    rows = (
        json_lines(source.text(), source.limits)
        if lines
        else json_elements_rows(source.text(), source.name, source.limits)
    )
    yield from rows if stated in (None, _DOCUMENT) else _rows_within(rows, stated)


def _rows_list(source: FeedSource, lists: list[JsonList]) -> JsonList | None:
    """Return the list that holds the rows, and note the choice."""
    if source.options.rows is not None:
        return pick_list(lists, source.options.rows, source.name)
    found = choose_list(lists)
    if found is not None:
        among = f", chosen among {describe_lists(lists)}" if len(lists) > 1 else ""
        source.note(f"rows read from the list '{found.address}'{among}; 'rows:' names another one")
    elif lists:
        source.note(
            "rows read from the document itself, which seems to be one record; 'rows:' names a "
            f"list in it: {describe_lists(lists)}"
        )
    return found


def _rows_within(rows: Iterator[FeedRow], path: str) -> Iterator[FeedRow]:
    """Rows of the list at a path in each of several objects; numbered anew, from 1."""
    number = 0
    for row in rows:
        inner: Any = row.fields
        if not isinstance(inner, Rejection):
            for name in path.split("."):
                inner = inner.get(name) if isinstance(inner, dict) else None
        if not isinstance(inner, list | Rejection):
            detail = f"No list at '{path}'."
            inner = Rejection(RejectionReason.MALFORMED, "", detail)
        for fields in inner if isinstance(inner, list) else [inner]:
            number += 1
            if not isinstance(fields, dict | Rejection):
                detail = f"A JSON {type(fields).__name__} in '{path}', expected an object."
                fields = Rejection(RejectionReason.MALFORMED, "", detail)
            yield FeedRow(number, fields, b"", row.note)


def _linked_rows(source: FeedSource, *, lines: bool) -> Iterator[FeedRow]:
    """Products of JSON-LD; a document within the row limit is read whole, for its references."""
    if lines:
        yield from product_rows(json_lines(source.text(), source.limits))
        return
    text = source.text().read(source.limits.row_bytes + 1)
    if len(text) <= source.limits.row_bytes:
        value, _ = parse_json(text, source.limits, lenient=True)
        if not isinstance(value, Rejection):
            for number, fields in enumerate(products(value), 1):
                yield FeedRow(number, fields)
            return
    yield from product_rows(json_elements_rows(source.text(), source.name, source.limits))


def json_lines(stream: IO[bytes], limits: FeedLimits) -> Iterator[FeedRow]:
    """Rows of JSONL; blank lines are passed over."""
    for number, line in numbered_lines(stream, limits):
        row = json_line(number, line, limits)
        if row is not None:
            yield row


def json_line(number: int, line: bytes, limits: FeedLimits) -> FeedRow | None:
    """Return the row of a line of JSONL; None for a blank one."""
    if not line.strip():
        return None
    if len(line) > limits.row_bytes:
        return FeedRow(number, limits.reject_too_long(), line[:SHOWN_BYTES])
    fields = _python_object(line) if line.startswith(_PYTHON_START) else None
    if fields is None:
        return json_row(number, line, limits)
    return FeedRow(number, fields, line, _PYTHON)


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
    lines, document = _layout(start, whole=whole)
    linked = _LINKED.search(head) is not None
    return FileShape(
        "jsonl" if lines else "json",
        partial(json_rows, lines=lines, linked=linked, document=document),
        by_line=lines and not linked and not document,
    )


def _layout(text: bytes, *, whole: bool) -> tuple[bool, bool]:
    """Return whether JSON is one object a line, and whether it may be one object as a whole."""
    if text.startswith(b"["):
        return False, False
    if text.startswith(_PYTHON_START):
        return True, False
    lines = text.split(b"\n")
    complete = lines if whole else lines[:-1]
    good = any(_is_object(line) for line in complete[:_SAMPLE_LINES])
    if not b"".join(complete[1:]).strip():
        return True, True  # one line, or one so long that its end is not seen yet
    return good, not good


def _is_object(line: bytes) -> bool:
    return isinstance(json_value(line, FeedLimits()), dict)


_LINES = FileShape("jsonl", partial(json_rows, lines=True), by_line=True)

FORMAT = FileFormat(
    labels=("JSON", "JSON-LD"),
    detect=_detect,
    extensions={".jsonl": _LINES, ".ndjson": _LINES},
)
