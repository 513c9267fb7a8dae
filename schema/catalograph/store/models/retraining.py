"""Models that learned from somebody who was erased since: named, made anew, then emptied."""

from collections.abc import Sequence

from catalograph.schema.model_kinds import MODEL_KINDS
from catalograph.store.connection.connect import Connection
from catalograph.store.models.slots import empty_slot

LEARNED_FROM_USERS = tuple(kind.name for kind in MODEL_KINDS.values() if kind.from_users)
"""Kinds of model that learn from what users did."""


def mark_stale(connection: Connection, kinds: Sequence[str] = LEARNED_FROM_USERS) -> list[str]:
    """Mark the live versions of these kinds; the slots of all others are emptied.

    Returns:
        The kinds that have a live version, which serves until it is made anew.
    """
    rows = connection.write(lambda tx: tx.run("mark_stale", kinds=list(kinds)))
    drop_stale(connection)
    return sorted({row["kind"] for row in rows if row["live"]})


def stale_models(connection: Connection) -> list[str]:
    """Kinds whose live version has to be made anew."""
    return [row["kind"] for row in connection.read("read_stale_models")]


def drop_stale(connection: Connection) -> None:
    """Empty the slots of stale versions that are not live, so that none of them can come back.

    A version of a kind that this release does not have stays: where its slots are is unknown.
    """
    for row in connection.write(lambda tx: tx.run("drop_stale_slots", kinds=list(MODEL_KINDS))):
        empty_slot(connection, row["kind"], row["slot"])
