"""Erasing a user: what they did, wrote and were named in; models that learned from it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from catalograph.store.stale import mark_stale
from catalograph.store.write import Writer

_RECORDS_PER_BATCH = 500


@dataclass(frozen=True)
class Erased:
    """What was erased.

    Attributes:
        records: keys of the user's reviews and events, also of those that only a run had kept.
        stale: kinds of live model that learned from them and have to be made anew.
    """

    records: tuple[str, ...]
    stale: tuple[str, ...]


def erase_user(
    writer: Writer, user: str, purge: Callable[[Sequence[str]], None] = lambda subjects: None
) -> Erased:
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
        return Erased((), ())
    return Erased(tuple(sorted(records)), tuple(mark_stale(writer.connection)))
