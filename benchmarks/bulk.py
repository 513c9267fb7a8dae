"""Compare a bulk load with the writer on the same rows, one after the other, in one run.

    python benchmarks/bulk.py --rows 20000 --json
    python benchmarks/bulk.py --rows 1000000 --writer-rows 50000 --processes 2 --json

The rows are those of `benchmarks/scale.py`: products with a brand, a category and a colour, some
keys repeated. Both sides are commands that read a file into a new graph: `catalograph ingest
catalog` on a running server, and `catalograph ingest bulk` from an empty home to a graph with its
indexes. The writer may be given the first rows only, because its rate hardly changes with their
number and all of a million take half an hour. `ratio` is of rows a second, `processor_ratio` of
rows a second of processor time (of the command, of what it starts and of the server), which is also
valid on a busy machine.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

import psutil
from scale import MAPPING, rows

from catalograph.ingest import dump_mapping
from catalograph.settings import load_settings
from catalograph.store.managed_server import status

_REPEATED = 97
"""Each how many rows a row is written again, later and with another price."""


def write_feed(path: Path, count: int) -> int:
    """Write a feed with repeated keys; return its number of rows."""
    written = 0
    with path.open("w", encoding="utf-8") as stream:
        for n, row in enumerate(rows(count)):
            stream.write(json.dumps(row) + "\n")
            written += 1
            if n % _REPEATED == 0:
                stream.write(json.dumps(row | {"price": 1.5}) + "\n")
                written += 1
    return written


def run(home: Path, *words: str) -> Any:
    """Run a command in a home; return what it prints as JSON."""
    command = [str(Path(sys.executable).with_name("catalograph")), *words, "--json"]
    done = subprocess.run(
        command,
        env=os.environ | {"CATALOGRAPH_HOME": str(home)},
        cwd=home,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def stop(home: Path) -> None:
    """Stop the server of a home."""
    command = [str(Path(sys.executable).with_name("catalograph")), "down"]
    environment = os.environ | {"CATALOGRAPH_HOME": str(home)}
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


def commands_seconds() -> float:
    """Return the processor time of all commands so far, with what they started and waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def server_seconds(home: Path) -> float:
    """Return the processor time of the running server of a home."""
    server = status(load_settings(home=home))
    assert server is not None
    times = psutil.Process(server.pid).cpu_times()
    return times.user + times.system


def measure_writer(home: Path, mapping: Path, feed: Path, *, compare: bool) -> dict[str, Any]:
    """Read a feed with `ingest catalog` into a new graph."""
    home.mkdir()
    run(home, "up")
    try:
        before = commands_seconds() + server_seconds(home)
        report = run(home, "ingest", "catalog", str(feed), "--mapping", str(mapping))
        processor = commands_seconds() + server_seconds(home) - before
        graph = run(home, "schema", "hash") if compare else {}
    finally:
        stop(home)
    names = ("rows", "seconds", "rows_per_second")
    return {
        **{name: report[name] for name in names},
        "rows_per_processor_second": round(report["rows"] / processor, 1),
        **graph,
    }


def measure_bulk(
    home: Path, mapping: Path, feed: Path, *words: str, compare: bool
) -> dict[str, Any]:
    """Read a feed with `ingest bulk` into a new home; the time is that of the whole command."""
    home.mkdir()
    started, before = time.perf_counter(), commands_seconds()
    report = run(
        *(home, "ingest", "bulk", "--catalog", str(feed), "--catalog-mapping", str(mapping)), *words
    )
    seconds = time.perf_counter() - started
    try:
        processor = commands_seconds() + server_seconds(home) - before
        graph = run(home, "schema", "hash") if compare else {}
    finally:
        stop(home)
    count = report["feeds"][0]["rows"]
    imported = report["graph"]["nodes"] + report["graph"]["edges"]
    names = (
        *("files_seconds", "files_processor_seconds", "merge_seconds", "graph"),
        *("peak_mb", "children_peak_mb"),
    )
    return {
        "rows": count,
        "seconds": round(seconds, 1),
        "rows_per_second": round(count / seconds, 1),
        "rows_per_processor_second": round(count / processor, 1),
        "processor_seconds": round(processor, 1),
        "imported_per_second": round(imported / report["graph"]["import_seconds"]),
        **{name: report[name] for name in names},
        **graph,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--writer-rows", type=int, help="first rows that the writer gets")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--compress", action="store_true", help="as `ingest bulk --compress`")
    parser.add_argument("--json", action="store_true", help="print JSON on one line")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        feed, mapping = folder / "simulated.jsonl", folder / "mapping.yaml"
        mapping.write_text(dump_mapping(MAPPING))
        count = write_feed(feed, arguments.rows)
        short = feed
        if arguments.writer_rows:
            short = folder / "first.jsonl"
            with feed.open() as stream, short.open("w") as out:
                out.writelines(islice(stream, arguments.writer_rows))
        compare = short == feed
        writer = measure_writer(folder / "writer", mapping, short, compare=compare)
        words = ["--processes", str(arguments.processes)]
        words += ["--compress"] if arguments.compress else []
        bulk = measure_bulk(folder / "bulk", mapping, feed, *words, compare=compare)
    result = {
        "rows": count,
        "load": os.getloadavg()[0],
        "writer": writer,
        "bulk": bulk,
        "ratio": round(bulk["rows_per_second"] / writer["rows_per_second"], 1),
        "processor_ratio": round(
            bulk["rows_per_processor_second"] / writer["rows_per_processor_second"], 1
        ),
        "equal": writer["content_hash"] == bulk["content_hash"] if compare else None,
    }
    print(json.dumps(result, indent=None if arguments.json else 2))


if __name__ == "__main__":
    main()
