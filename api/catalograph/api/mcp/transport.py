"""Streamable HTTP at `/mcp`, standard input and output, and the profile `/.well-known/ucp`.

Each request by HTTP stands for itself (no session), so that any worker answers it, and its own
credentials decide. https://modelcontextprotocol.io/specification/: a page of another origin is
refused with 403.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from catalograph.api.analyst import CypherGate
from catalograph.api.arrival import MAX_BODY_BYTES
from catalograph.api.auth import Authenticator, Principal
from catalograph.api.context import Services
from catalograph.api.mcp.operations import Operations
from catalograph.api.mcp.server import ToolServer
from catalograph.api.mcp.ucp import business_profile
from catalograph.api.request_context import RequestContext, current, facts, new_request_id
from catalograph.errors import UnauthenticatedError
from catalograph.settings.api import ApiSettings

PATH = "/mcp"
_PROFILE_SECONDS = 3_600
_CALL = "catalograph.call"
"""Key in a request's ASGI scope of its caller and its state."""


class AgentEndpoint:
    """The MCP server behind HTTP.

    Args:
        settings: allowed origins.
        authenticator: authenticator of callers.
        operations: operations of the tools.
        gate: gate of Cypher statements; None for a server without them.
    """

    def __init__(
        self,
        settings: ApiSettings,
        authenticator: Authenticator,
        operations: Operations,
        gate: CypherGate | None,
    ) -> None:
        self._origins = frozenset(settings.allowed_origins)
        self._authenticator = authenticator
        self._operations = operations
        self._gate = gate
        self._sessions: StreamableHTTPSessionManager | None = None

    @property
    def routes(self) -> list[Route]:
        """Routes of the server."""
        return [
            Route(PATH, self, methods=["POST"]),
            Route("/.well-known/ucp", _profile, methods=["GET"]),
        ]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve requests until the block ends."""
        tools = ToolServer(self._operations, self._gate, _caller_of)
        self._sessions = StreamableHTTPSessionManager(
            tools.server,
            json_response=True,
            stateless=True,
            max_request_body_size=MAX_BODY_BYTES,
        )
        async with self._sessions.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse its origin or its credentials."""
        request = Request(scope, receive)
        response = await self._refuse(request)
        if response is not None:
            await response(scope, receive, send)
            return
        assert self._sessions is not None  # noqa: S101 - the lifespan of the app has begun
        await self._sessions.handle_request(scope, receive, send)

    async def _refuse(self, request: Request) -> Response | None:
        """Return the refusal of a request; else note its caller in the scope."""
        origin = request.headers.get("origin")
        own = f"{request.url.scheme}://{request.url.netloc}"
        if origin is not None and origin != own and origin not in self._origins:
            return _error(
                403,
                "FORBIDDEN",
                "Pages of this origin may not call; CATALOGRAPH_API__ALLOWED_ORIGINS lists those "
                "that may.",
            )
        try:
            principal = await self._authenticator.authenticate(request.headers)
        except UnauthenticatedError as exc:
            refusal = _error(401, "UNAUTHENTICATED", str(exc))
            refusal.headers["www-authenticate"] = "Bearer"
            return refusal
        if not principal.known:
            host = request.client.host if request.client else "unknown"
            principal = replace(principal, subject=f"address:{host}")
        request.scope[_CALL] = (principal, request.app.state.services, facts())
        return None

    async def serve_stdio(self, principal: Principal, services: Services) -> None:
        """Answer one client on standard input and output, until the input ends.

        Args:
            principal: the caller.
            services: services of the process.
        """

        def caller_of(context: Any) -> tuple[Principal, Services]:
            current.set(RequestContext(new_request_id()))
            return principal, services

        server = ToolServer(self._operations, self._gate, caller_of).server
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())


def _caller_of(context: Any) -> tuple[Principal, Services]:
    """Return the caller of a request, whose log line then tells of the call as well."""
    principal: Principal
    services: Services
    known: RequestContext
    principal, services, known = context.request.scope[_CALL]
    current.set(known)  # a call may run in a task of its own
    return principal, services


async def _profile(request: Request) -> Response:
    """Serve the profile of the shop."""
    address = f"{request.url.scheme}://{request.url.netloc}{PATH}"
    headers = {"cache-control": f"public, max-age={_PROFILE_SECONDS}"}
    return JSONResponse(business_profile(address), headers=headers)


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status)
