"""What a request works with: the services of the process."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import strawberry

from catalograph.api.auth import Principal, require_scopes
from catalograph.api.cursors import CursorSigner
from catalograph.api.fallback_cache import FallbackCache
from catalograph.api.limits import AdmittedOperation
from catalograph.api.rates import RateLimits
from catalograph.api.served_lists import ServedLog
from catalograph.api.subscriptions.connections import LiveConnections
from catalograph.schema import TextEncoder
from catalograph.schema.protocols import ProductWriter
from catalograph.settings import ApiSettings
from catalograph.store import AsyncConnection, Connection


@dataclass(frozen=True)
class Services:
    """What lives as long as the server.

    Attributes:
        connection: to the database.
        cursors: signs cursors.
        served: takes note of served lists.
        stale: remembers lists for while the database is away.
        encoder: makes query vectors; None for full-text search alone.
        products: writes products; None for a server that takes none.
        rates: what callers may ask in a time; None for no limit.
        settings: of the server.
        blocking: to the same database, for writers that are not asynchronous.
        live: tells subscribers what changes.
        purge: takes what is about users and records away from files outside the graph.
    """

    connection: AsyncConnection
    cursors: CursorSigner
    served: ServedLog
    stale: FallbackCache
    encoder: TextEncoder | None
    products: ProductWriter | None
    settings: ApiSettings
    blocking: Connection
    live: LiveConnections
    purge: Callable[[Sequence[str]], None]
    rates: RateLimits | None = None


class Context:
    """What lives as long as a request, or as a web socket.

    Attributes:
        services: of the process.
        principal: who asks.
        guarded: the operation at hand: its cost, and what it holds; None before it is checked.
        remaining: cost the caller may still use in this time; None where there is no limit.
        connection_params: what a web socket was opened with.
    """

    def __init__(self, services: Services, principal: Principal) -> None:
        self.services = services
        self.principal = principal
        self.guarded: AdmittedOperation | None = None
        self.remaining: int | None = None
        self.connection_params: object = None
        self.connection = services.connection


async def admit(context: Context, guarded: AdmittedOperation) -> None:
    """Take note of the operation, charge for it, and refuse it where the caller may not.

    Raises:
        UnauthenticatedError: there are no credentials, and without them it is not allowed.
        ForbiddenError: the caller lacks a scope.
        RateLimitedError: the caller used up what it may in this time.
    """
    context.guarded = guarded
    if context.services.rates is not None:
        subject = context.principal.subject
        context.remaining = await context.services.rates.charge(subject, guarded.cost)
    require_scopes(context.principal, guarded.operation.measure.needs)


Info = strawberry.Info[Context, None]
"""Strawberry's resolver info with this project's context."""
