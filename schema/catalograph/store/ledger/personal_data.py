"""Shoppers' control of their data: consent by purpose, export, and who read them."""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from catalograph.schema.privacy import Purpose
from catalograph.store.connection.connect import AsyncConnection, Connection, Row
from catalograph.store.models.retraining import mark_stale

_PRUNED = 1_000


@dataclass(frozen=True)
class Consent:
    """What a shopper's data may be used for.

    Attributes:
        agreed: purposes that the shopper agreed to.
        refused: purposes that the shopper refused.
        required: whether data of shoppers who said nothing are not used.
    """

    agreed: tuple[Purpose, ...]
    refused: tuple[Purpose, ...]
    required: bool

    def allows(self, purpose: Purpose) -> bool:
        """Return whether the data may be used for a purpose."""
        return purpose not in self.refused and (purpose in self.agreed or not self.required)


@dataclass(frozen=True)
class DataAccess:
    """A read of a shopper's personal data."""

    time: datetime
    reader: str
    field: str
    user: str


def write_consent(
    connection: Connection, user: str, agreed: Collection[Purpose], refused: Collection[Purpose]
) -> list[str]:
    """Write what a shopper agrees to and refuses; purposes in neither stay as they are.

    Args:
        connection: connection to the graph.
        user: key of the shopper, known or not.
        agreed: purposes.
        refused: purposes.

    Returns:
        Kinds of live model that learned from the shopper and are stale now.
    """
    [row] = connection.write(
        lambda tx: tx.run(
            "write_consent",
            user=user,
            user_source=user.split(":")[1],
            agreed=sorted(agreed),
            refused=sorted(refused),
            now=datetime.now(UTC),
        )
    )
    withdrawn = Purpose.TRAINING in refused and Purpose.TRAINING not in row["before"]
    return mark_stale(connection) if withdrawn else []


def read_consent(connection: Connection, user: str) -> Consent:
    """Return what a shopper's data may be used for."""
    [row] = connection.read("read_consent", user=user)
    return Consent(
        tuple(map(Purpose, row["agreed"])), tuple(map(Purpose, row["refused"])), row["required"]
    )


def require_consent(connection: Connection, *, required: bool) -> None:
    """Say whether data of shoppers who said nothing are used; takes effect at once."""
    connection.write(lambda tx: tx.run("require_consent", required=required))


def read_personal_data(connection: Connection, user: str) -> dict[str, Any] | None:
    """Return everything that the graph holds of a shopper, as plain values; None if nothing.

    Sessions that were merged into the shopper are part of the shopper's own history; what arrived
    under their keys afterwards is returned as well.
    """
    rows = list(connection.read("read_personal_data", user=user))
    if not rows:
        return None
    found = dict(rows[0])
    merged = [
        row for key in found["user"].get("sessions", ())
        for row in connection.read("read_personal_data", user=key)
    ]  # fmt: skip
    return {name: _plain(value) for name, value in found.items()} | {"sessions": _plain(merged)}


def log_access(connection: Connection, reader: str, field: str, user: str) -> None:
    """Note that somebody read personal data of a shopper."""
    connection.write(lambda tx: tx.run("log_data_access", **_access(reader, field, user)))


async def log_access_async(connection: AsyncConnection, reader: str, field: str, user: str) -> None:
    """Note that a caller of the API read personal data of a shopper."""
    await connection.write("log_data_access", **_access(reader, field, user))


def list_accesses(connection: Connection, user: str | None, first: int) -> list[DataAccess]:
    """Return the newest reads of a shopper's data, or of everybody's, newest first."""
    rows = connection.read("list_data_accesses", user=user, first=first)
    return [
        DataAccess(row["time"].to_native(), row["reader"], row["field"], row["user"])
        for row in rows
    ]


async def prune_accesses(connection: AsyncConnection, kept: timedelta) -> int:
    """Remove notes of reads that are older than this; return how many."""
    before, total = datetime.now(UTC) - kept, 0
    while True:
        [row] = await connection.write("prune_data_accesses", before=before, limit=_PRUNED)
        total += int(row["removed"])
        if row["removed"] < _PRUNED:
            return total


def _access(reader: str, field: str, user: str) -> Row:
    return {
        "key": f"data-access:{secrets.token_hex(16)}",
        "time": datetime.now(UTC),
        "reader": reader[:500],
        "field": field,
        "user": user,
    }


def _plain(value: Any) -> Any:
    """Return a value with times as ISO 8601 text and JSON texts as they are."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if hasattr(value, "iso_format"):
        return value.iso_format()
    return value
