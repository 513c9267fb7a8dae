"""Feeds against a real graph: what a snapshot or tombstone takes away; and flat memory."""

import json
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.ingest import CatalogMapping, ingest_catalog
from catalograph.settings import Settings
from catalograph.store import (
    Connection,
    Writer,
    content_hash,
)
from tests.conftest import wipe
from tests.integration.test_kills import environment

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "feeds.py"
MAPPING = CatalogMapping.model_validate(
    {"source": "shop", "id": "id", "title": "name", "brand": "brand", "deleted": "gone"}
)
FOUR = [{"id": n, "name": f"Kettle {n}", "brand": f"Maker {n}"} for n in range(4)]


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_bytes(b"\n".join(orjson.dumps(row) for row in rows))
    return path


@pytest.mark.neo4j
def test_a_snapshot_or_tombstones_leave_the_graph_that_was_never_more(
    settings: Settings, connection: Connection, tmp_path: Path
) -> None:
    def ingest(rows: list[dict[str, object]], **options: bool) -> tuple[int, int]:
        feed = write(tmp_path / "feed.jsonl", rows)
        report = ingest_catalog(
            [feed],
            Writer(connection),
            settings,
            MAPPING,
            rejected=tmp_path / "out",
            **options,  # type: ignore[arg-type]
        )
        return report.withdrawn, report.vanished

    ingest(FOUR[:2])
    expected = content_hash(connection)
    ingest(FOUR)
    assert content_hash(connection) != expected
    assert ingest(FOUR[:2], snapshot=True) == (0, 2)
    assert content_hash(connection) == expected
    ingest(FOUR)
    assert ingest([{"id": n, "gone": True} for n in (2, 3, 9)]) == (2, 0)
    assert content_hash(connection) == expected
    wipe(connection)


@pytest.mark.heavy
@pytest.mark.parametrize("kind", ["events", "catalog"])
def test_memory_is_flat_on_a_file_of_a_gigabyte(kind: str) -> None:
    command = [sys.executable, str(BENCHMARK), "--gb", "1", "--kind", kind]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert json.loads(done.stdout)["peak_mb"] <= 512


SHOPIFY = """\
Handle,Title,Vendor,Type,Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src,Status
tee,Harbour Tee,Nord,Shirts,Size,S,T-S,25.00,https://i.example/1.jpg,active
tee,,,,,M,T-M,25.00,,
tee,,,,,,,,https://i.example/2.jpg,
"""
ORDERS = """\
Name,Email,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku
#1001,a@b.example,2026-01-05T10:00:00+01:00,1,Harbour Tee - S,25.00,T-S
#1001,,,1,Harbour Tee - M,25.00,T-M
"""


@pytest.mark.neo4j
def test_exports_of_a_shop_meet_in_the_graph_without_a_mapping(
    settings: Settings,
    connection: Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wipe(connection)
    for name, said in environment(settings).items():
        monkeypatch.setenv(name, said)
    monkeypatch.setenv("CATALOGRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def ingest(kind: str, name: str, text: str, *options: str) -> dict[str, int]:
        Path(name).write_text(text)
        command = ["ingest", kind, name, "--json", *options]
        result = CliRunner().invoke(app, command, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        report: dict[str, int] = json.loads(result.stdout)
        return {key: report[key] for key in ("written", "unchanged", "skipped", "rejected")}

    first = ingest("catalog", "products_export.csv", SHOPIFY, "--currency", "EUR")
    assert first == {"written": 2, "unchanged": 0, "skipped": 1, "rejected": 0}
    assert ingest("events", "orders_export.csv", ORDERS)["written"] == 2
    found = connection.execute(
        "MATCH (:User)-[:PERFORMED]->(e:Event)-[:ON]->(p:Product {listed: true}) "
        "WHERE p.title = 'Harbour Tee' "
        "RETURN p.id AS id, p.group AS group, p.currency AS currency, e.kind AS kind ORDER BY id"
    )
    assert [tuple(row.values()) for row in found] == [
        ("T-M", "tee", "EUR", "purchase"),
        ("T-S", "tee", "EUR", "purchase"),
    ]
    # A title changed in the first row rewrites the variants below it.
    changed = SHOPIFY.replace("Harbour", "Port")
    again = ingest("catalog", "products_export.csv", changed, "--currency", "EUR")
    assert (again["written"], again["unchanged"]) == (2, 0)
