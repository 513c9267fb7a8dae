"""Ingests a long simulated feed: is memory flat, and does the rate hold as the graph grows?

    python benchmarks/scale.py --rows 2000000 --json

Rates are rows written a second in a window around the row at which the graph has 100,000, 1 and 2
million nodes, and at the end; `held` is each beside the first.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from catalograph.ingest import CatalogMapping, ingest_catalog
from catalograph.settings import load_settings
from catalograph.store import connect, migrate, open_store
from catalograph.store.local import child_server

NODES = (100_000, 1_000_000, 2_000_000)
WINDOW_SECONDS = 10.0
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


def rate_at(samples: list[tuple[float, int]], row: int) -> float:
    """Rows a second in the window around a row."""
    middle = min(samples, key=lambda sample: abs(sample[1] - row))[0]
    near = [s for s in samples if abs(s[0] - middle) <= WINDOW_SECONDS / 2]
    (began, first), (ended, last) = near[0], near[-1]
    return (last - first) / max(ended - began, 1e-9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--json", action="store_true", help="print JSON on one line")
    arguments = parser.parse_args()
    samples: list[tuple[float, int]] = []

    def notice(doing: str, share: float, done: int) -> None:
        del share
        if doing.startswith("writing"):
            samples.append((time.perf_counter(), done))

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
    rates = {name: rate_at(samples, int(row)) for name, row in marks.items()}
    first = next(iter(rates.values()))
    result = {
        "rows": report.rows,
        "written": report.written,
        "nodes": nodes,
        "seconds": round(report.seconds, 1),
        "rows_per_second": {name: round(rate) for name, rate in rates.items()},
        "held": {name: round(rate / first, 3) for name, rate in rates.items()},
        "peak_mb": report.peak_mb,
    }
    print(json.dumps(result, indent=None if arguments.json else 2))


if __name__ == "__main__":
    main()
