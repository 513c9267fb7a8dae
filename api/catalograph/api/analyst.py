"""`POST /cypher`: free Cypher for analysts, checked by `store.analyst`; off by default.

The body is `{"query": …, "parameters": {…}}`, `{"saved": name, "parameters": {…}}` for a query of
the library, or `{"ask": question}` for a question in words, whose statement stands in the answer.
The answer is JSON, `{"columns", "rows", "truncated", "milliseconds", "notifications"}`, or, by the
header `Accept`, CSV, a stream of Arrow IPC or a Parquet file. An error is
`{"error": {"code", "message", "requestId"}}`. A notification, `{"code", "title",
"description"}`, is a warning of the database, such as a mistyped property, or the reason why a
saved query has no rows.
"""

import asyncio
import logging
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalograph.api.analyst_questions import AskedResult, answer_asked
from catalograph.api.auth import Authenticator, Principal, require_scopes
from catalograph.api.context import Services
from catalograph.errors import (
    CatalographError,
    ForbiddenError,
    InvalidInputError,
    LanguageModelError,
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
from catalograph.store.analyst import (
    FORMATS,
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
    LanguageModelError: (502, "LANGUAGE_MODEL"),
}
"""Errors whose message is meant for the caller, with status and code."""
_JSON = "application/json"
_AWAY = "The database does not answer at the moment. Try again."


def cypher_routes(gate: "CypherGate | None", authenticator: Authenticator) -> list[Route]:
    """Return the endpoint where there is a gate, else an empty list.

    Args:
        gate: gate of the statements.
        authenticator: authenticator of callers, who need the scope `cypher:read`.
    """
    if gate is None:
        return []
    return [Route("/cypher", _Cypher(gate, authenticator).answer, methods=["POST"])]


class CypherGate:
    """Runs callers' statements, a bounded number at the same time; one for all entrances.

    Args:
        settings: limits of a statement.
    """

    def __init__(self, settings: ApiSettings) -> None:
        self._settings = settings
        self._free = asyncio.Semaphore(MAX_AT_ONCE)

    async def admit(self, principal: Principal, services: Services) -> None:
        """Refuse a caller without the scope `cypher:read`; charge the rate limit.

        Raises:
            UnauthenticatedError: there are no credentials.
            ForbiddenError: the caller lacks the scope.
            RateLimitedError: the caller has used up the rate limit.
        """
        require_scopes(principal, {"cypher:read": "/cypher"})
        if services.rates is not None:
            await services.rates.charge(principal.subject, STATEMENT_COST)

    async def ask(
        self, principal: Principal, services: Services, asked: Mapping[str, Any]
    ) -> AskedResult:
        """Answer a question in words of an admitted caller; see `answer_asked`.

        Raises:
            StatementBusyError: enough statements run already.
            CatalographError: see `answer_asked`.
        """

        async def run(text: str, parameters: Mapping[str, Any]) -> StatementResult:
            given = {"query": text, "parameters": dict(parameters)}
            return await self.run(principal, services, given)

        return await answer_asked(principal, services, asked, run)

    async def run(
        self, principal: Principal, services: Services, asked: Mapping[str, Any]
    ) -> StatementResult:
        """Run the statement of an admitted caller.

        Args:
            principal: the caller.
            services: services of the process.
            asked: `query` or `saved`, and `parameters`.

        Raises:
            InvalidInputError: neither a statement nor a saved query, or wrong parameters.
            StatementBusyError: enough statements run already.
            CatalographError: the statement is refused, or fails.
        """
        text, parameters, saved = _read_statement(asked)
        # Refuse instead of queueing: a statement may run as long as the timeout allows.
        if self._free.locked():
            raise StatementBusyError(f"{MAX_AT_ONCE} statements run already. Try again.", 1)
        limits = StatementLimits(self._settings.cypher_timeout, self._settings.cypher_rows)
        async with self._free:
            answer = await ask_statement(
                services.connection, text, parameters, limits, caller=principal.subject
            )
        return answer if saved is None else saved.explain_empty(answer, parameters)


def _read_statement(asked: Mapping[str, Any]) -> tuple[str, dict[str, Any], SavedQuery | None]:
    parameters = asked.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise InvalidInputError("'parameters' must be an object of names and values.")
    text = asked.get("query")
    saved: SavedQuery | None = None
    if (name := asked.get("saved")) is not None:
        if text is not None or not isinstance(name, str):
            raise InvalidInputError("Send either 'query' or 'saved', and as a string.")
        saved = saved_query(name)
        text, parameters = saved.text, saved.fill(parameters)
    if not isinstance(text, str):
        raise InvalidInputError("Send the statement as a string in 'query'.")
    return text, parameters, saved


class _Cypher:
    """The endpoint."""

    def __init__(self, gate: CypherGate, authenticator: Authenticator) -> None:
        self._gate = gate
        self._authenticator = authenticator

    async def answer(self, request: Request) -> Response:
        request_id = secrets.token_hex(8)
        services: Services = request.app.state.services
        try:
            caller = await self._authenticator.authenticate(request.headers)
            await self._gate.admit(caller, services)
        except CatalographError as exc:
            return _error_response(exc, request_id)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            # CSRF: a page of another origin cannot send this type without a CORS preflight.
            return _failure_response(415, "INVALID_INPUT", "Send application/json.", request_id)
        try:
            asked = _parse(await request.body())
            wanted = _choose_format(request.headers.get("accept") or _JSON)
            if "ask" in asked:
                found = await self._gate.ask(caller, services, asked)
                body, answer = found.dump(), found.result
            else:
                answer = await self._gate.run(caller, services, asked)
                body = asdict(answer)
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
        if wanted == _JSON:
            return _response(200, body)
        return await _answer_table(answer, wanted, asked.get("saved"))


async def _answer_table(answer: StatementResult, wanted: str, saved: str | None) -> Response:
    """Return a result in a format; the header `X-Truncated` says whether rows were cut off."""
    query = None if saved is None else saved_query(saved)
    content = await asyncio.to_thread(FORMATS[wanted], answer, query)
    headers = {"cache-control": "no-store", "x-truncated": str(answer.truncated).lower()}
    return Response(content, headers=headers, media_type=wanted)


def _choose_format(accept: str) -> str:
    """Return the media type that a header `Accept` wants most.

    Raises:
        InvalidInputError: it takes none of those that there are.
    """
    formats = (_JSON, *FORMATS)
    for wanted in _media_ranges(accept):
        for format_ in formats:
            if wanted in (format_, "*/*", format_.partition("/")[0] + "/*"):
                return format_
    raise InvalidInputError(f"'Accept' names none of the formats: {', '.join(formats)}.")


def _media_ranges(accept: str) -> Iterator[str]:
    """Yield the media ranges of a header `Accept`, the most wanted first."""
    ranges = []
    for part in accept.split(","):
        name, *parameters = (word.strip().lower() for word in part.split(";"))
        stated = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            weight = float(stated)
        except ValueError:
            weight = 0.0
        if weight > 0:
            ranges.append((weight, name))
    yield from (name for _, name in sorted(ranges, key=lambda one: -one[0]))


def _parse(body: bytes) -> dict[str, Any]:
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError as exc:
        raise InvalidInputError(f"The body is not JSON: {exc}.") from exc
    if not isinstance(asked, dict):
        raise InvalidInputError("The body must be an object with 'query' and 'parameters'.")
    unknown = asked.keys() - {"query", "parameters", "saved", "ask", "byModel"}
    if unknown:
        raise InvalidInputError(
            f"The body has unknown fields: {', '.join(sorted(unknown))}. "
            "Known: query, parameters, saved, ask, byModel."
        )
    return asked


def statement_words(exc: CatalographError) -> tuple[int, str, str]:
    """Return status, code and message of an error of a statement, as its caller may see them."""
    for type_, (status, code) in _OWN_WORDS.items():
        if isinstance(exc, type_):
            return status, code, str(exc)
    if isinstance(exc, StoreUnavailableError | StoreAuthError):
        return 503, "SERVICE_UNAVAILABLE", _AWAY
    return 500, "INTERNAL", "Internal error"


def _error_response(exc: CatalographError, request_id: str) -> Response:
    """Return the part of an error that the caller may see; log the rule, never the statement."""
    status, code, message = statement_words(exc)
    if status < 500:
        _log.info(
            "statement not answered",
            extra={"request_id": request_id, "code": code, "rule": exc.context.get("rule")},
        )
    else:
        _log.error("statement failed", exc_info=exc, extra={"request_id": request_id})
    response = _failure_response(status, code, message, request_id, exc.context.get("written"))
    if status == 401:
        response.headers["www-authenticate"] = "Bearer"
    if isinstance(exc, RateLimitedError | StatementBusyError):
        response.headers["retry-after"] = str(exc.retry_after)
    return response


def _failure_response(
    status: int, code: str, message: str, request_id: str, statement: object = None
) -> Response:
    error = {"code": code, "message": message, "requestId": request_id}
    written = {} if statement is None else {"statement": {"text": statement}}
    return _response(status, {"error": error, **written})


def _response(status: int, body: dict[str, Any]) -> Response:
    return Response(
        orjson.dumps(body),
        status,
        headers={"cache-control": "no-store"},
        media_type="application/json",
    )
