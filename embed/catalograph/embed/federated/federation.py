"""A federated run from both sides: `serve` coordinates one, `join` takes part in one."""

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalograph.embed.federated.contribution import SumRange, count_shop, products_by_gtin
from catalograph.embed.federated.flower_processes import (
    LinkAddress,
    Tls,
    require_flower,
    run_app,
    start_link,
    start_node,
)
from catalograph.embed.federated.gate import GateVerdict, find_faults, subtract_own, try_others
from catalograph.embed.federated.protocol import (
    AVERAGE,
    CONTRIBUTION,
    LEAST_SHOPS,
    OUTCOME,
    REPORT,
    ROWS,
    SUM,
)
from catalograph.embed.further_counts import counts_folder
from catalograph.embed.preference import PreferenceConfig, recommend_data
from catalograph.embed.recommend.counts import PairCounts
from catalograph.embed.recommend.kgease import fit_kg_ease
from catalograph.embed.recommend.sparse import fit_sparse_kg_ease
from catalograph.errors import ConfigError, EmbedError
from catalograph.ml.softmax_head import HeadRows, HeadWeights
from catalograph.settings import Settings
from catalograph.store import Connection, GraphSnapshot, export_snapshot
from catalograph.store.queries.resolve import read_identifiers

__all__ = [
    "COUNTS",
    "AveragedWeights",
    "CoordinatorPlan",
    "ShopPlan",
    "ShopResult",
    "average_weights",
    "join",
    "judge_sum",
    "serve",
]

COUNTS = "federated.npz"
"""File of the other shops' counts, in the folder that the preference job reads."""
_FOLDER = "federated"
_POLL = 1.0
Progress = Callable[[str], None]


@dataclass(frozen=True)
class CoordinatorPlan:
    """How to coordinate one run.

    Raises:
        ConfigError: there are too few shops.
        EmbedError: the largest count is too large for so many shops.
    """

    address: LinkAddress
    shops: int
    products: int = 1_000
    """Maximum number of products whose pairs are counted, those with the most shoppers."""
    largest_count: int = 1_000_000
    """Largest number that a shop may send."""
    private: bool = False
    """Whether products are matched without telling which shop sells which."""
    rounds: int = 0
    """Number of rounds in which shops average weights of a classifier; 0 for a sum of counts."""
    seconds: float = 600.0
    """Time limit for the shops to join, and for the answers to one message."""
    tls: Tls = field(default_factory=Tls)

    def __post_init__(self) -> None:
        if self.shops < LEAST_SHOPS:
            raise ConfigError(
                f"{self.shops} shops are too few; {LEAST_SHOPS} are needed, as with two each could "
                "subtract its own numbers from the sum."
            )
        if self.rounds and self.private:
            raise ConfigError(
                "Names of labels are shared as they are; --private is for the GTINs of products."
            )
        SumRange(self.largest_count, self.shops)
        self.tls.require(self.address, server=True)


@dataclass(frozen=True)
class ShopPlan:
    """How a shop takes part."""

    address: LinkAddress
    per_shopper: int = 50
    """Maximum number of products of a shopper that count, here and, by agreement, elsewhere."""
    seconds: float = 3600.0
    """Time limit of the whole run."""
    tls: Tls = field(default_factory=Tls)

    def __post_init__(self) -> None:
        self.tls.require(self.address, server=False)


@dataclass(frozen=True)
class ShopResult:
    """What a shop got out of a run."""

    verdict: GateVerdict
    shops: int
    """Number of shops in the sum."""
    products: int
    """Number of products in the sum that this shop sells."""
    shoppers: int
    """Number of the other shops' shoppers in the sum."""


@dataclass(frozen=True)
class AveragedWeights:
    """What a shop got out of an averaging."""

    average: HeadWeights
    shops: int
    """Number of shops in it."""
    rounds: int
    """Number of rounds."""


