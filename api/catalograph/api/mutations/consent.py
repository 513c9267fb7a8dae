"""Consent by mutation, as by the command line."""

import asyncio
from typing import Annotated

import strawberry

from catalograph.api.context import Context
from catalograph.api.mutations.events import check_user
from catalograph.api.mutations.results import Conflict, InvalidInput, NotFound, prefix_errors
from catalograph.api.types.privacy import UserConsent
from catalograph.errors import InvalidInputError
from catalograph.schema.privacy import Purpose
from catalograph.store.ledger.personal_data import read_consent, write_consent


@strawberry.input(description="What a shopper agrees to and refuses.")
class SetConsentInput:
    """Input of `setConsent`."""

    user_key: str | None = strawberry.field(
        default=None,
        description="The shopper's pseudonym; null for the caller's own, where that is a shopper.",
    )
    agreed: list[Purpose] = strawberry.field(
        default_factory=list, description="Purposes that the shopper agrees to from now on."
    )
    refused: list[Purpose] = strawberry.field(
        default_factory=list, description="Purposes that the shopper refuses from now on."
    )


SetConsentResult = Annotated[
    UserConsent | InvalidInput | NotFound | Conflict,
    strawberry.union("SetConsentResult", description="What holds now, or why not."),
]


async def set_consent(context: Context, given: SetConsentInput) -> UserConsent:
    """Write a shopper's consent; the very next list and training honour it.

    Raises:
        InvalidInputError: a purpose is agreed to and refused, or the key is not a user key.
    """
    with prefix_errors("input"):
        if given.user_key is None:
            with prefix_errors("userKey"):
                raise InvalidInputError("'userKey' is missing: whose consent is it?")
        user = check_user(given.user_key)
        both = sorted(set(given.agreed) & set(given.refused))
        if both:
            with prefix_errors("refused"):
                raise InvalidInputError(f"'{both[0]}' is agreed to and refused; give one of them.")
    connection = context.services.blocking
    async with context.services.connection.guard():
        await asyncio.to_thread(write_consent, connection, user, given.agreed, given.refused)
        found = await asyncio.to_thread(read_consent, connection, user)
    context.services.stale.forget(user)
    return UserConsent.of(user, found)
