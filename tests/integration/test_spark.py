"""Spark writes the graph that one process writes, whatever fails on the way."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from catalograph.cli.runs import repeat_run
from catalograph.errors import ConfigError, IngestError, RunCancelledError
from catalograph.ingest import ReviewMapping, ingest_catalog, ingest_events, ingest_reviews
from catalograph.ingest.aspects import load_aspect_reader
from catalograph.ingest.extraction_stage import ExtractionStage
from catalograph.ingest.review.queue import ReviewQueue
from catalograph.ingest.spark import SparkEngine, SparkOptions
from catalograph.ingest.text_extractors import find_reader
from catalograph.settings import Settings
from catalograph.store import Connection, Writer, content_hash, roll_back_run
from catalograph.store.ledger.runs import cancel_run, list_runs, read_run
from tests.conftest import wipe
from tests.integration.spark_cluster import Cluster, find_children, running_cluster
from tests.integration.test_kills import environment
from tests.integration.test_partitions import EVENTS, MAPPING, ingest_as, write_clicks, write_feed

pytestmark = [
    pytest.mark.engines,
    pytest.mark.neo4j,
    # PySpark leaves the sockets of its results to the collector.
    pytest.mark.filterwarnings("ignore:unclosed <socket.socket:ResourceWarning"),
]

Result = tuple[str, dict[str, Any], list[str]]
ROWS = 1_500
REVIEWS = ReviewMapping.model_validate(
    {"source": "shop", "product": "item", "user": "who", "id": "id", "text": "text"}
)


@pytest.fixture(scope="module", autouse=True)
def surroundings(settings: Settings) -> Iterator[None]:
    """Give this process, and so Spark's executors, the settings of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(settings).items():
            patch.setenv(name, value)
        patch.setenv("SPARK_LOCAL_DIRS", str(settings.home / "spark"))
        yield


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_feed(tmp_path_factory.mktemp("feed") / "feed.jsonl", ROWS)


