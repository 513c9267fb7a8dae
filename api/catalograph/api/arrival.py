"""How long a request may take to arrive, and how large it may be.

Uvicorn waits for the rest of a head or of a body forever, so that a client could hold any number of
connections open for nothing. A request has one deadline for both: `RequestConnection` closes the
connection that misses it within the head, `BodyReader` answers one that misses it within the body.
"""

import asyncio
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_BODY_BYTES = 256 * 1024
MAX_HEAD_BYTES = 64 * 1024
_DEADLINE = "catalograph.deadline"


class RequestConnection(HttpToolsProtocol):
    """A connection that is closed if the head of a request does not arrive in time.

    Args:
        seconds: until the head has to be there, from its first byte on; for the first request of a
            connection also from the connection's begin to that byte.
    """

    def __init__(self, *args: Any, seconds: float, **named: Any) -> None:
        super().__init__(*args, **named)
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; refuse a head that is too large."""
        # These bytes may begin a request, or be nothing that ever becomes one: the rest of a body
        # that was answered already, or empty lines. Uvicorn has just stopped its own timer.
        if self._timer is None and not self._busy:
            self._start_timer()
        super().data_received(data)
        if self._timer is not None and not self._busy:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self.transport.close()

    def on_message_begin(self) -> None:
        """Give the request its deadline."""
        super().on_message_begin()
        self._start_timer()
        scope: Any = self.scope
        scope[_DEADLINE] = self.loop.time() + self._seconds

    def on_headers_complete(self) -> None:
        """Leave the rest to whoever reads the body."""
        self._stop_timer()
        super().on_headers_complete()

    @property
    def _busy(self) -> bool:
        """Whether a request whose head is there waits for its answer."""
        cycle: Any = self.cycle  # None at first, whatever uvicorn's annotation says
        return bool(cycle and not cycle.response_complete)

    def _start_timer(self) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(self._seconds, self._expire)

    def _stop_timer(self) -> None:
        self._head_bytes = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expire(self) -> None:
        self._timer = None
        if not self._busy:  # else the head is of a request behind one that is being answered
            self.transport.close()


class BodyReader:
    """Reads the body before the application is asked; refuses one that is too slow or too large.

    Args:
        app: the application.
        seconds: until the body has to be there, where the connection has set no deadline.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request whose body arrives."""
        if scope["type"] != "http":
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
    """Read a body, or as much of it as shows that it is too large.

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
