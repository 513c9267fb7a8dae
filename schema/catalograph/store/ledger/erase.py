"""Erase users with what they did, wrote and asked, and records that lost their edges."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from catalograph.store.connection.connect import Connection
from catalograph.store.ledger.write import Writer
from catalograph.store.models.retraining import mark_stale

_RECORDS_PER_BATCH = 500


@dataclass(frozen=True)
class EraseReport:
    """Result of an erasure.

    Attributes:
        records: keys of the user's reviews and events, including those kept only for a roll-back.
        stale: kinds of live model that learned from them and must be trained again.
    """

    records: tuple[str, ...]
    stale: tuple[str, ...]


@dataclass(frozen=True)
class OrphanCounts:
    """Number of reviews and events that lack an edge.

    Attributes:
        without_product: number of records without the product that they need; Catalograph never
            writes such records, so something else removed the product.
        without_user: number of records of anonymous shoppers, and of records whose user is lost.
    """

    without_product: int
    without_user: int


def erase_user(
    writer: Writer, user: str, purge: Callable[[Sequence[str]], None] = lambda subjects: None
) -> EraseReport:
    """Erase a user with reviews, events and conversations, and the copies kept for roll-backs.

    Models that learned from users are marked stale. The slots of versions that are not live are
    cleared at once. Live versions serve until they are trained again, and are cleared then.

    Args:
        writer: writer of the graph.
        user: key of the user.
        purge: callback that removes keys of records and users from other stores, such as the
            quarantine and caches. It is called before the graph deletes them, so that a retry
            finds the keys again.

    Returns:
        The erased records; empty for an unknown user.
    """
    # What arrived under the key of a session after its merge is the user's, too.
    merged = [row["key"] for row in writer.connection.read("read_sessions", user=user)]
    records: set[str] = set()
    for key in (*merged, user):
        records |= _erase_one(writer, key, purge)
    if not records:
        return EraseReport((), ())
    return EraseReport(tuple(sorted(records)), tuple(mark_stale(writer.connection)))


def _erase_one(writer: Writer, user: str, purge: Callable[[Sequence[str]], None]) -> set[str]:
    """Erase what is known under one key; return the keys of the records."""
    records: set[str] = set()
    kept = [row["record"] for row in writer.connection.read("read_changes_of_user", user=user)]
    purge([user, *kept])
    writer.connection.write(lambda tx: tx.run("remove_changes_of_user", user=user))
    records |= set(kept)
    writer.connection.write(lambda tx: tx.run("remove_searches_of_user", user=user))
    writer.connection.write(lambda tx: tx.run("remove_conversations_of_user", user=user))
    while keys := [
        row["key"]
        for row in writer.connection.read(
            "read_records_of_user", user=user, limit=_RECORDS_PER_BATCH
        )
    ]:
        purge(keys)
        writer.discard(keys, None)
        records |= set(keys)
    writer.connection.write(lambda tx: tx.run("remove_requests_of_user", user=user))
    writer.connection.write(lambda tx: tx.run("remove_data_accesses_of_user", user=user))
    writer.connection.write(lambda tx: tx.run("remove_users", keys=[user]))
    return records


def count_orphans(connection: Connection, source: str | None = None) -> OrphanCounts:
    """Count the reviews and events of a source, or of all sources, without a product or user."""
    (row,) = connection.read("count_orphans", source=source)
    return OrphanCounts(**row)


def erase_orphans(
    writer: Writer,
    source: str | None = None,
    *,
    without_user: bool = False,
    purge: Callable[[Sequence[str]], None] = lambda subjects: None,
) -> list[str]:
    """Erase reviews and events that lost their product, without keeping them for a roll-back.

    Their user is unknown, so erasing that user would not find them. Ingesting their feed again
    restores them completely.

    Args:
        writer: writer of the graph.
        source: source of the records; None means all sources.
        without_user: whether to erase records without a user, too. The graph cannot distinguish
            a record of an anonymous shopper from one whose user is lost.
        purge: callback that removes keys of records from other stores, as for `erase_user`.

    Returns:
        Keys of the erased records.
    """
    rows = writer.connection.read("list_orphans", source=source, without_user=without_user)
    keys = sorted(row["key"] for row in rows)
    for start in range(0, len(keys), _RECORDS_PER_BATCH):
        batch = keys[start : start + _RECORDS_PER_BATCH]
        purge(batch)
        writer.discard(batch, None)
    return keys
