"""Records that are their own sources: lock them, read their states, keep what a run replaces."""

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from catalograph.store.connection.connect import Transaction
from catalograph.store.ledger.assertions import keep_changes
from catalograph.store.ledger.record_snapshot import CompositeSnapshot, InteractionSnapshot

S = TypeVar("S", InteractionSnapshot, CompositeSnapshot)
Reader = Callable[[Transaction, Sequence[str]], list[S]]
"""Reads the states of records from the graph."""


def lock_states(
    tx: Transaction, keys: Collection[str], read: Reader[S]
) -> tuple[list[str], list[S]]:
    """Lock records; return the keys of those that exist, and their states."""
    locked = [row["key"] for row in tx.run("lock_records", keys=sorted(set(keys)))]
    return locked, read(tx, locked)


def keep_replaced(
    tx: Transaction, records: Sequence[S], run: str, read: Reader[S]
) -> tuple[list[S], list[S]]:
    """Lock records, and keep the earlier states of changed ones for the roll-back of a run.

    Returns:
        The records whose content hash differs from the stored one, and the earlier states.
    """
    before = {row["key"]: row for row in tx.run("lock_records", keys=[r.key for r in records])}
    new = [r for r in records if before.get(r.key, {}).get("content_hash") != r.content_hash]
    old = read(tx, [r.key for r in new if r.key in before])
    keep_changes(tx, old, run)
    return new, old
