"""What changed, as those who watch see it: states that are compared, read for many keys at once.

Community Edition has no change data capture. Nothing is written for the watchers' sake but the
time of a user's last change: each state is small, found by key, and told apart from the one before
by comparing. So neither clocks that differ nor transactions that commit out of order hide a
change, as they would where a log is read from a position on.
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
    """How a product stands.

    Attributes:
        listed: whether it is on sale; None when there is no such product.
        changed: when what is said of it last changed, in microseconds since 1970.
    """

    listed: bool | None
    changed: int | None

    @property
    def changed_at(self) -> datetime | None:
        """The time of the change."""
        if self.changed is None:
            return None
        return _EPOCH + timedelta(microseconds=self.changed)


@dataclass(frozen=True, slots=True)
class Opinions:
    """How many reviews of a product or brand there are, and how many of them are negative.

    Attributes:
        known: whether there is such a product or brand.
        recent: reviews in the window.
        recent_negative: negative ones of these.
        earlier: reviews in the time before the window.
        earlier_negative: negative ones of these.
    """

    known: bool
    recent: int
    recent_negative: int
    earlier: int
    earlier_negative: int


async def product_states(
    connection: AsyncConnection, keys: Sequence[str]
) -> dict[str, ProductState]:
    """How products stand, in one statement."""
    rows = await connection.read("read_watched_products", keys=list(keys))
    return {row["key"]: ProductState(row["listed"], row["changed"]) for row in rows}


async def user_changes(connection: AsyncConnection, keys: Sequence[str]) -> dict[str, int | None]:
    """When something of these users last changed, in microseconds since 1970, in one statement.

    None where nothing is known of one.
    """
    rows = await connection.read("read_watched_users", keys=list(keys))
    return {row["key"]: row["changed"] for row in rows}


async def run_states(connection: AsyncConnection, keys: Sequence[str]) -> dict[str, RunRecord]:
    """How runs fare, in one statement; unknown ones are left out."""
    rows = await connection.read("read_watched_runs", keys=list(keys))
    return {row["run"]["key"]: run_record(row["run"]) for row in rows}


async def live_version(connection: AsyncConnection, kind: str) -> int | None:
    """The version of a kind of model that readers take, None where none is live."""
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
) -> dict[str, Opinions]:
    """Count reviews of products or brands in a window and in the time before, in one statement.

    Args:
        connection: the graph.
        subjects: keys of products or brands.
        until: end of the window.
        window: length of it.
        history: length of the time before it.
        low: most stars of a negative review.
    """
    since = until - window
    rows = await connection.read(
        "read_opinions",
        subjects=list(subjects),
        until=until,
        since=since,
        begin=since - history,
        low=low,
    )
    return {row.pop("subject"): Opinions(**row) for row in rows}
