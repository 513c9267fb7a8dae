"""The ASGI application: GraphQL, health, and a small console page."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from importlib import resources
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, process_result

from catalograph.api.auth import EVERYBODY
from catalograph.api.context import Context, Services
from catalograph.api.cursors import CursorSigner
from catalograph.api.errors import mask_errors
from catalograph.api.schema import build_schema
from catalograph.api.served import ServedLog
from catalograph.errors import StoreError
from catalograph.schema import TextEncoder
from catalograph.schema.ddl import MIGRATIONS
from catalograph.schema.ports import ProductWriter
from catalograph.settings import Settings, private_secret
from catalograph.store import AsyncConnection, read, resolve_address

MAX_BODY_BYTES = 256 * 1024
READY_SECONDS = 2.0
_HOSTS = ["localhost", "127.0.0.1", "::1", "[::1]"]
_PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


def create_app(
    settings: Settings,
    encoder: TextEncoder | None = None,
    products: ProductWriter | None = None,
) -> Starlette:
    """Build the application; the database is reached for when it starts, and may be away then.

    Args:
        settings: where the database is, and the folder of the cursors' secret.
        encoder: makes the vectors of search words; None for full-text search alone.
        products: writes products; None for a server that takes none.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with _services(settings, encoder, products) as services:
            app.state.services = services
            yield

    return Starlette(
        routes=[
            Route("/graphql", _GraphQL(build_schema(settings.api)), methods=["POST"]),
            Route("/healthz", _healthz),
            Route("/readyz", _readyz),
            Route("/", _console),
        ],
        # Foreign host names are refused, so that a web page cannot reach in by DNS rebinding.
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=_HOSTS, www_redirect=False),
            Middleware(_BodyLimit),
        ],
        lifespan=lifespan,
    )


@contextlib.asynccontextmanager
async def _services(
    settings: Settings, encoder: TextEncoder | None, products: ProductWriter | None
) -> AsyncIterator[Services]:
    secret = private_secret(settings.home / "cursor-secret").encode()
    connection = AsyncConnection(resolve_address(settings))
    served = ServedLog(connection)
    writing = asyncio.create_task(served.run())
    try:
        yield Services(connection, CursorSigner(secret), served, encoder, products)
    finally:
        writing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await writing
        await served.close()
        await connection.close()


class _GraphQL(GraphQL[Context, None]):
    """GraphQL by POST only: queries in addresses end in logs, and GraphiQL loads from a CDN."""

    def __init__(self, schema: Any) -> None:
        super().__init__(
            schema, graphql_ide=None, allow_queries_via_get=False, subscription_protocols=()
        )

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        return Context(request.app.state.services, EVERYBODY)

    async def process_result(
        self, request: Request | WebSocket, result: Any
    ) -> GraphQLHTTPResponse:
        if result.errors:
            result.errors = mask_errors(result.errors)
        return process_result(result)

    def decode_json(self, data: str | bytes) -> object:
        return orjson.loads(data)

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)

    def create_response(
        self,
        response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse],
        sub_response: Response,
    ) -> Response:
        response = super().create_response(response_data, sub_response)
        response.headers["cache-control"] = "no-store"
        return response


class _BodyLimit:
    """Refuses bodies over `MAX_BODY_BYTES`, with or without a stated length."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > MAX_BODY_BYTES:
                text = f"A request has at most {MAX_BODY_BYTES:,} bytes."
                await JSONResponse({"error": text}, 413)(scope, receive, send)
                return
        delivered = False

        async def replay() -> Message:
            nonlocal delivered
            if delivered:
                return await receive()
            delivered = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, replay, send)


async def _healthz(request: Request) -> Response:
    """Say that the process answers."""
    return JSONResponse({"status": "ok"})


async def _readyz(request: Request) -> Response:
    """Say whether requests can be served, and why not; no host or port is named."""
    services: Services = request.app.state.services
    try:
        async with asyncio.timeout(READY_SECONDS):
            found = await read.readiness(services.connection)
    except (StoreError, TimeoutError):
        reasons = ["The database does not answer."]
        return JSONResponse({"status": "unavailable", "reasons": reasons}, 503)
    reasons = [f"Index {name} is not online." for name in found.unready_indexes]
    needed = MIGRATIONS[-1].version
    if found.schema_version != needed:
        has = "no schema" if found.schema_version is None else f"schema {found.schema_version}"
        reasons.append(f"The graph has {has}, needed is {needed}: run `catalograph schema apply`.")
    body = {
        "status": "unavailable" if reasons else "ready",
        "reasons": reasons,
        "models": found.models,
        "search": "full-text and vector" if services.encoder else "full-text",
    }
    return JSONResponse(body, 503 if reasons else 200)


async def _console(request: Request) -> Response:
    """Serve the console page."""
    page = resources.files("catalograph.api") / "console" / "index.html"
    return HTMLResponse(page.read_text(encoding="utf-8"), headers=_PAGE_HEADERS)
