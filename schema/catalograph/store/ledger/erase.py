"""Erase users with what they did, wrote and were named in, and records that lost their edges."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from catalograph.store.connection.connect import Connection
from catalograph.store.ledger.write import Writer
from catalograph.store.models.retraining import mark_stale

_RECORDS_PER_BATCH = 500


@dataclass(frozen=True)
class EraseReport:
    """What was erased.

    Attributes:
        records: keys of the user's reviews and events, also of those that only a run had kept.
        stale: kinds of live model that learned from them and have to be made anew.
    """

    records: tuple[str, ...]
    stale: tuple[str, ...]


@dataclass(frozen=True)
class OrphanCounts:
    """How many reviews and events lack an edge.

    Attributes:
        without_product: records that need a product and have none; none is ever written so.
        without_user: records of anonymous shoppers, and those whose user is lost.
    """

    without_product: int
    without_user: int


def erase_user(
    writer: Writer, user: str, purge: Callable[[Sequence[str]], None] = lambda subjects: None
) -> EraseReport:
    """Take away a user with all they did, and what runs kept of it.

    Models that learned from users are marked stale, and of those that are not live the slots are
    emptied. The live ones serve until they are made anew, and are emptied then.

    Args:
        writer: the graph.
        user: key of the user.
        purge: takes keys of records and users away elsewhere: quarantine, caches. It is called
            before the graph forgets them, so that a second try finds them again.

    Returns:
        What was erased; empty for somebody who is not known.
    """
    records: set[str] = set()
    kept = [row["record"] for row in writer.connection.read("read_changes_of_user", user=user)]
    purge([user, *kept])
    writer.connection.write(lambda tx: tx.run("remove_changes_of_user", user=user))
    records |= set(kept)
    while keys := [
        row["key"]
        for row in writer.connection.read(
            "read_interactions_of_user", user=user, limit=_RECORDS_PER_BATCH
        )
    ]:
        purge(keys)
        writer.discard(keys, None)
        records |= set(keys)
    writer.connection.write(lambda tx: tx.run("remove_requests_of_user", user=user))
    writer.connection.write(lambda tx: tx.run("remove_users", keys=[user]))
    if not records:
        return EraseReport((), ())
    return EraseReport(tuple(sorted(records)), tuple(mark_stale(writer.connection)))


def count_orphans(connection: Connection, source: str | None = None) -> OrphanCounts:
    """Count the reviews and events of a source, or of all, that have no product or no user."""
    (row,) = connection.read("count_orphans", source=source)
    return OrphanCounts(**row)


def erase_orphans(
    writer: Writer,
    source: str | None = None,
    *,
    without_user: bool = False,
    purge: Callable[[Sequence[str]], None] = lambda subjects: None,
) -> list[str]:
    """Take away reviews and events that lost their product, and keep nothing of them.

    Nobody can tell whose they were, so erasing a user does not find them. Their feed, ingested
    again, brings them back whole.

    Args:
        writer: the graph.
        source: source of the records; None means all.
        without_user: whether to take those without a user, too. Nothing in the graph tells an
            anonymous shopper's record from one whose user is lost.
        purge: takes keys of records away elsewhere, as for `erase_user`.

    Returns:
        Keys of the records that were erased.
    """
    rows = writer.connection.read("list_orphans", source=source, without_user=without_user)
    keys = sorted(row["key"] for row in rows)
    for start in range(0, len(keys), _RECORDS_PER_BATCH):
        batch = keys[start : start + _RECORDS_PER_BATCH]
        purge(batch)
        writer.discard(batch, None)
    return keys
