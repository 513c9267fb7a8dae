"""What the API writes: events and reviews of shoppers, and the lists they were shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from catalograph.schema import InteractionRecord
from catalograph.store.connection.connect import (
    AsyncConnection,
    Connection,
    Transaction,
)
from catalograph.store.ledger import interactions
from catalograph.store.ledger.assertions import WriteResult
from catalograph.store.ledger.record_snapshot import InteractionSnapshot
from catalograph.store.ledger.shared_nodes import SharedNodes
from catalograph.store.ledger.write import Writer


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
class EventResult:
    """What became of an event.

    Attributes:
        key: of the event.
        known: whether its product exists; nothing was written where it does not.
        created: False when an event with this key was there before.
        content_hash: of that earlier event, None when this one is new.
        responded: whether it is joined to a served list.
    """

    key: str
    known: bool
    created: bool
    content_hash: str | None
    responded: bool


@dataclass(frozen=True, slots=True)
class ReviewResult:
    """What became of a review.

    Attributes:
        created: False when one with this key was there before.
        changed: False when it was the same already.
        foreign: whether the one before is of another user or product; then nothing was written.
    """

    created: bool
    changed: bool
    foreign: bool = False


async def write_events(
    connection: AsyncConnection, records: Sequence[InteractionRecord]
) -> list[EventResult]:
    """Write events, each at most once, in one statement.

    Returns:
        What became of each, in the order given.
    """
    written = await connection.write(
        "write_events", rows=[_event_row(record) for record in records], now=datetime.now(UTC)
    )
    return [EventResult(**row) for row in written]


def _event_row(record: InteractionRecord) -> dict[str, Any]:
    return {
        "key": record.node.key,
        "properties": dict(record.node.properties),
        "product": record.product,
        "user": record.user,
        "user_source": record.user.split(":", 2)[1] if record.user else None,
        "served": record.served,
        "position": record.position,
    }


def write_review(connection: Connection, record: InteractionRecord) -> ReviewResult | None:
    """Write a review in place of the one with its key, in one transaction.

    What was read in the text of the earlier one goes with it. No run keeps it.

    Returns:
        What became of it; None when its product does not exist.
    """
    written: ReviewResult | None = None

    def work(tx: Transaction, shared: SharedNodes) -> WriteResult:
        nonlocal written
        written = None
        if tx.run("read_watched_products", keys=[record.product])[0]["listed"] is None:
            return WriteResult(0)
        tx.run("lock_records", keys=[record.node.key])
        new = InteractionSnapshot(record, None)
        for old in interactions.read_interactions(tx, [new.key]):
            if (old.record.user, old.record.product) != (record.user, record.product):
                written = ReviewResult(created=False, changed=False, foreign=True)
                return WriteResult(0)
            if old.content_hash == new.content_hash:
                written = ReviewResult(created=False, changed=False)
                return WriteResult(0)
            written = ReviewResult(created=False, changed=True)
        written = written or ReviewResult(created=True, changed=True)
        return interactions.restore_interactions(tx, [new], shared)

    # A writer of its own, as one remembers what it merged and is no good for several threads.
    Writer(connection).commit(work)
    return written


async def read_served(connection: AsyncConnection, key: str) -> list[str] | None:
    """Product keys of a served list in the order shown; None for an unknown list."""
    rows = await connection.read("read_served", key=key)
    return list(rows[0]["items"]) if rows else None


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
