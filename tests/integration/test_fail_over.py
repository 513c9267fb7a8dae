"""Connections that break in the middle of work, as in a fail-over: nothing lost, nothing half done.

A proxy in front of a real Neo4j resets connections at random moments, answers of commits included.
"""

import gc
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from catalograph.ingest import ingest_catalog
from catalograph.settings import Settings
from catalograph.store import (
    Connection,
    connect,
    content_hash,
    list_runs,
    live_models,
    migrate,
    open_store,
)
from tests.conftest import wipe
from tests.cutting_proxy import CuttingProxy, cutting_proxy
from tests.learning_shop import LearningShop
from tests.serving import served
from tests.small_shop import MAPPING, write_catalog

from .conftest import key, seed, user, whole_app
from .test_kills_learn import check_whole
from .test_kills_learn import start as start_learning

pytestmark = pytest.mark.neo4j
COPIES = 8
PRODUCT = '{ product(key: "%s") { title } }'
EVENT = """mutation($input: RecordEventInput!) {
  recordEvent(input: $input) { ... on RecordedEvent { key } ... on MutationError { code } } }"""


@pytest.fixture
def proxy(settings: Settings) -> Iterator[CuttingProxy]:
    assert settings.neo4j.uri is not None
    with cutting_proxy(int(settings.neo4j.uri.rpartition(":")[2])) as opened:
        yield opened