def serve(settings: Settings, plan: CoordinatorPlan, progress: Progress) -> dict[str, Any]:
    """Coordinate one run and return its report.

    Raises:
        ConfigError: Flower is not installed.
        EmbedError: the run failed.
    """
    require_flower()
    folder = _new_folder(settings, "coordinator")
    config = {
        "shops": plan.shops,
        "products": plan.products,
        "largest": plan.largest_count,
        "private": plan.private,
        "rounds": plan.rounds,
        "seconds": float(plan.seconds),
        "folder": str(folder),
    }
    with start_link(plan.address, plan.tls, folder):
        run_app(plan.address, plan.tls, folder, config)
        progress(f"waiting at {plan.address} for {plan.shops} shops")
        report = _wait_for(folder / REPORT, 20 * plan.seconds, lambda: None)
    if "error" in report:
        raise EmbedError(f"The run failed: {report['error']}")
    return report


def join(
    connection: Connection, settings: Settings, plan: ShopPlan, progress: Progress
) -> ShopResult:
    """Take part in one run; keep the other shops' counts if they pass the checks.

    Raises:
        ConfigError: Flower is not installed.
        EmbedError: no product has a GTIN, or the run failed.
    """
    require_flower()
    progress("counting shoppers")
    snapshot = export_snapshot(connection)
    products = products_by_gtin(read_identifiers(connection))
    own = count_shop(snapshot, products, plan.per_shopper)
    folder = _new_folder(settings, "shop")
    own.save(folder / CONTRIBUTION)
    outcome = _take_part(plan, folder, progress)
    total = PairCounts.load(folder / SUM)
    others = subtract_own(total, own) if outcome["included"] else total
    progress("checking the sum")
    found = judge_sum(snapshot, products, others, plan.per_shopper)
    file = counts_folder(settings) / COUNTS
    if found.passed:
        _by_product(others, products).save(file)
    return ShopResult(found, outcome["shops"], len(others.keys), others.n_shoppers)


def average_weights(
    settings: Settings, plan: ShopPlan, rows: HeadRows, progress: Progress
) -> AveragedWeights:
    """Take part in one averaging of weights with this shop's rows, which stay here.

    Raises:
        ConfigError: Flower is not installed.
        EmbedError: the run failed.
    """
    require_flower()
    folder = _new_folder(settings, "shop")
    rows.save(folder / ROWS)
    outcome = _take_part(plan, folder, progress)
    return AveragedWeights(HeadWeights.load(folder / AVERAGE), outcome["shops"], outcome["rounds"])


def _take_part(plan: ShopPlan, folder: Path, progress: Progress) -> dict[str, Any]:
    """Run the shop's node until there is an outcome, and return it."""
    with start_node(plan.address, plan.tls, folder) as node:

        def check() -> None:
            if node.poll() is not None:
                raise EmbedError(f"Flower's node has ended; see {folder / 'flower-supernode.log'}.")

        progress(f"taking part at {plan.address}")
        return _wait_for(folder / OUTCOME, plan.seconds, check)


def judge_sum(
    snapshot: GraphSnapshot, products: dict[str, str], others: PairCounts, per_shopper: int
) -> GateVerdict:
    """Check the counts of other shops' shoppers, by GTIN, for use in this shop."""
    faults = find_faults(others, per_shopper)
    if faults is not None:
        return GateVerdict(False, f"the sum cannot come from shoppers: {faults}")
    job = PreferenceConfig()
    data = recommend_data(snapshot, job.attributes)
    fit = fit_kg_ease if data.n_items <= job.dense_products else fit_sparse_kg_ease
    matrix = _by_product(others, products).place(snapshot.products)
    return try_others(data, matrix, job.start, fit)


def _by_product(counts: PairCounts, products: dict[str, str]) -> PairCounts:
    """Return counts by GTIN as counts by key of product."""
    keys = tuple(products[gtin] for gtin in counts.keys)
    return PairCounts(keys, counts.pairs, counts.n_shoppers)


def _new_folder(settings: Settings, part: str) -> Path:
    folder = settings.home / _FOLDER / part
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _wait_for(file: Path, seconds: float, check: Callable[[], None]) -> dict[str, Any]:
    """Wait for a file of JSON, which is written at once."""
    deadline = time.monotonic() + seconds
    while not file.exists():
        check()
        if time.monotonic() > deadline:
            raise EmbedError(f"The run did not end within {seconds:,.0f} s; see {file.parent}.")
        time.sleep(_POLL)
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found
