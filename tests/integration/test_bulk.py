"""A bulk load makes the graph that the writer makes, and all that follows works on it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from catalograph.errors import BulkLoadError, ConfigError
from catalograph.ingest import (
    dump_mapping,
    ingest_catalog,
    ingest_events,
    ingest_reviews,
)
from catalograph.ingest.bulk_load import BulkFeed, load_in_bulk
from catalograph.ingest.language.aspects import AspectReader
from catalograph.schema import keys
from catalograph.settings import Neo4jSettings, ServerSettings, Settings, load_settings
from catalograph.store import (
    Connection,
    Writer,
    connect,
    content_hash,
    erase_user,
    list_runs,
    open_store,
    roll_back_run,
    schema_state,
)
from catalograph.store.bulk.graph_import import import_graph, load_folder
from catalograph.store.ledger.inline_supports import restore_all_assertions
from catalograph.store.managed_server import diagnose, status, stop_server
from tests.bulk_shop import (
    CATALOG,
    EVENTS,
    REVIEWS,
    event_rows,
    product_rows,
    review_rows,
    write_rows,
)
from tests.conftest import wipe

pytestmark = pytest.mark.neo4j

SECRET = "a secret of the tests"
SMALL = ServerSettings(heap_mb=512, pagecache_mb=64, start_timeout=300)
PRODUCTS = 300


@dataclass(frozen=True)
class Shop:
    """The feeds of a shop, their mappings, and a home that is loaded from them."""

    folder: Path
    settings: Settings

    def feed(self, name: str) -> str:
        """Return the path of a feed."""
        return str(self.folder / f"{name}.jsonl")

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the home."""
        given = SMALL.model_dump(exclude_unset=True)
        sizes = {f"CATALOGRAPH_SERVER__{name}".upper(): str(said) for name, said in given.items()}
        own = {"CATALOGRAPH_HOME": str(self.settings.home), "CATALOGRAPH_USER_SECRET": SECRET}
        return subprocess.run(
            [str(Path(sys.executable).with_name("catalograph")), *words],
            env=os.environ | sizes | own,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def json(self, *words: str) -> Any:
        """Run a command; return what it prints as JSON."""
        done = self.command(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let files of rejected rows be made in a folder of the test."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The feeds, and a home without a graph yet."""
    folder = tmp_path_factory.mktemp("bulk")
    write_rows(folder / "catalog.jsonl", product_rows(PRODUCTS))
    write_rows(folder / "reviews.jsonl", review_rows(160, PRODUCTS))
    write_rows(folder / "events.jsonl", event_rows(200, PRODUCTS))
    for name, mapping in (("catalog", CATALOG), ("reviews", REVIEWS), ("events", EVENTS)):
        (folder / f"{name}.yaml").write_text(dump_mapping(mapping))
    settings = load_settings(home=folder / "home", user_secret=SECRET, server=SMALL)
    yield Shop(folder, settings)
    stop_server(settings)


@pytest.fixture(scope="module")
def written(connection: Connection, settings: Settings, shop: Shop) -> list[dict[str, Any]]:
    """Write the same feeds to the other server; return the reports."""
    wipe(connection)
    writer = Writer(connection)
    options: Any = {"rejected": shop.folder / "rejected.jsonl"}
    reports = [
        ingest_catalog([shop.feed("catalog")], writer, settings, CATALOG, **options),
        ingest_reviews(
            [shop.feed("reviews")], writer, settings, REVIEWS, aspects=AspectReader(), **options
        ),
        ingest_events([shop.feed("events")], writer, settings, EVENTS, **options),
    ]
    return [report.as_dict() for report in reports]


@pytest.fixture(scope="module")
def loaded(shop: Shop) -> Any:
    """Load the home by the command; return its report."""
    words = ["--catalog-mapping", "catalog.yaml", "--reviews-mapping", "reviews.yaml"]
    words += ["--events-mapping", "events.yaml", "--aspects", "rules"]
    for name in ("catalog", "reviews", "events"):
        words += [f"--{name}", shop.feed(name)]
    return shop.json("ingest", "bulk", *words)


def test_a_failed_import_leaves_the_home_as_it_was(shop: Shop) -> None:
    with load_folder(shop.settings) as folder:
        (folder / "catalog-0").mkdir()
        (folder / "catalog-0" / "Product.csv").write_text("key:ID\na\na\n")
        with pytest.raises(BulkLoadError, match="The graph is as it was"):
            import_graph(shop.settings, folder)
        with pytest.raises(BulkLoadError, match="Another bulk load"), load_folder(shop.settings):
            pass
    assert status(shop.settings) is None
    left = {path.name for path in shop.settings.home.iterdir()} - {"server"}
    assert left <= {".bulk-load.lock", "user-secret"}
    assert not (shop.settings.home / "server" / "data").exists()


def shape(connection: Connection) -> Any:
    """What the hash leaves out but readers use."""
    return [
        connection.execute(text)
        for text in (
            "MATCH (n) WHERE n.variants RETURN n.key AS key ORDER BY key",
            "MATCH (n) UNWIND labels(n) AS label WITH label, count(*) AS nodes "
            "WHERE NOT label IN ['OutboxEntry', 'GraphState', 'Run'] "
            "RETURN label, nodes ORDER BY label",
            "MATCH ()-[r]->() RETURN type(r) AS type, count(r) AS edges ORDER BY type",
            "MATCH (p:Product) RETURN count(p.changed) AS changed, count(p.offer_since) AS since",
            "MATCH (u:User) RETURN count(u.changed) AS changed",
        )
    ]


def test_the_graph_is_that_of_the_writer(
    connection: Connection, written: list[dict[str, Any]], loaded: Any, shop: Shop
) -> None:
    measured = ("seconds", "rows_per_second", "peak_mb", "run", "rejected_files")
    counts = [
        [{k: v for k, v in report.items() if k not in measured} for report in reports]
        for reports in (json.loads(json.dumps(written)), loaded["feeds"])
    ]
    assert counts[0] == counts[1]
    assert counts[1][0]["superseded"] > 50
    assert counts[1][0]["rejected"] > 5
    assert counts[1][1]["products"]["grouped"] > 10
    with connect(shop.settings) as other:
        assert shape(other) == shape(connection)
        assert content_hash(other) == content_hash(connection)
        assert schema_state(other).current
    assert loaded["graph"]["nodes"] > 1_000


def test_the_same_feeds_change_nothing(loaded: Any, shop: Shop) -> None:
    with open_store(shop.settings) as store:
        options: Any = {"rejected": shop.folder / "again.jsonl"}
        again = [
            ingest_catalog([shop.feed("catalog")], store, shop.settings, CATALOG, **options),
            ingest_reviews(
                *([shop.feed("reviews")], store, shop.settings, REVIEWS),
                aspects=AspectReader(),
                **options,
            ),
            ingest_events([shop.feed("events")], store, shop.settings, EVENTS, **options),
        ]
    assert [report.written for report in again] == [0, 0, 0]
    assert [report.unchanged for report in again] == [
        report["written"] + report["unchanged"] for report in loaded["feeds"]
    ]


def test_runs_doctor_and_search_work_on_it(loaded: Any, shop: Shop) -> None:
    listed = {run["id"]: run for run in shop.json("runs", "list")["runs"]}
    for report in loaded["feeds"]:
        assert listed[report["run"]]["status"] == "finished"
        assert listed[report["run"]]["counts"]["written"] == report["written"]
    assert [check for check in diagnose(shop.settings) if not check.ok] == []
    for words in ("aldova kettle", "水壶"):
        with connect(shop.settings) as connection:
            found = connection.execute(
                "CALL db.index.fulltext.queryNodes('product_words', $words) YIELD node "
                "RETURN count(node) AS n",
                words=words,
            )
        assert found[0]["n"] > 10


def test_a_graph_that_is_not_empty_is_refused(loaded: Any, shop: Shop) -> None:
    with connect(shop.settings) as connection:
        before = content_hash(connection)
    done = shop.command("ingest", "bulk", "--catalog", shop.feed("catalog"))
    assert done.returncode == 1
    assert "The graph is not empty: it holds" in done.stderr
    assert "ingest catalog" in done.stderr
    with connect(shop.settings) as connection:
        assert content_hash(connection) == before


def test_another_server_is_refused(shop: Shop) -> None:
    elsewhere = Neo4jSettings(uri="bolt://127.0.0.1:1", password="x")
    settings = shop.settings.model_copy(update={"neo4j": elsewhere})
    feed = BulkFeed("catalog", (shop.feed("catalog"),), CATALOG)
    with pytest.raises(ConfigError, match="names another server"):
        load_in_bulk([feed], settings)


def test_a_compressed_load_says_the_same_in_less_space(
    connection: Connection, written: list[dict[str, Any]], shop: Shop, tmp_path: Path
) -> None:
    settings = load_settings(home=tmp_path / "home", user_secret=SECRET, server=SMALL)
    feeds = [
        BulkFeed("events", (shop.feed("events"),), EVENTS),
        BulkFeed("reviews", (shop.feed("reviews"),), REVIEWS),
        BulkFeed("catalog", (shop.feed("catalog"),), CATALOG),
    ]
    try:
        report = load_in_bulk(feeds, settings, compress=True, aspects=AspectReader(), processes=2)
        with open_store(settings) as store:
            assert content_hash(store.connection) == content_hash(connection)
            again = ingest_catalog([shop.feed("catalog")], store, settings, CATALOG)
            assert again.written == 0
            restored = restore_all_assertions(store.connection)
            assert restored.nodes - report.graph.nodes >= restored.facts > 500
            assert content_hash(store.connection) == content_hash(connection)
    finally:
        stop_server(settings)


def test_erasing_and_rolling_back_leave_the_graph_that_the_writer_leaves(
    connection: Connection, written: list[dict[str, Any]], loaded: Any, shop: Shop
) -> None:
    with open_store(shop.settings) as store:
        both = [(store, loaded["feeds"]), (Writer(connection), written)]
        user = keys.user_key("shop", "u7", shop.settings.user_hmac_key)
        erased = [erase_user(writer, user).records for writer, _ in both]
        assert erased[0] == erased[1]
        assert erased[0]
        hashes = [content_hash(writer.connection) for writer, _ in both]
        assert hashes[0] == hashes[1]
        for number in (1, 2, 0):
            done = [roll_back_run(writer, str(feeds[number]["run"])) for writer, feeds in both]
            assert done[0].removed == done[1].removed > 0
            hashes = [content_hash(writer.connection) for writer, _ in both]
            assert hashes[0] == hashes[1]
        left = store.connection.execute(
            "MATCH (n) WHERE NOT n:Run AND NOT n:GraphState AND NOT n:OutboxEntry "
            "RETURN count(n) AS n"
        )
        assert left == [{"n": 0}]
        assert {run.status for run in list_runs(store.connection)} == {"rolled back", "finished"}
