"""Split the shoppers of one shop over several and measure what they learn alone and together.

    python benchmarks/federated.py DATA --json

DATA is a folder in the form of amazon_beauty_pgpr. Each brand is sold by a shop with probability
one half, and by one at least; products without a brand likewise, one by one. Every shopper belongs
to one shop and has only chosen what it sells. A shop ranks its own products for its own shoppers,
by the facts about its own products, and is measured on the test choices among them.

`popularity`; `alone`: KG-EASE on the shop's own counts; `federated`: with the other shops' counts
of the shared products with the most shoppers, each shopper with a limited number of products;
`pooled`: with all counts of all shops; `pooled, all products`: one model of all products, as one
company would have, ranked among those of the shop. λ of each comes from a split of the shop's own
training choices; all other settings are the ones that were tuned on the training part as a whole.
With `--faults`, at the tuned λ throughout, one shop's counts are left out (`dropped`), and one shop
lies (`lie: …`), with the lists that the others would serve without the gate and what the gate says.

`--few` leaves out the lists of products that were bought or viewed together: others' shoppers are
in them already.

The sums are plain here. `--secure` also runs SecAgg+ once on this machine, with one coordinator and
a node for each shop, and compares its sum with the plain one; this needs Flower, so it runs in the
environment of `catalograph federate`.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from catalograph.embed.federated.contribution import choose_products
from catalograph.embed.federated.federation import CoordinatorPlan, serve
from catalograph.embed.federated.flower_processes import LinkAddress, Tls, start_node
from catalograph.embed.federated.gate import find_faults, subtract_own, try_others
from catalograph.embed.federated.protocol import CONTRIBUTION, OUTCOME, SUM
from catalograph.embed.recommend import (
    KGEaseConfig,
    RecommendData,
    RelationFacts,
    find_tuned,
    fit_kg_ease,
    hold_out,
    incidence,
    rank_users,
    read_folder,
)
from catalograph.embed.recommend.baselines import fit_popularity
from catalograph.embed.recommend.counts import PairCounts, limit_interactions
from catalograph.embed.recommend.kgease import KGEase
from catalograph.embed.recommend.matrices import Csr, Floats, Ints
from catalograph.errors import EmbedError
from catalograph.ml.bootstrap import mean_interval
from catalograph.settings import load_settings

K = 10
LAMBDAS = (0.25, 1.0, 4.0)
"""Factors of the tuned λ that are tried."""


@dataclass(frozen=True)
class Shop:
    """What one shop has."""

    items: Ints
    """Numbers of its products in the whole catalogue, ascending."""
    data: RecommendData
    """Its own shoppers, and facts, over its own products."""
    counts: PairCounts
    """Counts of its shoppers, limited, by number in the whole catalogue."""
    everything: PairCounts
    """Counts without a limit."""


def split_shops(data: RecommendData, shops: int, per_shopper: int, seed: int) -> list[Shop]:
    """Deal brands and shoppers out to shops."""
    rng = np.random.default_rng(seed)
    brands = data.relations["produced_by"].facts
    brand = np.where(np.diff(brands.indptr) > 0, brands.indptr[:-1], -1)
    brand = np.where(brand >= 0, brands.indices[np.minimum(brand, brands.nnz - 1)], -1)
    own = np.flatnonzero(brand < 0)
    brand[own] = brands.shape[1] + np.arange(len(own))
    sells = rng.random((shops, brands.shape[1] + len(own))) < 0.5
    nobody = np.flatnonzero(~sells.any(axis=0))
    sells[rng.integers(shops, size=len(nobody)), nobody] = True
    shop_of = rng.integers(shops, size=data.train.shape[0])
    return [
        make_shop(data, np.flatnonzero(sells[shop][brand]), shop_of == shop, per_shopper, seed)
        for shop in range(shops)
    ]


def make_shop(data: RecommendData, items: Ints, mine: Any, per_shopper: int, seed: int) -> Shop:
    """Keep one shop's shoppers, products and facts."""
    users = np.flatnonzero(mine)
    train = sp.csr_array(data.train[users][:, items])
    assert data.test is not None
    test = sp.csr_array(data.test[users][:, items])
    place = np.full(data.n_items, -1)
    place[items] = np.arange(len(items))
    relations = {}
    for name, relation in data.relations.items():
        tails = relation.tail_items
        if tails is not None:
            tails = np.where(tails >= 0, place[tails], -1)
        relations[name] = RelationFacts(sp.csr_array(relation.facts[items]), tails)
    keys = [str(item) for item in items]
    limited = limit_interactions(train, per_shopper, seed)
    return Shop(
        items,
        RecommendData(train, relations, test),
        PairCounts.of(limited, keys),
        PairCounts.of(train, keys),
    )


