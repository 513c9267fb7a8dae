"""Web sockets: who may open one, by which protocol, and as whom."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from catalograph.api import build_schema
from catalograph.api.auth import Authenticator, new_key
from catalograph.api.http import GraphQLOverHTTP
from catalograph.api.persisted import PersistedDocuments
from catalograph.settings import Settings

PROTOCOL = "graphql-transport-ws"
KEY, LINE = new_key("storefront", ["catalog:read"])
SHOP = "https://shop.example.com"


@pytest.fixture
def sockets(away: Callable[..., Settings]) -> Iterator[TestClient]:
    settings = away(auth={"api_keys": LINE}, allowed_origins=[SHOP])
    endpoint = GraphQLOverHTTP(
        build_schema(settings.api),
        settings.api,
        Authenticator(settings),
        PersistedDocuments({}),
        (PROTOCOL,),
    )
    app = Starlette(routes=[WebSocketRoute("/graphql", endpoint)])
    app.state.services = type("Services", (), {"connection": None, "rates": None})()
    with TestClient(app, base_url="http://127.0.0.1") as client:
        yield client


def talk(sockets: TestClient, *messages: dict[str, Any], **headers: str) -> Any:
    """Send messages; return the last answer, or the code a socket was closed with."""
    try:
        with sockets.websocket_connect("/graphql", [PROTOCOL], headers=headers) as opened:
            answer: Any = None
            for message in messages:
                opened.send_json(message)
                answer = opened.receive_json()
            return answer
    except WebSocketDisconnect as closed:
        return closed.code


def subscribe(query: str) -> dict[str, Any]:
    return {"id": "1", "type": "subscribe", "payload": {"query": query}}


@pytest.mark.parametrize(
    "payload", [{"authorization": f"Bearer {KEY}"}, {"X-API-Key": KEY}, {"apiKey": KEY}]
)
def test_the_payload_says_who(sockets: TestClient, payload: dict[str, str]) -> None:
    init = {"type": "connection_init", "payload": payload}
    assert talk(sockets, init) == {"type": "connection_ack"}
    product = subscribe('{ product(key: "no key") { key } }')
    answer = talk(sockets, init, product)
    # Let through to the resolver, which refuses the key.
    assert answer["type"] == "next"
    assert "'no key' is not a key" in str(answer)


@pytest.mark.parametrize(
    "payload",
    [{"authorization": "Bearer cgk_wrong"}, {"authorization": "x"}, {"apiKey": "x"}],
)
def test_bad_credentials_close_it(sockets: TestClient, payload: dict[str, str]) -> None:
    assert talk(sockets, {"type": "connection_init", "payload": payload}) == 4403


@pytest.mark.parametrize("payload", [None, {}, {"other": 1}])
def test_who_says_nothing_has_the_scopes_of_nobody(sockets: TestClient, payload: Any) -> None:
    init = {"type": "connection_init"} | ({} if payload is None else {"payload": payload})
    answer = talk(sockets, init, subscribe('{ product(key: "no key") { key } }'))
    assert answer["type"] == "error"
    assert "needs the scope 'catalog:read'" in str(answer)


def test_nothing_is_answered_before_the_init(sockets: TestClient) -> None:
    assert talk(sockets, subscribe("{ __typename }")) == 4401


def test_headers_of_the_handshake_are_no_credentials(sockets: TestClient) -> None:
    """A browser adds what it holds for a host to any page's handshake."""
    init = {"type": "connection_init"}
    asked = subscribe('{ product(key: "no key") { key } }')
    answer = talk(sockets, init, asked, authorization=f"Bearer {KEY}")
    assert answer["type"] == "error"


def test_the_legacy_protocol_is_not_spoken(sockets: TestClient) -> None:
    """GHSA-vpwc-v33q-mq89: it let operations through without an init."""
    with (
        pytest.raises(WebSocketDisconnect) as closed,
        sockets.websocket_connect("/graphql", ["graphql-ws"]) as opened,
    ):
        opened.receive_json()
    assert closed.value.code == 4406


def test_pages_of_other_origins_open_none(sockets: TestClient) -> None:
    init = {"type": "connection_init", "payload": {"apiKey": KEY}}
    for origin in (
        "https://evil.example.com",
        "null",
        f"{SHOP}.evil.com",
        "http://shop.example.com",
    ):
        assert talk(sockets, init, origin=origin) == 1008
    assert talk(sockets, init, origin=SHOP) == {"type": "connection_ack"}
