"""The server as its operators see it: limits, keys, statements, checks, the last backup."""

from datetime import UTC, datetime

import httpx
import pytest
from pydantic import SecretStr

from catalograph.api import create_app
from catalograph.api.auth import new_key
from catalograph.settings import Settings
from catalograph.store import Connection
from catalograph.store.backup import BackupRecord, last_backup

from .conftest import Ask, open_client

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

SERVER = """{ server {
  authentication anonymousScopes rate cost
  statements { name count seconds slow }
  apiKeys { name scopes shopper }
  lastBackup { file nodes relations megabytes }
  checks { name ok remedy }
} }"""


async def test_operators_see_statements_and_checks(ask: Ask, settings: Settings) -> None:
    await ask('{ brandOverview(key: "brand:acme") { products } }')
    server = (await ask(SERVER))["data"]["server"]
    assert (server["authentication"], server["rate"], server["cost"]) == (False, None, 20_000)
    assert (server["apiKeys"], server["lastBackup"]) == ([], None)
    [overview] = [one for one in server["statements"] if one["name"] == "read_overview"]
    assert overview["count"] == 1
    assert 0 < overview["seconds"] < overview["slow"] * 2
    checks = {check["name"]: check["ok"] for check in server["checks"]}
    assert checks["server"] is True


async def test_keys_are_named_and_never_shown(settings: Settings, shop: Connection) -> None:
    admin, line = new_key("admin", ["operations:read", "catalog:read"])
    shopper, other = new_key("ann", ["recommend:read"], "user:shop:" + "a" * 32)
    auth = settings.api.auth.model_copy(update={"api_keys": SecretStr(f"{line};{other}")})
    told = settings.model_copy(update={"api": settings.api.model_copy(update={"auth": auth})})
    record = BackupRecord(
        file="/backups/monday.tar",
        created=datetime(2026, 3, 2, 3, tzinfo=UTC),
        nodes=7,
        relations=5,
        size=2_500_000,
    )
    (settings.home / "last-backup.json").write_text(record.model_dump_json())
    assert last_backup(settings) == record
    async with open_client(create_app(told)) as client:
        answer = await _ask_as(client, admin)
        refused = await _ask_as(client, shopper)
    (settings.home / "last-backup.json").unlink()
    server = answer.json()["data"]["server"]
    assert server["apiKeys"] == [
        {"name": "admin", "scopes": ["catalog:read", "operations:read"], "shopper": False},
        {"name": "ann", "scopes": ["recommend:read"], "shopper": True},
    ]
    for secret in (admin, shopper, *line.split()[1:2], *other.split()[1:2]):
        assert secret not in answer.text
    assert server["lastBackup"] == {
        "file": "/backups/monday.tar",
        "nodes": 7,
        "relations": 5,
        "megabytes": 2.5,
    }
    assert refused.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def _ask_as(client: httpx.AsyncClient, key: str) -> httpx.Response:
    return await client.post("/graphql", json={"query": SERVER}, headers={"x-api-key": key})
