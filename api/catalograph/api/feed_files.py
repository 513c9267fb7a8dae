"""Feeds as files over HTTP: `POST /feed-files`, `GET /feed-files/rejected/{run}`.

An upload is the body as it is, of the type `application/octet-stream`, with the file's name in
`?name=`. The answer is `{"id", "name", "bytes"}`, or `{"error": {"code", "message", "requestId"}}`.
What a run rejected is answered as JSON Lines, or with `?format=csv` as a table.
"""

import asyncio
import csv
import io
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route

from catalograph.api.auth import Authenticator, require_scopes
from catalograph.api.context import Services
from catalograph.errors import (
    CatalographError,
    ForbiddenError,
    InvalidInputError,
    LimitExceededError,
    NotFoundError,
    RateLimitedError,
    StoreAuthError,
    StoreForbiddenError,
    StoreUnavailableError,
    UnauthenticatedError,
)
from catalograph.schema.feeds import FeedDesk

UPLOADS = "/feed-files"
UPLOAD_COST = 1_000
"""Cost of an upload in the caller's rate limit."""
_AT_ONCE = 8
_MEDIA = "application/octet-stream"
_COLUMNS = ("line", "scope", "reason", "field", "detail", "row")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_STATUS: dict[type[CatalographError], tuple[int, str]] = {
    InvalidInputError: (400, "INVALID_INPUT"),
    UnauthenticatedError: (401, "UNAUTHENTICATED"),
    ForbiddenError: (403, "FORBIDDEN"),
    NotFoundError: (404, "NOT_FOUND"),
    LimitExceededError: (413, "LIMIT_EXCEEDED"),
    RateLimitedError: (429, "RATE_LIMITED"),
}
"""Errors whose message is meant for the caller, with status and code."""
_log = logging.getLogger(__name__)


def feed_routes(authenticator: Authenticator, seconds: float) -> list[Route]:
    """Return the endpoints.

    Args:
        authenticator: authenticator of callers, who need the scope `feeds:write`.
        seconds: time limit between two parts of an upload, in seconds.
    """
    files = _FeedFiles(authenticator, seconds)
    return [
        Route(UPLOADS, files.upload, methods=["POST"]),
        Route("/feed-files/rejected/{run}", files.download, methods=["GET"]),
    ]


class _FeedFiles:
    """The endpoints."""

    def __init__(self, authenticator: Authenticator, seconds: float) -> None:
        self._authenticator = authenticator
        self._seconds = seconds
        self._uploads = 0

    async def upload(self, request: Request) -> Response:
        return await self._answer(request, self._receive)

    async def download(self, request: Request) -> Response:
        return await self._answer(request, _send)

    async def _answer(
        self, request: Request, work: Callable[[Request, FeedDesk], Awaitable[Response]]
    ) -> Response:
        request_id = secrets.token_hex(8)
        services: Services = request.app.state.services
        try:
            caller = await self._authenticator.authenticate(request.headers)
            require_scopes(caller, {"feeds:write": request.url.path[:80]})
            if services.rates is not None:
                await services.rates.charge(caller.subject, UPLOAD_COST)
            if services.feeds is None:
                raise NotFoundError("This server takes no feeds. `catalograph serve` does.")
            return await work(request, services.feeds)
        except CatalographError as exc:
            return _refuse(exc, request_id)

    async def _receive(self, request: Request, desk: FeedDesk) -> Response:
        """Store the body; it is never in memory as a whole."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != _MEDIA:
            # CSRF: a page of another origin cannot send this type without a CORS preflight.
            raise InvalidInputError(f"Send the file as it is, with 'content-type: {_MEDIA}'.")
        declared = request.headers.get("content-length", "")
        size = int(declared) if declared.isascii() and declared.isdigit() else None
        if self._uploads >= _AT_ONCE:
            raise LimitExceededError(f"{_AT_ONCE} uploads arrive already. Try again later.")
        self._uploads += 1
        try:
            name = request.query_params.get("name", "")
            stored = await desk.receive(name, size, self._chunks(request))
        except ClientDisconnect as exc:
            raise InvalidInputError("The connection ended before the file did.") from exc
        finally:
            self._uploads -= 1
        return _json(201, dict(stored))

    async def _chunks(self, request: Request) -> AsyncIterator[bytes]:
        parts = request.stream()
        while True:
            try:
                async with asyncio.timeout(self._seconds):
                    part = await anext(parts, None)
            except TimeoutError as exc:
                raise InvalidInputError(
                    f"Nothing of the file arrived for {self._seconds:g} seconds."
                ) from exc
            if part is None:
                return
            yield part


async def _send(request: Request, desk: FeedDesk) -> Response:
    form = request.query_params.get("format", "jsonl")
    if form not in ("jsonl", "csv"):
        raise InvalidInputError("'format' is jsonl or csv.")
    run = request.path_params["run"].removeprefix("run:")
    path = await desk.find_rejected_file(run)
    headers = {
        "cache-control": "no-store",
        "content-disposition": f'attachment; filename="rejected-{run}.{form}"',
        "x-content-type-options": "nosniff",
    }
    if form == "jsonl":
        return FileResponse(path, headers=headers, media_type="application/x-ndjson")
    return StreamingResponse(_table(path), headers=headers, media_type="text/csv; charset=utf-8")


def _table(path: Path) -> Iterator[str]:
    """Yield the lines of a CSV file of rejections, for spreadsheets."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(_COLUMNS)
    with path.open("rb") as lines:
        for line in lines:
            said = orjson.loads(line)
            table.writerow([_as_text(said.get(name)) for name in _COLUMNS])
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def _as_text(value: Any) -> str:
    """Return a cell that a spreadsheet takes as text, not as a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _refuse(exc: CatalographError, request_id: str) -> Response:
    status, code, message = _words(exc)
    if status >= 500:
        _log.error("a feed's file failed", exc_info=exc, extra={"request_id": request_id})
    body = {"error": {"code": code, "message": message, "requestId": request_id}}
    response = _json(status, body)
    if status == 401:
        response.headers["www-authenticate"] = "Bearer"
    if isinstance(exc, RateLimitedError):
        response.headers["retry-after"] = str(exc.retry_after)
    # The rest of a body that is not read would be taken for the next request.
    response.headers["connection"] = "close"
    return response


def _words(exc: CatalographError) -> tuple[int, str, str]:
    for type_, (status, code) in _STATUS.items():
        if isinstance(exc, type_):
            return status, code, str(exc)
    if isinstance(exc, StoreUnavailableError | StoreAuthError):
        return 503, "SERVICE_UNAVAILABLE", "The database does not answer at the moment. Try again."
    if isinstance(exc, StoreForbiddenError):
        return 403, "READ_ONLY", "This server may only read its database."
    return 500, "INTERNAL", "Internal error"


def _json(status: int, body: dict[str, Any]) -> Response:
    return Response(
        orjson.dumps(body),
        status,
        headers={"cache-control": "no-store"},
        media_type="application/json",
    )
