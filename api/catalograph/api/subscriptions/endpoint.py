"""The GraphQL endpoint with its web socket."""

from datetime import timedelta

from starlette.types import Receive, Scope, Send
from strawberry import Schema
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from catalograph.api.auth import Authenticator
from catalograph.api.http import GraphQLOverHTTP
from catalograph.api.persisted import PersistedDocuments
from catalograph.api.subscriptions.socket import SocketHandler, open_socket
from catalograph.settings.api import ApiSettings


class GraphQLEndpoint(GraphQLOverHTTP):
    """Queries and mutations over HTTP, subscriptions over graphql-transport-ws."""

    graphql_transport_ws_handler_class = SocketHandler

    def __init__(
        self,
        schema: Schema,
        settings: ApiSettings,
        authenticator: Authenticator,
        persisted: PersistedDocuments,
    ) -> None:
        super().__init__(
            schema, settings, authenticator, persisted, (GRAPHQL_TRANSPORT_WS_PROTOCOL,)
        )
        self.connection_init_wait_timeout = timedelta(seconds=settings.live.init_seconds)
        # SocketHandler counts subscriptions itself, and refuses with an error code.
        self.max_subscriptions_per_connection = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request or a web socket."""
        if scope["type"] == "websocket":
            await open_socket(self, scope, receive, send)
        else:
            await super().__call__(scope, receive, send)
