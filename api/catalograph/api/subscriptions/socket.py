"""The web socket: graphql-transport-ws only, subscriptions only, limited, and masked like HTTP."""

import asyncio
import contextlib
import copy
import time
from collections.abc import AsyncIterator
from typing import Any, cast

from graphql import GraphQLError
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.schema import BaseSchema
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from catalograph.api.context import Context
from catalograph.api.errors import mask_errors
from catalograph.api.http import GraphQLOverHTTP
from catalograph.api.persisted import BadRequestError
from catalograph.api.request_context import facts
from catalograph.api.subscriptions.connections import LiveConnections
from catalograph.errors import CatalographError, LimitExceededError

MAX_MESSAGE_BYTES = 256 * 1024
_MAX_ID_LENGTH = 128
_KEY_SECONDS = 5.0
"""Seconds between two looks at whether a socket's API key still stands."""
_BUSY = 503
_TOO_MANY = 4429
"""Close code of a caller with too many sockets, after HTTP's 429."""
_FORBIDDEN = 4403
"""Close code after which clients of the protocol get new credentials and connect again."""


async def open_socket(view: Any, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve a web socket, or refuse its handshake while there are too many.

    Args:
        view: GraphQL application; its `run` serves the socket.
        scope: ASGI scope of the socket.
        receive: ASGI callable that returns the socket's messages.
        send: ASGI callable that sends to the socket.
    """
    socket = WebSocket(scope, receive, send)
    live: LiveConnections = scope["app"].state.services.live
    try:
        with live.sockets.hold_place():
            await view.run(socket)
    except LimitExceededError as exc:
        refusal = PlainTextResponse(str(exc), _BUSY, {"retry-after": "30"})
        await socket.send_denial_response(refusal)


class SocketHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """One web socket."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.schema = _Subscriptions(self.schema)  # type: ignore[assignment]
        self._place = contextlib.ExitStack()
        self._lifetime = asyncio.timeout(None)
        self._ended = "The token has expired"

    async def handle(self) -> None:
        """Serve until the socket closes or its credentials end; always release its place."""
        with self._place:
            try:
                async with self._lifetime:
                    await super().handle()
            except TimeoutError:
                if not self._lifetime.expired():
                    raise
                reason = f"{self._ended}. Connect again with a new one."
                await self.websocket.close(code=_FORBIDDEN, reason=reason)

    async def handle_message(self, message: Any) -> None:
        """Handle a message; close the socket on a message that is not of the protocol."""
        if not _well_formed(message):
            await self.handle_invalid_message("Not a message of graphql-transport-ws")
            return
        await super().handle_message(message)

    async def handle_connection_init(self, message: Any) -> None:
        """Accept a caller that has a place left."""
        await super().handle_connection_init(message)
        if not self.connection_acknowledged:
            return
        try:
            self._place.enter_context(
                self._live.sockets.hold_place_of(self.context.principal.subject)
            )
        except LimitExceededError as exc:
            self.connection_acknowledged = False
            await self.websocket.close(code=_TOO_MANY, reason=str(exc))
            return
        principal = self.context.principal
        if principal.expires is not None:
            left = principal.expires - time.time()
            self._lifetime.reschedule(asyncio.get_running_loop().time() + left)
        elif principal.known:
            self._place.callback(asyncio.create_task(self._watch_key()).cancel)

    async def _watch_key(self) -> None:
        """End the socket when its API key is revoked."""
        known = self.context.services.diagnostics.authenticator
        while known.knows(self.context.principal):  # noqa: ASYNC110 - a file says when it ends
            await asyncio.sleep(_KEY_SECONDS)
        self._ended = "The API key was revoked"
        self._lifetime.reschedule(asyncio.get_running_loop().time())

    async def handle_subscribe(self, message: Any) -> None:
        """Start a subscription, or refuse it and leave the others open."""
        if not self.connection_acknowledged or message["id"] in self.operations:
            await super().handle_subscribe(message)  # Strawberry closes the socket
            return
        most = self._live.settings.subscriptions_per_socket
        if len(self.operations) >= most:
            error = GraphQLError(
                f"A web socket has {most} subscriptions at most. Complete one first.",
                extensions={"code": "LIMIT_EXCEEDED"},
            )
            await self._refuse(message["id"], error)
            return
        given = message["payload"]
        facts().sent = (given.get("variables"), given.get("documentId"), given.get("id"))
        try:
            asked = cast(GraphQLOverHTTP, self.view).gate.admit(given)
        except BadRequestError as exc:
            await self.handle_invalid_message(str(exc))
        except CatalographError as exc:
            [error] = mask_errors([GraphQLError(str(exc), original_error=exc)])
            await self._refuse(message["id"], error)
        else:
            message["payload"] = {
                "query": asked.document,
                "variables": asked.variables,
                "operationName": asked.operation,
            }
            await super().handle_subscribe(message)

    async def _refuse(self, id_: str, error: GraphQLError) -> None:
        await self.send_message({"id": id_, "type": "error", "payload": [error.formatted]})

    @property
    def _live(self) -> LiveConnections:
        return self.context.services.live


class _Subscriptions:
    """A schema that runs only subscriptions, each with a context of its own."""

    def __init__(self, schema: BaseSchema) -> None:
        self._schema = schema

    async def stream(self, query: str, *, context_value: Context, **arguments: Any) -> Any:
        source = await self._schema.stream(
            query,
            context_value=copy.copy(context_value),
            allowed_operation_types=(OperationType.SUBSCRIPTION,),
            **arguments,
        )
        return _mask(source)


async def _mask(source: Any) -> AsyncIterator[Any]:
    """Yield results with masked errors."""
    async with contextlib.aclosing(source):
        try:
            async for result in source:
                if result.errors:
                    result.errors = mask_errors(result.errors)
                yield result
        except GraphQLError as exc:  # refused before execution
            yield PreExecutionError(data=None, errors=mask_errors([exc]))


def _well_formed(message: Any) -> bool:
    """Return whether a message has the fields that its type needs, of the right types."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return False
    if message["type"] not in ("subscribe", "complete"):
        return True
    id_ = message.get("id")
    if not isinstance(id_, str) or not 1 <= len(id_) <= _MAX_ID_LENGTH:
        return False
    if message["type"] == "complete":
        return True
    return isinstance(message.get("payload"), dict)
