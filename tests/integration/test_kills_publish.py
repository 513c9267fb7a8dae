"""Killed while it publishes: every read is of one whole version, and the next try completes."""

import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from catalograph.settings import Settings
from catalograph.store import (
    Connection,
    connect,
    live_models,
)
from tests.integration.test_kills import environment

pytestmark = pytest.mark.neo4j
PRODUCTS, BRANDS = 2_000, 100
COMMAND = [sys.executable, "-c", "from catalograph.cli import main; main()", "embed", "hashgnn"]
CLAIMED = "MATCH (m:Model) WHERE m.created IS NULL RETURN m.key AS key"
# What a reader does: the pointer and what it points to in one statement, by scan and by search.
READ = """
MATCH (m:Model {kind: 'hashgnn', live: true})
WITH m ORDER BY m.version DESC LIMIT 1
CALL (m) {
  MATCH (p:Product) WHERE p[m.property] IS NOT NULL
  RETURN count(p) AS vectors, collect(DISTINCT size(p[m.property])) AS lengths
}
MATCH (one:Product {key: 'product:t:0007'})
CALL (m, one) {
  CALL db.index.vector.queryNodes(m.index, 10, one[m.property]) YIELD node
  RETURN collect(node.brand) AS brands
}
RETURN m.version AS version, m.dimension AS dimension, vectors, lengths, brands
"""


@pytest.fixture(scope="module", autouse=True)
def shop(connection: Connection) -> None:
    """Twenty products a brand, so that the nearest ones of each have its brand."""
    connection.execute(
        "UNWIND range(0, $products - 1) AS n "
        "WITH n, n % $brands AS b MERGE (brand:Brand {key: 'brand:' + b}) "
        "CREATE (p:Product {key: 'product:t:' + right('000' + n, 4), listed: true, brand: b}) "
        "CREATE (p)-[:HAS_BRAND]->(brand)",
        products=PRODUCTS,
        brands=BRANDS,
    )


def start(settings: Settings, dimension: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "--dimension", str(dimension), "--json"],
        env=environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def publish(settings: Settings, dimension: int) -> None:
    process = start(settings, dimension)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err


def wait_for_claim(connection: Connection, process: subprocess.Popen[str]) -> None:
    """Return when the new version has its slot, so when publishing begins."""
    while not connection.execute(CLAIMED):
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.02)


@pytest.fixture(scope="module")
def window(settings: Settings, connection: Connection, shop: None) -> float:
    """Seconds that an undisturbed publish takes from its claim to the switch."""
    publish(settings, 64)
    process = start(settings, 128)
    wait_for_claim(connection, process)
    began = time.monotonic()
    while connection.execute(CLAIMED):
        time.sleep(0.02)
    seconds = time.monotonic() - began
    process.communicate(timeout=300)
    return seconds


class Reader(threading.Thread):
    """Reads all the while and keeps what it saw that no version should look like."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings, self.ended = settings, threading.Event()
        self.reads, self.versions, self.mixtures = 0, set[int](), list[dict[str, object]]()

    def run(self) -> None:
        with connect(self.settings) as connection:
            while not self.ended.is_set():
                (row,) = connection.execute(READ)
                self.reads += 1
                self.versions.add(row["version"])
                whole = row["vectors"] == PRODUCTS and row["lengths"] == [row["dimension"]]
                if not whole or set(row["brands"]) != {7}:
                    self.mixtures.append(row)


@pytest.fixture
def reader(settings: Settings, window: float) -> Iterator[Reader]:
    thread = Reader(settings)
    thread.start()
    yield thread
    thread.ended.set()
    thread.join()


def kill_and_repeat(
    settings: Settings, connection: Connection, reader: Reader, after: float
) -> None:
    before = live_models(connection)["hashgnn"]
    dimension = 192 - (before.dimension or 0)  # 64 and 128 in turn
    process = start(settings, dimension)
    wait_for_claim(connection, process)
    time.sleep(after)
    process.kill()
    process.communicate()
    left = live_models(connection)["hashgnn"]
    assert left.dimension in (before.dimension, dimension)
    publish(settings, dimension)
    live = live_models(connection)["hashgnn"]
    assert (live.dimension, live.written) == (dimension, PRODUCTS)
    assert connection.execute(CLAIMED) == []
    seen = reader.reads
    while reader.reads < seen + 2:  # at least one read begins after the switch
        assert reader.is_alive()
        time.sleep(0.02)
    assert reader.mixtures == []
    assert (
        {before.version, live.version}
        <= reader.versions
        <= {
            before.version,
            left.version,
            live.version,
        }
    )


def test_readers_see_whole_versions_while_a_publish_is_killed_and_repeated(
    settings: Settings, connection: Connection, window: float, reader: Reader
) -> None:
    kill_and_repeat(settings, connection, reader, 0.5 * window)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(10))
def test_ten_killed_publishes(
    settings: Settings, connection: Connection, window: float, reader: Reader, seed: int
) -> None:
    kill_and_repeat(settings, connection, reader, random.Random(seed).uniform(0, 1.1) * window)
