"""What a file is, told by its first bytes; its name is asked only where they do not tell."""

import re
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Literal

import orjson

from catalograph.ingest.readers.lines import BOM, PYTHON_START, Dialect, Records
from catalograph.ingest.readers.rows import FeedLimits
from catalograph.schema import Rejection

Format = Literal["jsonl", "json", "csv", "tsv", "parquet", "xml", "html"]

SNIFFED = 64 * 1024
PARQUET_MAGIC = b"PAR1"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = (",", "\t", ";", "|")
_QUOTES = ('"', "'", None)
_USUAL = 0.1
"""How much better than the usual quote another, or none, must fit."""
_SAMPLE_RECORDS = 100
_SAMPLE_LINES = 20
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body|script)\b", re.IGNORECASE)
_LINKED = re.compile(rb'"@type"\s*:\s*\[?\s*"[^"]*(?:Product|ItemList|WebPage|Offer|Vehicle)')
_EXTENSIONS: dict[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
}


@dataclass(frozen=True, slots=True)
class FileShape:
    """What a file is.

    Attributes:
        format: `tsv` is a separated file whose delimiter is the tab, `csv` any other.
        dialect: of a separated file.
        linked: whether JSON is JSON-LD, whose rows are the products in it.
    """

    format: Format
    dialect: Dialect | None = None
    linked: bool = False


def shape_of(head: bytes, name: str, *, whole: bool) -> FileShape | None:
    """Tell what a file is.

    Args:
        head: its first bytes, as UTF-8 where it had a UTF-16 mark.
        name: its name.
        whole: whether `head` is all of it.

    Returns:
        None where neither content nor name tells.
    """
    text = head.removeprefix(BOM)
    start = text.lstrip()
    if head.startswith(PARQUET_MAGIC):
        return FileShape("parquet")
    if start.startswith(b"<"):
        return FileShape("html" if _PAGE.search(start[:4096]) else "xml")
    if start.startswith((b"{", b"[")):
        linked = _LINKED.search(text) is not None
        return FileShape("jsonl" if _is_lines(start, whole=whole) else "json", linked=linked)
    dialect = None if b"\x00" in text else _dialect(text, whole=whole)
    if dialect is not None:
        return FileShape("tsv" if dialect.delimiter == "\t" else "csv", dialect)
    by_name = _by_name(name)
    if by_name in ("csv", "tsv"):
        return FileShape(by_name, Dialect("\t" if by_name == "tsv" else ","))
    return None if by_name is None else FileShape(by_name)


def _by_name(name: str) -> Format | None:
    suffixes = [s.lower() for s in Path(name).suffixes if s.lower() != ".gz"]
    return _EXTENSIONS.get(suffixes[-1]) if suffixes else None


def _is_lines(text: bytes, *, whole: bool) -> bool:
    """Whether JSON is one object a line, rather than an array or objects over many lines."""
    if text.startswith(b"["):
        return False
    lines = text.split(b"\n")
    complete = lines if whole else lines[:-1]
    if not complete[1:] or text.startswith(PYTHON_START):
        return True  # one line, or one so long that its end is not seen yet
    return any(_is_object(line) for line in complete[:_SAMPLE_LINES])


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def _dialect(text: bytes, *, whole: bool) -> Dialect | None:
    """The dialect in which most records have as many cells as the header, and the most cells."""
    utf8 = _is_utf8(text)
    lines = text.splitlines(keepends=True)
    lines = lines if whole or len(lines) < 2 else lines[:-1]  # the last may be cut off
    best: tuple[tuple[float, int], Dialect] | None = None
    for quote in _QUOTES:
        for delimiter in _DELIMITERS:
            dialect = Dialect(delimiter, quote, utf8)
            fit, width = _fit(lines, dialect)
            score = (round(fit + _USUAL * (quote == '"'), 2), width)
            if width > 1 and (best is None or score > best[0]):
                best = (score, dialect)
    if best is None:
        return None
    dialect = best[1]
    return replace(dialect, quote="'") if _apostrophes(lines, dialect) else dialect


def _apostrophes(lines: list[bytes], dialect: Dialect) -> bool:
    """Whether most texts stand between apostrophes, which are quotes then."""
    texts = quoted = 0
    for _, cells, _ in islice(
        Records(iter(enumerate(lines, 1)), dialect, FeedLimits()), 1, _SAMPLE_RECORDS
    ):
        for cell in cells if isinstance(cells, list) else ():
            texts += bool(cell.strip("0123456789.,-' "))
            quoted += len(cell) > 2 and cell[0] == cell[-1] == "'"
    return quoted > 0 and quoted * 2 >= texts


def _fit(lines: list[bytes], dialect: Dialect) -> tuple[float, int]:
    """Share of the first records that are as wide as the header, and its width."""
    records = Records(iter(enumerate(lines, 1)), dialect, FeedLimits())
    good = seen = 0
    for _, cells, _ in islice(records, _SAMPLE_RECORDS):
        if records.width is None:
            if isinstance(cells, Rejection):
                return 0.0, 0
            records.width = len(cells)
        seen += 1
        good += not isinstance(cells, Rejection) and len(cells) == records.width
    return (good / seen, records.width or 0) if seen else (0.0, 0)


def _is_utf8(text: bytes) -> bool:
    """Whether there are signs beyond ASCII, and most of them are good UTF-8."""
    decoded = text.decode("utf-8", "replace")
    bad = decoded.count("\ufffd")
    return sum(not sign.isascii() for sign in decoded) >= max(1, 2 * bad)


__all__ = ["PARQUET_MAGIC", "SNIFFED", "UTF16_MARKS", "FileShape", "Format", "shape_of"]
