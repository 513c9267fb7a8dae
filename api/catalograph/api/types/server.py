"""The server, as its operators see it."""

import asyncio
from datetime import datetime

import strawberry

from catalograph.api.auth.keys import KEY_SUBJECT
from catalograph.api.context import Info
from catalograph.api.decorators import field, require_scope

_SCOPE = "operations:read"


@require_scope(_SCOPE)
@strawberry.type(description="A check of what the server needs, as by `catalograph doctor`.")
class ServerCheck:
    """A check."""

    name: str = strawberry.field(description="What is checked.")
    ok: bool = strawberry.field(description="Whether it is well.")
    detail: str = strawberry.field(description="What was found.")
    remedy: str = strawberry.field(description="What to do; blank where it is well.")


@require_scope(_SCOPE)
@strawberry.type(description="How long the statements of a name took since the server started.")
class StatementTime:
    """Times of a statement."""

    name: str = strawberry.field(description="Name of the statement.")
    count: int = strawberry.field(description="How often it was sent.")
    seconds: float = strawberry.field(description="Seconds in all.")
    slow: float | None = strawberry.field(
        description="Upper bound of what 95 of 100 took, in seconds; null beyond 10."
    )


@require_scope(_SCOPE)
@strawberry.type(description="Whom an API key stands for. Keys are never shown again.")
class ApiKeyOwner:
    """An owner."""

    name: str = strawberry.field(description="Name, as in logs.")
    scopes: list[str] = strawberry.field(description="What the key may do.")
    shopper: bool = strawberry.field(description="Whether it is one shopper's.")
    revocable: bool = strawberry.field(
        description="Whether `revokeApiKey` can end it: it is in the key file."
    )


@require_scope(_SCOPE)
@strawberry.type(description="The last archive of `catalograph backup`.")
class LastBackup:
    """A backup."""

    file: str = strawberry.field(description="Where it was written to.")
    created: datetime = strawberry.field(description="When.")
    nodes: int = strawberry.field(description="Nodes in it.")
    relations: int = strawberry.field(description="Relations in it.")
    megabytes: float = strawberry.field(description="Its size.")


@require_scope(_SCOPE)
@strawberry.type(description="This server.")
class Server:
    """The server."""

    version: str = strawberry.field(description="Version of Catalograph.")
    authentication: bool = strawberry.field(description="Whether callers are told apart.")
    anonymous_scopes: list[str] = strawberry.field(
        description="What callers without credentials may do."
    )
    rate: str | None = strawberry.field(
        description="Cost that a caller may use, such as 60000/minute; null for no limit."
    )
    cost: int = strawberry.field(description="Highest cost of one document.")
    key_file: bool = strawberry.field(
        description="Whether API keys are kept in a file, so that `createApiKey` can add one."
    )

    @field("Checks of what the server needs. They take a second or more.")
    async def checks(self, info: Info) -> list[ServerCheck]:
        """Check in a thread."""
        found = await asyncio.to_thread(info.context.services.diagnostics.check)
        return [
            ServerCheck(name=one.name, ok=one.ok, detail=one.detail, remedy=one.remedy)
            for one in found
        ]

    @field("Times of statements, those with most seconds in all first; at most 50.")
    def statements(self, info: Info) -> list[StatementTime]:
        """Read the metrics."""
        found = info.context.services.diagnostics.statements()[:50]
        return [
            StatementTime(name=one.name, count=one.count, seconds=one.seconds, slow=one.slow)
            for one in found
        ]

    @field("Whom API keys stand for, by name.")
    def api_keys(self, info: Info) -> list[ApiKeyOwner]:
        """List them."""
        known = info.context.services.diagnostics.authenticator
        in_file = known.key_file.keys().values() if known.key_file else ()
        return [
            ApiKeyOwner(
                name=one.subject.removeprefix(KEY_SUBJECT),
                scopes=sorted(one.scopes),
                shopper=one.user_key is not None,
                revocable=one in in_file,
            )
            for one in known.key_owners
        ]

    @field("The last backup of this home folder; null where none is recorded.")
    def last_backup(self, info: Info) -> LastBackup | None:
        """Read the record."""
        record = info.context.services.diagnostics.last_backup()
        if record is None:
            return None
        return LastBackup(
            file=record.file,
            created=record.created,
            nodes=record.nodes,
            relations=record.relations,
            megabytes=record.size / 1e6,
        )