def add_up(shops: Sequence[Shop], products: int | None) -> PairCounts:
    """Add the limited counts of shops up, of the shared products with the most shoppers."""
    shared = choose_products([shop.counts.keys for shop in shops])
    total = reduce(add, (shop.counts for shop in shops))
    if products is not None and len(shared) > products:
        diagonal = total.place([str(key) for key in shared]).diagonal()
        shared = [shared[n] for n in np.sort(np.argsort(-diagonal, kind="stable")[:products])]
    keys = tuple(str(key) for key in shared)
    return PairCounts(keys, total.place(keys), total.n_shoppers)


def others_of(shop: Shop, total: PairCounts) -> PairCounts:
    """Return what the sum has of other shops, by the products of this one."""
    known = set(total.keys)
    keys = tuple(key for key in map(str, shop.items) if key in known)
    mine = PairCounts(keys, total.place(keys), total.n_shoppers)
    return subtract_own(mine, shop.counts)


def fit(shop: Shop, config: KGEaseConfig, others: Csr | None, *, search: bool) -> KGEase:
    """Fit on all training choices, with λ from a split of them if it is searched for."""
    if not search:
        return fit_kg_ease(replace(shop.data, others=others), config)
    split = replace(hold_out(shop.data, seed=3), others=others)
    tried = [replace(config, lambda_=factor * config.lambda_) for factor in LAMBDAS]
    best = max(tried, key=lambda one: rank_users(fit_kg_ease(split, one), split, K).ndcg.mean())
    return fit_kg_ease(replace(shop.data, others=others), best)


class Restricted:
    """A model of all products that ranks those of one shop."""

    def __init__(self, model: KGEase, items: Ints) -> None:
        self._model, self._items = model, items

    def score(self, rows: Csr) -> Floats:
        """Score the shop's products; float [users, items]."""
        n = self._model.P.shape[0]
        widened = sp.csr_array(
            (rows.data, self._items[rows.indices], rows.indptr), (rows.shape[0], n)
        )
        scores: Floats = self._model.score(widened)[:, self._items]
        return scores


def pool(data: RecommendData, shops: Sequence[Shop], config: KGEaseConfig) -> KGEase:
    """Fit one model of all products on the sum of all shops' counts."""
    total = reduce(add, (shop.everything for shop in shops))
    keys = [str(item) for item in range(data.n_items)]
    nobody = incidence(np.array([], int), np.array([], int), (0, data.n_items))
    return fit_kg_ease(RecommendData(nobody, data.relations, others=total.place(keys)), config)


def row(model: str, per_shop: Mapping[int, Floats], base: Mapping[int, Floats]) -> dict[str, Any]:
    """Describe the NDCG of all shoppers, and the difference to `base` on the same ones."""
    values = np.concatenate([per_shop[shop] for shop in per_shop])
    gains = np.concatenate([per_shop[shop] - base[shop] for shop in per_shop])
    low, high = mean_interval(gains)
    return {
        "model": model,
        "ndcg@10": round(float(values.mean()), 5),
        "shoppers": len(values),
        "by_shop": {shop: round(float(some.mean()), 5) for shop, some in per_shop.items()},
        "gain_on_alone": round(float(gains.mean()), 5),
        "interval": [round(low, 5), round(high, 5)],
    }


def lie(shop: Shop, kind: str, target: int, seed: int) -> PairCounts:
    """Make the counts that a dishonest shop sends; `target` is the number of one product of its."""
    rng = np.random.default_rng(seed)
    n = len(shop.items)
    if kind == "inflated":  # one product with everybody, without shoppers to match
        pairs = shop.counts.pairs.tolil()
        pairs[target, :] = 100_000
        pairs[:, target] = 100_000
        return PairCounts(shop.counts.keys, sp.csr_array(pairs), shop.counts.n_shoppers)
    if kind == "random":  # shoppers that do not exist and choose at random
        users = 20_000
        made = incidence(
            np.repeat(np.arange(users), 20), rng.integers(n, size=20 * users), (users, n)
        )
        return PairCounts.of(made, shop.counts.keys)
    popular = np.argsort(-shop.data.popularity, kind="stable")[:200]
    users = 20_000  # shoppers that do not exist and choose one product with popular ones
    items = np.column_stack([np.full(users, target), rng.choice(popular, (users, 5))])
    made = incidence(np.repeat(np.arange(users), 6), items.ravel(), (users, n))
    return PairCounts.of(made, shop.counts.keys)


