"""Idempotency keys of mutations: claim a request, keep its answer, remove it after its expiry.

The claim is a node with a unique key, so all workers see it, and of two concurrent requests only
one can get it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from catalograph.store.connection.connect import AsyncConnection

ABANDONED_AFTER = timedelta(seconds=60)
"""Age after which a claim without an answer is considered abandoned by a crashed server."""
_SWEPT_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class RequestClaim:
    """Claim of a request.

    Attributes:
        mine: whether this attempt holds the claim.
        input: hash of the input of the first attempt.
        answer: answer as JSON, None while there is none.
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
    """Claim a request, unless another attempt holds the claim or has answered.

    Args:
        connection: connection to the graph.
        key: key `request:<hash>`.
        holder: id of this attempt.
        input_hash: hash of the input.
        users: keys of the users that the request concerns.
        keep: time for which the answer is kept.
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
    """Store the answer of a request that this attempt has claimed."""
    await connection.write("answer_request", key=key, holder=holder, answer=answer)


async def release_request(connection: AsyncConnection, key: str, holder: str) -> None:
    """Release the claim of a request that wrote nothing."""
    await connection.write("release_request", key=key, holder=holder)


async def sweep_requests(connection: AsyncConnection) -> int:
    """Remove expired requests.

    Returns:
        The number of requests removed.
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