@pytest.fixture(scope="module")
def alone(
    connection: Connection,
    settings: Settings,
    feed: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Result:
    """What one process makes of the feed."""
    found = ingest_as(connection, settings, feed, 1, tmp_path_factory.mktemp("one") / "r.jsonl")
    assert found[1]["superseded"] > 50
    assert found[1]["rejected"] > 15
    return found


def engine_of(
    settings: Settings, partitions: int, master: str = "local[2]", **conf: str
) -> SparkEngine:
    pairs = tuple((name.replace("_", "."), value) for name, value in conf.items())
    return SparkEngine(settings, SparkOptions(master, partitions, conf=pairs))


@pytest.mark.parametrize("partitions", [1, 2, 4, 8])
def test_the_graph_does_not_depend_on_the_number_of_partitions(
    connection: Connection,
    settings: Settings,
    feed: Path,
    alone: Result,
    partitions: int,
    tmp_path: Path,
) -> None:
    engine = engine_of(settings, partitions)
    found = ingest_as(connection, settings, feed, 1, tmp_path / "n.jsonl", engine=engine)
    assert found == alone


def test_files_of_other_formats_and_folders_are_feeds(
    connection: Connection, settings: Settings, feed: Path, alone: Result, tmp_path: Path
) -> None:
    """Several files are one feed, in the order of their names."""
    lines = feed.read_text().splitlines()
    folder = tmp_path / "parts"
    folder.mkdir()
    for n in range(3):
        part = lines[len(lines) * n // 3 : len(lines) * (n + 1) // 3]
        (folder / f"part {n}.jsonl").write_text("\n".join(part))
    for n, address in enumerate((folder, folder / "part*.jsonl")):
        rejected = tmp_path / f"{n}.jsonl"
        engine = engine_of(settings, 2)
        graph, counts, kept = ingest_as(connection, settings, address, 1, rejected, engine=engine)
        assert graph == alone[0]
        named_by_file = {"files": 0, "warnings": 0}
        assert counts | named_by_file == alone[1] | named_by_file
        named = [json.loads(line) for line in kept]
        assert {Path(one["file"]).name for one in named} == {f"part {n}.jsonl" for n in range(3)}
        assert len(named) == len(alone[2])


def test_a_csv_file_is_read_as_in_one_process(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    table = tmp_path / "shop.csv"
    rows = [f'a{n % 90},"Kettle, {n}\nin red",Maker {n % 5},{n},k,red' for n in range(120)]
    table.write_text("\n".join(["sku,name,brand,price,category,colour", *rows, "broken"]))
    one = ingest_as(connection, settings, table, 1, tmp_path / "1.jsonl")
    assert one[1]["written"] == 90
    engine = engine_of(settings, 3)
    assert ingest_as(connection, settings, table, 1, tmp_path / "2.jsonl", engine=engine) == one


def test_events_meet_their_catalogue_and_keep_their_pseudonyms(
    connection: Connection, settings: Settings, feed: Path, tmp_path: Path
) -> None:
    clicks = write_clicks(tmp_path / "clicks.jsonl")
    found = []
    for engine in (None, engine_of(settings, 3)):
        wipe(connection)
        ingest_catalog([feed], Writer(connection), settings, MAPPING)
        report = ingest_events([clicks], Writer(connection), settings, EVENTS, engine=engine)
        found.append((content_hash(connection), report.written, report.products["named"]))
    assert found[0] == found[1]


def test_a_snapshot_withdraws_what_it_lacks(
    connection: Connection, settings: Settings, feed: Path, tmp_path: Path
) -> None:
    shorter = tmp_path / "shorter.jsonl"
    good = [line for line in feed.read_text().splitlines() if line.endswith("}")]
    shorter.write_text("\n".join(good[:-100]))
    found = []
    for engine in (None, engine_of(settings, 2)):
        wipe(connection)
        ingest_catalog([feed], Writer(connection), settings, MAPPING)
        report = ingest_catalog(
            [shorter], Writer(connection), settings, MAPPING, snapshot=True, engine=engine
        )
        assert report.vanished > 10
        found.append((content_hash(connection), report.vanished, report.unchanged))
    assert found[0] == found[1]


def test_a_run_can_be_rolled_back_and_resumed(
    connection: Connection, settings: Settings, feed: Path, tmp_path: Path
) -> None:
    wipe(connection)
    half = tmp_path / "half.jsonl"
    half.write_text("\n".join(feed.read_text().splitlines()[: ROWS // 2]))
    ingest_catalog([half], Writer(connection), settings, MAPPING)
    before = content_hash(connection)
    report = ingest_catalog(
        [feed], Writer(connection), settings, MAPPING, engine=engine_of(settings, 4)
    )
    assert report.run is not None
    after = content_hash(connection)
    assert after != before
    roll_back_run(Writer(connection), report.run)
    assert content_hash(connection) == before
    run = read_run(connection, report.run)
    assert run.arguments["engine"]["partitions"] == 4
    repeat_run(run, Writer(connection), settings)
    assert content_hash(connection) == after
    assert list_runs(connection)[0].arguments["engine"] == run.arguments["engine"]


def test_readers_of_texts_read_in_the_executors(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    cases = tmp_path / "cases.jsonl"
    rows = [{"sku": f"c{n}", "name": f"Case {n}, compatible with iPhone {n}"} for n in range(40)]
    cases.write_text("\n".join(map(json.dumps, rows)))
    asked = {"relations": True}

    def make_stage(run: str | None) -> ExtractionStage:
        store = Writer(connection)
        reader = find_reader(settings, asked, connection)
        assert reader is not None
        return ExtractionStage(store, reader, run, queue=ReviewQueue(settings, connection))

    wipe(connection)
    one = ingest_catalog([cases], Writer(connection), settings, MAPPING, texts=make_stage)
    assert one.texts["accepted"] == 40
    graph = content_hash(connection)
    wipe(connection)
    engine = SparkEngine(settings, SparkOptions("local[2]", 3), reading=asked)
    two = ingest_catalog([cases], Writer(connection), settings, MAPPING, engine=engine)
    assert two.texts == one.texts
    assert content_hash(connection) == graph


def test_aspects_of_reviews_are_read_in_the_executors(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    said = tmp_path / "reviews.jsonl"
    texts = ("The battery is great.", "The screen is terrible.", "Fine.")
    rows = [{"id": n, "item": "a", "who": f"u{n}", "text": texts[n % 3]} for n in range(30)]
    said.write_text("\n".join(map(json.dumps, rows)))
    found = []
    for engine in (None, SparkEngine(settings, SparkOptions("local[2]", 2), aspects="rules")):
        wipe(connection)
        report = ingest_reviews(
            [said],
            Writer(connection),
            settings,
            REVIEWS,
            aspects=load_aspect_reader("rules"),
            engine=engine,
        )
        mentions = connection.execute("MATCH ()-[m:MENTIONS]->() RETURN count(m) AS n")[0]["n"]
        assert mentions >= 20
        found.append((content_hash(connection), report.written, report.texts))
    assert found[0] == found[1]


def when_writing(connection: Connection, act: Callable[[], None]) -> threading.Thread:
    """Act once the first writers have committed to the empty graph, and others have not."""

    def watch() -> None:
        end = time.monotonic() + 120
        while time.monotonic() < end:
            if connection.execute("MATCH (p:Product) RETURN count(p) AS n")[0]["n"]:
                act()
                return
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    return watcher


def spark_workers() -> list[psutil.Process]:
    """Return the processes of Python that read and write for a local Spark."""
    below = find_children(os.getpid(), recursive=True)
    return [process for process in below if "pyspark.daemon" in " ".join(process.cmdline())]


def test_a_killed_worker_changes_nothing(
    connection: Connection, settings: Settings, feed: Path, alone: Result, tmp_path: Path
) -> None:
    wipe(connection)
    killed = []

    def kill() -> None:
        for process in spark_workers()[-1:]:
            process.send_signal(signal.SIGKILL)
            killed.append(process.pid)

    watcher = when_writing(connection, kill)
    rejected = tmp_path / "r.jsonl"
    report = ingest_catalog(
        [feed],
        Writer(connection),
        settings,
        MAPPING,
        engine=engine_of(settings, 4),
        rejected=rejected,
    )
    watcher.join()
    assert killed
    assert content_hash(connection) == alone[0]
    # What the killed worker had written counts as unchanged when it is written again.
    assert report.written + report.unchanged == alone[1]["written"]
    assert sorted(rejected.read_text().splitlines()) == alone[2]


def test_a_cancelled_run_stops_all_its_writers(
    connection: Connection, settings: Settings, feed: Path
) -> None:
    wipe(connection)

    watcher = when_writing(connection, lambda: cancel_run(connection, list_runs(connection)[0].id))
    with pytest.raises(RunCancelledError):
        ingest_catalog([feed], Writer(connection), settings, MAPPING, engine=engine_of(settings, 8))
    watcher.join()
    assert list_runs(connection)[0].status == "cancelled"


def test_a_wrong_address_names_the_remedy(connection: Connection, settings: Settings) -> None:
    for address, said in (("/nowhere/*.jsonl", "/nowhere"), ("-", "standard input")):
        with pytest.raises(IngestError, match=said):
            ingest_catalog(
                [address], Writer(connection), settings, MAPPING, engine=engine_of(settings, 1)
            )


@pytest.fixture(scope="module")
def cluster(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster"), environment(settings)) as running:
        yield running


def test_a_cluster_writes_the_same_with_a_killed_executor_and_speculation(
    connection: Connection,
    settings: Settings,
    feed: Path,
    alone: Result,
    cluster: Cluster,
    tmp_path: Path,
) -> None:
    wipe(connection)
    killed: list[int] = []

    def kill() -> None:
        executors = cluster.executors()
        assert len(executors) == 2
        os.kill(executors[0].pid, signal.SIGKILL)
        killed.append(executors[0].pid)

    engine = engine_of(
        settings,
        4,
        cluster.master,
        spark_speculation="true",
        spark_speculation_multiplier="1.1",
        spark_speculation_quantile="0.25",
        spark_speculation_interval="50ms",
        spark_executor_memory="512m",
        spark_driver_host="127.0.0.1",
    )
    watcher = when_writing(connection, kill)
    rejected = tmp_path / "r.jsonl"
    report = ingest_catalog(
        [feed], Writer(connection), settings, MAPPING, engine=engine, rejected=rejected
    )
    watcher.join()
    assert killed
    assert content_hash(connection) == alone[0]
    assert report.written + report.unchanged == alone[1]["written"]
    assert sorted(rejected.read_text().splitlines()) == alone[2]


@pytest.mark.parametrize("secret", ["another secret", None])
def test_workers_with_another_secret_are_refused(
    connection: Connection,
    settings: Settings,
    feed: Path,
    tmp_path: Path,
    secret: str | None,
) -> None:
    wipe(connection)
    theirs = environment(settings) | {"CATALOGRAPH_HOME": str(tmp_path / "home")}
    theirs["CATALOGRAPH_USER_SECRET"] = secret or ""
    with pytest.MonkeyPatch.context() as patch:
        if secret is None:
            patch.delenv("CATALOGRAPH_USER_SECRET")
            del theirs["CATALOGRAPH_USER_SECRET"]
        with running_cluster(tmp_path, theirs, workers=1) as other:
            engine = engine_of(
                settings,
                2,
                other.master,
                spark_executor_memory="512m",
                spark_driver_host="127.0.0.1",
            )
            with pytest.raises(ConfigError, match="CATALOGRAPH_USER_SECRET"):
                ingest_catalog([feed], Writer(connection), settings, MAPPING, engine=engine)
    assert connection.execute("MATCH (p:Product) RETURN count(p) AS n")[0]["n"] == 0
