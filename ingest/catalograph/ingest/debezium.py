"""Change events of Debezium: the row in the envelope, and whether it was deleted.

An event is the envelope itself, or `{"schema": …, "payload": envelope}` where the converter writes
schemas. With a schema, values in Debezium's encodings are read: numbers as Decimal, times as times.
Without one they look like any text or number, so the connector must then write them plainly
(`decimal.handling.mode=string`, `time.precision.mode=isostring`).
Source: https://debezium.io/documentation/reference/stable/connectors/postgresql.html
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson

from catalograph.schema import Rejection, RejectionReason

_UNAVAILABLE = "__debezium_unavailable_value"
"""Text in the place of a large value that an update left unchanged."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS = {
    "io.debezium.time.Timestamp": 1_000,
    "org.apache.kafka.connect.data.Timestamp": 1_000,
    "io.debezium.time.MicroTimestamp": 1_000_000,
    "io.debezium.time.NanoTimestamp": 1_000_000_000,
}
"""Units of a time per second, by the name in its schema."""
_DATES = ("io.debezium.time.Date", "org.apache.kafka.connect.data.Date")
_WRITES = frozenset("cur")
"""Creation, update, and reading of the first snapshot."""


@dataclass(frozen=True, slots=True)
class RowChange:
    """A changed row of a table.

    Attributes:
        fields: the row after the change; of a deleted row what is left of it, at least its key.
        deleted: whether the row is gone.
    """

    fields: Mapping[str, Any]
    deleted: bool


def unwrap_change(message: Mapping[str, Any]) -> RowChange | Rejection | None:
    """Return the change in an envelope of Debezium; None if the message is no such envelope.

    A rejection says that the change cannot be applied: the table was truncated, or the row lacks
    a large value that the update left unchanged.
    """
    schema, envelope = _parts(message)
    operation = envelope.get("op")
    if not isinstance(operation, str) or not isinstance(envelope.get("source"), dict):
        return None
    if operation == "d":
        return _read(envelope, schema, "before", deleted=True)
    if operation in _WRITES:
        return _read(envelope, schema, "after", deleted=False)
    detail = (
        "The table was truncated; the graph keeps its records. Ingest it whole with --snapshot."
        if operation == "t"
        else f"The operation '{operation}' changes no row."
    )
    return Rejection(RejectionReason.MALFORMED, "op", detail)


def unwrap_key(key: bytes, columns: tuple[str, ...] | None) -> str | None:
    """Return the id in a message key of Debezium, an object of the key columns; None if it is none.

    Args:
        key: the message's key.
        columns: id columns of the mapping.
    """
    try:
        said = orjson.loads(key)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(said, dict) or columns is None or len(columns) != 1:
        return None
    _, fields = _parts(said)
    value = fields.get(columns[0])
    return None if isinstance(value, bool | dict | list | None) else str(value)


def _parts(message: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the schema, empty without one, and the payload."""
    schema, payload = message.get("schema"), message.get("payload")
    if isinstance(schema, dict) and isinstance(payload, dict):
        return schema, payload
    return {}, message


def _read(
    envelope: Mapping[str, Any], schema: Mapping[str, Any], side: str, *, deleted: bool
) -> RowChange | Rejection:
    row = envelope.get(side)
    if not isinstance(row, dict):
        detail = f"The change has no '{side}'. Set the table's REPLICA IDENTITY."
        return Rejection(RejectionReason.MISSING, side, detail)
    before = envelope.get("before")
    types = _types(schema, side)
    fields: dict[str, Any] = {}
    for name, value in row.items():
        if value == _UNAVAILABLE and not deleted:
            value = before.get(name, _UNAVAILABLE) if isinstance(before, dict) else value
            if value == _UNAVAILABLE:
                detail = (
                    f"The event lacks '{name}', which did not change. "
                    "Set REPLICA IDENTITY FULL for the table."
                )
                return Rejection(RejectionReason.MISSING, name, detail)
        try:
            fields[name] = _plain_value(value, types.get(name, {}))
        except (ValueError, TypeError, OverflowError) as exc:
            return Rejection(RejectionReason.WRONG_TYPE, name, f"Not as its schema says: {exc}")
    return RowChange(fields, deleted)


def _types(schema: Mapping[str, Any], side: str) -> dict[str, Mapping[str, Any]]:
    """Return the schema of each column of a side of the envelope."""
    for part in schema.get("fields") or ():
        if part.get("field") == side:
            return {str(column.get("field")): column for column in part.get("fields") or ()}
    return {}


def _plain_value(value: Any, schema: Mapping[str, Any]) -> Any:
    name = schema.get("name")
    if value is None or name is None:
        return value
    if name == "org.apache.kafka.connect.data.Decimal":
        return _decimal(value, int(schema["parameters"]["scale"]))
    if name == "io.debezium.data.VariableScaleDecimal":
        return _decimal(value["value"], int(value["scale"]))
    if name in _TICKS:
        return _EPOCH + timedelta(microseconds=value * 1_000_000 // _TICKS[name])
    if name in _DATES:
        return date(1970, 1, 1) + timedelta(days=value)
    return orjson.loads(value) if name == "io.debezium.data.Json" else value


def _decimal(encoded: str, scale: int) -> Decimal:
    """Decode a big-endian two's complement number in base 64."""
    whole = int.from_bytes(base64.b64decode(encoded, validate=True), "big", signed=True)
    return Decimal(whole).scaleb(-scale)
