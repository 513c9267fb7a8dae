"""Several processes write one feed: the same graph, counts, rejections and progress as one."""

import json
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

from catalograph.errors import IngestError, RunCancelledError
from catalograph.ingest import ingest_catalog, ingest_events
from catalograph.ingest.mapping import CatalogMapping, EventMapping
from catalograph.schema import SourceRecord
from catalograph.settings import Settings
from catalograph.store import Connection, Writer, content_hash
from catalograph.store.ledger.runs import cancel_run, list_runs, read_run
from tests.conftest import wipe

pytestmark = pytest.mark.neo4j

MAPPING = CatalogMapping.model_validate(
    {
        "kind": "catalog",
        "source": "shop",
        "id": ["sku"],
        "title": "name",
        "brand": "brand",
        "category": {"columns": ["category"], "split": ">"},
        "price": {"column": "price"},
        "currency": "EUR",
        "attributes": [{"column": "colour", "attribute": "colour"}],
    }
)
EVENTS = EventMapping.model_validate(
    {
        "kind": "events",
        "source": "clicks",
        "user": "visitor",
        "product": "sku",
        "time": {"column": "at"},
        "event": {"constant": "view"},
    }
)
COLOURS = ("red", "black", "deep blue", "grass green")


def write_clicks(path: Path) -> Path:
    """Views of the catalogue's products by fifty visitors."""
    rows = (
        {"visitor": f"v{n % 50}", "sku": f"a{n % 400}", "at": f"2026-03-{n % 28 + 1:02}T10:00:00Z"}
        for n in range(1_500)
    )
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def write_feed(path: Path, rows: int = 3_000) -> Path:
    """A catalogue with repeated keys, rows without a title, broken lines, and colours in titles."""
    dice = random.Random(5)
    lines = []
    for n in range(rows):
        colour = dice.choice(COLOURS)
        row = {
            "sku": f"a{dice.randrange(rows * 13 // 15)}",
            "name": f"Kettle {n} in {colour}" if n % 97 else "",
            "brand": f"Maker {dice.randrange(40)}",
            "category": f"Kitchen > Kettles {dice.randrange(9)}",
            "price": f"{dice.uniform(5, 90):.2f}",
            "colour": colour if n % 3 else "",
        }
        lines.append(json.dumps(row) if n % 101 else '{"sku": "broken')
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """A catalogue as `write_feed` makes it."""
    return write_feed(tmp_path / "feed.jsonl")


def ingest_as(
    connection: Connection,
    settings: Settings,
    feed: Path,
    processes: int,
    rejected: Path,
    **options: Any,
) -> tuple[str, dict[str, Any], list[str]]:
    """Ingest into an empty graph; return its hash, the counts and the rejections in order."""
    wipe(connection)
    options |= {"processes": processes, "rejected": rejected}
    report = ingest_catalog([feed], Writer(connection), settings, MAPPING, **options).as_dict()
    for name in ("seconds", "rows_per_second", "peak_mb", "run", "rejected_files"):
        report.pop(name)
    return content_hash(connection), report, sorted(rejected.read_text().splitlines())


def test_the_graph_does_not_depend_on_the_number_of_processes(
    connection: Connection, settings: Settings, feed: Path, tmp_path: Path
) -> None:
    one = ingest_as(connection, settings, feed, 1, tmp_path / "1.jsonl")
    assert one[1]["superseded"] > 100
    assert one[1]["rejected"] > 30
    for processes in (2, 3):
        assert ingest_as(connection, settings, feed, processes, tmp_path / "n.jsonl") == one
    again = ingest_catalog([feed], Writer(connection), settings, MAPPING, processes=2)
    assert again.written == 0
    assert content_hash(connection) == one[0]


def test_progress_of_all_writers_adds_up(
    connection: Connection, settings: Settings, feed: Path
) -> None:
    wipe(connection)
    seen: list[int] = []
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            seen.extend(int(run.progress.get("written", 0)) for run in list_runs(connection)[:1])
            time.sleep(0.1)

    watcher = threading.Thread(target=watch)
    watcher.start()
    report = ingest_catalog([feed], Writer(connection), settings, MAPPING, processes=2)
    stop.set()
    watcher.join()
    assert max(seen) <= report.written
    assert report.run is not None
    assert read_run(connection, report.run).counts["written"] == report.written


def on_first_progress(act: Callable[[], None]) -> Callable[[str, float, int], None]:
    """Return a callback that acts once, when rows are being written."""
    done = False

    def notify(doing: str, share: float, rows: int) -> None:
        nonlocal done
        if doing.startswith("writing") and rows >= 1_500 and not done:
            done = True
            act()

    return notify


def test_a_killed_process_is_an_error_and_the_ingest_can_be_repeated(
    connection: Connection, settings: Settings, feed: Path, tmp_path: Path
) -> None:
    whole = ingest_as(connection, settings, feed, 1, tmp_path / "1.jsonl")[0]
    wipe(connection)

    def kill() -> None:
        for child in psutil.Process().children():
            if "spawn_main" in " ".join(child.cmdline()):
                os.kill(child.pid, signal.SIGKILL)
                return

    with pytest.raises(IngestError, match="run the ingest again"):
        ingest_catalog(
            [feed],
            Writer(connection),
            settings,
            MAPPING,
            processes=2,
            progress=on_first_progress(kill),
        )
    assert list_runs(connection)[0].status == "failed"
    ingest_catalog([feed], Writer(connection), settings, MAPPING, processes=2)
    assert content_hash(connection) == whole


def test_a_cancelled_run_stops_all_its_writers(
    connection: Connection, settings: Settings, feed: Path
) -> None:
    wipe(connection)

    def cancel() -> None:
        cancel_run(connection, list_runs(connection)[0].id)
        time.sleep(1.5)  # a writer looks once a second

    with pytest.raises(RunCancelledError):
        ingest_catalog(
            [feed],
            Writer(connection),
            settings,
            MAPPING,
            processes=2,
            progress=on_first_progress(cancel),
        )
    assert list_runs(connection)[0].status == "cancelled"
    assert not [c for c in psutil.Process().children() if "spawn_main" in " ".join(c.cmdline())]


def test_events_of_several_processes_meet_their_catalogue(
    connection: Connection, settings: Settings, feed: Path, tmp_path: Path
) -> None:
    clicks = write_clicks(tmp_path / "clicks.jsonl")
    found = []
    for processes in (1, 2):
        wipe(connection)
        ingest_catalog([feed], Writer(connection), settings, MAPPING)
        report = ingest_events([clicks], Writer(connection), settings, EVENTS, processes=processes)
        found.append((content_hash(connection), report.written, report.products["named"]))
    assert found[0] == found[1]


class Unread:
    """A reader of texts that reads none."""

    def take(self, records: Sequence[SourceRecord]) -> None:
        """Leave them."""

    def report(self) -> dict[str, int]:
        """Count nothing."""
        return {}


def test_models_read_texts_in_one_process_only(
    connection: Connection, settings: Settings, feed: Path
) -> None:
    with pytest.raises(IngestError, match="one process only"):
        ingest_catalog(
            [feed], Writer(connection), settings, MAPPING, processes=2, texts=lambda run: Unread()
        )
