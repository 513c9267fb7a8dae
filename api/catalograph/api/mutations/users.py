"""Erasure of a user by mutation, with the same code as the command line."""

import asyncio
from typing import Annotated

import strawberry

from catalograph.api.context import Context, Services
from catalograph.api.mutations.events import check_user
from catalograph.api.mutations.results import Conflict, InvalidInput, NotFound, prefix_errors
from catalograph.store import EraseReport, Writer, erase_user, prune_artefacts


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
