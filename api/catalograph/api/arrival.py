"""Time limit and size limit of an incoming request.

Uvicorn waits for the rest of a head or of a body forever, so a client could hold any number of
connections open at no cost (slowloris). A request has one deadline for both: `RequestConnection`
closes a connection whose head is late, `BodyReader` answers with an error when the body is late.
"""

import asyncio
from collections.abc import Set as AbstractSet
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_BODY_BYTES = 256 * 1024
MAX_HEAD_BYTES = 64 * 1024
_DEADLINE = "catalograph.deadline"
_FIRST_REQUEST_SECONDS = 1.0
"""Time for the first request of a connection that is open when the server begins to end."""


class RequestConnection(HttpToolsProtocol):
    """A connection that closes if the head of a request does not arrive in time.

    Args:
        seconds: time limit of the head, in seconds, from its first byte on; for the first request
            of a connection also from the start of the connection to that byte.
    """

    def __init__(self, *args: Any, seconds: float, **named: Any) -> None:
        super().__init__(*args, **named)
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._ends = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timer of the first request."""
        super().connection_made(transport)
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; refuse a head that is too large."""
        # These bytes may begin a request, or never become one: the rest of a body that was
        # answered already, or empty lines. Uvicorn has just stopped its own timer.
        if self._timer is None and not self._busy:
            self._start_timer()
        super().data_received(data)
        if self._timer is not None and not self._busy:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self.transport.close()

    def on_message_begin(self) -> None:
        """Set the deadline of the request."""
        super().on_message_begin()
        self._start_timer()
        scope: Any = self.scope
        scope[_DEADLINE] = self.loop.time() + self._seconds

    def on_headers_complete(self) -> None:
        """Stop the timer of the head; `BodyReader` limits the body."""
        self._stop_timer()
        super().on_headers_complete()
        if self._ends and self._busy:  # else: it became a web socket
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """Close after the current request; a new connection may send its first one before that.

        A client sends a request as soon as it has connected. To close such a connection at once,
        as uvicorn does, would lose that request.
        """
        cycle: Any = self.cycle
        if cycle is not None:
            super().shutdown()
            return
        self._ends = True
        self._start_timer(min(_FIRST_REQUEST_SECONDS, self._seconds))

    @property
    def _busy(self) -> bool:
        """True while a request with a complete head waits for its answer."""
        cycle: Any = self.cycle  # None at first, whatever uvicorn's annotation says
        return bool(cycle and not cycle.response_complete)

    def _start_timer(self, seconds: float | None = None) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(seconds or self._seconds, self._expire)

    def _stop_timer(self) -> None:
        self._head_bytes = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expire(self) -> None:
        self._timer = None
        if not self._busy:  # else: a pipelined request behind an unanswered one
            self.transport.close()


class BodyReader:
    """Reads the body before it calls the application; refuses one that is too slow or too large.

    Args:
        app: application to call.
        seconds: time limit of the body, in seconds, where the connection has set no deadline.
        streamed: paths whose application reads and limits the body itself.
    """

    def __init__(
        self, app: ASGIApp, seconds: float, streamed: AbstractSet[str] = frozenset()
    ) -> None:
        self._app = app
        self._seconds = seconds
        self._streamed = streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request whose body arrives in time."""
        if scope["type"] != "http" or scope["path"] in self._streamed:
            await self._app(scope, receive, send)
            return
        deadline = scope.get(_DEADLINE) or asyncio.get_running_loop().time() + self._seconds
        try:
            async with asyncio.timeout_at(deadline):
                body = await _read(receive)
        except TimeoutError:
            text = f"A request has to arrive within {self._seconds:g} seconds."
            refusal = JSONResponse({"error": text}, 408, {"connection": "close"})
            await refusal(scope, receive, send)
            return
        except EOFError as exc:
            await JSONResponse({"error": str(exc)}, 400)(scope, receive, send)
            return
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


async def _read(receive: Receive) -> bytes:
    """Read a body, and stop as soon as it is too large.

    Raises:
        EOFError: the connection ended before the body did.
    """
    body = bytearray()
    more = True
    while more and len(body) <= MAX_BODY_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise EOFError("The connection ended before the body of the request did.")
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)
