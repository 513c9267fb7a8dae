"""Rows that every reader gives, the limits and options that it takes, and JSON within limits."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from catalograph.schema import Rejection, RejectionReason
from catalograph.settings import IngestSettings

_MIB = 1024**2
_GIB = 1024**3
SHOWN_BYTES = 1_000
"""Bytes kept of a row that is too long."""


# Texts that orjson refuses although the row is good but for one value.
_LENIENT = re.compile(rb"NaN|Infinity|\\u[dD][89a-fA-F]")
_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)


def dump_cells(cells: Any) -> bytes:
    """Return cells as JSON; half surrogates, which orjson refuses, are escaped."""
    try:
        return orjson.dumps(cells, default=str, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        return json.dumps(cells, default=str).encode()


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One row of a file.

    Attributes:
        number: line the row starts on, from 1; in formats without lines of their own (JSON
            arrays and documents, JSON-LD, XML, Parquet) the row, from 1.
        fields: values by column, or why the row could not be read.
        raw: the row's bytes, cut to the row limit; empty in XML and Parquet.
        note: how the row was read where that took a guess, for the report; else empty.
        rejections: values that the file holds and no row can, such as NaN in JSON.
    """

    number: int
    fields: Mapping[str, Any] | Rejection
    raw: bytes = b""
    note: str = ""
    rejections: tuple[Rejection, ...] = ()

    @property
    def text(self) -> str:
        """The row for people to look at."""
        if self.raw or isinstance(self.fields, Rejection):
            return self.raw.decode("utf-8", "replace").rstrip("\r\n")
        return dump_cells(self.fields).decode()


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Properties of a file that content alone may not show; a mapping or the user states them.

    Attributes:
        rows: path of the list of rows in a JSON document, `.` for the document itself; name of
            the row element in XML. None finds the rows.
        encoding: encoding of the text, as Python names it. None detects it.
        columns: names of the columns of a CSV file without a header.
    """

    rows: str | None = None
    encoding: str | None = None
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedLimits:
    """What a feed may ask of this machine.

    Attributes:
        row_bytes: a longer row is rejected.
        unpacked_bytes: a compressed file that unpacks to more is refused.
        ratio: so is one that unpacks to more than this many times its size.
        depth: JSON nested deeper is rejected, XML nested deeper is refused.
    """

    row_bytes: int = 16 * _MIB
    unpacked_bytes: int = 64 * _GIB
    ratio: float = 200.0
    depth: int = 64

    @classmethod
    def of(cls, settings: IngestSettings) -> "FeedLimits":
        """The limits that the settings state."""
        return cls(
            int(settings.max_row_mb * _MIB),
            int(settings.max_unpacked_gb * _GIB),
            settings.max_ratio,
            settings.max_depth,
        )

    def reject_too_long(self) -> Rejection:
        """The rejection of a row over the limit."""
        detail = (
            f"The row is over {self.row_bytes / _MIB:g} MiB; "
            "CATALOGRAPH_INGEST__MAX_ROW_MB states the limit."
        )
        return Rejection(RejectionReason.TOO_LONG, "", detail)


class _Constant:
    """NaN or an infinity, until it is replaced by nothing."""

    def __init__(self, name: str) -> None:
        self.name = name


def json_row(number: int, text: bytes, limits: FeedLimits) -> FeedRow:
    """Return the row of a JSON object; values that are not JSON are dropped and rejected."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = None
    # Nearly every row ends here: an object with fewer brackets than levels that it may have.
    if type(value) is dict and text.count(b"{") + text.count(b"[") <= limits.depth:
        return FeedRow(number, value, text)
    value, rejections = parse_json(text, limits)
    if not isinstance(value, dict | Rejection):
        detail = f"A JSON {type(value).__name__}, expected an object."
        value = Rejection(RejectionReason.MALFORMED, "", detail)
    return FeedRow(number, value, text, "", rejections)


def json_value(text: bytes, limits: FeedLimits) -> Any:
    """Return a JSON value, or why the text is none or too deep; see `parse_json`."""
    return parse_json(text, limits)[0]


def json_object(text: bytes, limits: FeedLimits) -> Mapping[str, Any] | Rejection:
    """Return a JSON object, or why the text is none."""
    return json_row(0, text, limits).fields


def parse_json(
    text: bytes, limits: FeedLimits, *, lenient: bool = False
) -> tuple[Any, tuple[Rejection, ...]]:
    """Return a JSON value, or why the text is none or too deep; and the values dropped from it.

    NaN and the infinities, which some programs write, become None. Half a surrogate pair stays in
    its text, from which the fields that use it remove it.

    Args:
        text: text of the value.
        limits: limits on the depth. orjson itself stops at a depth of 1,024, so no text can
            exhaust the stack.
        lenient: True accepts line ends within texts and commas before a closing bracket, which
            hand-written JSON in web pages has.
    """
    rejections: tuple[Rejection, ...] = ()
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as exc:
        # Without these the standard library, which is slower, would refuse the text as well.
        if not lenient and _LENIENT.search(text) is None:
            return Rejection(RejectionReason.MALFORMED, "", f"No valid JSON: {exc.msg}."), ()
        try:
            value, rejections = _parse(text, lenient=lenient)
        except (ValueError, RecursionError):
            return Rejection(RejectionReason.MALFORMED, "", f"No valid JSON: {exc.msg}."), ()
    # Without that many brackets there is nothing to walk through, and that is nearly always.
    brackets = text.count(b"{") + text.count(b"[")
    if brackets > limits.depth and _deeper_than(value, limits.depth):
        detail = f"JSON nested deeper than {limits.depth}."
        return Rejection(RejectionReason.MALFORMED, "", detail), ()
    return value, rejections


def _parse(text: bytes, *, lenient: bool) -> tuple[Any, tuple[Rejection, ...]]:
    plain = text.decode()
    if lenient:
        plain = _TRAILING_COMMA.sub(lambda match: match[1] or "", plain)
    value = json.loads(plain, parse_constant=_Constant, strict=not lenient)
    rejections: list[Rejection] = []
    return _without_constants(value, "", rejections), tuple(rejections)


def _without_constants(value: Any, path: str, rejections: list[Rejection]) -> Any:
    if isinstance(value, _Constant):
        detail = f"{value.name} is no value that JSON has; it counts as missing."
        rejections.append(Rejection(RejectionReason.WRONG_TYPE, path, detail, "value"))
        return None
    if isinstance(value, dict):
        return {n: _without_constants(v, _join(path, n), rejections) for n, v in value.items()}
    if isinstance(value, list):
        return [_without_constants(v, path, rejections) for v in value]
    return value


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _deeper_than(value: object, depth: int) -> bool:
    level = [value]
    for _ in range(depth):
        children: list[object] = []
        for part in level:
            if isinstance(part, dict):
                children += part.values()
            elif isinstance(part, list):
                children += part
        level = children
    return any(isinstance(part, dict | list) for part in level)
