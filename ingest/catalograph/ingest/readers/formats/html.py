"""Products in the JSON-LD of HTML pages."""

import codecs
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from catalograph.ingest.readers.formats.protocol import FileFormat, FileShape
from catalograph.ingest.readers.linked import products
from catalograph.ingest.readers.rows import FeedLimits, FeedRow, parse_json
from catalograph.ingest.readers.source import FeedSource
from catalograph.schema import Rejection

_CHUNK = 256 * 1024
_PROLOGUE = re.compile(rb"\s*(?:<\?.*?\?>|<!--.*?-->)", re.DOTALL)
_PAGE = re.compile(
    rb"\s*<(?:!doctype\s+html|html|head|body|script|meta|div|section|main)\b", re.IGNORECASE
)
# Old pages hide scripts from XML parsers and from browsers that do not know them.
_OPENING = re.compile(r"\A\s*(?://|/\*)?\s*(?:<!\[CDATA\[|<!--)\s*(?:\*/)?")
_CLOSING = re.compile(r"(?://|/\*)?\s*(?:\]\]>|-->)\s*(?:\*/)?\s*\Z")


def page_rows(source: FeedSource) -> Iterator[FeedRow]:
    """Products of the JSON-LD in an HTML page.

    The scripts of a page are read together, since one may describe what another names.
    """
    stream, limits = source.text(), source.limits
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    page = _Page(limits)
    number, things, size = 0, [], 0
    while chunk := stream.read(_CHUNK):
        page.feed(decode(chunk))
        for text in page.take():
            found = _read_script(text, limits)
            if isinstance(found, Rejection):
                number += 1
                yield FeedRow(number, found, text.encode())
                continue
            things.append(found)
            size += len(text)
            if size > limits.row_bytes:
                for fields in products(things):
                    number += 1
                    yield FeedRow(number, fields)
                things, size = [], 0
    for fields in products(things):
        number += 1
        yield FeedRow(number, fields)


def _read_script(text: str, limits: FeedLimits) -> Any:
    raw = _CLOSING.sub("", _OPENING.sub("", text)).encode()
    if len(raw) > limits.row_bytes:
        return limits.reject_too_long()
    return parse_json(raw, limits, lenient=True)[0]


class _Page(HTMLParser):
    """Collects the texts of `<script type="application/ld+json">`."""

    def __init__(self, limits: FeedLimits) -> None:
        super().__init__(convert_charrefs=True)
        self._limits = limits
        self._open: list[str] | None = None
        self._size = 0
        self._done: list[str] = []

    def take(self) -> list[str]:
        """The texts that were completed since the last call."""
        done, self._done = self._done, []
        return done

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = (dict(attrs).get("type") or "").split(";")[0].strip().lower()
        if tag == "script" and kind == "application/ld+json":
            self._open, self._size = [], 0

    def handle_data(self, data: str) -> None:
        if self._open is not None and self._size <= self._limits.row_bytes:
            self._open.append(data)
            self._size += len(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._open is not None:
            self._done.append("".join(self._open))
            self._open = None


def _detect(head: bytes, whole: bool) -> FileShape | None:
    """Tell a page by its first element; texts further on may quote any element."""
    del whole
    place = 0
    while (match := _PROLOGUE.match(head, place)) is not None:
        place = match.end()
    return FileShape("html", page_rows) if _PAGE.match(head, place) else None


FORMAT = FileFormat(labels=("HTML",), detect=_detect)