def measure(data: RecommendData, arguments: argparse.Namespace, seed: int) -> list[dict[str, Any]]:
    """Measure one split."""
    config = find_tuned(data).kg_ease
    if arguments.few:
        # Counts of others are of whole shoppers, so those of the shop are, too.
        config = replace(find_tuned(data).brand_category or config, user_power=0.0)
        kept = {name: data.relations[name] for name in ("produced_by", "belongs_to")}
        data = replace(data, relations=kept)
    shops = split_shops(data, arguments.shops, arguments.per_shopper, seed)
    numbered = dict(enumerate(shops))
    total = add_up(shops, arguments.products)
    rows: list[dict[str, Any]] = []

    def ranked(
        name: str, models: Mapping[int, Any], base: Mapping[int, Floats] | None = None
    ) -> Any:
        found = {n: rank_users(model, numbered[n].data, K).ndcg for n, model in models.items()}
        some = base or found
        rows.append({"seed": seed} | row(name, found, {n: some[n] for n in found}))
        print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
        return found

    search = not arguments.faults
    alone = ranked(
        "alone", {n: fit(shop, config, None, search=search) for n, shop in numbered.items()}
    )
    ranked("popularity", {n: fit_popularity(s.data.train) for n, s in numbered.items()}, alone)

    def together(sums: PairCounts, some: Sequence[int]) -> dict[int, Any]:
        return {
            n: fit(
                numbered[n],
                config,
                place(numbered[n], others_of(numbered[n], sums)),
                search=search,
            )
            for n in some
        }

    ranked("federated", together(total, range(len(shops))), alone)
    if arguments.faults:
        verdicts = measure_faults(shops, config, arguments, ranked, together)
        return [*rows, {"seed": seed, "model": "gates", "gates": verdicts}]
    everything = reduce(add, (shop.everything for shop in shops))
    ranked(
        "pooled",
        {
            n: fit(
                shop,
                config,
                place(shop, subtract_own(everything, shop.everything)),
                search=search,
            )
            for n, shop in numbered.items()
        },
        alone,
    )
    if arguments.whole:
        whole = pool(data, shops, config)
        ranked(
            "pooled, all products",
            {n: Restricted(whole, s.items) for n, s in numbered.items()},
            alone,
        )
    return rows


def measure_faults(
    shops: Sequence[Shop],
    config: KGEaseConfig,
    arguments: argparse.Namespace,
    ranked: Any,
    together: Any,
) -> dict[str, list[str]]:
    """Measure the other shops where the last one drops out or lies; return what the gates say."""
    honest = range(len(shops) - 1)
    alone = ranked(
        "alone, of these", {n: fit(shops[n], config, None, search=False) for n in honest}
    )
    ranked("dropped", together(add_up(shops[:-1], arguments.products), honest), alone)
    gates = {"honest": add_up(shops, arguments.products)}
    first = next(item for item in shops[-1].items if all(item in shop.items for shop in shops))
    target = int(np.searchsorted(shops[-1].items, first))
    for kind in ("inflated", "random", "pushed"):
        false = replace(shops[-1], counts=lie(shops[-1], kind, target, 0))
        gates[kind] = add_up([*shops[:-1], false], arguments.products)
        try:
            models = together(gates[kind], honest)
        except EmbedError as exc:  # what no shoppers can have chosen need not be invertible
            _say(f"lie: {kind}, without the gate: nothing can be learned: {exc}")
            continue
        ranked(f"lie: {kind}, without the gate", models, alone)
        share = [
            float((rank_users(models[n], shops[n].data, K).items == place_of).any(axis=1).mean())
            for n in honest
            for place_of in np.flatnonzero(shops[n].items == first)
        ]
        _say(f"{kind}: the product it pushes is in {np.round(share, 4).tolist()} of the lists")
    verdicts = {}
    for kind, sums in gates.items():
        verdicts[kind] = [judge(shops[n], sums, config, arguments.per_shopper) for n in honest]
        _say(f"gate, {kind}: {verdicts[kind]}")
    return verdicts


