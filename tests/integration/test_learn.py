"""`catalograph learn` on a real graph: what is better goes live, what is not stays out."""

import json
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from catalograph.api import create_app
from catalograph.cli import app
from catalograph.embed.learn import KindOutcome, LearningDecision, LearnOptions, learn
from catalograph.errors import RollbackError, RunCancelledError, WriteConflictError
from catalograph.settings import Settings
from catalograph.store import (
    Connection,
    cancel_run,
    export_past,
    export_snapshot,
    list_runs,
    live_models,
    migrate,
    open_store,
    read_trial,
    record_training_run,
    roll_back_run,
    start_trial,
)
from tests.conftest import wipe
from tests.learning_shop import PUSHED, START, LearningShop, product, shopper

from .conftest import open_client

pytestmark = pytest.mark.neo4j
ONLY = LearnOptions(kinds=("preference",))
LIST = """query($user: String!) { recommendations(userKey: $user, first: 6) {
  servedId model { version }
  items { position score product { key } reasons { contribution } } } }"""
CLICK = """mutation($input: RecordFeedbackInput!) { recordFeedback(input: $input) {
  ... on RecordedFeedback { key } ... on MutationError { message } } }"""
FEEDBACK = "{ modelFeedback(kind: PREFERENCE) { version lists items clicked } }"


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Settings:
    """Settings with a home of the test's own, so that no steps of another are recalled."""
    return settings.model_copy(update={"home": tmp_path})


@pytest.fixture
def shop(connection: Connection, settings: Settings) -> LearningShop:
    wipe(connection)
    migrate(connection, settings.user_secret_fingerprint)
    made = LearningShop(connection)
    made.write_products()
    for day in range(4):
        made.spend_day(day, many=2)
    return made


def learn_preferences(connection: Connection, settings: Settings, **options: Any) -> KindOutcome:
    [outcome] = learn(connection, settings, replace(ONLY, **options)).outcomes
    return outcome


def test_a_shop_learns_night_after_night(
    connection: Connection, own: Settings, shop: LearningShop
) -> None:
    first = learn_preferences(connection, own)
    assert first.decision is LearningDecision.PUBLISHED
    assert first.comparison is not None
    assert first.comparison.rival == "popularity"
    assert first.comparison.low > 0
    assert first.protocol["judged_days"] == 1
    card = live_models(connection)["preference"]
    assert card.version == first.version == 1
    assert card.metrics["judged/ndcg@10"] == first.comparison.challenger
    assert card.metrics["judged/shoppers"] == first.comparison.subjects
    assert learn_preferences(connection, own).decision is LearningDecision.UNCHANGED

    shop.spend_day(4)
    same = learn_preferences(connection, own)
    assert same.decision is LearningDecision.KEPT, same.reason
    assert same.comparison is not None
    assert same.comparison.low <= 0
    assert "not shown to be better" in same.reason or "worse" in same.reason
    assert same.protocol["champion"] == "model:preference:1"
    assert not same.protocol["tuned_again"]

    shop.spend_day(5, late=True, many=2)
    shop.spend_day(6, late=True, many=2)
    changed = learn_preferences(connection, own)
    assert changed.decision is LearningDecision.PUBLISHED, changed.reason
    assert changed.comparison is not None
    assert changed.comparison.low > 0
    kept = live_models(connection)["preference"]

    shop.flood(7)
    shop.spend_day(7, late=True)
    poisoned = learn_preferences(connection, own)
    assert poisoned.decision is LearningDecision.KEPT, poisoned.reason
    assert "flood of false events" in poisoned.reason
    assert poisoned.newest is not None
    assert poisoned.newest.high < 0
    assert {text.split()[0] for text in poisoned.suspects[:2]} == {product(n) for n in PUSHED}
    assert live_models(connection)["preference"].key == kept.key


def test_the_past_is_read_as_it_was(connection: Connection, shop: LearningShop) -> None:
    before = export_snapshot(connection)
    shop.spend_day(4)
    today = export_snapshot(connection)
    past = export_past(connection, today, START + timedelta(days=4))
    assert past.data_hash == before.data_hash != today.data_hash
    assert past.users == before.users
    np.testing.assert_array_equal(past.interaction_products, before.interaction_products)
    np.testing.assert_array_equal(past.interaction_times, before.interaction_times)


def test_what_cannot_be_judged_stays_out(
    connection: Connection, own: Settings, shop: LearningShop
) -> None:
    connection.execute("MATCH (e:Event) REMOVE e.time")
    first = learn_preferences(connection, own)
    assert (first.decision, first.comparison) == (LearningDecision.PUBLISHED, None)
    assert "no version is live" in first.reason
    connection.execute("MATCH (u:User) WITH u LIMIT 1 DETACH DELETE u")
    second = learn_preferences(connection, own)
    assert second.decision is LearningDecision.KEPT
    assert "no interaction has a time" in second.reason
    assert live_models(connection)["preference"].version == 1


