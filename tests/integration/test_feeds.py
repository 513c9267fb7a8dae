"""Feeds against a real graph: what a snapshot or tombstone takes away; and flat memory."""

import json
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from catalograph.ingest import CatalogMapping, ingest_catalog
from catalograph.settings import Settings
from catalograph.store import (
    Connection,
    Writer,
    content_hash,
)
from tests.conftest import wipe

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
