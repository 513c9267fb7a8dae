"""GraphQL over HTTP as its specification says, with authentication.

https://graphql.github.io/graphql-over-http/draft/: with `application/graphql-response+json` the
status says whether a request was executed; `application/json` answers 200 to every well-formed one.
A request error has no `data`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import orjson
import strawberry
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.exceptions import ConnectionRejectionError, MissingQueryError
from strawberry.http import GraphQLHTTPResponse, process_result
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.http.types import HTTPMethod
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from catalograph.api.auth import Authenticator, Principal
from catalograph.api.context import Context
from catalograph.api.errors import mask_errors
from catalograph.api.execution import encode_answer
from catalograph.api.persisted import BadRequestError, DocumentGate, PersistedDocuments
from catalograph.api.request_context import facts
from catalograph.errors import CatalographError, DocumentNotTrustedError, UnauthenticatedError
from catalograph.settings.api import ApiSettings

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
_STATUSES = {"UNAUTHENTICATED": 401, "FORBIDDEN": 403, "RATE_LIMITED": 429}
_SHARED_SCOPES = frozenset({"catalog:read"})
"""Answers that need no other scope are the same for all callers, so caches may share them."""


class _TextSocket(ASGIWebSocketAdapter):
    """Sends text frames, as graphql-transport-ws requires; a browser would get bytes as a blob."""

    async def send_json(self, message: Mapping[str, object]) -> None:
        try:
            await self.ws.send_text(encode_answer(message).decode())
        except WebSocketDisconnect as exc:
            raise WebSocketDisconnected from exc


class GraphQLOverHTTP(GraphQL[Context, None]):
    """The endpoint: POST of JSON and GET of queries; never in batches, never as forms.

    Args:
        schema: schema to execute.
        settings: settings that allow free documents, and the time that answers may be cached.
        authenticator: authenticator of callers.
        persisted: documents known by their ids.
        protocols: subprotocols of web sockets; none by default.
    """

    websocket_adapter_class = _TextSocket

    def __init__(
        self,
        schema: strawberry.Schema,
        settings: ApiSettings,
        authenticator: Authenticator,
        persisted: PersistedDocuments,
        protocols: tuple[str, ...] = (),
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=protocols,
            allowed_origins=settings.allowed_origins,
        )
        self._settings = settings
        self._authenticator = authenticator
        self.gate = DocumentGate(persisted, trusted_only=settings.trusted_only)

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        """Make the context; the caller of a web socket is set later, by `on_ws_connect`."""
        return Context(request.app.state.services, self._anonymous(request))

    async def on_ws_connect(self, context: Context) -> Any:
        """Authenticate the caller of a web socket by the payload of its `connection_init`."""
        given = context.connection_params
        try:
            principal = await self._authenticator.authenticate(
                given if isinstance(given, dict) else {}
            )
        except UnauthenticatedError as exc:
            raise ConnectionRejectionError from exc
        if principal.known:
            context.principal = principal
        return await super().on_ws_connect(context)

    async def run(self, request: Any, context: Any = None, root_value: Any = None) -> Any:
        """Answer a request; hand over a web socket."""
        if request.scope["type"] == "websocket":
            return await super().run(request)
        media = media_type(request.headers.get("accept"))
        try:
            return await self._answer(request, media or JSON)
        except BadRequestError as exc:
            response = self._refusal(GraphQLError(str(exc)), media or JSON, exc.status)
            if exc.allow:
                response.headers["allow"] = exc.allow
            return response
        except CatalographError as exc:
            status = 401 if isinstance(exc, UnauthenticatedError) else 400
            if isinstance(exc, DocumentNotTrustedError) and media != GRAPHQL_JSON:
                status = 200
            error = GraphQLError(str(exc), original_error=exc)
            response = self._refusal(error, media or JSON, status)
            if status == 401:
                response.headers["www-authenticate"] = "Bearer"
            return response

    async def _answer(self, request: Request, media: str) -> Response:
        if media_type(request.headers.get("accept")) is None:
            raise BadRequestError(f"Answers come as {GRAPHQL_JSON} or {JSON}.", 406)
        principal = await self._authenticator.authenticate(request.headers)
        if not principal.known:
            principal = self._anonymous(request)
        given = await _parameters(request)
        facts().sent = (given.get("variables"), given.get("documentId"), given.get("id"))
        asked = self.gate.admit(given)
        facts().trusted = asked.persisted
        context = Context(request.app.state.services, principal)
        method = cast(HTTPMethod, request.method)  # the route takes GET and POST only
        try:
            result = await self.schema.execute(
                asked.document,
                variable_values=asked.variables,
                context_value=context,
                operation_name=asked.operation,
                allowed_operation_types=OperationType.from_http(method),
                operation_extensions=asked.extensions,
            )
        except InvalidOperationTypeError as exc:
            if exc.operation_type is OperationType.SUBSCRIPTION:
                text = "Subscriptions are not allowed over HTTP; open a web socket."
                raise BadRequestError(text) from exc
            text = "GET is for queries; send mutations by POST."
            raise BadRequestError(text, 405, "POST") from exc
        except (CannotGetOperationTypeError, MissingQueryError) as exc:
            raise BadRequestError("The document has no such operation.") from exc
        response = self._respond(result, await self.process_result(request, result), media)
        if request.method == "GET" and asked.persisted and not result.errors:
            return self._cacheable(request, context, result, response)
        return response

    def _anonymous(self, request: Request | WebSocket) -> Principal:
        """Return an anonymous caller; the address identifies it for rate limits only."""
        host = request.client.host if request.client else "unknown"
        return replace(self._authenticator.anonymous, subject=f"address:{host}")

    async def process_result(
        self, request: Request | WebSocket, result: Any
    ) -> GraphQLHTTPResponse:
        """Mask errors; leave `data` out where nothing was executed."""
        facts().cost = dict((result.extensions or {}).get("cost", {}))
        if not result.errors:
            return process_result(result)
        refused = result.data is None and not any(error.path for error in result.errors)
        result.errors = mask_errors(result.errors)
        body = process_result(result)
        if refused:
            del body["data"]
        return body

    def _respond(self, result: ExecutionResult, body: GraphQLHTTPResponse, media: str) -> Response:
        codes = {(e.extensions or {}).get("code") for e in result.errors or ()}
        status = 200
        if "data" not in body and media == GRAPHQL_JSON:
            status = next((_STATUSES[code] for code in codes if code in _STATUSES), 400)
        response = Response(self.encode_json(body), 429 if "RATE_LIMITED" in codes else status)
        response.headers["content-type"] = f"{media}; charset=utf-8"
        response.headers["cache-control"] = "no-store"
        waits = [(e.extensions or {}).get("retryAfter") for e in result.errors or ()]
        if wait := max((w for w in waits if isinstance(w, int)), default=None):
            response.headers["retry-after"] = str(wait)
        return response

    def _refusal(self, error: GraphQLError, media: str, status: int) -> Response:
        [told] = mask_errors([error])
        if error.original_error is None:
            told.extensions = {**(told.extensions or {}), "code": "BAD_REQUEST"}
        body: GraphQLHTTPResponse = {"errors": [told.formatted]}
        response = Response(self.encode_json(body), status)
        response.headers["content-type"] = f"{media}; charset=utf-8"
        response.headers["cache-control"] = "no-store"
        return response

    def _cacheable(
        self, request: Request, context: Context, result: ExecutionResult, response: Response
    ) -> Response:
        """Set cache headers, shared or private to the caller; answer 304 if the ETag matches."""
        # The ETag is of the data alone: the reported cost differs from one request to the next.
        digest = hashlib.sha256(encode_answer(result.data)).hexdigest()[:32]
        etag = f'W/"{digest}"'
        scopes = frozenset() if context.guarded is None else context.guarded.scopes
        shared = scopes <= _SHARED_SCOPES & self._authenticator.anonymous.scopes
        response.headers["etag"] = etag
        response.headers["vary"] = "Accept, Authorization, X-API-Key"
        response.headers["cache-control"] = (
            f"public, max-age={self._settings.get_max_age}" if shared else "private, no-cache"
        )
        told = [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]
        if etag not in told and etag.removeprefix("W/") not in told:
            return response
        kept = {name: response.headers[name] for name in ("etag", "vary", "cache-control")}
        return Response(status_code=304, headers=kept)

    def decode_json(self, data: str | bytes) -> object:
        """Decode with orjson."""
        return orjson.loads(data)

    def encode_json(self, data: object) -> bytes:
        """Encode with orjson."""
        return encode_answer(data)


def media_type(accept: str | None) -> str | None:
    """Return the media type of the answer; None if the caller accepts neither.

    The newer type is used only where the caller names it.
    """
    # The GraphQL over HTTP draft: without a header, answer as older clients expect.
    if not accept or not accept.strip():
        return JSON
    best: tuple[float, str] | None = None
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    weight = float(parameter[2:])
                except ValueError:
                    weight = 0.0
        found = GRAPHQL_JSON if name == GRAPHQL_JSON else JSON
        wanted = name in (GRAPHQL_JSON, JSON, "application/*", "*/*")
        if wanted and weight > 0 and (best is None or weight > best[0]):
            best = (weight, found)
    return None if best is None else best[1]


async def _parameters(request: Request) -> Mapping[str, Any]:
    if request.method == "GET":
        given: dict[str, Any] = dict(request.query_params)
        for name in ("variables", "extensions"):
            if name in given:
                given[name] = _json(given[name]) if given[name] else None
        return given
    content, _, charset = request.headers.get("content-type", "").partition(";")
    if content.strip().lower() != JSON:
        # No form and no plain text: a page of another origin can send those without a preflight.
        raise BadRequestError(f"Send {JSON}.", 415)
    if "charset" in charset.lower() and "utf-8" not in charset.lower():
        raise BadRequestError("Send UTF-8.", 415)
    body = _json(await request.body())
    if isinstance(body, list):
        raise BadRequestError("Batches are not supported; send one operation per request.")
    if not isinstance(body, dict):
        raise BadRequestError("The body must be a JSON object.")
    return body


def _json(text: str | bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as exc:
        raise BadRequestError(f"Invalid JSON: {exc}.") from exc