def test_limits_leave_the_live_version_as_it_is(
    connection: Connection, own: Settings, shop: LearningShop
) -> None:
    stopped = learn_preferences(connection, own, minutes=1e-4)
    assert stopped.decision is LearningDecision.STOPPED
    assert "minutes are over" in stopped.reason
    assert live_models(connection) == {}
    assert learn_preferences(connection, own, gigabytes=6.0).decision is LearningDecision.PUBLISHED


def test_a_run_is_listed_and_can_be_cancelled(
    connection: Connection, own: Settings, shop: LearningShop
) -> None:
    def cancel(kind: str, doing: str) -> None:
        if kind == "preference":
            cancel_run(connection, list_runs(connection)[0].id)
            time.sleep(1.1)  # the next heartbeat comes a second after the last one

    with pytest.raises(RunCancelledError, match="Live versions are whole"):
        learn(connection, own, ONLY, cancel)
    run = list_runs(connection)[0]
    assert (run.kind, run.status) == ("learn", "cancelled")
    assert live_models(connection) == {}
    report = learn(connection, own, ONLY)
    run = list_runs(connection)[0]
    assert (run.id, run.kind, run.status) == (report.run, "learn", "finished")
    assert run.counts["kinds"][0]["decision"] == "published"
    with open_store(own) as store, pytest.raises(RollbackError, match="embed rollback KIND"):
        roll_back_run(store, run.id)


def test_two_calls_do_not_learn_at_once(connection: Connection, own: Settings) -> None:
    with (
        record_training_run(connection, "learn", {}) as run,
        pytest.raises(WriteConflictError, match=f"Run {run.id} is learning already"),
    ):
        learn(connection, own, ONLY)


def test_the_command_reports_every_usual_kind(
    connection: Connection, own: Settings, shop: LearningShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalograph.settings.load_settings", lambda **_: own)
    done = CliRunner().invoke(app, ["learn", "--json"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    decisions = {one["kind"]: one["decision"] for one in report["kinds"]}
    assert decisions == {"text": "refreshed", "structure": "refreshed", "preference": "published"}
    assert report["contents"]["products"] == 96
    assert report["contents"]["interactions"] == report["contents"]["timed"]
    table = CliRunner().invoke(app, ["learn"])
    assert "unchanged" in table.stdout
    runs = CliRunner().invoke(app, ["runs", "list"])
    assert runs.stdout.count(" learn ") == 2
    resumed = CliRunner().invoke(app, ["runs", "resume", report["run"], "--json"])
    assert resumed.exit_code == 0, resumed.output
    again = json.loads(resumed.stdout)
    assert {one["decision"] for one in again["kinds"]} == {"unchanged"}


@pytest.mark.anyio
async def test_clicks_in_interleaved_lists_roll_the_losing_version_back(
    connection: Connection, own: Settings, shop: LearningShop
) -> None:
    learn_preferences(connection, own)
    shop.spend_day(4, late=True, many=2)
    shop.spend_day(5, late=True, many=2)
    assert learn_preferences(connection, own).version == 2
    assert start_trial(connection, "preference")
    async with open_client(create_app(own)) as client:

        async def ask(document: str, **variables: Any) -> Any:
            body = {"query": document, "variables": variables}
            answer = (await client.post("/graphql", json=body)).json()
            assert "errors" not in answer, answer
            return next(iter(answer["data"].values()))

        teams = set()
        for n in range(12):
            served = await ask(LIST, user=shopper(n))
            shown = [item["product"]["key"] for item in served["items"]]
            assert len(shown) == len(set(shown)) == 6
            assert [item["position"] for item in served["items"]] == list(range(6))
            assert served["model"]["version"] == 2
            for item in served["items"]:
                told = sum(reason["contribution"] for reason in item["reasons"])
                assert told == pytest.approx(item["score"], abs=1e-9)
            # The click writes the list; then the item is the one of the earlier version, if any.
            given = {"servedId": served["servedId"], "userKey": shopper(n), "position": 0}
            await ask(CLICK, input={**given, "action": "DISMISSED"})
            [row] = connection.execute(
                "MATCH (s:Served {key: $key}) RETURN s.placed_by AS placed_by",
                key=f"served:{served['servedId']}",
            )
            teams |= {*row["placed_by"]}
            if "model:preference:1" in row["placed_by"]:
                place = row["placed_by"].index("model:preference:1")
                await ask(CLICK, input={**given, "position": place, "action": "CLICKED"})
        assert teams == {"model:preference:1", "model:preference:2"}
        newest, earlier = await ask(FEEDBACK)
        assert (newest["version"], newest["lists"], newest["clicked"]) == (2, 12, 0)
        assert earlier["clicked"] >= 10
        assert newest["items"] + earlier["items"] == 72
    trial = read_trial(connection, "preference")
    assert trial is not None
    assert (trial.lists, trial.live_votes, trial.rival_votes) == (12, 0, earlier["clicked"])
    outcome = learn_preferences(connection, own)
    assert outcome.decision is LearningDecision.ROLLED_BACK
    assert (outcome.version, live_models(connection)["preference"].version) == (1, 1)
    assert read_trial(connection, "preference") is None
