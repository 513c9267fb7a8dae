"""Writes of the API: events and reviews of shoppers, and the lists served to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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

_PRUNED_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class ServedList:
    """One list of recommendations or of a search as served.

    Attributes:
        key: key `served:<id>`.
        surface: API field that served it.
        time: time of the request.
        items: product keys in the order shown.
        models: keys of the model versions that ranked them; two for an interleaved list.
        placed_by: key of the version that placed each item of an interleaved list; empty for any
            other.
        query: search words; None for a list that is no search.
        first: place of the first item in the whole list, from 0; None for a list that is no search.
    """

    key: str
    surface: str
    time: datetime
    items: tuple[str, ...]
    models: tuple[str, ...] = ()
    placed_by: tuple[str, ...] = ()
    query: str | None = None
    first: int | None = None


@dataclass(frozen=True, slots=True)
class EventResult:
    """Result of writing an event.

    Attributes:
        key: key of the event.
        known: whether its product exists; if not, nothing was written.
        created: False if an event with this key already existed.
        content_hash: content hash of the existing event, None if this one is new.
        responded: whether the event is connected to a served list.
    """

    key: str
    known: bool
    created: bool
    content_hash: str | None
    responded: bool


@dataclass(frozen=True, slots=True)
class ReviewResult:
    """Result of writing a review.

    Attributes:
        created: False if a review with this key already existed.
        changed: False if the existing review was the same.
        foreign: whether the existing review has another user or product; then nothing was written.
    """

    created: bool
    changed: bool
    foreign: bool = False


async def write_events(
    connection: AsyncConnection, records: Sequence[InteractionRecord]
) -> list[EventResult]:
    """Write events, each at most once, in one statement.

    Returns:
        The result for each event, in the order given.
    """
    written = await connection.write(
        "write_events", rows=[_event_row(record) for record in records], now=datetime.now(UTC)
    )
    return [EventResult(**row) for row in written]


@dataclass(frozen=True, slots=True)
class SessionResult:
    """Number of events and reviews that a merge moved."""

    events: int = 0
    reviews: int = 0


async def merge_session(connection: AsyncConnection, session: str, user: str) -> SessionResult:
    """Move what a session did to a user; nothing where neither is known. Idempotent.

    Args:
        connection: connection to the graph.
        session: key under which the session was recorded.
        user: key of the user, another one.
    """
    rows = await connection.write(
        "merge_session",
        session=session,
        user=user,
        user_source=_source_of(user),
        now=datetime.now(UTC),
    )
    return SessionResult(**rows[0]) if rows else SessionResult()


def _source_of(user: str) -> str:
    return user.split(":", 2)[1]


def _event_row(record: InteractionRecord) -> dict[str, Any]:
    return {
        "key": record.node.key,
        "properties": dict(record.node.properties),
        "product": record.product,
        "user": record.user,
        "user_source": _source_of(record.user) if record.user else None,
        "served": record.served,
        "position": record.position,
    }


def write_review(connection: Connection, record: InteractionRecord) -> ReviewResult | None:
    """Write a review, replacing an existing one with its key, in one transaction.

    The values extracted from the earlier text are removed with it. No run keeps it for a roll-back.

    Returns:
        The result; None if the product does not exist.
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

    # A new writer for each call: a writer caches merged nodes and is not thread-safe.
    Writer(connection).commit(work)
    return written


async def read_served(connection: AsyncConnection, key: str) -> list[str] | None:
    """Return the product keys of a served list in the order shown; None for an unknown list."""
    rows = await connection.read("read_served", key=key)
    return list(rows[0]["items"]) if rows else None


async def write_served(connection: AsyncConnection, lists: Sequence[ServedList]) -> None:
    """Write served lists, connected to their models, in one statement. Idempotent."""
    rows = [
        {
            "key": served.key,
            "properties": {
                "surface": served.surface,
                "time": served.time,
                "items": list(served.items),
                "query": served.query,
                "first": served.first,
                "placed_by": list(served.placed_by) or None,
            },
            "models": list(served.models),
        }
        for served in sorted(lists, key=lambda served: served.key)
    ]
    await connection.write("merge_served", rows=rows)


async def prune_searches(connection: AsyncConnection, keep: timedelta) -> int:
    """Remove the served lists of searches that are older than this; return their number."""
    before, pruned = datetime.now(UTC) - keep, 0
    while True:
        [row] = await connection.write("prune_searches", before=before, limit=_PRUNED_AT_ONCE)
        removed: int = row["removed"]
        pruned += removed
        if removed < _PRUNED_AT_ONCE:
            return pruned
