"""Learn the preferences of a large catalogue from partitions of events: time and memory by phase.

    python benchmarks/counted_catalogue.py --products 50000 200000 --json

The catalogues and shoppers are those of large_catalogue.py, with `--shoppers` a product; popularity
is Zipf's. A quarter of each shopper's products is withheld. The other events are written to
`--partitions` Parquet files, no shopper to two of them; from there on the product does all:

- `count`: DuckDB counts each partition by itself, as `catalograph embed count-events` does, within
  `--memory`; the files of counts go to one folder. `count_at_once` counts all partitions as one
  table, and `compare` says whether the sum equals that.
- `learn`: the preference job adds the files up, fits the sparse form, splits the weights into their
  parts and writes the artefact that servers map into memory. There are no interactions in the graph
  and no metrics; the job would also write the edges to the graph.
- `rank`: NDCG@10 of the artefact's lists for `--users` shoppers among all products, and of
  popularity's.

Every phase runs in a process of its own, whose peak memory is stated; that of `--processes` further
ones is not in it. The time of a core counts the start of the process too, and says more than the
seconds where other programs use the cores as well. With two sizes, `model` has the power laws
through the smallest and the largest one, and what they say of `--predicted` products: a figure on
paper.
"""

import argparse
import json
import math
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import scipy.sparse as sp
from large_catalogue import make_catalogue, make_events, make_relations

from catalograph.embed.event_counts import count_events
from catalograph.embed.further_counts import read_further_counts
from catalograph.embed.preference import PreferenceConfig, learn_preferences
from catalograph.embed.recommend import RecommendData, hold_out, rank_users
from catalograph.embed.recommend.baselines import ItemModel, fit_popularity
from catalograph.embed.recommend.counts import PairCounts
from catalograph.embed.recommend.data import sample_tested
from catalograph.embed.recommend.matrices import row_of_entry
from catalograph.schema.keys import product_key
from catalograph.store import FactTable, GraphSnapshot
from catalograph.store.models.edge_artefact import save_edges
from catalograph.store.models.fact_artefact import FactArrays

Row = dict[str, Any]
SOURCE = "shop"
MODEL = "model:preference:1"
RELATIONS = ("ALSO_BOUGHT", "HAS_BRAND", "IN_CATEGORY")
SPLIT_SEED = 0


def simulate(folder: Path, n: int, arguments: argparse.Namespace) -> Row:
    """Write facts, partitions of events and withheld events of a simulated catalogue."""
    rng = np.random.default_rng(arguments.seed)
    catalogue = make_catalogue(n, rng)
    relations = make_relations(catalogue, rng)
    events = make_events(catalogue, int(arguments.shoppers * n), rng)
    split = sample_tested(hold_out(RecommendData(events), SPLIT_SEED), arguments.users, SPLIT_SEED)
    assert split.test is not None
    for name, relation in relations.items():
        sp.save_npz(folder / f"{name}.npz", relation.facts)
    sp.save_npz(folder / "train.npz", split.train)
    sp.save_npz(folder / "test.npz", split.test)
    (folder / "events").mkdir()
    user, item = row_of_entry(split.train), split.train.indices
    for part in range(arguments.partitions):
        own = user % arguments.partitions == part
        columns = {"user_id": user[own].astype(str), "product_id": list(map(id_of, item[own]))}
        pq.write_table(pa.table(columns), folder / "events" / f"{part:03}.parquet")
    facts = sum(relation.facts.nnz for relation in relations.values())
    return {"shoppers": events.shape[0], "events": split.train.nnz, "facts": facts}


def count(folder: Path, n: int, arguments: argparse.Namespace) -> Row:
    """Count each partition by itself."""
    for file in sorted((folder / "events").iterdir()):
        count_table(file, arguments.memory).save(folder / "counts" / f"{file.stem}.npz")
    return {"megabytes": megabytes(folder / "counts")}


def count_at_once(folder: Path, n: int, arguments: argparse.Namespace) -> Row:
    """Count all partitions as one table."""
    count_table(folder / "events" / "*.parquet", arguments.memory).save(folder / "whole.npz")
    return {}


def compare(folder: Path, n: int, arguments: argparse.Namespace) -> Row:
    """Compare the sum of the partitions with all events counted at once."""
    whole = PairCounts.load(folder / "whole.npz")
    parts = [PairCounts.load(file) for file in sorted((folder / "counts").iterdir())]
    nonzeros = int(whole.pairs.nnz)
    equal = reduce(add, parts).digest == whole.digest
    return {"equal": equal, "nonzeros": nonzeros, "share_of_pairs": nonzeros / n**2}


def count_table(events: Path, memory: str) -> PairCounts:
    """Count a table of events, as `catalograph embed count-events` does."""
    return count_events(
        str(events), shopper="user_id", product="product_id", source=SOURCE, memory=memory
    )


def learn(folder: Path, n: int, arguments: argparse.Namespace) -> Row:
    """Add the counts up and learn, as the preference job does; write the artefact."""
    snapshot = read_snapshot(folder, n)
    config = PreferenceConfig(measured=False, processes=arguments.processes)
    others = read_further_counts(folder / "counts", snapshot.products)
    assert others is not None
    found = learn_preferences(snapshot, config, others=others.matrix)
    save_edges(folder / "models", MODEL, found.edges, without_facts(n))
    error = np.abs(found.edges.parts.sum(axis=1) - found.edges.weights).max()
    return {
        "form": found.tuned["form"],
        "edges": len(found.edges.weights),
        "parts": list(found.edges.part_names),
        "max_sum_error": float(error),
        "megabytes": megabytes(folder / "models"),
    }


