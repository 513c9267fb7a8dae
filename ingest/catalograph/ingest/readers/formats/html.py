"""Products in the JSON-LD of HTML pages."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from catalograph.ingest.readers.formats.protocol import FileFormat, FileShape
from catalograph.ingest.readers.linked import products
from catalograph.ingest.readers.rows import FeedLimits, FeedRow, json_value
from catalograph.ingest.readers.source import FeedSource
from catalograph.schema import Rejection

_CHUNK = 256 * 1024
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body|script)\b", re.IGNORECASE)


def page_rows(source: FeedSource) -> Iterator[FeedRow]:
    """Products of the JSON-LD in an HTML page."""
    stream, limits = source.text(), source.limits
    page = _Page(limits)
    number = 0
    while chunk := stream.read(_CHUNK):
        page.feed(chunk.decode("utf-8", "replace"))
        for text in page.take():
            raw = text.encode()
            too_long = len(raw) > limits.row_bytes
            found = limits.reject_too_long() if too_long else json_value(raw, limits)
            for fields in [found] if isinstance(found, Rejection) else products(found):
                number += 1
                yield FeedRow(number, fields, raw)


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
    del whole
    start = head.lstrip()
    page = start.startswith(b"<") and _PAGE.search(start[:4096])
    return FileShape("html", page_rows) if page else None


FORMAT = FileFormat(labels=("HTML",), detect=_detect)
