"""Conversations with the assistant: turns are added, read by their owner, rated, and expire."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from catalograph.schema.keys import LABEL_PREFIX
from catalograph.store.connection.connect import AsyncConnection, Row

MOST_TURNS = 50
"""Largest number of turns of a conversation that are read, the newest."""
_PRUNED_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """A conversation as the graph has it.

    Attributes:
        owner: key of the shopper whose it is; None for an anonymous one.
        started: time of its first turn.
        changed: time of its last turn.
        turns: properties of its newest turns, the oldest first.
    """

    owner: str | None
    started: datetime
    changed: datetime
    turns: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class WrittenTurn:
    """Key of a turn, and its place in the conversation, from 1."""

    key: str
    number: int


def conversation_key(id_: str) -> str:
    """Return the key of the conversation with an id."""
    return f"{LABEL_PREFIX['Conversation']}:{id_}"


async def read_conversation(
    connection: AsyncConnection, key: str, user: str | None
) -> StoredConversation | None:
    """Return a conversation; None for an unknown one, and for another shopper's.

    Args:
        connection: connection to the graph.
        key: key of the conversation.
        user: key of the caller; None for nobody.
    """
    for row in await connection.read("read_conversation", key=key, limit=MOST_TURNS):
        found = StoredConversation(**row)
        return found if found.owner in (None, user) else None
    return None


async def write_turn(
    connection: AsyncConnection, key: str, user: str | None, properties: Mapping[str, Any]
) -> WrittenTurn | None:
    """Add a turn to a conversation, which is made with its first one.

    Args:
        connection: connection to the graph.
        key: key of the conversation.
        user: key of the shopper; an anonymous conversation becomes this shopper's. None for nobody.
        properties: properties of the turn without key and number; none of them None.

    Returns:
        The turn; None where the conversation is another shopper's, and nothing was written.
    """
    rows = await connection.write(
        "write_turn",
        conversation=key,
        prefix=f"{LABEL_PREFIX['Turn']}:{key.partition(':')[2]}#",
        user=user,
        user_source=None if user is None else user.split(":", 2)[1],
        properties=dict(properties),
        now=properties["time"],
    )
    return WrittenTurn(**rows[0]) if rows else None


async def rate_turn(
    connection: AsyncConnection, key: str, user: str | None, *, helpful: bool, comment: str | None
) -> bool:
    """Store what a shopper thinks of an answer; return False for a turn that is not theirs."""
    return bool(
        await connection.write("rate_turn", key=key, user=user, helpful=helpful, comment=comment)
    )


async def read_unanswered_turns(
    connection: AsyncConnection, since: datetime, limit: int
) -> list[Row]:
    """Return turns that had no answer, were left to a person, or were found unhelpful.

    Args:
        connection: connection to the graph.
        since: time of the earliest turns.
        limit: largest number of turns, the newest.

    Returns:
        What was asked, without personal data, and what became of it; no key of a turn, which would
        let its reader go on with an anonymous conversation.
    """
    return await connection.read("read_unanswered_turns", since=since, limit=limit)


async def prune_conversations(connection: AsyncConnection, keep: timedelta) -> int:
    """Remove conversations whose last turn is older than this; return their number."""
    before, pruned = datetime.now(UTC) - keep, 0
    while True:
        [row] = await connection.write("prune_conversations", before=before, limit=_PRUNED_AT_ONCE)
        removed: int = row["removed"]
        pruned += removed
        if removed < _PRUNED_AT_ONCE:
            return pruned
