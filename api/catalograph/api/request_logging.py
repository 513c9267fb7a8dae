"""Logging, metrics and tracing of a request: one log line, an id in the answer, metrics, spans.

They hold operation, cost, statements, time, status and codes; never the document, its variables,
search words, the shopper or an address.
"""

import logging
import time
from collections.abc import MutableMapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from catalograph.api.metrics import Metrics
from catalograph.api.request_context import RequestContext, current, facts, request_id
from catalograph.log import format_causes

_log = logging.getLogger(__name__)
_MAX_NAME = 64
_PATHS = frozenset({"/", "/graphql", "/mcp", "/.well-known/ucp", "/healthz", "/readyz", "/metrics"})
_QUIET_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
"""Paths that monitors poll every few seconds; successes are logged at debug level."""


class Spans(Protocol):
    """Target of traces."""

    def request(self, scope: Scope) -> AbstractContextManager[Any]:
        """Return a span around a request."""

    def operation(self) -> AbstractContextManager[Any]:
        """Return a span around a GraphQL operation; `RequestContext` names it at its end."""

    def statement(self, name: str) -> AbstractContextManager[Any]:
        """Return a span around a statement."""

    def close(self) -> None:
        """Send the spans that are still buffered."""


class NoSpans:
    """Tracing that is off."""

    def request(self, scope: Scope) -> AbstractContextManager[None]:
        """Return an empty context."""
        return nullcontext()

    def operation(self) -> AbstractContextManager[None]:
        """Return an empty context."""
        return nullcontext()

    def statement(self, name: str) -> AbstractContextManager[None]:
        """Return an empty context."""
        return nullcontext()

    def close(self) -> None:
        """Do nothing."""


class RequestLogging:
    """The outermost middleware: sees the start and the end of every request.

    It turns an exception that nothing else caught into an answer without details, because the
    server below would write its message into the log.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, spans: Spans) -> None:
        self._app = app
        self._metrics = metrics
        self._spans = spans

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request and log it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        known = RequestContext(request_id(Headers(scope=scope)))
        token = current.set(known)
        began = time.perf_counter()
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_header(message, known.id)
            elif message["type"] == "websocket.close":
                status = message.get("code", 1000)
            await send(message)

        try:
            with self._spans.request(scope):
                await self._app(scope, receive, sending)
        except Exception as exc:  # noqa: BLE001 - the outermost frame of a request
            _log.error(
                "request failed", extra={"request_id": known.id, "error": format_causes(exc)}
            )
            known.codes.append("INTERNAL")
            if scope["type"] == "http" and not status:
                body = {"error": "Internal error", "requestId": known.id}
                await JSONResponse(body, 500)(scope, receive, sending)
        finally:
            current.reset(token)
            self._tell(scope, known, status, time.perf_counter() - began)

    def _tell(self, scope: Scope, known: RequestContext, status: int, seconds: float) -> None:
        path = scope["path"] if scope["path"] in _PATHS else "other"
        if scope["type"] == "http":
            self._metrics.request(known, path, status, seconds)
        line = {
            "request_id": known.id,
            "protocol": scope["type"],
            "path": path,
            "operation": known.operation,
            "kind": known.kind,
            "cost": known.cost,
            "statements": known.cost.get("statements", 0),
            "ms": round(seconds * 1_000, 1),
            "status": status,
            "codes": known.codes,
        }
        _log.log(_level(path, status, known.codes), "request", extra=line)


def _level(path: str, status: int, codes: list[str]) -> int:
    if status == 500 or "INTERNAL" in codes:
        return logging.ERROR
    if status == 503 or "SERVICE_UNAVAILABLE" in codes:
        return logging.WARNING
    return logging.DEBUG if path in _QUIET_PATHS else logging.INFO


def _add_header(message: MutableMapping[str, Any], id_: str) -> None:
    message["headers"] = [*message.get("headers", ()), (b"x-request-id", id_.encode())]


def note_document(text: str | None, variables: object) -> None:
    """Store the document about to be executed, so that its texts can be removed from logs."""
    known = facts()
    known.document, known.sent = text, (known.sent, variables)


def note_operation(kind: str, name: str | None) -> None:
    """Store kind and name of the operation, for the log and the traces."""
    known = facts()
    known.kind, known.operation = kind, name[:_MAX_NAME] if name else None
