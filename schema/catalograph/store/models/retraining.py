"""Stale models, trained on data of users erased since: mark, list and clear them."""

from collections.abc import Sequence
from datetime import datetime

from catalograph.schema.model_kinds import MODEL_KINDS
from catalograph.store.connection.connect import Connection
from catalograph.store.models.slots import empty_slot

LEARNED_FROM_USERS = tuple(kind.name for kind in MODEL_KINDS.values() if kind.from_users)
"""Kinds of model that learn from user behaviour."""


def mark_stale(
    connection: Connection,
    kinds: Sequence[str] = LEARNED_FROM_USERS,
    before: datetime | None = None,
) -> list[str]:
    """Mark versions of these kinds stale and clear the slots of those that are not live.

    Args:
        connection: connection to the graph.
        kinds: kinds of model.
        before: time from which on trained versions are left as they are; None for no such time.

    Returns:
        The kinds with a live version, which serves until it is trained again.
    """
    rows = connection.write(lambda tx: tx.run("mark_stale", kinds=list(kinds), before=before))
    drop_stale(connection)
    return sorted({row["kind"] for row in rows if row["live"]})


def stale_models(connection: Connection) -> list[str]:
    """Return the kinds whose live version must be trained again."""
    return [row["kind"] for row in connection.read("read_stale_models")]


def drop_stale(connection: Connection) -> None:
    """Clear the slots of stale versions that are not live, so no roll-back can restore them.

    A version of a kind that this release does not have stays: where its slots are is unknown.
    """
    for row in connection.write(lambda tx: tx.run("drop_stale_slots", kinds=list(MODEL_KINDS))):
        empty_slot(connection, row["kind"], row["slot"])
