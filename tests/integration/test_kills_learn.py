"""Killed while it learns: a version is live whole or not at all, and the next call completes."""

import json
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from catalograph.settings import Settings
from catalograph.store import Connection, list_runs, live_models, migrate
from tests.conftest import wipe
from tests.integration.test_kills import environment
from tests.learning_shop import LearningShop

pytestmark = pytest.mark.neo4j
COMMAND = [sys.executable, "-c", "from catalograph.cli import main; main()", "learn"]
# What a reader finds: the live version, and the edges of its slot.
READ = """
OPTIONAL MATCH (m:Model {kind: 'preference', live: true})
WITH m ORDER BY m.version DESC LIMIT 1
RETURN m.version AS version, m.written AS written,
  COUNT { ()-[r:CO_PREFERRED]->() WHERE r.slot = m.slot } AS edges
"""


@dataclass
class Undisturbed:
    """The shop, and how long an undisturbed call takes from the start of its run."""

    shop: LearningShop
    day: int
    seconds: float


def start(settings: Settings) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "--kind", "preference", "--json"],
        env=environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def newest_run(connection: Connection) -> str | None:
    return next((run.id for run in list_runs(connection, 1)), None)


def wait_for_run(
    connection: Connection, process: subprocess.Popen[str], before: str | None
) -> None:
    while newest_run(connection) == before:
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.02)


def finish(settings: Settings) -> str:
    """Learn to the end, as its user would after a kill; return the decision."""
    out, err = (process := start(settings)).communicate(timeout=600)
    assert process.returncode == 0, err
    [outcome] = json.loads(out)["kinds"]
    return str(outcome["decision"])


def check_whole(connection: Connection) -> int | None:
    [row] = connection.execute(READ)
    if row["version"] is not None:
        assert row["edges"] == row["written"] > 0
    version: int | None = row["version"]
    return version


@pytest.fixture(scope="module")
def undisturbed(settings: Settings, connection: Connection) -> Undisturbed:
    wipe(connection)
    migrate(connection, settings.user_secret_fingerprint)
    shop = LearningShop(connection)
    shop.write_products()
    for day in range(4):
        shop.spend_day(day, many=2)
    process = start(settings)
    wait_for_run(connection, process, None)
    began = time.monotonic()
    _, err = process.communicate(timeout=600)
    assert process.returncode == 0, err
    assert check_whole(connection) == 1
    return Undisturbed(shop, 4, time.monotonic() - began)


def kill_and_repeat(
    settings: Settings, connection: Connection, undisturbed: Undisturbed, share: float
) -> None:
    """Start from no live version, so that the call publishes; kill it, look, and call it again."""
    connection.execute("MATCH (m:Model) DETACH DELETE m")
    connection.execute("MATCH ()-[r:CO_PREFERRED]->() DELETE r")
    undisturbed.shop.spend_day(undisturbed.day)
    undisturbed.day += 1
    before = newest_run(connection)
    process = start(settings)
    wait_for_run(connection, process, before)
    time.sleep(share * undisturbed.seconds)
    process.kill()
    process.communicate()
    left = check_whole(connection)
    [run] = list_runs(connection, 1)
    assert run.status in ("killed", "finished")
    decision = finish(settings)
    # Kept: on that day's data the challenger was not shown to be better than popularity.
    assert decision in (("unchanged",) if left is not None else ("published", "kept"))
    version = check_whole(connection)
    assert (version is None) == (decision == "kept")
    if version is None:
        return
    assert [m.version for m in live_models(connection).values()] == [version]
    assert connection.execute("MATCH (m:Model) WHERE m.created IS NULL RETURN m.key") == []


def test_a_killed_call_is_simply_repeated(
    settings: Settings, connection: Connection, undisturbed: Undisturbed
) -> None:
    kill_and_repeat(settings, connection, undisturbed, 0.6)


def test_steps_that_were_finished_are_not_done_again(
    settings: Settings, connection: Connection, undisturbed: Undisturbed
) -> None:
    kept = Path(settings.home) / "learn" / "preference.json"
    undisturbed.shop.spend_day(undisturbed.day)
    undisturbed.day += 1
    finish(settings)
    before = kept.read_bytes()
    steps = {name.split()[0] for name in json.loads(before)["steps"]}
    assert steps >= {"settings", "judged"}
    assert finish(settings) in ("kept", "unchanged")
    assert kept.read_bytes() == before


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(10))
def test_ten_killed_calls(
    settings: Settings, connection: Connection, undisturbed: Undisturbed, seed: int
) -> None:
    share = random.Random(seed).uniform(0.05, 1.05)
    kill_and_repeat(settings, connection, undisturbed, share)
