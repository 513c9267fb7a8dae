"""Measure the recommender on larger and larger catalogues: seconds, peak memory and quality.

    python benchmarks/large_catalogue.py --products 10000 50000 200000 --json

The catalogues are simulated, with a planted structure. Products fall into departments of about
20,000, categories of about 200 and, unseen by the learner, styles of about 25; a brand is in one
department; popularity is Zipf's. A user likes two styles and one brand and buys most products from
them, the rest from anywhere. `ALSO_BOUGHT` comes from the baskets of other users, who do not count
as interactions. A quarter of each user's products is withheld; `--users` of these users are ranked
for, among all products, as in `eval recommend`.

Models: `popularity`; `kg-ease-sparse`, the many small systems that take over in a large catalogue,
with the strongest 200 weights a product and their parts; `kg-ease`, the dense form, up to `--dense`
products. Each is fitted in a process of its own, whose peak memory counts the data too; the time is
that of fitting and of choosing edges with their parts, not of ranking. `overlap` is the share of
the sparse form's top 10 that is in the dense form's. With `--processes`, the memory is that of the
first process alone.
"""

import argparse
import json
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from catalograph.embed.preference import PreferenceConfig
from catalograph.embed.recommend import (
    ContributionTable,
    RecommendData,
    RelationFacts,
    fit_kg_ease,
    hold_out,
    incidence,
    rank_users,
    strongest_edges,
)
from catalograph.embed.recommend.baselines import ItemModel, fit_popularity
from catalograph.embed.recommend.data import sample_tested
from catalograph.embed.recommend.matrices import Csr, Floats, Ints, row_of_entry
from catalograph.embed.recommend.sparse import fit_sparse_kg_ease

EDGES = 200
STYLE, CATEGORY, BRAND, DEPARTMENT = 25, 200, 40, 20_000
USERS_A_PRODUCT, EVENTS_A_USER = 1.8, 9
CO_BOUGHT = 20
TASTES = (0.5, 0.2, 0.15)
"""Shares of events from the first and second style and the brand a user likes."""


@dataclass(frozen=True)
class Catalogue:
    """Groups of each product."""

    style: Ints
    category: Ints
    brand: Ints
    department: Ints
    popularity: Floats