@pytest.fixture
def through(settings: Settings, proxy: CuttingProxy) -> Settings:
    """Settings of the same server behind the proxy."""
    neo4j = settings.neo4j.model_copy(update={"uri": f"bolt://127.0.0.1:{proxy.port}"})
    return settings.model_copy(update={"neo4j": neo4j})


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small shop several times over, so that an ingest takes several transactions."""
    path = tmp_path_factory.mktemp("feed") / "products.jsonl"
    write_catalog(path)
    rows = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    with path.open("wb") as stream:
        for copy in range(COPIES):
            for row in rows:
                changed = row | {"id": f"{copy}-{row['id']}"}
                stream.write(orjson.dumps(changed, option=orjson.OPT_APPEND_NEWLINE))
    return path


@pytest.fixture(scope="module")
def undisturbed(settings: Settings, connection: Connection, feed: Path) -> str:
    """Content hash of a graph whose ingest nobody disturbed."""
    with open_store(settings) as store:
        assert ingest_catalog([feed], store, settings, MAPPING).written == 200 * COPIES
    return content_hash(connection)


def ingest_again(
    settings: Settings,
    connection: Connection,
    feed: Path,
    disturbance: AbstractContextManager[None],
) -> None:
    """Ingest into an empty graph; the counts are those of an undisturbed run.

    The disturbance begins with the run: to open a graph that does not answer is an error at once.
    """
    wipe(connection)
    migrate(connection, settings.user_secret_fingerprint)
    with open_store(settings) as store, disturbance:
        report = ingest_catalog([feed], store, settings, MAPPING)
    assert (report.written, report.unchanged, report.rejected) == (200 * COPIES, 0, 0)


def check_run(connection: Connection) -> None:
    [run] = list_runs(connection, 5)
    assert run.status == "finished"
    assert run.counts["written"] == 200 * COPIES


def test_an_ingest_survives_broken_connections(
    through: Settings, proxy: CuttingProxy, connection: Connection, feed: Path, undisturbed: str
) -> None:
    ingest_again(through, connection, feed, proxy.cutting(seed=1, times=6, longest=0.8))
    assert proxy.cuts >= 3
    assert content_hash(connection) == undisturbed
    check_run(connection)


def test_commits_whose_answer_is_lost_are_written_once(
    through: Settings, proxy: CuttingProxy, connection: Connection, feed: Path, undisturbed: str
) -> None:
    ingest_again(through, connection, feed, proxy.swallowing_commits(every=2))
    assert proxy.cuts >= 3
    assert content_hash(connection) == undisturbed
    check_run(connection)


def test_learning_publishes_whole_versions_or_none(
    settings: Settings, through: Settings, proxy: CuttingProxy, connection: Connection
) -> None:
    wipe(connection)
    migrate(connection, settings.user_secret_fingerprint)
    shop = LearningShop(connection)
    shop.write_products()
    for day in range(4):
        shop.spend_day(day, many=2)
    failures = 0
    with proxy.cutting(seed=2, times=8, longest=2.5):
        for _ in range(4):
            _, err = (process := start_learning(through)).communicate(timeout=600)
            version = check_whole(connection)
            if process.returncode == 0:
                break
            failures += 1
            assert "does not answer" in err, err
            assert version in (None, 1)
    assert proxy.cuts >= 1
    # Whatever was reached, a call on a network that holds completes it.
    process = start_learning(settings)
    _, err = process.communicate(timeout=600)
    assert process.returncode == 0, err
    assert check_whole(connection) == live_models(connection)["preference"].version
    assert connection.execute("MATCH (m:Model) WHERE m.created IS NULL RETURN m.key") == []


class Shopper:
    """Asks for a product and sends an event without pause, and keeps what comes back."""

    def __init__(self, address: str) -> None:
        self._http = httpx.Client(base_url=address, timeout=60)
        self.codes: Counter[str] = Counter()
        self.taken: list[str] = []
        self.sent = 0
        self.good = 0.0
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.02):
            if self._ask({"query": PRODUCT % key("cam1")}):
                self.good = time.monotonic()
            self.sent += 1
            given = {"source": "shop", "id": f"e{self.sent}", "kind": "CLICK",
                     "userKey": user("during"), "productKey": key("cam2")}  # fmt: skip
            if found := self._ask({"query": EVENT, "variables": {"input": given}}):
                self.taken.append(found["recordEvent"]["key"])

    def _ask(self, body: dict[str, Any]) -> dict[str, Any] | None:
        answer = self._http.post("/graphql", json=body).json()
        for error in answer.get("errors", []):
            assert error["extensions"].get("retryable"), error
            self.codes[error["extensions"]["code"]] += 1
        data: dict[str, Any] | None = None if answer.get("errors") else answer["data"]
        return data


def wait_until(true: Any, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.1)


# The asynchronous driver leaves the socket of a reset connection to the collector.
@pytest.mark.filterwarnings("ignore:unclosed <socket.socket:ResourceWarning")
def test_serve_answers_with_codes_and_recovers(
    settings: Settings, through: Settings, proxy: CuttingProxy, connection: Connection
) -> None:
    wipe(connection)
    migrate(connection, settings.user_secret_fingerprint)
    seed(connection)
    with (
        connect(through) as own,
        served(whole_app(through, own)) as address,
        httpx.Client(base_url=address, timeout=60) as http,
    ):
        shopper = Shopper(address)
        thread = threading.Thread(target=shopper.run)
        thread.start()
        try:
            wait_until(lambda: shopper.good and shopper.taken, 60)
            with proxy.cutting(seed=3, times=8, longest=1.0):
                time.sleep(8)
            cut = time.monotonic()
            wait_until(lambda: shopper.good > cut, 30)
            proxy.refuse()
            wait_until(lambda: shopper.codes["SERVICE_UNAVAILABLE"] > 0, 60)
            wait_until(lambda: http.get("/readyz").status_code == 503, 30)
            proxy.accept()
            back = time.monotonic()
            wait_until(lambda: shopper.good > back, 30)
            wait_until(lambda: http.get("/readyz").status_code == 200, 30)
            sent = len(shopper.taken)
            wait_until(lambda: len(shopper.taken) > sent, 30)
        finally:
            shopper.ended.set()
            thread.join()
    gc.collect()  # what is left of reset connections, before the next test begins
    assert set(shopper.codes) == {"SERVICE_UNAVAILABLE"}
    [row] = connection.execute(
        "MATCH (e:Event)<-[:PERFORMED]-(:User {key: $user}) "
        "RETURN count(e) AS n, collect(DISTINCT e.key) AS keys",
        user=user("during"),
    )
    assert row["n"] == len(row["keys"]) <= shopper.sent, "no event is there twice"
    assert set(shopper.taken) <= set(row["keys"]), "what was acknowledged is there"
