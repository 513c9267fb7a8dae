"""What shoppers decide of their data: consent by purpose, export, and who read them."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from catalograph.api import create_app
from catalograph.api.auth import new_key
from catalograph.cli import app
from catalograph.embed.jobs import run_jobs
from catalograph.schema import keys
from catalograph.settings import Settings
from catalograph.store import Connection, Writer, erase_user, export_snapshot, stale_models
from tests.conftest import wipe
from tests.integration.test_jobs import load
from tests.integration.test_kills import environment

from .conftest import WordEncoder, open_client

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

LIST = "query($u: String) { recommendations(userKey: $u, first: 3) { items { product { key } } } }"
CONSENT = """mutation($i: SetConsentInput!) { setConsent(input: $i) {
  ... on UserConsent { allowed agreed refused } ... on MutationError { code message path } } }"""
DATA = "query($u: String) { userData(userKey: $u) userConsent(userKey: $u) { allowed } }"
PROFILE = "query($u: String) { userProfile(userKey: $u) { reviews } }"


@pytest.fixture
def ada(settings: Settings) -> str:
    """Key of a shopper whom the command line can name, too."""
    return keys.user_key("shop", "ada", settings.user_hmac_key)


@pytest.fixture
def shop(
    connection: Connection,
    settings: Settings,
    ada: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Connection:
    """Tastes of test_jobs, and a shopper with an event, a review and a conversation."""
    wipe(connection)
    connection.execute("MATCH (g:GraphState) REMOVE g.consent_required")
    load(connection)
    connection.execute(
        "CREATE (u:User {key: $user, source: 'shop'}) WITH u "
        "MATCH (p:Product {key: 'product:t:0-0'}), (q:Product {key: 'product:t:0-1'}) "
        "CREATE (u)-[:PERFORMED]->(:Event {key: 'event:shop:1', kind: 'view', id: '1'})"
        "-[:ON]->(p), "
        "(u)-[:WROTE]->(:Review {key: 'review:shop:1', id: '1', text: 'Fine.', rating: 5.0})"
        "-[:REVIEWS]->(q), "
        "(u)-[:HELD]->(:Conversation {key: 'conversation:1', started: datetime(), "
        "changed: datetime()})-[:HAS_TURN]->(:Turn {key: 'turn:1#1', number: 1, text: 'Hello'})",
        user=ada,
    )
    for name, said in environment(settings).items():
        monkeypatch.setenv(name, said)
    monkeypatch.setenv("CATALOGRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CATALOGRAPH_USER_SECRET", settings.user_hmac_key.decode())
    return connection


def call(*arguments: str) -> Any:
    """Run a command and return what it prints as JSON."""
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def learned_from(connection: Connection, shopper: str) -> bool:
    return shopper in export_snapshot(connection).users


async def ask(settings: Settings, document: str, headers: Any = None, **variables: Any) -> Any:
    """Send a query and return its data."""
    async with open_client(create_app(settings, WordEncoder())) as client:
        body = {"query": document, "variables": variables}
        answer = (await client.post("/graphql", json=body, headers=headers)).json()
    assert "errors" not in answer, answer
    return answer["data"]


async def listed(settings: Settings, user: str) -> list[str]:
    """Return the keys of a shopper's list."""
    found = await ask(settings, LIST, u=user)
    return [item["product"]["key"] for item in found["recommendations"]["items"]]


def test_refusing_training_leaves_the_shopper_out_of_it(
    shop: Connection, ada: str, settings: Settings
) -> None:
    run_jobs(shop, settings, ["preference"])
    assert learned_from(shop, ada)
    said = call("privacy", "consent", "shop", "ada", "--no-training", "--json")
    assert said == {
        "allowed": {"training": False, "personalisation": True}, "stale": ["preference"],
    }  # fmt: skip
    assert not learned_from(shop, ada)
    assert stale_models(shop) == ["preference"]
    assert call("privacy", "consent", "shop", "ada", "--training", "--json")["allowed"]["training"]
    assert learned_from(shop, ada)


async def test_refusing_personal_lists_serves_those_of_a_stranger(
    shop: Connection, ada: str, settings: Settings
) -> None:
    run_jobs(shop, settings, ["preference"])
    stranger = await listed(settings, "user:shop:" + "0" * 32)
    own = await listed(settings, ada)
    assert all(key.startswith("product:t:0-") for key in own)
    given = {"userKey": ada, "refused": ["PERSONALISATION"]}
    found = (await ask(settings, CONSENT, i=given))["setConsent"]
    assert found == {
        "allowed": ["TRAINING"], "agreed": [], "refused": ["PERSONALISATION"],
    }  # fmt: skip
    assert await listed(settings, ada) == stranger != own
    both = {"userKey": ada, "refused": ["TRAINING"], "agreed": ["TRAINING"]}
    refused = (await ask(settings, CONSENT, i=both))["setConsent"]
    assert (refused["code"], refused["path"]) == ("INVALID_INPUT", ["input", "refused"])


def test_where_consent_is_required_who_said_nothing_is_left_out(shop: Connection, ada: str) -> None:
    result = CliRunner().invoke(app, ["privacy", "require-consent", "yes"], catch_exceptions=False)
    assert "required" in result.stdout
    assert export_snapshot(shop).users == ()
    call("privacy", "consent", "shop", "ada", "--training", "--json")
    assert export_snapshot(shop).users == (ada,)
    CliRunner().invoke(app, ["privacy", "require-consent", "no"], catch_exceptions=False)
    assert len(export_snapshot(shop).users) > 100


async def test_everything_known_of_a_shopper_is_exported_and_the_read_is_on_record(
    shop: Connection, ada: str, settings: Settings, tmp_path: Path
) -> None:
    found = call("export", "user", "shop", "ada")
    assert [one["id"] for one in found["events"]] == ["1"]
    assert found["events"][0]["products"] == ["product:t:0-0"]
    assert found["reviews"][0]["text"] == "Fine."
    assert found["conversations"][0]["turns"][0]["text"] == "Hello"
    reads = call("privacy", "reads", "shop", "ada", "--json")["reads"]
    assert [one["field"] for one in reads] == ["export user"]
    service, line = new_key("crm", ["user:read", "users:any"], None)
    owner, own_line = new_key("ada", ["user:read"], ada)
    auth = settings.api.auth.model_copy(update={"api_keys": SecretStr(f"{line};{own_line}")})
    closed = settings.model_copy(update={"api": settings.api.model_copy(update={"auth": auth})})
    mine = await ask(closed, DATA, {"x-api-key": owner})
    assert json.loads(mine["userData"])["reviews"][0]["text"] == "Fine."
    assert mine["userConsent"]["allowed"] == ["TRAINING", "PERSONALISATION"]
    await ask(closed, DATA, {"x-api-key": service}, u=ada)
    await ask(closed, PROFILE, {"x-api-key": service}, u=ada)
    reads = call("privacy", "reads", "--json")["reads"]
    assert [(one["field"], one["user"]) for one in reads] == [
        ("userProfile", ada), ("userData", ada), ("export user", ada),
    ]  # fmt: skip
    assert "crm" in reads[0]["reader"]
    shop.execute("MATCH (n) WHERE n.key IN ['event:shop:1', 'review:shop:1'] DETACH DELETE n")
    erase_user(Writer(shop), ada)
    assert call("privacy", "reads", "--json")["reads"] == []
