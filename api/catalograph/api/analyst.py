"""`POST /cypher`: free Cypher for analysts, checked by `store.analyst`; off by default.

The body is `{"query": …, "parameters": {…}}`, or `{"saved": name, "parameters": {…}}` for a query
of the library. The answer is `{"columns", "rows", "truncated", "milliseconds", "notifications"}`,
or `{"error": {"code", "message", "requestId"}}`. A notification, `{"code", "title",
"description"}`, is a warning of the database, such as a mistyped property, or the reason why a
saved query has no rows.
"""

import asyncio
import logging
import secrets
from dataclasses import asdict
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalograph.api.auth import Authenticator, require_scopes
from catalograph.api.context import Services
from catalograph.errors import (
    CatalographError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    RateLimitedError,
    StatementBusyError,
    StatementInvalidError,
    StatementLimitError,
    StatementRefusedError,
    StoreAuthError,
    StoreUnavailableError,
    UnauthenticatedError,
)
from catalograph.settings.api import ApiSettings
from catalograph.store import AsyncConnection
from catalograph.store.analyst import (
    MAX_AT_ONCE,
    SavedQuery,
    StatementLimits,
    StatementResult,
    ask_statement,
    saved_query,
)

_log = logging.getLogger(__name__)
STATEMENT_COST = 1_000
"""Cost of a statement in the caller's rate limit, which GraphQL documents use up as well."""
_OWN_WORDS: dict[type[CatalographError], tuple[int, str]] = {
    StatementRefusedError: (403, "CYPHER_REFUSED"),
    StatementInvalidError: (400, "CYPHER_INVALID"),
    StatementLimitError: (422, "CYPHER_LIMIT"),
    StatementBusyError: (429, "BUSY"),
    InvalidInputError: (400, "INVALID_INPUT"),
    NotFoundError: (404, "NOT_FOUND"),
    UnauthenticatedError: (401, "UNAUTHENTICATED"),
    ForbiddenError: (403, "FORBIDDEN"),
    RateLimitedError: (429, "RATE_LIMITED"),
}
"""Errors whose message is meant for the caller, with status and code."""
_AWAY = "The database does not answer at the moment. Try again."


def cypher_routes(settings: ApiSettings, authenticator: Authenticator) -> list[Route]:
    """Return the endpoint where the settings enable it, else an empty list.

    Args:
        settings: settings that enable the endpoint, and its limits.
        authenticator: authenticator of callers, who need the scope `cypher:read`.
    """
    if not settings.cypher:
        return []
    return [Route("/cypher", _Cypher(settings, authenticator).answer, methods=["POST"])]


class _Cypher:
    """Endpoint that runs a bounded number of statements at the same time."""

    def __init__(self, settings: ApiSettings, authenticator: Authenticator) -> None:
        self._settings = settings
        self._authenticator = authenticator
        self._free = asyncio.Semaphore(MAX_AT_ONCE)

    async def answer(self, request: Request) -> Response:
        request_id = secrets.token_hex(8)
        services: Services = request.app.state.services
        try:
            caller = await self._admit(request, services)
        except CatalographError as exc:
            return _error_response(exc, request_id)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            # CSRF: a page of another origin cannot send this type without a CORS preflight.
            return _failure_response(415, "INVALID_INPUT", "Send application/json.", request_id)
        # Refuse instead of queueing: a statement may run as long as the timeout allows.
        if self._free.locked():
            busy = _failure_response(
                429, "BUSY", f"{MAX_AT_ONCE} statements run already. Try again.", request_id
            )
            busy.headers["retry-after"] = "1"
            return busy
        try:
            async with self._free:
                answer = await self._ask(services.connection, caller, await request.body())
        except CatalographError as exc:
            return _error_response(exc, request_id)
        _log.info(
            "statement answered",
            extra={
                "request_id": request_id,
                "rows": len(answer.rows),
                "ms": answer.milliseconds,
            },
        )
        return _response(200, asdict(answer))

    async def _admit(self, request: Request, services: Services) -> str:
        """Return the caller's name if the caller has the scope and is within the rate limit."""
        principal = await self._authenticator.authenticate(request.headers)
        require_scopes(principal, {"cypher:read": "/cypher"})
        if services.rates is not None:
            await services.rates.charge(principal.subject, STATEMENT_COST)
        return principal.subject

    async def _ask(self, connection: AsyncConnection, caller: str, body: bytes) -> StatementResult:
        asked = _parse(body)
        saved: SavedQuery | None = None
        parameters = asked.get("parameters") or {}
        if not isinstance(parameters, dict):
            raise InvalidInputError("'parameters' must be an object of names and values.")
        text = asked.get("query")
        if (name := asked.get("saved")) is not None:
            if text is not None or not isinstance(name, str):
                raise InvalidInputError("Send either 'query' or 'saved', and as a string.")
            saved = saved_query(name)
            text, parameters = saved.text, saved.fill(parameters)
        if not isinstance(text, str):
            raise InvalidInputError("Send the statement as a string in 'query'.")
        limits = StatementLimits(self._settings.cypher_timeout, self._settings.cypher_rows)
        answer = await ask_statement(connection, text, parameters, limits, caller=caller)
        return answer if saved is None else saved.explain_empty(answer, parameters)


def _parse(body: bytes) -> dict[str, Any]:
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError as exc:
        raise InvalidInputError(f"The body is not JSON: {exc}.") from exc
    if not isinstance(asked, dict):
        raise InvalidInputError("The body must be an object with 'query' and 'parameters'.")
    unknown = asked.keys() - {"query", "parameters", "saved"}
    if unknown:
        raise InvalidInputError(
            f"The body has unknown fields: {', '.join(sorted(unknown))}. "
            "Known: query, parameters, saved."
        )
    return asked


def _error_response(exc: CatalographError, request_id: str) -> Response:
    """Return the part of an error that the caller may see; log the rule, never the statement."""
    for type_, (status, code) in _OWN_WORDS.items():
        if isinstance(exc, type_):
            _log.info(
                "statement not answered",
                extra={"request_id": request_id, "code": code, "rule": exc.context.get("rule")},
            )
            response = _failure_response(status, code, str(exc), request_id)
            if status == 401:
                response.headers["www-authenticate"] = "Bearer"
            if isinstance(exc, RateLimitedError | StatementBusyError):
                response.headers["retry-after"] = str(exc.retry_after)
            return response
    _log.error("statement failed", exc_info=exc, extra={"request_id": request_id})
    if isinstance(exc, StoreUnavailableError | StoreAuthError):
        return _failure_response(503, "SERVICE_UNAVAILABLE", _AWAY, request_id)
    return _failure_response(500, "INTERNAL", "Internal error", request_id)


def _failure_response(status: int, code: str, message: str, request_id: str) -> Response:
    return _response(status, {"error": {"code": code, "message": message, "requestId": request_id}})


def _response(status: int, body: dict[str, Any]) -> Response:
    return Response(
        orjson.dumps(body),
        status,
        headers={"cache-control": "no-store"},
        media_type="application/json",
    )
