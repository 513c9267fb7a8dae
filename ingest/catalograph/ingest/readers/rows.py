"""What every reader gives, the limits it keeps, and JSON objects within them."""

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


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One row of a file.

    Attributes:
        number: line the row starts on, from 1; in formats without lines of their own (JSON
            arrays and documents, JSON-LD, XML, Parquet) the row, from 1.
        fields: values by column, or why the row could not be read.
        raw: the row's bytes, cut to the row limit; empty in XML and Parquet.
        note: how the row was read where that took a guess, for the report; else empty.
    """

    number: int
    fields: Mapping[str, Any] | Rejection
    raw: bytes = b""
    note: str = ""

    @property
    def text(self) -> str:
        """The row for people to look at."""
        if self.raw or isinstance(self.fields, Rejection):
            return self.raw.decode("utf-8", "replace").rstrip("\r\n")
        return orjson.dumps(self.fields, default=str).decode()


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


def json_value(text: bytes, limits: FeedLimits) -> Any:
    """A JSON value, or why it is none or too deep.

    orjson itself stops at a depth of 1,024, so no text can exhaust the stack.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as exc:
        return Rejection(RejectionReason.MALFORMED, "", f"No valid JSON: {exc.msg}.")
    # Without that many brackets there is nothing to walk through, and that is nearly always.
    brackets = text.count(b"{") + text.count(b"[")
    if brackets > limits.depth and _deeper_than(value, limits.depth):
        return Rejection(RejectionReason.MALFORMED, "", f"JSON nested deeper than {limits.depth}.")
    return value


def json_object(text: bytes, limits: FeedLimits) -> dict[str, Any] | Rejection:
    """A JSON object, or why it is none."""
    value = json_value(text, limits)
    if isinstance(value, dict | Rejection):
        return value
    return Rejection(
        RejectionReason.MALFORMED, "", f"A JSON {type(value).__name__}, expected an object."
    )


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
