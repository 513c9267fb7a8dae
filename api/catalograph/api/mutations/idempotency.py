"""Idempotency keys: a mutation that is sent twice is executed once.

The first sender claims the request in the graph, where every worker sees it. Later senders of the
same request get the first answer; the same key with another input is a conflict. A refusal frees
the key, as nothing was written. When a server dies in the middle, the request is executed again a
minute later, and since every mutation is idempotent itself, that writes nothing a second time.
"""

import asyncio
import contextlib
import dataclasses
import hashlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Any, TypeVar

import orjson

from catalograph.api.context import Context
from catalograph.api.mutations.results import (
    Conflict,
    InvalidInput,
    NotFound,
    Refusal,
    Refused,
    prefix_errors,
    refusal,
)
from catalograph.errors import (
    ConflictError,
    InvalidInputError,
    StoreError,
    StoreForbiddenError,
)
from catalograph.schema.keys import LABEL_PREFIX
from catalograph.store import AsyncConnection
from catalograph.store.ledger.outbox import prune_outbox
from catalograph.store.queries.idempotency import (
    RequestClaim,
    answer_request,
    claim_request,
    release_request,
    sweep_requests,
)

T = TypeVar("T")
MAX_KEY_LENGTH = 200
WAIT_SECONDS = 10.0
"""Time that a second sender waits for the answer to the first, in seconds."""
SWEEP_SECONDS = 600.0
_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 0.5
_TYPE = "__type"
_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class SentMutation:
    """A mutation as received.

    Attributes:
        name: name of the mutation.
        input: input of the mutation.
        idempotency_key: idempotency key as sent, or None.
        types: types of its answer, besides refusals.
        users: keys of the users it is about.
    """

    name: str
    input: Any
    idempotency_key: str | None
    types: tuple[type, ...]
    users: tuple[str, ...] = ()


async def run_once(
    context: Context, sent: SentMutation, work: Callable[[], Awaitable[T]]
) -> T | InvalidInput | NotFound | Conflict:
    """Execute a mutation, or return the answer of the same one before; refusals are results."""
    try:
        if sent.idempotency_key is None:
            return await work()
        with prefix_errors("idempotencyKey"):
            claim, key, holder = await _claim(context, sent, sent.idempotency_key)
        if not claim.mine:
            answer: T = _load(claim.answer, sent.types)
            return answer
        return await _work(context.connection, key, holder, work)
    except Refused as exc:
        return refusal(exc)


async def sweep_forever(connection: AsyncConnection) -> None:
    """Delete expired answers and old outbox entries from time to time, until cancelled."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        try:
            await sweep_requests(connection)
            await prune_outbox(connection)
        except StoreForbiddenError:
            continue  # who may write sweeps
        except StoreError as exc:
            _log.warning(
                "expired answers and outbox entries wait", extra={"error": type(exc).__name__}
            )


async def _claim(
    context: Context, sent: SentMutation, idempotency_key: str
) -> tuple[RequestClaim, str, str]:
    """Claim the request, or wait for the answer of the sender that has claimed it.

    Returns:
        The claim, its key, and the name of this attempt.

    Raises:
        InvalidInputError: the idempotency key is empty or too long.
        ConflictError: it was sent with another input, or the first attempt is still running.
    """
    if not 1 <= len(idempotency_key) <= MAX_KEY_LENGTH:
        raise InvalidInputError(
            f"An idempotency key has 1 to {MAX_KEY_LENGTH} characters, such as a random UUID."
        )
    parts = [sender(context), sent.name, idempotency_key]
    key = f"{LABEL_PREFIX['Request']}:{_digest(parts)}"
    holder, digest = secrets.token_hex(16), _digest(sent.input)
    keep = timedelta(hours=context.services.settings.idempotency_hours)
    pause, waited = _FIRST_PAUSE, 0.0
    while True:
        claim = await claim_request(
            context.connection,
            key,
            holder=holder,
            input_hash=digest,
            users=sent.users,
            keep=keep,
        )
        if claim.input != digest:
            raise ConflictError(
                "This idempotency key was used with another input. Take a new key for a new "
                "request."
            )
        if claim.mine or claim.answer is not None:
            return claim, key, holder
        if waited >= WAIT_SECONDS:
            raise ConflictError(
                "The first request with this idempotency key is still being worked on. "
                "Send it again later."
            )
        await asyncio.sleep(pause)
        waited += pause
        pause = min(2 * pause, _LONGEST_PAUSE)  # exponential backoff


async def _work(
    connection: AsyncConnection, key: str, holder: str, work: Callable[[], Awaitable[T]]
) -> T:
    try:
        answer = await work()
    except BaseException:
        # Also when the client disconnected (cancellation): every mutation can be written again.
        with contextlib.suppress(StoreError):
            await asyncio.shield(release_request(connection, key, holder))
        raise
    if isinstance(answer, Refusal):
        await release_request(connection, key, holder)
        return answer
    await answer_request(connection, key, holder, _dump(answer))
    return answer


def sender(context: Context) -> str:
    """Return the sender of a request, so that equal keys of two callers do not collide."""
    return context.principal.subject if context.principal.known else ""


def _digest(value: Any) -> str:
    data = orjson.dumps(value, default=_tag, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _dump(value: Any) -> str:
    return orjson.dumps(value, default=_tag, option=orjson.OPT_PASSTHROUGH_DATACLASS).decode()


def _tag(value: Any) -> dict[str, Any]:
    fields: dict[str, Any] = vars(value)
    return {_TYPE: type(value).__name__} | fields


def _load(answer: str | None, types: Iterable[type]) -> Any:
    known = {type_.__name__: type_ for type_ in (*types, InvalidInput, NotFound, Conflict)}

    def build(value: Any) -> Any:
        if isinstance(value, list):
            return [build(part) for part in value]
        if isinstance(value, dict):
            fields = {name: build(part) for name, part in value.items() if name != _TYPE}
            return known[value[_TYPE]](**fields)
        return value

    return build(orjson.loads(answer or "null"))
