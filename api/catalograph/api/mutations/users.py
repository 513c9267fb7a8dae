"""Users by mutation: merging a session at a login, and erasure as by the command line."""

import asyncio
from typing import Annotated

import strawberry

from catalograph.api.auth import own_user
from catalograph.api.context import Context, Services
from catalograph.api.inputs import check_user_key
from catalograph.api.mutations.events import MAX_KEY, check_user, with_own_user
from catalograph.api.mutations.results import Conflict, InvalidInput, NotFound, prefix_errors
from catalograph.errors import InvalidInputError
from catalograph.store import EraseReport, Writer, erase_user, prune_artefacts
from catalograph.store.ledger.feedback import merge_session


@strawberry.input(description="A session that turned out to be a known shopper's.")
class MergeSessionInput:
    """Input of `mergeSession`."""

    session_key: str = strawberry.field(
        description="Pseudonym under which the session was recorded, "
        "`user:<source>:<32 hexadecimal digits>`; `catalograph user-key SOURCE ID` prints that of "
        "the session's id."
    )
    user_key: str | None = strawberry.field(
        default=None,
        description="The shopper's pseudonym; null for the caller's own, where that is a shopper.",
    )


@strawberry.type(description="A session that is part of a shopper's history.")
class MergedSession:
    """Outcome of a merge."""

    user_key: str = strawberry.field(description="Whose history it is now.")
    events: int = strawberry.field(
        description="Events that moved; 0 when it was merged before, or nothing is known of it."
    )
    reviews: int = strawberry.field(description="Reviews that moved.")


MergeSessionResult = Annotated[
    MergedSession | InvalidInput | NotFound | Conflict,
    strawberry.union("MergeSessionResult", description="What was merged, or why not."),
]


async def merge_a_session(context: Context, given: MergeSessionInput) -> MergedSession:
    """Move what a session did to a shopper; the very next list counts it.

    Raises:
        InvalidInputError: a key is no pseudonym, or both are one.
    """
    with prefix_errors("input"):
        with prefix_errors("sessionKey"):
            session = check_user_key(given.session_key)
        if given.user_key is None:
            with prefix_errors("userKey"):
                raise InvalidInputError("'userKey' is missing: whose session is it?")
        user = check_user(given.user_key)
        if session == user:
            with prefix_errors("sessionKey"):
                raise InvalidInputError("'sessionKey' and 'userKey' are one; nothing to merge.")
    moved = await merge_session(context.connection, session, user)
    context.services.stale.forget(session)
    context.services.stale.forget(user)
    return MergedSession(user_key=user, events=moved.events, reviews=moved.reviews)


def check_session_owner(context: Context, given: MergeSessionInput) -> tuple[str, ...]:
    """Set the caller as the shopper of an input without one; return the keys of both users.

    Raises:
        ForbiddenError: the caller may not name other shoppers, and a session is one.
        UnauthenticatedError: there are no credentials.
    """
    own_user(context, given.session_key)
    return (*with_own_user(context, [given]), given.session_key[:MAX_KEY])


@strawberry.input(description="Whom to erase.")
class EraseUserInput:
    """Input of `eraseUser`."""

    user_key: str = strawberry.field(
        description="The shopper's pseudonym, `user:<source>:<32 hexadecimal digits>`."
    )


@strawberry.type(description="A user of whom nothing is left.")
class ErasedUser:
    """Outcome of an erasure."""

    records: int = strawberry.field(
        description="Reviews and events that went, also those that only a run had kept; 0 for "
        "somebody of whom nothing was known."
    )
    stale_models: list[str] = strawberry.field(
        description="Kinds of live model that learned from them. They serve until they are "
        "retrained by `catalograph embed KIND`, which empties them."
    )


EraseUserResult = Annotated[
    ErasedUser | InvalidInput | NotFound | Conflict,
    strawberry.union("EraseUserResult", description="What was erased, or why not."),
]


async def erase_a_user(context: Context, given: EraseUserInput) -> ErasedUser:
    """Delete a user with all their data, in the graph, runs, caches and kept answers.

    Raises:
        InvalidInputError: the key is not a user key.
    """
    with prefix_errors("input"):
        key = check_user(given.user_key)
    services = context.services
    async with services.connection.guard():
        erased = await asyncio.to_thread(_erase, services, key)
    services.stale.forget(key)
    await services.answers.catch_up()
    return ErasedUser(records=len(erased.records), stale_models=list(erased.stale))


def _erase(services: Services, key: str) -> EraseReport:
    erased = erase_user(Writer(services.blocking), key, services.purge)
    if services.edges is not None:  # those of versions that can no longer be gone back to
        prune_artefacts(services.blocking, services.edges.models)
    return erased
