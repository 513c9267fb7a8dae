"""Mutations with an idempotency key: taken on by one try, answered once, forgotten in time.

The claim is a node with a unique key, so all workers see it, and two that send at once cannot both
get it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from catalograph.store.connection.connect import AsyncConnection

ABANDONED_AFTER = timedelta(seconds=60)
"""A claim that has no answer by then is taken to be of a server that died."""
_SWEPT_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class RequestClaim:
    """Who works on a request.

    Attributes:
        mine: whether this try does.
        input: hash of the input it was first sent with.
        answer: the answer as JSON, None while there is none.
    """

    mine: bool
    input: str
    answer: str | None


async def claim_request(
    connection: AsyncConnection,
    key: str,
    *,
    holder: str,
    input_hash: str,
    users: Sequence[str],
    keep: timedelta,
) -> RequestClaim:
    """Take a request on, unless another try has it or has answered it.

    Args:
        connection: the graph.
        key: `request:<hash>`.
        holder: names this try.
        input_hash: of what was sent.
        users: keys of the users it is about.
        keep: how long an answer is kept.
    """
    now = datetime.now(UTC)
    [row] = await connection.write(
        "claim_request",
        key=key,
        holder=holder,
        input=input_hash,
        users=list(users),
        now=now,
        expires=now + keep,
        abandoned=now - ABANDONED_AFTER,
    )
    return RequestClaim(**row)


async def answer_request(connection: AsyncConnection, key: str, holder: str, answer: str) -> None:
    """Keep the answer of a request that this try has taken on."""
    await connection.write("answer_request", key=key, holder=holder, answer=answer)


async def release_request(connection: AsyncConnection, key: str, holder: str) -> None:
    """Let go of a request that wrote nothing."""
    await connection.write("release_request", key=key, holder=holder)


async def sweep_requests(connection: AsyncConnection) -> int:
    """Take expired requests away.

    Returns:
        How many there were.
    """
    swept: int = 0
    while True:
        [row] = await connection.write(
            "remove_expired_requests", now=datetime.now(UTC), limit=_SWEPT_AT_ONCE
        )
        removed: int = row["removed"]
        swept += removed
        if removed < _SWEPT_AT_ONCE:
            return swept
