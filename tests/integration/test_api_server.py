"""The server around GraphQL: health, errors, limits, and a real socket."""

import asyncio
import html
import json
import re
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import uvicorn

from catalograph.api import create_app
from catalograph.settings import Settings
from catalograph.store import Connection
from catalograph.store.queries import api_queries

from .conftest import Ask, key, user

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]


def dead_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


@pytest.fixture
async def orphan(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """An API whose database is gone."""
    gone = settings.neo4j.model_copy(update={"uri": f"bolt://127.0.0.1:{dead_port()}"})
    app = create_app(settings.model_copy(update={"neo4j": gone}))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://localhost"
        ) as opened,
    ):
        yield opened


async def test_a_server_with_its_database_is_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    response = await client.get("/readyz")
    assert (response.status_code, response.json()) == (
        200,
        {
            "status": "ready",
            "reasons": [],
            "models": {"preference": 7, "text": 2},
            "search": "full-text and vector",
        },
    )


async def test_a_server_without_its_database_says_so_and_names_no_host(
    orphan: httpx.AsyncClient,
) -> None:
    assert (await orphan.get("/healthz")).status_code == 200
    ready = await orphan.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["reasons"] == ["The database does not answer."]
    answer = await orphan.post(
        "/graphql", json={"query": '{ product(key: "product:shop:cam1") { key } }'}
    )
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    assert error["extensions"]["retryable"] is True
    for body in (ready.text, answer.text):
        assert "bolt" not in body
        assert "127.0.0.1" not in body
        assert "Traceback" not in body


async def test_a_graph_without_its_schema_is_not_ready(
    client: httpx.AsyncClient, shop: Connection
) -> None:
    shop.execute("MATCH (g:GraphState) SET g.was = g.version, g.version = 0")
    try:
        response = await client.get("/readyz")
    finally:
        shop.execute("MATCH (g:GraphState) SET g.version = g.was REMOVE g.was")
    assert response.status_code == 503
    assert "catalograph schema apply" in response.json()["reasons"][0]


async def test_an_unforeseen_error_is_masked(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: Any) -> None:
        raise RuntimeError("the password of bolt://10.0.0.1 is hunter2")

    monkeypatch.setattr(api_queries, "read_model_feedback", fail)
    answer = await ask("{ modelFeedback(kind: TEXT) { version } }")
    [error] = answer["errors"]
    assert error["message"] == "Internal error"
    assert error["extensions"]["code"] == "INTERNAL"
    assert len(error["extensions"]["requestId"]) == 16
    assert "hunter2" not in str(answer)


@pytest.mark.parametrize(
    "document",
    [
        "{ nonsense }",
        "{",
        "query($first: Int!) { products(first: $first) { nodes { key } } }",
        "{ products(limit: 5) { nodes { key } } }",
        "{ __typename " + "a: __typename " * 1000 + "}",
    ],
)
async def test_a_wrong_document_is_told_apart(ask: Ask, document: str) -> None:
    answer = await ask(document)
    assert {e["extensions"]["code"] for e in answer["errors"]} == {"INVALID_DOCUMENT"}
    assert "Did you mean" not in str(answer)


async def test_nested_fragments_do_not_take_exponential_time(ask: Ask) -> None:
    levels = 24
    document = "{ ...F0 } " + " ".join(
        f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels)
    )
    document += f" fragment F{levels} on Query {{ __typename }}"
    async with asyncio.timeout(2):
        answer = await ask(document)
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"


async def test_bodies_are_json_and_not_too_large(client: httpx.AsyncClient) -> None:
    assert (await client.post("/graphql", content=b"{")).status_code == 415
    json = {"content-type": "application/json"}
    assert (await client.post("/graphql", content=b"{", headers=json)).status_code == 400
    huge = await client.post("/graphql", content=b"x" * 300_000)
    assert huge.status_code == 413


async def test_foreign_host_names_are_refused(client: httpx.AsyncClient) -> None:
    for host, status in {
        "localhost:8000": 200,
        "127.0.0.1:8000": 200,
        "[::1]:8000": 200,
        "example.org": 400,
        "localhost.example.org": 400,
    }.items():
        assert (await client.get("/healthz", headers={"host": host})).status_code == status


async def test_the_studio_is_one_page_without_foreign_parts(client: httpx.AsyncClient) -> None:
    response = await client.get("/")
    assert response.status_code == 200
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in response.text.replace("http-equiv", "")
    [nonce] = set(re.findall(r'nonce="([^"]+)"', response.text))
    assert f"script-src 'self' 'nonce-{nonce}'" in policy
    assert nonce not in (await client.get("/shop/anything?query=x")).text  # another one each time


async def test_files_of_the_studio_are_compressed_and_kept(client: httpx.AsyncClient) -> None:
    page = (await client.get("/")).text
    for name in re.findall(r'"(/studio/[^"]+)"', page):
        response = await client.get(name, headers={"accept-encoding": "gzip"})
        assert response.headers["content-encoding"] == "gzip"
        assert "immutable" in response.headers["cache-control"]
        plain = await client.get(name, headers={"accept-encoding": "identity"})
        assert plain.content == response.content
    for name in ("/studio/nothing.js", "/studio/..%2Findex.html", "/nothing-here"):
        assert (await client.get(name)).status_code == 404


async def test_the_studio_reads_how_to_sign_in_and_who_is_signed_in(
    client: httpx.AsyncClient,
) -> None:
    said = re.findall(r'name="server" content="([^"]+)"', (await client.get("/shop")).text)
    assert json.loads(html.unescape(said[0])) == {
        "authentication": False,
        "openid": None,
        "trustedOnly": False,
        "shoppers": [],
        "pictures": {},
        "imageOrigins": [],
    }
    body = {"query": "{ viewer { known userKey scopes } }"}
    viewer = (await client.post("/graphql", json=body)).json()["data"]["viewer"]
    assert viewer["known"] is False
    assert "catalog:read" in viewer["scopes"]


async def test_over_a_real_socket_served_lists_are_kept_at_shutdown(
    settings: Settings, shop: Connection
) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(settings), log_level="warning"))
    running = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event to wait for
        await asyncio.sleep(0.01)
    document = """mutation($input: RecordEventInput!) { recordEvent(input: $input) {
      ... on RecordedEvent { created } } }"""
    event = {
        "source": "shop",
        "id": "socket",
        "kind": "CART",
        "userKey": user("socket"),
        "productKey": key("tea1"),
    }
    port = listening.getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        body = {"query": document, "variables": {"input": event}}
        answer = (await client.post("/graphql", json=body)).json()
        assert answer["data"]["recordEvent"] == {"created": True}
        query = "query($u: String) { recommendations(userKey: $u, first: 3) { servedId } }"
        body = {"query": query, "variables": {"u": user("socket")}}
        answer = (await client.post("/graphql", json=body)).json()
    server.should_exit = True
    await running
    served = answer["data"]["recommendations"]["servedId"]
    rows = shop.execute(
        "MATCH (s:Served {key: $key}) RETURN s.items AS items", key=f"served:{served}"
    )
    assert rows == [{"items": [key("tea2")]}]
