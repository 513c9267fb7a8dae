"""What the clients send and what they make of answers; a real server, its database away."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from catalograph.api import create_app
from catalograph.api.auth import new_key
from catalograph.client import (
    UNSET,
    AsyncCatalograph,
    Catalograph,
    EventKind,
    ProductFilter,
    RecordEventInput,
    SessionEvent,
)
from catalograph.client.transport import endpoint, request_body
from catalograph.errors import (
    AnswerError,
    ClientError,
    OperationError,
    ServerUnreachableError,
    TemporaryOperationError,
)
from catalograph.settings import load_settings
from tests.serving import served

Ask = Callable[..., Any]
Serving = Callable[..., AbstractContextManager[str]]


@pytest.fixture
def serving(tmp_path: Path) -> Serving:
    """Serves the API without a database; takes settings of the group `api`."""

    @contextmanager
    def serve(**api: Any) -> Iterator[str]:
        nowhere = {"uri": "bolt://127.0.0.1:1", "password": "none"}
        settings = load_settings(
            home=tmp_path, user_secret="a secret of the tests", neo4j=nowhere, api=api
        )
        with served(create_app(settings)) as address:
            yield address

    return serve


def ask_plainly(url: str, **options: Any) -> Any:
    with Catalograph(url, **options) as catalograph:
        return catalograph.product("product:shop:cam1")


def ask_async(url: str, **options: Any) -> Any:
    async def ask() -> Any:
        async with AsyncCatalograph(url, **options) as catalograph:
            return await catalograph.product("product:shop:cam1")

    return asyncio.run(ask())


@pytest.fixture(params=[ask_plainly, ask_async], ids=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    asked: Ask = request.param
    return asked


def test_an_error_carries_its_code_and_whether_to_try_again(serving: Serving, ask: Ask) -> None:
    with serving() as address, pytest.raises(TemporaryOperationError) as failed:
        ask(address)
    assert failed.value.code == "SERVICE_UNAVAILABLE"
    assert failed.value.retryable
    assert failed.value.retry_after is None
    assert failed.value.request_id
    assert "does not answer" in str(failed.value)


def test_without_credentials_a_client_is_refused(serving: Serving, ask: Ask) -> None:
    key, line = new_key("storefront", ["catalog:read"])
    with serving(auth={"api_keys": line}) as address:
        for options, code in (
            ({}, "UNAUTHENTICATED"),
            ({"api_key": "wrong"}, "UNAUTHENTICATED"),
            ({"token": "wrong"}, "UNAUTHENTICATED"),
            ({"api_key": key}, "SERVICE_UNAVAILABLE"),
            ({"token": key}, "SERVICE_UNAVAILABLE"),
        ):
            with pytest.raises(OperationError) as refused:
                ask(address, **options)
            assert refused.value.code == code
            assert refused.value.retryable is (code == "SERVICE_UNAVAILABLE")


def test_a_caller_who_used_up_theirs_is_told_how_long_to_wait(serving: Serving, ask: Ask) -> None:
    key, line = new_key("storefront", ["catalog:read"])
    with (
        serving(auth={"api_keys": line}, rate="1/hour") as address,
        pytest.raises(TemporaryOperationError) as refused,
    ):
        ask(address, api_key=key)
    assert refused.value.code == "RATE_LIMITED"
    assert refused.value.retry_after is not None
    assert 0 < refused.value.retry_after <= 7200


def test_a_server_that_is_not_there_is_said_to_be(ask: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ServerUnreachableError, match=f":{port}/graphql gave no answer") as failed:
        ask(f"http://127.0.0.1:{port}")
    assert failed.value.retryable


def test_a_server_that_is_silent_is_given_up_on(ask: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ServerUnreachableError, match="gave no answer"):
            ask(url, timeout=0.2)


@pytest.mark.parametrize(
    "response",
    [
        PlainTextResponse("Bad Gateway", 502),
        JSONResponse({"detail": "no such page"}, 404),
        JSONResponse([], 200),
        JSONResponse({"data": None}, 200),
        JSONResponse({"errors": ["a text"]}, 200),
        JSONResponse({"errors": "a text"}, 500),
    ],
    ids=lambda r: r.body.decode(),
)
def test_an_answer_that_is_none_of_graphql_is_refused(response: Response, ask: Ask) -> None:
    app = Starlette(routes=[Route("/graphql", lambda _: response, methods=["POST"])])
    with served(app) as address, pytest.raises(AnswerError, match=str(response.status_code)):
        ask(address)


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None)]
)
def test_the_header_says_when_to_try_again_too(header: str, seconds: float | None) -> None:
    error = {"message": "Slow down.", "extensions": {"code": "BUSY", "retryable": True}}

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(429, json={"errors": [error]}, headers={"retry-after": header})

    http = httpx.Client(transport=httpx.MockTransport(answer))
    with pytest.raises(ClientError, match=r"Slow down\. \(BUSY\)") as refused:
        ask_plainly("http://shop.example", http=http)
    assert isinstance(refused.value, TemporaryOperationError)
    assert refused.value.retry_after == seconds
    assert not http.is_closed
    http.close()


def test_what_was_answered_all_the_same_is_kept() -> None:
    answer = {"data": {"product": None}, "errors": [{"message": "Broken."}]}
    http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=answer)))
    with http, pytest.raises(OperationError) as failed:
        ask_plainly("http://shop.example", http=http)
    assert (failed.value.code, failed.value.request_id) == ("UNKNOWN", None)
    assert failed.value.data == {"product": None}


def test_a_request_has_one_caller() -> None:
    with pytest.raises(ValueError, match="one caller"):
        Catalograph("http://shop.example", api_key="a", token="b")


@pytest.mark.parametrize(
    "url", ["http://shop.example", "http://shop.example/", "http://shop.example/graphql"]
)
def test_the_path_may_be_left_out(url: str) -> None:
    assert endpoint(url) == "http://shop.example/graphql"


def test_variables_are_sent_as_graphql_names_them_and_only_what_was_set() -> None:
    time = datetime(2026, 1, 31, 12, tzinfo=UTC)
    body = request_body(
        "query Q { q }",
        "Q",
        {
            "first": UNSET,
            "after": None,
            "filter": ProductFilter(price_max=20, brand=None),
            "session": [SessionEvent(product_key="product:shop:cam1", time=time)],
            "kind": EventKind.CLICK,
            "keys": ["a", "b"],
        },
    )
    assert body == {
        "query": "query Q { q }",
        "operationName": "Q",
        "variables": {
            "after": None,
            "filter": {"priceMax": 20.0, "brand": None},
            "session": [{"productKey": "product:shop:cam1", "time": "2026-01-31T12:00:00Z"}],
            "kind": "CLICK",
            "keys": ["a", "b"],
        },
    }


def test_an_input_that_lacks_something_never_leaves() -> None:
    with pytest.raises(ValueError, match="kind"):
        RecordEventInput(source="shop", id="1")  # type: ignore[call-arg]
