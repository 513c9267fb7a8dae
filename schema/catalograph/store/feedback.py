"""What the API writes: events of shoppers and the lists they were shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalograph.schema import InteractionRecord
from catalograph.store.connect import AsyncConnection


@dataclass(frozen=True, slots=True)
class ServedList:
    """One list of recommendations as shown.

    Attributes:
        key: `served:<id>`.
        surface: which field of the API served it.
        time: when.
        items: product keys in the order shown.
        model: key of the model version that ranked them, None where none did.
    """

    key: str
    surface: str
    time: datetime
    items: tuple[str, ...]
    model: str | None


@dataclass(frozen=True, slots=True)
class WrittenEvent:
    """What became of an event.

    Attributes:
        created: False when an event with this key was there before.
        content_hash: of that earlier event, None when this one is new.
        responded: whether it is joined to a served list.
    """

    created: bool
    content_hash: str | None
    responded: bool


async def write_event(
    connection: AsyncConnection, record: InteractionRecord
) -> WrittenEvent | None:
    """Write an event at most once, in one statement.

    Returns:
        What became of it; None when its product does not exist.
    """
    properties: Mapping[str, Any] = record.node.properties
    rows = await connection.write(
        "write_event",
        key=record.node.key,
        properties=dict(properties),
        product=record.product,
        user=record.user,
        user_source=record.user.split(":", 2)[1] if record.user else None,
        served=record.served,
        position=record.position,
    )
    return WrittenEvent(**rows[0]) if rows else None


async def write_served(connection: AsyncConnection, lists: Sequence[ServedList]) -> None:
    """Write served lists, joined to their models, in one statement. Idempotent."""
    rows = [
        {
            "key": served.key,
            "properties": {
                "surface": served.surface,
                "time": served.time,
                "items": list(served.items),
            },
            "model": served.model,
        }
        for served in sorted(lists, key=lambda served: served.key)
    ]
    await connection.write("merge_served", rows=rows)
