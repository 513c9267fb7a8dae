"""A private training end to end: budget, noise, published lists over GraphQL, refusal."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from catalograph.api import create_app
from catalograph.cli import app
from catalograph.embed.jobs import run_jobs
from catalograph.errors import ConfigError, PrivacyBudgetError
from catalograph.settings import Settings
from catalograph.store import (
    Connection,
    live_models,
    read_budget,
    stale_models,
)
from catalograph.store.models.incremental_placement import place_products
from catalograph.store.models.retraining import mark_stale
from tests.conftest import wipe
from tests.integration.test_jobs import load
from tests.integration.test_kills import environment

from .conftest import WordEncoder, open_client

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]
pytest.importorskip("dp_accounting")
pytest.importorskip("opendp")

LIST = """query($user: String) { recommendations(userKey: $user, first: 5) {
  model { version } items { score product { key }
    reasons(first: 10) { __typename contribution text } } } }"""
ADA = "user:t:" + "0" * 31 + "a"
KINDS = {"InteractionReason", "PopularityReason"}


@pytest.fixture
def shop(
    connection: Connection, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Connection:
    """Four kinds of goods with a brand each, shoppers, and a co-purchase list."""
    wipe(connection)
    load(connection)
    connection.execute(
        "MATCH (a:Product {key: 'product:t:0-0'}), (b:Product {key: 'product:t:1-1'}) "
        "CREATE (a)-[:ALSO_BOUGHT]->(b)"
    )
    connection.execute("MATCH (u:User {key: 'user:t:0-0'}) SET u.key = $key", key=ADA)
    for name, said in environment(settings).items():
        monkeypatch.setenv(name, said)
    monkeypatch.setenv("CATALOGRAPH_HOME", str(tmp_path / "home"))
    return connection


def call(*arguments: str) -> Any:
    """Run a command and return what it prints as JSON."""
    result = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


async def served(settings: Settings, user: str | None) -> dict[str, Any]:
    """Return a list as GraphQL answers it."""
    async with open_client(create_app(settings, WordEncoder())) as client:
        body = {"query": LIST, "variables": {"user": user}}
        answer = (await client.post("/graphql", json=body)).json()
    assert "errors" not in answer, answer
    found: dict[str, Any] = answer["data"]["recommendations"]
    return found


async def test_train_publish_serve_and_be_refused(shop: Connection, settings: Settings) -> None:
    with pytest.raises(PrivacyBudgetError, match="no privacy budget"):
        call("embed", "preference", "--epsilon", "2")
    assert call("privacy", "budget", "--epsilon", "2.5", "--delta", "1e-6")["spent"] == 0.0
    (report,) = call("embed", "preference", "--epsilon", "2")["jobs"]
    assert report["written"] > 0
    assert report["metrics"] == {}  # a hold-out would be a further release
    model = live_models(shop)["preference"]
    assert model.config["privacy"] == {
        "epsilon": 2.0,
        "delta": 1e-6,
        "relations": [
            "HAS_BRAND", "IN_CATEGORY", "HAS_VALUE", "COMPATIBLE_WITH", "PART_OF", "USED_FOR",
            "title",
        ],
        "not_covered": [],
    }  # fmt: skip
    assert model.config["tuned"]["spent_epsilon"] == pytest.approx(2.0, rel=0.01)
    assert model.parts == ("interactions", "HAS_BRAND", "title")
    assert model.counts == {"products": 60}
    card = CliRunner().invoke(app, ["embed", "card", "preference"]).stdout
    assert "ε of this release | 2 |" in card
    assert "not covered by ε | no relation" in card
    [row] = shop.execute(
        "MATCH ()-[r:CO_PREFERRED]->() RETURN count(r.shoppers) AS counted, "
        "max(abs(r.parts[0])) AS interactions"
    )
    assert row == {"counted": 0, "interactions": 0.0}

    known = await served(settings, ADA)
    assert all(item["product"]["key"].startswith("product:t:0-") for item in known["items"])
    reasons = [reason for item in known["items"] for reason in item["reasons"]]
    assert reasons
    assert not KINDS & {reason["__typename"] for reason in reasons}
    unknown = await served(settings, None)
    [kept] = shop.execute("MATCH (m:Model {live: true}) RETURN m.popular AS popular")
    assert [item["product"]["key"] for item in unknown["items"]] == kept["popular"][:5]
    told = [item["reasons"][0] for item in unknown["items"]]
    assert {reason["__typename"] for reason in told} == {"PrivatePopularityReason"}

    again = call("embed", "preference", "--epsilon", "2")["jobs"]
    assert again[0]["unchanged"]
    with pytest.raises(PrivacyBudgetError, match="does not suffice"):
        call("embed", "preference", "--epsilon", "2", "--force")
    assert live_models(shop)["preference"].version == model.version
    found = call("privacy", "budget")
    assert len(found["releases"]) == 1
    assert found["spent"] == pytest.approx(2.0, rel=0.01)


def test_a_later_training_stays_private_and_an_erasure_takes_nothing_back(
    shop: Connection, settings: Settings
) -> None:
    call("privacy", "budget", "--epsilon", "6")
    call("embed", "preference", "--epsilon", "2", "--co-purchases")
    first = live_models(shop)["preference"]
    assert first.config["privacy"]["not_covered"] == [
        "ALSO_BOUGHT", "ALSO_VIEWED", "BOUGHT_TOGETHER",
    ]  # fmt: skip
    assert "ALSO_BOUGHT" in first.parts
    assert mark_stale(shop) == []  # as after an erasure
    assert stale_models(shop) == []
    (report,) = run_jobs(shop, settings, ["preference"], force=True)
    assert report.version == first.version + 1
    assert live_models(shop)["preference"].config["privacy"]["epsilon"] == 2.0
    outcome = call("learn", "--kind", "preference")["kinds"]
    assert outcome[0]["decision"] == "unchanged"
    budget = read_budget(shop)
    assert budget is not None
    assert len(budget.multipliers) == 2
    (plain,) = call("embed", "preference", "--not-private")["jobs"]
    assert plain["written"] > 0
    assert "privacy" not in live_models(shop)["preference"].config


def test_learn_takes_epsilon_and_says_why_it_judges_nothing(shop: Connection) -> None:
    call("privacy", "budget", "--epsilon", "6")
    (outcome,) = call("learn", "--kind", "preference", "--epsilon", "1")["kinds"]
    assert outcome["decision"] == "refreshed"
    assert "further release" in outcome["reason"]
    assert live_models(shop)["preference"].config["privacy"]["epsilon"] == 1.0
    with pytest.raises(ConfigError, match="give --epsilon"):
        call("learn", "--delta", "1e-7")
    with pytest.raises(ConfigError, match="contradict"):
        call("embed", "preference", "--epsilon", "1", "--not-private")
    with pytest.raises(PrivacyBudgetError, match="was spent already"):
        call("privacy", "budget", "--epsilon", "0.5")


def test_placing_a_product_reads_nothing_of_shoppers(shop: Connection) -> None:
    call("privacy", "budget", "--epsilon", "6")
    call("embed", "preference", "--epsilon", "2")
    read = (
        "MATCH (p:Product {key: 'product:t:0-0'}) RETURN p.preference_a AS a, p.preference_b AS b"
    )
    [before] = shop.execute(read)
    shop.execute(
        "CREATE (p:Product {key: 'product:t:new', listed: true, title: 'lamp new'}) WITH p "
        "MATCH (b:Brand {key: 'brand:0'}) CREATE (p)-[:HAS_BRAND]->(b) WITH p "
        "MATCH (u:User) CREATE (u)-[:PERFORMED]->(:Event {key: 'event:x:' + u.key, kind: 'view'})"
        "-[:ON]->(p)"
    )
    placed = place_products(shop, ["product:t:new", "product:t:0-0"])
    assert sorted(placed) == ["product:t:0-0", "product:t:new"]
    [row] = shop.execute(
        "MATCH (:Product {key: 'product:t:new'})-[r:CO_PREFERRED]-() "
        "RETURN max(abs(r.parts[0])) AS interactions, max(r.shoppers) AS shoppers"
    )
    assert row["interactions"] == 0.0
    assert not row["shoppers"]
    [after] = shop.execute(read)
    slot = "a" if before["a"] else "b"
    assert after[slot][-1] == pytest.approx(before[slot][-1])  # the released count


def test_pairs_of_few_shoppers_are_left_out_of_published_weights(
    shop: Connection, settings: Settings
) -> None:
    privacy = settings.privacy.model_copy(update={"pair_shoppers": 4})
    run_jobs(shop, settings.model_copy(update={"privacy": privacy}), ["preference"])
    rows = shop.execute(
        "MATCH ()-[r:CO_PREFERRED]->() WHERE r.parts[0] <> 0 "
        "RETURN min(CASE WHEN r.parts[0] > 0 THEN r.shoppers ELSE r.without END) AS fewest, "
        "count(*) AS n"
    )
    assert rows[0]["fewest"] >= 4
    assert rows[0]["n"] > 0
    assert live_models(shop)["preference"].config["pair_shoppers"] == 4
