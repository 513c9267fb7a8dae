"""API keys that are made and revoked while the server runs."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from catalograph.api import create_app
from catalograph.api.auth import ALL_SCOPES, new_key
from catalograph.api.auth.key_file import KeyFile
from catalograph.api.auth.keys import hash_key
from catalograph.api.subscriptions import socket
from catalograph.errors import ConfigError, ConflictError, NotFoundError

from .conftest import Serve
from .test_auth import Away

pytestmark = pytest.mark.anyio
ADMIN, ADMIN_LINE = new_key("admin", sorted(ALL_SCOPES - {"users:erase"}))
CREATE = """mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { __typename
  ... on CreatedApiKey { name key } ... on MutationError { message path } } }"""
REVOKE = """mutation($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { __typename
  ... on RevokedApiKey { name } ... on MutationError { message path } } }"""
LISTED = "{ server { keyFile apiKeys { name scopes shopper revocable } } }"


class Ask(Protocol):
    """Sends a document as the owner of a key."""

    async def __call__(self, query: str, key: str = ADMIN, /, **given: Any) -> dict[str, Any]:
        """Return the answer."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "keys"
    found.write_text(f"# of the shop\n{ADMIN_LINE}\n")
    return found


def asker(client: httpx.AsyncClient) -> Ask:
    async def ask(query: str, key: str = ADMIN, /, **given: Any) -> dict[str, Any]:
        body = {"query": query, "variables": {"input": given} if given else {}}
        answer = await client.post("/graphql", json=body, headers={"x-api-key": key})
        return dict(answer.json())

    return ask


@pytest.fixture
async def ask(serve: Serve, path: Path) -> AsyncIterator[Ask]:
    inline = new_key("inline", ["catalog:read"])[1]
    async with serve(auth={"api_key_file": path, "api_keys": inline}) as client:
        yield asker(client)


async def test_a_key_counts_from_its_making_to_its_revocation(ask: Ask, path: Path) -> None:
    made = await ask(CREATE, name="till", scopes=["catalog:read"])
    key = made["data"]["createApiKey"]["key"]
    kept = KeyFile(path).keys()
    assert hash_key(key) in kept
    assert key not in kept
    viewer = await ask("{ viewer { known scopes } }", key)
    assert viewer["data"]["viewer"] == {"known": True, "scopes": ["catalog:read"]}
    till = {"name": "till", "scopes": ["catalog:read"], "shopper": False, "revocable": True}
    server = (await ask(LISTED))["data"]["server"]
    assert server["keyFile"] is True
    assert till in server["apiKeys"]
    assert till | {"name": "inline", "revocable": False} in server["apiKeys"]
    assert (await ask(REVOKE, name="till"))["data"]["revokeApiKey"]["name"] == "till"
    refused = await ask("{ viewer { known } }", key)
    assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_what_cannot_be_made_or_revoked_is_said(ask: Ask) -> None:
    async def fault(query: str, **given: Any) -> tuple[str, list[str], str]:
        [result] = (await ask(query, **given))["data"].values()
        return result["__typename"], result["path"], result["message"]

    kind, path, text = await fault(CREATE, name="more", scopes=["users:erase"])
    assert (kind, path) == ("InvalidInput", ["input", "scopes"])
    assert "do not have them" in text
    kind, path, text = await fault(CREATE, name="two words", scopes=["catalog:read"])
    assert (kind, path) == ("InvalidInput", ["input"])
    assert "may have letters" in text
    assert (await fault(CREATE, name="admin", scopes=["catalog:read"]))[0] == "Conflict"
    assert (await fault(REVOKE, name="inline"))[0] == "NotFound"
    kind, _, text = await fault(REVOKE, name="admin")
    assert kind == "Conflict"
    assert "last key" in text


async def test_a_server_without_a_key_file_says_how_to_have_one(serve: Serve) -> None:
    async with serve(auth={"api_keys": ADMIN_LINE}) as client:
        made = await asker(client)(CREATE, name="till", scopes=["catalog:read"])
    result = made["data"]["createApiKey"]
    assert result["__typename"] == "Conflict"
    assert "CATALOGRAPH_API__AUTH__API_KEY_FILE" in result["message"]


def test_the_file_is_followed_and_a_damaged_one_changes_nothing(path: Path) -> None:
    first, second = KeyFile(path), KeyFile(path)
    line = new_key("till", ["catalog:read"])[1]
    first.add(line)
    assert len(second.keys()) == 2
    kept = path.read_text()
    assert kept == f"# of the shop\n{ADMIN_LINE}\n{line}\n"
    path.write_text("nonsense\n")
    assert len(first.keys()) == 2
    path.unlink()
    assert len(first.keys()) == 2
    with pytest.raises(ConflictError, match="cannot write"):
        first.remove("till")
    path.write_text(kept)
    second.remove("till")
    assert len(first.keys()) == 1
    with pytest.raises(NotFoundError):
        first.remove("till")
    with pytest.raises(ConfigError):
        KeyFile(path.with_name("nowhere"))


def test_a_revoked_key_ends_its_web_sockets(
    away: Away, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "_KEY_SECONDS", 0.02)
    key, line = new_key("till", ["catalog:read"])
    KeyFile(path).add(line)
    app = create_app(away(auth={"api_key_file": path}))
    with (
        TestClient(app, base_url="http://127.0.0.1") as client,
        client.websocket_connect("ws://127.0.0.1/graphql", ["graphql-transport-ws"]) as opened,
    ):
        opened.send_json({"type": "connection_init", "payload": {"apiKey": key}})
        assert opened.receive_json()["type"] == "connection_ack"
        KeyFile(path).remove("till")
        with pytest.raises(WebSocketDisconnect) as closed:
            opened.receive_json()
    assert closed.value.code == 4403
    assert "revoked" in closed.value.reason
