"""Poll changes for subscriptions: read the states of many keys at once and compare them.

Neo4j Community Edition has no change data capture. Only the time of a user's last change is written
for subscriptions. Each state is small, found by key, and compared with the previous one. So neither
clock differences nor transactions that commit out of order hide a change, as they could with a log
that is read from a position.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from catalograph.store.connection.connect import AsyncConnection
from catalograph.store.ledger.runs import (
    RunRecord,
    run_record,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ProductState:
    """State of a product.

    Attributes:
        listed: whether a record describes it; None if there is no such product.
        changed: time of the last change of its properties or facts, in microseconds since 1970.
    """

    listed: bool | None
    changed: int | None

    @property
    def changed_at(self) -> datetime | None:
        """Time of the last change."""
        if self.changed is None:
            return None
        return _EPOCH + timedelta(microseconds=self.changed)


@dataclass(frozen=True, slots=True)
class OutboxReading:
    """Entries of the outbox since a time.

    Attributes:
        now: time of the reading by the database's clock, in milliseconds since 1970.
        entries: keys of the products that each entry names, by the entry's key; None for any.
    """

    now: int
    entries: dict[str, list[str] | None]


@dataclass(frozen=True, slots=True)
class Opinions:
    """Number of reviews, and of negative reviews, of a product, brand or category in two periods.

    Attributes:
        known: whether there is such a product, brand or category.
        recent: number of reviews in the window.
        recent_negative: number of negative reviews in the window.
        earlier: number of reviews in the period before the window.
        earlier_negative: number of negative reviews in that period.
    """

    known: bool
    recent: int
    recent_negative: int
    earlier: int
    earlier_negative: int


async def product_states(
    connection: AsyncConnection, keys: Sequence[str]
) -> dict[str, ProductState]:
    """Read the states of products, in one statement."""
    rows = await connection.read("read_watched_products", keys=list(keys))
    return {row["key"]: ProductState(row["listed"], row["changed"]) for row in rows}


async def read_outbox(connection: AsyncConnection, since: int) -> OutboxReading:
    """Read which products transactions changed since a time, in milliseconds, in one statement."""
    [row] = await connection.read("read_outbox", since=since)
    return OutboxReading(row["now"], dict(row["entries"]))


async def user_changes(connection: AsyncConnection, keys: Sequence[str]) -> dict[str, int | None]:
    """Read the last change of users, in microseconds since 1970, in one statement.

    The value of an unknown user is None.
    """
    rows = await connection.read("read_watched_users", keys=list(keys))
    return {row["key"]: row["changed"] for row in rows}


async def run_states(connection: AsyncConnection, keys: Sequence[str]) -> dict[str, RunRecord]:
    """Read the states of runs, in one statement; unknown ones are left out."""
    rows = await connection.read("read_watched_runs", keys=list(keys))
    return {row["run"]["key"]: run_record(row["run"]) for row in rows}


async def live_version(connection: AsyncConnection, kind: str) -> int | None:
    """Return the live version of a kind of model, None if there is none."""
    # During a switch two versions are live; all readers use the later one.
    [row] = await connection.read("read_live_models")
    return max((m["version"] for m in row["models"] if m["kind"] == kind), default=None)


async def opinions(
    connection: AsyncConnection,
    subjects: Sequence[str],
    *,
    until: datetime,
    window: timedelta,
    history: timedelta,
    low: float,
    topic: str | None = None,
) -> dict[str, Opinions]:
    """Count reviews of subjects in a window and in the period before it, in one query.

    Args:
        connection: connection to the graph.
        subjects: keys of products, brands or categories.
        until: end of the window.
        window: length of the window.
        history: length of the period before the window.
        low: largest number of stars of a negative review.
        topic: key of an aspect, to count the reviews that complain of it among those that mention
            any; None for the reviews as a whole.
    """
    since = until - window
    rows = await connection.read(
        "read_opinions",
        subjects=list(subjects),
        until=until,
        since=since,
        begin=since - history,
        low=low,
        topic=topic,
    )
    return {row.pop("subject"): Opinions(**row) for row in rows}
