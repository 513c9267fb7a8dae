"""API keys by mutation: made and shown once, and revoked."""

import asyncio
from typing import Annotated

import strawberry

from catalograph.api.auth import new_key
from catalograph.api.auth.key_file import SETTING, KeyFile
from catalograph.api.context import Context, Info
from catalograph.api.decorators import describe_argument, mutation
from catalograph.api.mutations.idempotency import SentMutation, run_once
from catalograph.api.mutations.results import Conflict, InvalidInput, NotFound, prefix_errors
from catalograph.errors import ConfigError, ConflictError, InvalidInputError

_SCOPE = "keys:write"


@strawberry.input(description="Whom a key is for, and what it may do.")
class CreateApiKeyInput:
    """Input of `createApiKey`."""

    name: str = strawberry.field(
        description="Of whoever gets the key, as logs show it: letters, digits, '_', '.', '-'."
    )
    scopes: list[str] = strawberry.field(
        description="What it may do; nothing that the caller may not."
    )
    user_key: str | None = strawberry.field(
        default=None, description="Key of the shopper, if it is one shopper's."
    )


@strawberry.input(description="The key to revoke.")
class RevokeApiKeyInput:
    """Input of `revokeApiKey`."""

    name: str = strawberry.field(description="Its name.")


@strawberry.type(description="A key that was made.")
class CreatedApiKey:
    """Outcome of making a key."""

    name: str = strawberry.field(description="Its name.")
    key: str = strawberry.field(
        description="The key itself. It is shown this once; only its hash is kept."
    )


@strawberry.type(description="A key that counts no more.")
class RevokedApiKey:
    """Outcome of revoking a key."""

    name: str = strawberry.field(description="Its name.")


CreateApiKeyResult = Annotated[
    CreatedApiKey | InvalidInput | NotFound | Conflict,
    strawberry.union("CreateApiKeyResult", description="The key, or why there is none."),
]
RevokeApiKeyResult = Annotated[
    RevokedApiKey | InvalidInput | NotFound | Conflict,
    strawberry.union("RevokeApiKeyResult", description="The key that ended, or why not."),
]


@strawberry.type
class ApiKeyMutation:
    """Mutations of API keys."""

    @mutation(
        "Make an API key. It counts in all workers at once, and is shown this once.", scope=_SCOPE
    )
    async def create_api_key(
        self,
        info: Info,
        input: Annotated[CreateApiKeyInput, describe_argument("The key.")],
    ) -> CreateApiKeyResult:
        """Make it, or say what is wrong."""
        sent = SentMutation("createApiKey", input, None, (CreatedApiKey,))
        return await run_once(info.context, sent, lambda: _create(info.context, input))

    @mutation(
        "Revoke an API key of the key file. Its next request is refused in all workers, and its "
        "web sockets are closed.",
        scope=_SCOPE,
    )
    async def revoke_api_key(
        self,
        info: Info,
        input: Annotated[RevokeApiKeyInput, describe_argument("The key.")],
    ) -> RevokeApiKeyResult:
        """Revoke it, or say what is wrong."""
        sent = SentMutation("revokeApiKey", input, None, (RevokedApiKey,))
        return await run_once(info.context, sent, lambda: _revoke(info.context, input))


async def _create(context: Context, given: CreateApiKeyInput) -> CreatedApiKey:
    with prefix_errors("input"):
        file = _file_of(context)
        with prefix_errors("scopes"):
            if beyond := sorted(set(given.scopes) - context.principal.scopes):
                raise InvalidInputError(
                    f"You cannot give the scopes {', '.join(beyond)}: these credentials do not "
                    "have them."
                )
        try:
            key, line = new_key(given.name, given.scopes, given.user_key)
        except ConfigError as exc:
            raise InvalidInputError(str(exc.__cause__ or exc)) from exc
        await asyncio.to_thread(file.add, line)
    return CreatedApiKey(name=given.name, key=key)


async def _revoke(context: Context, given: RevokeApiKeyInput) -> RevokedApiKey:
    with prefix_errors("input", "name"):
        await asyncio.to_thread(_file_of(context).remove, given.name)
    return RevokedApiKey(name=given.name)


def _file_of(context: Context) -> KeyFile:
    file = context.services.diagnostics.authenticator.key_file
    if file is None:
        raise ConflictError(
            f"This server has no file of API keys. Set {SETTING} to a file with a first key, which "
            "`catalograph api-key new` makes, and restart it."
        )
    return file