def place(shop: Shop, others: PairCounts) -> Csr:
    """Return counts in the order of a shop's products."""
    return others.place([str(item) for item in shop.items])


def judge(shop: Shop, total: PairCounts, config: KGEaseConfig, per_shopper: int) -> str:
    """Return what the gate of a shop says of a sum."""
    others = others_of(shop, total)
    faults = find_faults(others, per_shopper)
    if faults is not None:
        return f"refused: {faults}"
    found = try_others(shop.data, place(shop, others), config)
    return f"{'passed' if found.passed else 'refused'}: {found.reason}"


def check_sums(data: RecommendData, arguments: argparse.Namespace) -> dict[str, Any]:
    """Compare the shops' sum with the counts of all their shoppers at once."""
    shops = split_shops(data, arguments.shops, data.n_items, 0)
    total = add_up(shops, None)
    pooled = reduce(add, (shop.everything for shop in shops)).place(total.keys)
    difference = sp.csr_array(total.pairs - pooled)
    return {
        "sum_equals_pooled": bool(abs(difference).sum() == 0),
        "products": len(total.keys),
        "pairs": int(pooled.nnz),
        "shoppers": total.n_shoppers,
    }


def run_secure(data: RecommendData, arguments: argparse.Namespace) -> dict[str, Any]:
    """Add up by SecAgg+ on this machine and compare with the plain sum."""
    shops = split_shops(data, arguments.shops, arguments.per_shopper, 0)
    expected = add_up(shops, arguments.secure)
    address = LinkAddress("127.0.0.1", arguments.port)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        settings = load_settings(home=folder / "home")
        plan = CoordinatorPlan(
            address, arguments.shops, arguments.secure, private=arguments.private
        )
        coordinator = stack.enter_context(ThreadPoolExecutor(1)).submit(serve, settings, plan, _say)
        begun = time.monotonic()
        for number, shop in enumerate(shops):
            shop.counts.save(folder / str(number) / CONTRIBUTION)
            stack.enter_context(start_node(address, Tls(), folder / str(number)))
        report = coordinator.result()
        sums = [PairCounts.load(folder / str(n) / SUM) for n in range(len(shops))]
        outcomes = [json.loads((folder / str(n) / OUTCOME).read_text()) for n in range(len(shops))]
    wrong = sum(
        int(abs(found.pairs - expected.place(found.keys)).sum())
        + abs(found.n_shoppers - expected.n_shoppers)
        for found in sums
    )
    return {
        "secure_sum_is_exact": wrong == 0,
        "included": [outcome["included"] for outcome in outcomes],
        "seconds": round(time.monotonic() - begun, 1),
        **report,
    }


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--shops", type=int, default=4)
    parser.add_argument(
        "--products", type=int, default=1_000, help="products whose pairs are summed"
    )
    parser.add_argument("--per-shopper", type=int, default=50)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--whole", action="store_true", help="also one model of all products")
    parser.add_argument("--few", action="store_true", help="facts of brand and category alone")
    parser.add_argument("--faults", action="store_true", help="one shop drops out, one lies")
    parser.add_argument("--secure", type=int, default=0, help="products of a run of SecAgg+")
    parser.add_argument("--private", action="store_true", help="match products blindly in it")
    parser.add_argument("--port", type=int, default=9092)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    data = read_folder(arguments.data)
    report: dict[str, Any] = {"command": "federated", "sums": check_sums(data, arguments)}
    if arguments.secure:
        report["secure"] = run_secure(data, arguments)
    report["rows"] = [
        one for seed in range(arguments.seeds) for one in measure(data, arguments, seed)
    ]
    if arguments.json:
        print(json.dumps(report))
        return
    print(json.dumps({name: value for name, value in report.items() if name != "rows"}))
    for one in report["rows"]:
        if "ndcg@10" in one:
            print(
                f"{one['seed']} {one['model']:<32} NDCG@10 {100 * one['ndcg@10']:.2f} % "
                f"({100 * one['gain_on_alone']:+.2f} on alone) of {one['shoppers']:,} shoppers"
            )
        for kind, verdicts in one.get("gates", {}).items():
            print(f"gate, {kind}: {verdicts}")


if __name__ == "__main__":
    main()
