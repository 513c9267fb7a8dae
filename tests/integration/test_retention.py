"""Events go when they are past their age, with the copies, lists and models that hold them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from typer.testing import CliRunner

from catalograph.api import create_app, served_lists
from catalograph.cli import app
from catalograph.embed.jobs import run_jobs
from catalograph.errors import RollbackError
from catalograph.schema import InteractionRecord, Node, keys
from catalograph.settings import Settings
from catalograph.store import (
    Connection,
    Writer,
    export_search_log,
    export_snapshot,
    list_runs,
    remove_old_events,
    roll_back_run,
    stale_models,
)
from tests.conftest import wipe
from tests.integration.test_jobs import load
from tests.integration.test_kills import environment

from .conftest import WordEncoder, open_client

pytestmark = pytest.mark.neo4j

NOW = datetime.now(UTC)
YEAR = timedelta(days=365)
OLD, NEW = NOW - 2 * YEAR, NOW - timedelta(days=3)


def event(id_: str, user: str, product: str, time: datetime | None) -> InteractionRecord:
    properties: dict[str, Any] = {
        "source": "t",
        "id": id_,
        "content_hash": f"{id_} {time}",
        "kind": "purchase",
    }
    if time is not None:
        properties["time"] = time
    node = Node("Event", keys.event_key("t", id_), properties)
    return InteractionRecord(node, user, keys.product_key("t", product), "served:old", 0)


@pytest.fixture
def ann(settings: Settings) -> str:
    """Key of a shopper all of whose events are old."""
    return keys.user_key("t", "ann", settings.user_hmac_key)


@pytest.fixture
def ben(settings: Settings) -> str:
    """Key of a shopper with an old and a new event."""
    return keys.user_key("t", "ben", settings.user_hmac_key)


@pytest.fixture
def shop(
    connection: Connection,
    settings: Settings,
    ann: str,
    ben: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Connection:
    """Tastes of test_jobs, whose events have neither time nor run, and two shoppers' events."""
    wipe(connection)
    load(connection)
    connection.execute(
        "UNWIND [['served:old', $old], ['served:new', $new]] AS s "
        "CREATE (:Served {key: s[0], time: s[1], surface: 'search', query: 'lamp', "
        "items: ['product:t:0-0', 'product:t:0-1']})",
        old=OLD, new=NEW,
    )  # fmt: skip
    writer = Writer(connection)
    run = writer.start_run("events")
    events = [
        event("a1", ann, "0-0", OLD),
        event("a2", ann, "gone", None),
        event("b1", ben, "0-1", OLD),
        event("b2", ben, "0-2", NEW),
        event("b3", ben, "0-3", OLD),
    ]
    writer.write_interactions(events, run)
    writer.finish_run(run, {})
    # The copy that a withdrawal keeps is as old as the event.
    later = writer.start_run("events")
    writer.withdraw_interactions([keys.event_key("t", "b3")], later)
    writer.finish_run(later, {})
    connection.execute("MATCH (r:Run {key: $key}) SET r.started = $t", key=f"run:{run}", t=OLD)
    for name, said in environment(settings).items():
        monkeypatch.setenv(name, said)
    monkeypatch.setenv("CATALOGRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CATALOGRAPH_USER_SECRET", settings.user_hmac_key.decode())
    return connection


def prune() -> Any:
    """Run the command and return what it prints as JSON."""
    result = CliRunner().invoke(app, ["privacy", "prune", "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def kept(connection: Connection) -> dict[str, list[str]]:
    """Return the ids of the events of ann and ben, the served lists, and the kept copies."""
    [row] = connection.execute(
        "RETURN COLLECT { MATCH (e:Event) WHERE e.id STARTS WITH 'a' OR e.id STARTS WITH 'b' "
        "RETURN e.id ORDER BY e.id } AS events, "
        "COLLECT { MATCH (s:Served) RETURN s.key ORDER BY s.key } AS served, "
        "COLLECT { MATCH (c:Change) RETURN c.record ORDER BY c.record } AS copies"
    )
    return row


def test_nothing_goes_without_a_limit(shop: Connection) -> None:
    before = kept(shop)
    assert before["events"] == ["a1", "a2", "b1", "b2"]
    assert prune()["events"] is None
    # Searches have a limit of their own, of 180 days.
    assert kept(shop) == before | {"served": ["served:new"]}


def test_what_is_past_its_age_goes(
    shop: Connection, ann: str, ben: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CATALOGRAPH_PRIVACY__EVENT_DAYS", "365")
    assert {ann, ben} <= set(export_snapshot(shop).users)
    done = prune()
    assert done["events"] == {"events": 3, "copies": 1, "served": 0, "stale": []}
    assert kept(shop) == {"events": ["b2"], "served": ["served:new"], "copies": []}
    # A shopper and a product of whom nothing else is known go; the others stay.
    left = shop.execute(
        "MATCH (n) WHERE n.key IN [$ann, $ben, 'product:t:gone'] RETURN n.key AS key",
        ann=ann, ben=ben,
    )  # fmt: skip
    assert left == [{"key": ben}]
    # Training reads what is left.
    assert ann not in export_snapshot(shop).users
    assert [search.key for search in export_search_log(shop)] == ["served:new"]
    # One run of the day reports it, and cannot be rolled back.
    again = prune()
    assert again["events"] == {"events": 0, "copies": 0, "served": 0, "stale": []}
    runs = [run for run in list_runs(shop) if run.kind == "retention"]
    assert [run.counts for run in runs] == [{"events": 3, "copies": 1, "served": 0}]
    with pytest.raises(RollbackError, match="past its age"):
        roll_back_run(Writer(shop), runs[0].id)


def test_a_model_learned_before_the_limit_is_trained_again(
    shop: Connection, settings: Settings, ann: str
) -> None:
    writer = Writer(shop)
    assert ann in export_snapshot(shop).users
    run_jobs(shop, settings, ["preference"])
    assert remove_old_events(writer, YEAR, settings.models_folder).stale == ()
    assert stale_models(shop) == []
    shop.execute("MATCH (m:Model {kind: 'preference'}) SET m.created = $old", old=OLD)
    assert remove_old_events(writer, YEAR, settings.models_folder).stale == ("preference",)
    assert stale_models(shop) == ["preference"]
    [report] = run_jobs(shop, settings, ["preference"])
    assert (report.version, stale_models(shop)) == (2, [])
    # The version before it is gone: no roll-back brings back what old events taught.
    slots = shop.execute("MATCH (m:Model {version: 1}) RETURN m.slot AS slot")
    assert slots == [{"slot": None}]


@pytest.mark.anyio
async def test_the_server_removes_them(
    shop: Connection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served_lists, "PRUNE_SECONDS", 0.2)
    limited = settings.model_copy(
        update={"privacy": settings.privacy.model_copy(update={"event_days": 365})}
    )
    async with open_client(create_app(limited, WordEncoder())):
        with anyio.fail_after(60):
            while kept(shop)["copies"] or kept(shop)["events"] != ["b2"]:  # noqa: ASYNC110
                await anyio.sleep(0.2)
    assert kept(shop)["served"] == ["served:new"]