def make_catalogue(n: int, rng: np.random.Generator) -> Catalogue:
    """Draw the groups of each of `n` products; sizes of groups vary, popularity is Zipf's."""
    style = rng.integers(max(1, n // STYLE), size=n)
    category = style // (CATEGORY // STYLE)
    department = category // (DEPARTMENT // CATEGORY)
    brands = max(1, DEPARTMENT // BRAND)
    brand = department * brands + np.minimum(rng.zipf(1.3, n) - 1, rng.integers(brands, size=n))
    popularity = 1.0 / (10 + rng.permutation(n)) ** 0.8
    return Catalogue(style, category, brand, department, popularity)


def draw_from(groups: Ints, wanted: Ints, popularity: Floats, rng: np.random.Generator) -> Ints:
    """Draw a product of each wanted group, by popularity."""
    order = np.argsort(groups, kind="stable")
    mass = np.concatenate([[0.0], np.cumsum(popularity[order])])
    begin = mass[np.searchsorted(groups[order], wanted, side="left")]
    end = mass[np.searchsorted(groups[order], wanted, side="right")]
    place = np.searchsorted(mass, begin + (end - begin) * rng.random(len(wanted)), side="right") - 1
    drawn: Ints = order[np.clip(place, 0, len(order) - 1)]
    return drawn


def make_events(catalogue: Catalogue, n_users: int, rng: np.random.Generator) -> Csr:
    """Let users choose products by their tastes; 0/1 matrix [users, products]."""
    n = len(catalogue.style)
    popularity = catalogue.popularity
    anywhere = np.zeros(n, dtype=np.int64), np.zeros(n_users, dtype=np.int64)
    # For each kind of event: the group of each product, and the one that each user likes.
    kinds = [
        (groups, groups[draw_from(*anywhere, popularity, rng)])
        for groups in (catalogue.style, catalogue.style, catalogue.brand)
    ]
    kinds.append(anywhere)
    user = np.repeat(np.arange(n_users), rng.geometric(1 / (EVENTS_A_USER - 2), n_users) + 2)
    kind = np.searchsorted(np.cumsum(TASTES), rng.random(len(user)), side="right")
    item = np.empty(len(user), dtype=np.int64)
    for number, (groups, liked) in enumerate(kinds):
        chosen = kind == number
        item[chosen] = draw_from(groups, liked[user[chosen]], popularity, rng)
    return incidence(user, item, (n_users, n))


def make_data(n: int, ranked: int, seed: int) -> RecommendData:
    """Simulate a catalogue of `n` products, split, with `ranked` users to test."""
    rng = np.random.default_rng(seed)
    catalogue = make_catalogue(n, rng)
    relations = make_relations(catalogue, rng)
    events = make_events(catalogue, int(USERS_A_PRODUCT * n), rng)
    data = RecommendData(events, relations, name=f"simulated {n}")
    return sample_tested(hold_out(data, seed), ranked, seed)


def make_relations(catalogue: Catalogue, rng: np.random.Generator) -> dict[str, RelationFacts]:
    """Return the facts of the products; `ALSO_BOUGHT` comes from the events of other users."""
    n = len(catalogue.style)
    products = np.arange(n)
    groups = {
        "HAS_BRAND": [catalogue.brand],
        "IN_CATEGORY": [catalogue.category, catalogue.category.max() + 1 + catalogue.department],
    }
    relations = {
        name: RelationFacts(
            incidence(
                np.tile(products, len(tails)),
                np.concatenate(tails),
                (n, int(np.concatenate(tails).max()) + 1),
            )
        )
        for name, tails in groups.items()
    }
    also = co_bought(make_events(catalogue, int(USERS_A_PRODUCT * n), rng))
    relations["ALSO_BOUGHT"] = RelationFacts(also, products)
    return relations


def co_bought(events: Csr) -> Csr:
    """Return for each product those most often bought with it, at least twice."""
    together = sp.csr_array(events.T @ events)
    rows = row_of_entry(together)
    together.data[(rows == together.indices) | (together.data < 2)] = 0
    together.eliminate_zeros()
    rows = row_of_entry(together)
    order = np.lexsort((together.indices, -together.data, rows))
    order = order[np.arange(len(order)) - together.indptr[rows] < CO_BOUGHT]
    return incidence(rows[order], together.indices[order], together.shape)


def fit_dense(data: RecommendData, processes: int) -> ContributionTable:
    """Fit the dense form, always in one process, and choose the edges."""
    return strongest_edges(fit_kg_ease(data, PreferenceConfig().start), EDGES)


def fit_sparse(data: RecommendData, processes: int) -> ContributionTable:
    """Fit the sparse form and choose the edges."""
    start = PreferenceConfig().start
    return strongest_edges(fit_sparse_kg_ease(data, start, processes=processes), EDGES)


FITS: dict[str, Callable[[RecommendData, int], ContributionTable]] = {
    "kg-ease-sparse": fit_sparse,
    "kg-ease": fit_dense,
}


def run(model: str, n: int, ranked: int, seed: int, processes: int) -> tuple[dict[str, Any], Ints]:
    """Fit and measure one model in this process; return its row and its lists."""
    data = make_data(n, ranked, seed)
    begun = time.perf_counter()
    row: dict[str, Any] = {"model": model, "products": n}
    if model in FITS:
        edges = FITS[model](data, processes)
        row["seconds"] = round(time.perf_counter() - begun, 1)
        error = np.abs(edges.parts.sum(axis=1) - edges.weight).max()
        row |= {"edges": len(edges.weight), "max_sum_error": float(error)}
        entries = (edges.weight, (edges.source, edges.target))
        scorer: Any = ItemModel(sp.csr_array(entries, shape=(n, n)))
    else:
        scorer = fit_popularity(data.train)
        row["seconds"] = round(time.perf_counter() - begun, 1)
    row["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    lists = rank_users(scorer, data, 10)
    facts = sum(relation.facts.nnz for relation in data.relations.values())
    row |= {"n": len(lists.positives), "events": data.train.nnz, "facts": facts}
    return row | {"metrics": lists.metrics()}, lists.items


def measure(n: int, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Measure every model that fits, each in a fresh process."""
    models = ["popularity", "kg-ease-sparse", *(["kg-ease"] if n <= arguments.dense else [])]
    fresh = multiprocessing.get_context("spawn")
    rows, lists = [], {}
    for model in models:
        with ProcessPoolExecutor(1, mp_context=fresh) as pool:
            given = (model, n, arguments.users, arguments.seed, arguments.processes)
            row, lists[model] = pool.submit(run, *given).result()
        print(json.dumps(row), file=sys.stderr, flush=True)
        rows.append(row)
    if "kg-ease" in lists:
        both = zip(lists["kg-ease-sparse"], lists["kg-ease"], strict=True)
        rows[1]["overlap"] = float(np.mean([np.isin(some, others).mean() for some, others in both]))
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--products", type=int, nargs="+", default=[10_000, 50_000, 200_000])
    parser.add_argument("--dense", type=int, default=12_000, help="products at most, dense form")
    parser.add_argument("--users", type=int, default=5_000, help="users to rank for")
    parser.add_argument("--processes", type=int, default=1, help="that solve the sparse form")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = [row for n in arguments.products for row in measure(n, arguments)]
    if arguments.json:
        print(json.dumps({"command": "large_catalogue", "seed": arguments.seed, "rows": rows}))
        return
    for row in rows:
        print(
            f"{row['products']:>8,} {row['model']:<15} NDCG@10 {row['metrics']['ndcg@10']:.4f}"
            f" {row['seconds']:>8.1f} s {row['peak_mb']:>7,} MiB"
        )


if __name__ == "__main__":
    main()
