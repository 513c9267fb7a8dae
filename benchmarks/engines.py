"""Compare the engines of an ingest on the same rows, one after the other, in one run.

    python benchmarks/engines.py --rows 20000

Each is a command that reads a file of products into a new graph on a server of its own:
`catalograph ingest catalog` in one process, in two, with Spark (`local[2]` with 2 partitions,
`local[4]` with 4), and `catalograph ingest bulk`. Seconds are those of the whole command, so the
start of Spark counts. Ratios are of rows a second to those of the first. `equal` says whether all
graphs have the same hash.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

from scale import MAPPING, rows

from catalograph.ingest import dump_mapping

_REPEATED = 97
"""Each how many rows a row is written again, later and with another price."""
ENGINES: dict[str, list[str]] = {
    "one process": [],
    "two processes": ["--processes", "2"],
    "spark 2": ["--engine", "spark", "--master", "local[2]", "--partitions", "2"],
    "spark 4": ["--engine", "spark", "--master", "local[4]", "--partitions", "4"],
}
BULK = "bulk"


def write_feed(path: Path, count: int) -> None:
    """Write a feed with repeated keys."""
    with path.open("w", encoding="utf-8") as stream:
        lines = (
            json.dumps(again) + "\n"
            for n, row in enumerate(rows(count))
            for again in (row, row | {"price": 1.5})[: 1 + (n % _REPEATED == 0)]
        )
        stream.writelines(islice(lines, count))


def run(home: Path, *words: str) -> str:
    """Run a command in a home; return what it prints."""
    command = [str(Path(sys.executable).with_name("catalograph")), *words]
    environment = os.environ | {"CATALOGRAPH_HOME": str(home)}
    done = subprocess.run(
        command, env=environment, cwd=home, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def measure(home: Path, feed: Path, mapping: Path, name: str, count: int) -> dict[str, Any]:
    """Ingest a feed of so many rows into a new graph; return seconds, rate and the graph's hash."""
    home.mkdir()
    words = ["ingest", "catalog", str(feed), "--mapping", str(mapping), *ENGINES.get(name, [])]
    if name == BULK:
        words = ["ingest", "bulk", "--catalog", str(feed), "--catalog-mapping", str(mapping)]
    else:
        run(home, "up")
    try:
        begun = time.perf_counter()
        run(home, *words, "--json")
        seconds = time.perf_counter() - begun
        graph = json.loads(run(home, "schema", "hash", "--json"))
    finally:
        run(home, "down")
    return {
        "seconds": round(seconds, 1),
        "rows_per_second": round(count / seconds, 1),
        "graph": graph["content_hash"],
    }


def has_bulk() -> bool:
    """Return whether this version has bulk loads."""
    command = [str(Path(sys.executable).with_name("catalograph")), "ingest", BULK, "--help"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--engines", nargs="*", default=None, help="Names; all by default.")
    options = parser.parse_args()
    names = options.engines or [*ENGINES, *([BULK] if has_bulk() else [])]
    with tempfile.TemporaryDirectory() as folder:
        feed, mapping = Path(folder) / "products.jsonl", Path(folder) / "mapping.yaml"
        write_feed(feed, options.rows)
        mapping.write_text(dump_mapping(MAPPING))
        found = {
            name: measure(Path(folder) / name.replace(" ", "-"), feed, mapping, name, options.rows)
            for name in names
        }
    first = found[names[0]]["rows_per_second"]
    ratios = {name: round(said["rows_per_second"] / first, 2) for name, said in found.items()}
    equal = len({said["graph"] for said in found.values()}) == 1
    machine = {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    said = {"rows": options.rows, "engines": found, "ratios": ratios, "equal": equal}
    print(json.dumps(said | {"machine": machine}))


if __name__ == "__main__":
    main()
