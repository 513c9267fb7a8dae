"""The preference job: from a snapshot to item-item weights with their parts, by KG-EASE."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import psutil

from catalograph.embed.recommend.baselines import fit_popularity
from catalograph.embed.recommend.data import RecommendData, Relation, hold_out
from catalograph.embed.recommend.kgease import KGEaseConfig, fit_kg_ease
from catalograph.embed.recommend.matrices import incidence
from catalograph.embed.recommend.parts import strongest_edges
from catalograph.embed.recommend.ranking import measure
from catalograph.embed.recommend.tune import Search, tune
from catalograph.errors import EmptySnapshotError, ResourceError
from catalograph.store import EdgeTable, FactTable, Snapshot

VALUES = "HAS_VALUE"
_TUNING_SEED, _MEASURING_SEED = 0, 1
_DENSE_COPIES = 3
"""Matrices of products by products held at once: A and its inverse, and room to read it."""


@dataclass(frozen=True)
class PreferenceConfig:
    """How item-item weights are learned."""

    edges_per_product: int = 200
    """Weights a product keeps, the strongest; 200 kept 97 % of the top 10 on Amazon Beauty."""
    attributes: int = 8
    """Attributes with most facts that are a relation of their own; the others count as one."""
    steps: tuple[float, ...] = (4.0,)
    """Factors by which tuning changes λ and the weights, coarse first."""
    tuned_products: int = 5_000
    """With more products than this `start` is taken as it is: one try takes the time that a whole
    search takes with few. A limit in products, not seconds, gives the same result anywhere."""
    tuning_seconds: float = 300.0
    """After so long tuning takes the best so far, as a last resort."""
    start: KGEaseConfig = field(
        default_factory=lambda: KGEaseConfig(
            lambda_=200.0, weights={"ALSO_BOUGHT": 10.0}, other_weight=0.6
        )
    )
    """Where tuning begins, and what is taken when there is nothing to tune on: what was found best
    on Amazon Beauty."""

    def as_dict(self) -> dict[str, Any]:
        """The configuration for the model card."""
        return {
            "algorithm": "KG-EASE",
            "edges_per_product": self.edges_per_product,
            "attributes": self.attributes,
            "steps": list(self.steps),
            "tuned_products": self.tuned_products,
            "tuning_seconds": self.tuning_seconds,
            "start": _config_dict(self.start),
        }


@dataclass(frozen=True)
class Preferences:
    """What the preference job found."""

    edges: EdgeTable
    tuned: Mapping[str, Any]
    """λ and the weight of each relation, as tuned."""
    metrics: Mapping[str, float]
    """Hold-out quality by `model/metric@k`, fractions: of KG-EASE and of popularity beside it."""


def learn_preferences(
    snapshot: Snapshot,
    config: PreferenceConfig | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> Preferences:
    """Tune, measure and fit KG-EASE on a snapshot; without interactions from facts alone.

    A random part of the interactions is held out. λ and the weights are tuned on a split of the
    others and measured on what was held out; then the model is fitted on all of them.

    Args:
        snapshot: what to learn from.
        config: how.
        progress: called with a line after each step.

    Raises:
        EmptySnapshotError: there are no products.
        ResourceError: the machine has not enough memory for so many products.
    """
    config = config or PreferenceConfig()
    if not snapshot.products:
        raise EmptySnapshotError(
            "There are no listed products to recommend. Load a catalogue with `catalograph ingest`."
        )
    _require_memory(len(snapshot.products), np.dtype(config.start.dtype).itemsize)
    data = recommend_data(snapshot, config.attributes)
    split = hold_out(data, _MEASURING_SEED)
    tuned = _tuned(replace(split, test=None), config, progress)
    progress("measuring on a hold-out")
    metrics = _metrics(split, tuned)
    progress("fitting on everything")
    edges = strongest_edges(fit_kg_ease(data, tuned), config.edges_per_product)
    table = EdgeTable(
        keys=snapshot.products,
        sources=edges.source,
        targets=edges.target,
        weights=edges.weight,
        parts=edges.parts,
        part_names=edges.part_names,
    )
    weights = {name: tuned.weight(name) for name in data.relations}
    return Preferences(table, _config_dict(replace(tuned, weights=weights)), metrics)


def recommend_data(snapshot: Snapshot, attributes: int) -> RecommendData:
    """Turn a snapshot into the recommender's matrices.

    Args:
        snapshot: what to turn.
        attributes: how many attributes are relations of their own; the facts of all others make
            up the relation `HAS_VALUE`.
    """
    n_products = len(snapshot.products)
    train = incidence(
        snapshot.interaction_users,
        snapshot.interaction_products,
        (len(snapshot.users), n_products),
    )
    index = {key: n for n, key in enumerate(snapshot.products)}
    relations = {
        name: _relation(table, index) for name, table in _grouped(snapshot, attributes).items()
    }
    return RecommendData(train, relations, name="graph")


def _grouped(snapshot: Snapshot, attributes: int) -> dict[str, FactTable]:
    """Facts by relation, those of the smaller attributes in one table."""
    by_attribute = [name for name in snapshot.facts if name.startswith(f"{VALUES}:")]
    by_attribute.sort(key=lambda name: (-len(snapshot.facts[name]), name))
    small = sorted(by_attribute[attributes:])
    tables = {name: table for name, table in snapshot.facts.items() if name not in set(small)}
    if small:
        tables[VALUES] = _joined([snapshot.facts[name] for name in small])
    return {name: tables[name] for name in sorted(tables)}


def _joined(tables: list[FactTable]) -> FactTable:
    """One table of all; no two of them share a tail."""
    starts = np.cumsum([0, *(len(table.tail_keys) for table in tables)])
    tails = [table.tails + start for table, start in zip(tables, starts, strict=False)]
    return FactTable(
        np.concatenate([table.heads for table in tables]),
        np.concatenate(tails).astype(np.int32),
        tuple(key for table in tables for key in table.tail_keys),
    )


def _relation(table: FactTable, index: Mapping[str, int]) -> Relation:
    shape = (len(index), len(table.tail_keys))
    items = np.array([index.get(key, -1) for key in table.tail_keys], np.int64)
    return Relation(
        incidence(table.heads, table.tails, shape), items if (items >= 0).any() else None
    )


def _tuned(
    data: RecommendData, config: PreferenceConfig, progress: Callable[[str], None]
) -> KGEaseConfig:
    search = Search(
        steps=config.steps if data.n_items <= config.tuned_products else (),
        seed=_TUNING_SEED,
        seconds=config.tuning_seconds,
        progress=progress,
    )
    return tune(data, search, start=config.start)


def _metrics(split: RecommendData, config: KGEaseConfig) -> dict[str, float]:
    """Quality on a split that tuning has not seen; empty when no user has two interactions."""
    if split.test is None or split.test.nnz == 0:
        return {}
    learned, _ = measure(fit_kg_ease(split, config), split, k=10)
    popular, _ = measure(fit_popularity(split.train), split, k=10)
    return {
        **{f"kg-ease/{name}": value for name, value in learned.items()},
        **{f"popularity/{name}": value for name, value in popular.items()},
    }


def _config_dict(config: KGEaseConfig) -> dict[str, Any]:
    return {
        "lambda": config.lambda_,
        "weights": dict(sorted(config.weights.items())),
        "other_weight": config.other_weight,
        "dtype": config.dtype,
    }


def _require_memory(n_products: int, itemsize: int) -> None:
    needed = _DENSE_COPIES * n_products**2 * itemsize
    free = psutil.virtual_memory().available
    if needed > free:
        raise ResourceError(
            f"Learning preferences among {n_products:,} products needs about "
            f"{needed / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB are free. "
            "Use a machine with more, or list fewer products."
        )
