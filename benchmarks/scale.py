"""Measure memory and write rate as the graph grows, with a long simulated feed.

    python benchmarks/scale.py --rows 2000000 --json

Rates are rows written per second in a window around the row at which the graph has 100,000, 1 and 2
million nodes, and at the end; `held` is each divided by the first. Rates per second of processor
time, of this process and the server, are also valid on a busy machine.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from catalograph.ingest import CatalogMapping, ingest_catalog
from catalograph.settings import load_settings
from catalograph.store import connect, migrate, open_store
from catalograph.store.managed_server import child_server

NODES = (100_000, 1_000_000, 2_000_000)
WINDOW_SECONDS = 30.0
COLOURS = ("Black", "White", "Red", "Blue", "Green", "Silver", "Gold", "Pink")
THINGS = ("Laptop", "Phone", "Camera", "Speaker", "Monitor", "Keyboard", "Router", "Tablet")
MAPPING = CatalogMapping.model_validate(
    {
        "source": "simulated",
        "id": "id",
        "title": "title",
        "brand": "brand",
        "category": "category",
        "price": "price",
        "currency": "USD",
        "attributes": [{"column": "colour", "attribute": "colour"}],
    }
)


class Sample(NamedTuple):
    """Progress of the ingest at one time."""

    seconds: float
    processor: float
    rows: int


def rows(count: int) -> Iterator[dict[str, Any]]:
    draw = random.Random(0)
    for n in range(count):
        thing, colour, brand = draw.choice(THINGS), draw.choice(COLOURS), draw.randrange(5_000)
        yield {
            "id": n,
            "title": f"Brand {brand} {thing} {n} {draw.choice((64, 128, 256))} GB",
            "brand": f"Brand {brand}",
            "category": ["Electronics", thing, f"Series {draw.randrange(50)}"],
            "price": round(draw.uniform(5, 900), 2),
            "colour": colour,
        }


def rate_at(samples: list[Sample], row: int, clock: int) -> float:
    """Return rows per second, by one of the two clocks, in the window around a row."""
    middle = min(samples, key=lambda sample: abs(sample.rows - row)).seconds
    near = [s for s in samples if abs(s.seconds - middle) <= WINDOW_SECONDS / 2]
    first, last = near[0], near[-1]
    return (last.rows - first.rows) / max(last[clock] - first[clock], 1e-9)


def processor_seconds() -> float:
    """Return the processor time of this process and its children so far."""
    this = psutil.Process()
    times = [process.cpu_times() for process in (this, *this.children(recursive=True))]
    return sum(t.user + t.system for t in times)


def told(name: str, rates: dict[str, float]) -> dict[str, dict[str, float]]:
    """Return rates, and each divided by the first."""
    first = next(iter(rates.values()))
    return {
        name: {mark: round(rate) for mark, rate in rates.items()},
        f"{name}_held": {mark: round(rate / first, 3) for mark, rate in rates.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--json", action="store_true", help="print JSON on one line")
    arguments = parser.parse_args()
    samples: list[Sample] = []

    def notice(doing: str, share: float, done: int) -> None:
        del share
        if doing.startswith("writing"):
            samples.append(Sample(time.perf_counter(), processor_seconds(), done))

    with (
        tempfile.TemporaryDirectory() as folder,
        child_server(load_settings()) as server,
        connect(server.settings) as connection,
        open_store(server.settings) as store,
    ):
        migrate(connection, server.settings.user_secret_fingerprint)
        feed = Path(folder) / "simulated.jsonl"
        with feed.open("w", encoding="utf-8") as stream:
            stream.writelines(json.dumps(row) + "\n" for row in rows(arguments.rows))
        report = ingest_catalog([feed], store, server.settings, MAPPING, progress=notice)
        nodes = connection.execute("MATCH (n) RETURN count(n) AS nodes")[0]["nodes"]
    per_row = nodes / arguments.rows
    marks = {f"{n:,} nodes": n / per_row for n in NODES if n <= nodes}
    marks[f"{nodes:,} nodes"] = arguments.rows
    result = {
        "rows": report.rows,
        "written": report.written,
        "nodes": nodes,
        "seconds": round(report.seconds, 1),
        **told("rows_per_second", {n: rate_at(samples, int(r), 0) for n, r in marks.items()}),
        **told(
            "rows_per_processor_second", {n: rate_at(samples, int(r), 1) for n, r in marks.items()}
        ),
        "peak_mb": report.peak_mb,
    }
    print(json.dumps(result, indent=None if arguments.json else 2))


if __name__ == "__main__":
    main()
