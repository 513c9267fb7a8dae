"""Runs, quarantine and erasing from the command line, on a small shop."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.errors import RollbackError
from catalograph.ingest import ReviewMapping, dump_mapping
from catalograph.ingest.upsert import ProductUpserts
from catalograph.settings import Settings
from catalograph.store import (
    Connection,
    Writer,
    connect,
    content_hash,
    roll_back_run,
)
from tests.conftest import wipe
from tests.integration.test_kills import environment
from tests.small_shop import MAPPING, write_catalog

pytestmark = pytest.mark.neo4j

REVIEWS = ReviewMapping(source="small-shop", product="product", user="user", text="text")


@pytest.fixture
def shop(
    connection: Connection, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A folder with a catalogue, reviews and their mappings; the graph is empty."""
    wipe(connection)
    for name, said in environment(settings).items():
        monkeypatch.setenv(name, said)
    monkeypatch.setenv("CATALOGRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    write_catalog(tmp_path / "products.jsonl")
    (tmp_path / "shop.yaml").write_text(dump_mapping(MAPPING))
    (tmp_path / "reviews.yaml").write_text(dump_mapping(REVIEWS))
    rows = [
        {
            "product": f"{(7 * user + 13 * n) % 200:03}",
            "user": f"u{user}",
            "text": f"Words of u{user}",
        }
        for user in range(40)
        for n in range(6)
    ]
    (tmp_path / "reviews.jsonl").write_bytes(b"\n".join(map(orjson.dumps, rows)))
    return tmp_path


def call(*arguments: str) -> Any:
    """Run a command; what it prints as JSON."""
    result = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def ingest(kind: str, file: str, mapping: str) -> Any:
    return call("ingest", kind, file, "--mapping", mapping)


def test_a_run_is_listed_shown_resumed_and_rolled_back(shop: Path, connection: Connection) -> None:
    before = content_hash(connection)
    report = ingest("catalog", "products.jsonl", "shop.yaml")
    [listed] = call("runs", "list")["runs"]
    assert (listed["id"], listed["status"]) == (report["run"], "finished")
    again = call("runs", "resume", report["run"])
    assert (again["rows"], again["unchanged"]) == (200, 200)
    shown = call("runs", "show", report["run"], "--follow")
    assert shown["arguments"]["paths"] == [str(shop / "products.jsonl")]
    assert shown["counts"]["written"] == 200
    assert call("runs", "rollback", report["run"])["removed"] == 200
    assert content_hash(connection) == before
    assert call("runs", "prune", "--keep-days", "0") == {"dropped": 0}


def test_a_rejected_row_is_shown_and_replayed(shop: Path, connection: Connection) -> None:
    with (shop / "products.jsonl").open("ab") as stream:
        stream.write(b'{"id": "bad", "name": "Lamp"}\n')
    assert ingest("catalog", "products.jsonl", "shop.yaml")["rejected"] == 1
    said = call("quarantine", "list")
    assert said["reasons"] == {"missing title": 1}
    [entry] = said["entries"]
    assert json.loads(call("quarantine", "show", entry["id"])["payload"]) == {
        "fields": {"id": "bad", "name": "Lamp"}
    }
    assert call("quarantine", "replay", "--all") == {"repaired": 0, "failed": 1, "left": 0}
    (shop / "other.yaml").write_text(dump_mapping(MAPPING.model_copy(update={"title": "name"})))
    done = call("quarantine", "replay", entry["id"], "--mapping", "other.yaml")
    assert done == {"repaired": 1, "failed": 0, "left": 0}
    rows = connection.execute("MATCH (p:Product {id: 'bad'}) RETURN p.title AS title")
    assert rows == [{"title": "Lamp"}]


def test_after_an_erase_models_know_nothing_of_the_user(shop: Path, connection: Connection) -> None:
    ingest("catalog", "products.jsonl", "shop.yaml")
    ingest("reviews", "reviews.jsonl", "reviews.yaml")
    call("embed", "preference")
    call("embed", "preference", "--force")

    erased = call("erase", "user", "small-shop", "u3")
    assert erased == {"records": 6, "learned": ["preference"], "stale": [], "orphans": 0}
    slots = "MATCH ()-[r:CO_PREFERRED]->() RETURN collect(DISTINCT r.slot) AS slots"
    [live] = connection.execute("MATCH (m:Model {live: true}) RETURN m.slot AS slot, m.stale AS s")
    assert connection.execute(slots) == [{"slots": [live["slot"]]}]
    assert live["s"] is None
    words = "MATCH (r:Review) WHERE r.text CONTAINS 'u3' RETURN collect(DISTINCT r.text) AS texts"
    assert [t for t in connection.execute(words)[0]["texts"] if t.endswith("u3")] == []

    erased = call("erase", "user", "small-shop", "u4", "--defer")
    assert erased == {"records": 6, "learned": [], "stale": ["preference"], "orphans": 0}
    assert call("runs", "list")["stale_models"] == ["preference"]
    call("embed", "preference")
    assert call("runs", "list")["stale_models"] == []
    assert len(connection.execute(slots)[0]["slots"]) == 1


def test_orphans_are_named_after_an_erasure_and_erased_on_demand(
    shop: Path, connection: Connection
) -> None:
    ingest("reviews", "reviews.jsonl", "reviews.yaml")
    connection.execute("MATCH (r:Review {text: 'Words of u3'})-[e:REVIEWS]->() DELETE e")
    connection.execute("MATCH (r:Review {text: 'Words of u3'})<-[e:WROTE]-() DELETE e")
    erased = CliRunner().invoke(app, ["erase", "user", "small-shop", "u3"])
    assert "catalograph erase orphans small-shop" in erased.output
    refused = CliRunner().invoke(app, ["erase", "orphans", "--without-user"])
    assert refused.exit_code != 0
    assert call("erase", "orphans", "small-shop") == {"records": 6}
    assert call("erase", "orphans") == {"records": 0}
    # The feed, ingested again, brings them back whole.
    assert ingest("reviews", "reviews.jsonl", "reviews.yaml")["written"] == 6
    assert call("erase", "user", "small-shop", "u3", "--defer")["records"] == 6


def upserts(connection: Connection) -> ProductUpserts:
    return ProductUpserts(Writer(connection), place=lambda keys: ())


def test_mutations_share_a_run_that_is_rolled_back_exactly(
    shop: Path, connection: Connection, settings: Settings
) -> None:
    ingest("catalog", "products.jsonl", "shop.yaml")
    before = content_hash(connection)
    with connect(settings) as other:
        servers = [upserts(connection), upserts(other)]
        for n in range(50):
            product = {"id": f"{n % 20:03}", "title": f"Title {n}", "brand": f"Brand {n % 3}"}
            assert servers[n % 2].upsert("small-shop", product).changed
        assert servers[0].withdraw("small-shop", "001")
        assert servers[1].withdraw("small-shop", "150")
        servers[1].upsert("small-shop", {"id": "001", "title": "Back again"})
    runs = call("runs", "list")["runs"]
    assert [run["kind"] for run in runs] == ["mutations", "catalog"]
    assert runs[0]["status"] == "finished"
    assert runs[0]["counts"] == {"rows": 53, "written": 51, "withdrawn": 2}
    done = call("runs", "rollback", runs[0]["id"])
    assert done["restored"] == 21
    assert content_hash(connection) == before


def test_mutations_after_another_run_are_in_a_run_of_their_own(
    shop: Path, connection: Connection
) -> None:
    server = upserts(connection)
    hashes = [content_hash(connection)]
    for title in ("first", "second", "third"):
        server.upsert("small-shop", {"id": "001", "title": title})
        server.upsert("small-shop", {"id": f"only {title}", "title": title})
        hashes.append(content_hash(connection))
        if title == "first":
            ingest("catalog", "products.jsonl", "shop.yaml")
            hashes.append(content_hash(connection))
        if title == "second":
            call("runs", "prune", "--keep-days", "9")  # this one drops nothing
            done = call("runs", "rollback", call("runs", "list")["runs"][0]["id"])
            assert content_hash(connection) == hashes[2] != hashes[3]
            assert done["run"]
            del hashes[3]
    runs = [run["id"] for run in call("runs", "list")["runs"] if run["status"] == "finished"]
    kinds = {run["id"]: run["kind"] for run in call("runs", "list")["runs"]}
    assert [kinds[run] for run in runs] == ["mutations", "rollback", "catalog", "mutations"]
    # The catalogue's run has changed what the first mutations wrote, and so on: one by one.
    with pytest.raises(RollbackError, match="Roll those back first"):
        roll_back_run(Writer(connection), runs[3])
    for run, was in zip(
        (runs[0], runs[2], runs[3]), (hashes[2], hashes[1], hashes[0]), strict=True
    ):
        call("runs", "rollback", run)
        assert content_hash(connection) == was