def rank(folder: Path, n: int, arguments: argparse.Namespace) -> Row:
    """Measure the artefact's lists, and popularity's."""
    (model,) = (file.parent for file in (folder / "models").rglob("targets.npy"))
    indptr, targets, weights = (
        np.load(model / f"{name}.npy") for name in ("indptr", "targets", "weights")
    )
    train, test = (sp.csr_array(sp.load_npz(folder / name)) for name in ("train.npz", "test.npz"))
    data = RecommendData(train, test=test)
    edges = sp.csr_array((weights, targets, indptr), shape=(n, n))
    return {
        "ndcg@10": rank_users(ItemModel(edges), data, 10).metrics()["ndcg@10"],
        "popularity ndcg@10": rank_users(fit_popularity(train), data, 10).metrics()["ndcg@10"],
    }


PHASES: dict[str, Callable[[Path, int, argparse.Namespace], Row]] = {
    phase.__name__: phase for phase in (simulate, count, count_at_once, compare, learn, rank)
}


def read_snapshot(folder: Path, n: int) -> GraphSnapshot:
    """Return what the job would read of the graph: products and facts, and no interactions."""
    products = tuple(product_key(SOURCE, id_of(number)) for number in range(n))
    facts = {}
    for name in RELATIONS:
        matrix = sp.csr_array(sp.load_npz(folder / f"{name}.npz"))
        tails = products
        if name != "ALSO_BOUGHT":
            tails = tuple(f"{name.lower()}:{tail}" for tail in range(matrix.shape[1]))
        facts[name] = FactTable(
            row_of_entry(matrix).astype(np.int32), matrix.indices.astype(np.int32), tails
        )
    none = np.zeros(0, np.int32)
    return GraphSnapshot(products, (), none, none, facts, (), "")


def without_facts(n: int) -> FactArrays:
    """Return the artefact's facts for reasons, here none."""
    none = np.zeros(0, np.int32)
    return FactArrays(
        changes=np.zeros(1, np.int64),
        products=np.array([product_key(SOURCE, id_of(number)).encode() for number in range(n)]),
        listed=np.ones(n, bool),
        starts=np.zeros(n + 1, np.int64),
        numbers=none,
        kinds=none.astype(np.uint8),
        strengths=none.astype(np.float32),
        ids=none.astype("S1"),
        degrees=none,
        name_starts=np.zeros(1, np.int64),
        names=none.astype(np.uint8),
    )


def id_of(number: int) -> str:
    """Return the id of a product; ids are in the order of the numbers."""
    return f"{number:09}"


def megabytes(folder: Path) -> float:
    """Return the size of the files of a folder."""
    return round(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6, 1)


def run(phase: str, folder: Path, n: int, arguments: argparse.Namespace) -> Row:
    """Run one phase in this process."""
    begun = time.perf_counter()
    found = PHASES[phase](folder, n, arguments)
    seconds = time.perf_counter() - begun
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        "phase": phase,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(sum(one.ru_utime + one.ru_stime for one in used), 1),
        "peak_mib": round(used[0].ru_maxrss / 1024),
    } | found


def measure(n: int, arguments: argparse.Namespace) -> list[Row]:
    """Run all phases for a catalogue of `n` products, each in a fresh process."""
    fresh = multiprocessing.get_context("spawn")
    rows = []
    with tempfile.TemporaryDirectory(prefix="catalograph-", dir=arguments.folder) as folder:
        for phase in arguments.phases:
            with ProcessPoolExecutor(1, mp_context=fresh) as pool:
                row = pool.submit(run, phase, Path(folder), n, arguments).result()
            rows.append({"products": n} | row)
            print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    return rows


def predict(rows: list[Row], n: int) -> dict[str, Row]:
    """Return what the power law through the smallest and the largest catalogue says of `n`."""
    least, most = (choose(row["products"] for row in rows) for choose in (min, max))
    found: dict[str, Row] = {}
    for phase in ("count", "learn"):
        low, high = (
            next(row for row in rows if row["products"] == size and row["phase"] == phase)
            for size in (least, most)
        )
        found[phase] = {"products": n}
        for name in ("cpu_seconds", "peak_mib"):
            power = math.log(high[name] / low[name]) / math.log(most / least)
            found[phase] |= {
                name: round(high[name] * (n / most) ** power),
                f"{name}_power": round(power, 2),
            }
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--products", type=int, nargs="+", default=[50_000, 200_000])
    parser.add_argument("--phases", nargs="+", choices=PHASES, default=list(PHASES))
    parser.add_argument("--predicted", type=int, default=1_000_000, help="products, on paper")
    parser.add_argument("--shoppers", type=float, default=5.0, help="for each product")
    parser.add_argument("--partitions", type=int, default=8)
    parser.add_argument("--memory", default="1GB", help="DuckDB's limit")
    parser.add_argument("--users", type=int, default=2_000, help="shoppers to rank for")
    parser.add_argument("--processes", type=int, default=1, help="that solve the sparse form")
    parser.add_argument("--folder", type=Path, help="for the files; by default the system's")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = [row for n in arguments.products for row in measure(n, arguments)]
    several = len(set(arguments.products)) > 1
    model = predict(rows, arguments.predicted) if several else {}
    if arguments.json:
        told = {"command": "counted_catalogue", "seed": arguments.seed, "rows": rows}
        print(json.dumps(told | {"model": model}))
        return
    for row in rows:
        print(
            f"{row['products']:>9,} {row['phase']:<14} {row['seconds']:>8.1f} s"
            f" {row['cpu_seconds']:>8.1f} s of a core {row['peak_mib']:>7,} MiB"
        )
    for phase, row in model.items():
        print(
            f"{row['products']:>9,} {phase:<14} {row['cpu_seconds']:>8,} s of a core"
            f" {row['peak_mib']:>7,} MiB on paper"
        )


if __name__ == "__main__":
    main()
