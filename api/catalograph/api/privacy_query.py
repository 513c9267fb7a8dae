"""Fields of the Query type by which shoppers see what is known of them."""

import asyncio
from typing import Annotated

import orjson
import strawberry

from catalograph.api.auth import own_user
from catalograph.api.context import Info
from catalograph.api.decorators import describe_argument, field
from catalograph.api.inputs import check_user_key
from catalograph.api.personal_reads import note_read
from catalograph.api.types.privacy import UserConsent
from catalograph.errors import InvalidInputError
from catalograph.store.ledger.personal_data import read_consent, read_personal_data

_UserKey = Annotated[
    str | None, describe_argument("`user:<source>:<pseudonym>`; null for the caller's own.")
]


@strawberry.type
class PrivacyQuery:
    """Fields of the Query type about shoppers' own data."""

    @field(
        "Everything that the graph holds of a shopper, as JSON text; null for an unknown one. "
        "Another shopper's needs the scope `users:any`, and is put on record.",
        scope="user:read",
    )
    async def user_data(self, info: Info, user_key: _UserKey = None) -> str | None:
        """Read all of it."""
        user = _check_user(info, user_key)
        connection = info.context.services.blocking
        async with info.context.connection.guard():
            found = await asyncio.to_thread(read_personal_data, connection, user)
        if found is None:
            return None
        await note_read(info.context, "userData", user)
        return orjson.dumps(found).decode()

    @field("What a shopper's data may be used for.", scope="user:read")
    async def user_consent(self, info: Info, user_key: _UserKey = None) -> UserConsent:
        """Read it."""
        user = _check_user(info, user_key)
        connection = info.context.services.blocking
        async with info.context.connection.guard():
            found = await asyncio.to_thread(read_consent, connection, user)
        return UserConsent.of(user, found)


def _check_user(info: Info, user_key: str | None) -> str:
    user = own_user(info.context, None if user_key is None else check_user_key(user_key))
    if user is None:
        raise InvalidInputError("'userKey' is missing: these credentials are no shopper's.")
    return user
