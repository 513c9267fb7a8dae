"""Killed ingests and killed servers: run again, and the graph is that of an undisturbed run."""

import gzip
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalograph.settings import Settings
from catalograph.store import Connection, connect, content_hash, migrate
from catalograph.store.managed_server import ChildServer
from tests.conftest import wipe

pytestmark = pytest.mark.neo4j
CATALOGUE = Path(__file__).parents[2] / "examples" / "bestbuy" / "products.jsonl.gz"
COMMAND = [sys.executable, "-c", "from catalograph.cli import main; main()", "ingest", "catalog"]


def environment(settings: Settings) -> dict[str, str]:
    assert settings.neo4j.uri is not None
    assert settings.neo4j.password is not None
    assert settings.user_secret is not None
    return os.environ | {
        "CATALOGRAPH_HOME": str(settings.home),
        "CATALOGRAPH_USER_SECRET": settings.user_secret.get_secret_value(),
        "CATALOGRAPH_NEO4J__URI": settings.neo4j.uri,
        "CATALOGRAPH_NEO4J__PASSWORD": settings.neo4j.password.get_secret_value(),
    }


def start(settings: Settings, feed: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, str(feed), "--mapping", "bestbuy_products", "--json"],
        env=environment(settings),
        cwd=feed.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(settings: Settings, feed: Path) -> dict[str, int]:
    """Run the ingest to its end, as its user would after a kill."""
    process = start(settings, feed)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    report: dict[str, int] = json.loads(out)
    return report


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first 400 products of the example, so that a run takes seconds."""
    path = tmp_path_factory.mktemp("feed") / "products.jsonl"
    with gzip.open(CATALOGUE, "rt", encoding="utf-8") as stream:
        path.write_text("".join(line for line, _ in zip(stream, range(400), strict=False)))
    return path


@pytest.fixture(scope="module")
def undisturbed(
    settings: Settings, connection: Connection, feed: Path
) -> Iterator[tuple[str, float]]:
    """Content hash of a run nobody disturbed, and how long it took."""
    began = time.monotonic()
    finish(settings, feed)
    seconds = time.monotonic() - began
    yield content_hash(connection), seconds
    wipe(connection)


def empty(settings: Settings) -> None:
    with connect(settings) as connection:
        wipe(connection)
        migrate(connection, settings.user_secret_fingerprint)


def check_same_graph(settings: Settings, expected: str) -> None:
    with connect(settings) as connection:
        assert content_hash(connection) == expected


def kill_ingest(settings: Settings, feed: Path, after: float) -> None:
    process = start(settings, feed)
    time.sleep(after)
    process.kill()
    process.communicate()


def kill_server(server: ChildServer, feed: Path, after: float) -> str:
    """Kill Neo4j under a running ingest; returns what the ingest said."""
    process = start(server.settings, feed)
    time.sleep(after)
    server.restart()
    _, err = process.communicate(timeout=300)
    return err


def points(seconds: float, count: int, seed: int) -> list[float]:
    """Random moments of a run, the start of the process aside, when nothing is written yet."""
    rng = random.Random(seed)
    return [rng.uniform(0.3 * seconds, 0.95 * seconds) for _ in range(count)]


def test_a_killed_ingest_is_simply_run_again(
    settings: Settings, feed: Path, undisturbed: tuple[str, float]
) -> None:
    expected, seconds = undisturbed
    [moment] = points(seconds, 1, seed=1)
    empty(settings)
    kill_ingest(settings, feed, moment)
    report = finish(settings, feed)
    assert report["written"] + report["unchanged"] == 400
    check_same_graph(settings, expected)
    assert finish(settings, feed)["written"] == 0


def test_a_killed_server_loses_nothing(
    server: ChildServer, settings: Settings, feed: Path, undisturbed: tuple[str, float]
) -> None:
    expected, seconds = undisturbed
    [moment] = points(seconds, 1, seed=2)
    empty(settings)
    said = kill_server(server, feed, moment)
    assert "Traceback" not in said
    finish(settings, feed)
    check_same_graph(settings, expected)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(10))
def test_ten_killed_ingests(
    settings: Settings, tmp_path: Path, whole: tuple[str, float], seed: int
) -> None:
    expected, seconds = whole
    [moment] = points(seconds, 1, seed)
    empty(settings)
    kill_ingest(settings, copy(tmp_path), moment)
    finish(settings, copy(tmp_path))
    check_same_graph(settings, expected)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(10, 20))
def test_ten_killed_servers(
    server: ChildServer, settings: Settings, tmp_path: Path, whole: tuple[str, float], seed: int
) -> None:
    expected, seconds = whole
    [moment] = points(seconds, 1, seed)
    empty(settings)
    kill_server(server, copy(tmp_path), moment)
    finish(settings, copy(tmp_path))
    check_same_graph(settings, expected)


def copy(folder: Path) -> Path:
    """The whole example, in a folder where a run may leave its rejected rows."""
    path = folder / CATALOGUE.name
    path.write_bytes(CATALOGUE.read_bytes())
    return path


@pytest.fixture(scope="module")
def whole(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, float]:
    """Hash and seconds of an undisturbed run over the whole example."""
    empty(settings)
    began = time.monotonic()
    finish(settings, copy(tmp_path_factory.mktemp("whole")))
    seconds = time.monotonic() - began
    with connect(settings) as opened:
        return content_hash(opened), seconds
