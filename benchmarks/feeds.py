"""Ingest a large generated feed in a dry run, to see that memory stays flat.

    python benchmarks/feeds.py --gb 1 --kind events
    python benchmarks/feeds.py --gb 1 --kind catalog
    python benchmarks/feeds.py --database postgresql://user@host/name --rows 1000000

Events are of the simulator's shoppers; products are those of the example catalogue, each time under
new ids. A dry run reads, learns, builds and checks all that a run does, and asks an empty store.
The figure is the peak memory of the process that ingests; another process generates the feed. A
database generates the rows of its query itself.
"""
# ruff: noqa: D102 - RecordWriter documents the store's methods

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import orjson

from catalograph.ingest import CatalogMapping, find_mapping, ingest_catalog, ingest_events
from catalograph.ingest.batches import Record
from catalograph.ingest.readers import DatabaseQuery
from catalograph.ingest.simulator import read_shop, simulate, write_events
from catalograph.schema import CompositeRecord, InteractionRecord, SourceRecord
from catalograph.settings import load_settings

EXAMPLE = Path(__file__).parents[1] / "examples" / "bestbuy" / "products.jsonl.gz"
SHOPPERS_AT_ONCE = 2_000
ROWS = """
SELECT i AS id, 'Laptop ' || i || ' 256 GB' AS name, 'Brand ' || i % 500 AS brand,
    (i % 90000) / 100.0::numeric AS price, jsonb_build_object('colour', 'Red') AS details
FROM generate_series(1, {rows}) i
"""
TABLE = CatalogMapping.model_validate(
    {
        "source": "shop",
        "id": "id",
        "title": "name",
        "brand": "brand",
        "price": "price",
        "currency": "EUR",
        "attributes": [{"prefix": "details."}],
    }
)


@dataclass(frozen=True)
class Counts:
    """Number of records that a batch would write."""

    written: int
    unchanged: int = 0


class EmptyCatalogues:
    """No catalogues."""

    def list_catalogues(self) -> list[str]:
        return []

    def find_listed_products(self, keys: Collection[str]) -> set[str]:
        return set()

    def find_group_variants(self, source: str, groups: Collection[str]) -> dict[str, str]:
        return {}

    def list_product_ids(self, source: str) -> Iterator[tuple[str, list[str]]]:
        return iter(())

    def list_names(self) -> Iterator[tuple[str, str, list[str]]]:
        return iter(())


class EmptyStore:
    """A store without records, so that everything is new."""

    catalogues = EmptyCatalogues()

    def start_run(self, kind: str, arguments: Mapping[str, object] | None = None) -> str:
        return kind

    def finish_run(self, run: str, counts: Mapping[str, object]) -> None:
        pass

    def fail_run(self, run: str, error: str) -> None:
        pass

    def note_progress(self, run: str, doing: str, share: float, rows: int) -> None:
        pass

    def count_changes(self, records: Sequence[Record]) -> Counts:
        return Counts(len(records))

    def read_content_hashes(self, keys: Sequence[str]) -> dict[str, str]:
        return {}

    def list_record_keys(self, prefix: str) -> Iterator[str]:
        return iter(())

    def write_records(self, records: Sequence[SourceRecord], run: str) -> Counts:
        return Counts(len(records))

    def write_interactions(self, records: Sequence[InteractionRecord], run: str) -> Counts:
        return Counts(len(records))

    def write_composites(self, records: Sequence[CompositeRecord], run: str) -> Counts:
        return Counts(len(records))

    def withdraw_records(self, keys: Sequence[str], run: str) -> int:
        return 0

    def withdraw_interactions(self, keys: Sequence[str], run: str) -> int:
        return 0


def make_events(path: Path, size: int) -> None:
    mapping = find_mapping("bestbuy_products")
    shop = read_shop(EXAMPLE, mapping)  # type: ignore[arg-type]
    draft = path.with_name("part")
    with path.open("wb") as feed:
        for seed in count():
            write_events(simulate(shop, SHOPPERS_AT_ONCE, seed).events, draft)
            feed.write(draft.read_bytes())
            if feed.tell() >= size:
                return


def make_catalog(path: Path, size: int) -> None:
    with gzip.open(EXAMPLE, "rb") as stream:
        rows = [orjson.loads(line) for line in stream]
    with path.open("wb") as feed:
        for number in count():
            row = rows[number % len(rows)] | {"id": f"{number}"}
            feed.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
            if feed.tell() >= size:
                return


def ingest(feed: Path | DatabaseQuery, kind: str) -> dict[str, object]:
    """Ingest in this process; return the figures."""
    run = ingest_events if kind == "events" else ingest_catalog
    name = "bestbuy_products" if kind == "catalog" else "simulated_events"
    mapping = TABLE if isinstance(feed, DatabaseQuery) else find_mapping(name)
    settings = load_settings(user_secret="a secret of the benchmark")  # noqa: S106
    report = run([feed], EmptyStore(), settings, mapping, dry_run=True).as_dict()
    return {name: report[name] for name in ("rows", "seconds", "rows_per_second", "peak_mb")}


def measure(kind: str, size: int) -> dict[str, object]:
    """Generate a feed, and ingest it in a process of its own."""
    make: Callable[[Path, int], None] = make_catalog if kind == "catalog" else make_events
    with tempfile.TemporaryDirectory() as folder:
        feed = Path(folder) / "feed.jsonl"
        make(feed, size)
        command = [sys.executable, __file__, "--ingest", str(feed), "--kind", kind]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found: dict[str, object] = json.loads(done.stdout)
        return {"kind": kind, "mb": round(feed.stat().st_size / 1e6, 1)} | found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gb", type=float, default=1.0)
    parser.add_argument("--kind", choices=["catalog", "events"], default="events")
    parser.add_argument("--database", help="address of a PostgreSQL database; nothing is written")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--ingest", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.ingest:
        print(json.dumps(ingest(arguments.ingest, arguments.kind)))
        return
    if arguments.database:
        query = DatabaseQuery(arguments.database, ROWS.format(rows=arguments.rows))
        print(json.dumps({"kind": "postgresql"} | ingest(query, "postgresql")))
        return
    print(json.dumps(measure(arguments.kind, int(arguments.gb * 1e9))))


if __name__ == "__main__":
    main()
