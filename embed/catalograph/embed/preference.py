"""The preference job: item-item weights with their parts from a snapshot, by KG-EASE."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import psutil
import scipy.sparse as sp
from numpy.typing import NDArray

from catalograph.embed.contenders import Contenders, VectorLearner
from catalograph.embed.preconditions import require_products
from catalograph.embed.private_config import PrivateConfig
from catalograph.embed.recommend.baselines import fit_popularity
from catalograph.embed.recommend.blend import Blend
from catalograph.embed.recommend.checkpoint import EntityKeys, FittedModel, save_model
from catalograph.embed.recommend.contributions import (
    TRACE,
    AddedPart,
    count_users,
    leave_out_few,
    strongest_edges,
)
from catalograph.embed.recommend.data import RecommendData, RelationFacts, hold_out, sample_tested
from catalograph.embed.recommend.kgease import (
    KGEase,
    KGEaseConfig,
    count_pairs,
    fact_features,
    fact_lengths,
    fit_kg_ease,
)
from catalograph.embed.recommend.matrices import Csr, incidence, row_of_entry
from catalograph.embed.recommend.ranking import measure
from catalograph.embed.recommend.recency import Recency
from catalograph.embed.recommend.sequence import SequenceConfig
from catalograph.embed.recommend.serving_choices import (
    ServingChoices,
    ServingChooser,
    learn_parts,
)
from catalograph.embed.recommend.sparse import NEIGHBOURS, SparseKGEase, fit_sparse_kg_ease
from catalograph.embed.recommend.thin_histories import THIN_PRODUCTS
from catalograph.embed.recommend.trend import TargetTrend
from catalograph.embed.recommend.tune import Search, tune
from catalograph.errors import ConfigError, ResourceError
from catalograph.schema import EmbeddingTable
from catalograph.schema.diversity import item_features
from catalograph.schema.model_kinds import PRIVACY_KEY, THIN, TUNED_KEY
from catalograph.store import EdgeTable, FactTable, GraphSnapshot

VALUES = "HAS_VALUE"
OPINIONS = "MENTIONS"
"""Name of the part that comes from opinions in reviews."""
MEASURING_SEED = 1
"""Seed of the split for a version's metrics; tuning does not see it."""
_TUNING_SEED = 0
FACT_FACTORS = (1.0, 4.0)
"""Candidate factors of the relations' weights where these were not tuned: the best on random and on
the newest interactions of Amazon Beauty."""
_MEASURED_SCORES = 1_000_000_000
"""Maximum number of scores ranked for the metrics: those of 5,000 users and 200,000 products."""
_DENSE_COPIES = 3
"""Number of products-by-products matrices in memory: A, its inverse, and space to read it."""
_SPARSE_BYTES = 45_000
"""Memory per product of the sparse form, in bytes, including edges, their parts and the artefact: a
seventh more than 50,000 simulated products with four parts took."""

Form = Literal["dense", "sparse"]
Fit = Callable[[RecommendData, KGEaseConfig], KGEase | SparseKGEase]


@dataclass(frozen=True)
class PreferenceConfig:
    """Settings of the preference job."""

    edges_per_product: int = 200
    """Number of weights per product, strongest first; 200 kept 97 % of Amazon Beauty's top 10."""
    attributes: int = 8
    """Number of attributes, largest first, that get their own relation; the rest share one."""
    steps: tuple[float, ...] = (4.0,)
    """Step factors with which tuning changes λ and the weights, coarse first."""
    tuned_products: int = 5_000
    """Number of products above which `start` is used without tuning: one fit then takes as long as
    a whole search with few. A limit in products, not seconds, gives the same result anywhere."""
    validated_products: int = 15_000
    """Number of products above which nothing is chosen on the newest interactions or on new
    products, which takes a few more fits: histories then do not fade, no part is added, and new
    products are raised as by `start`."""
    dense_products: int = 30_000
    """Number of products above which the sparse form is fitted: many small systems instead of a
    large one. It is also fitted if a dense inverse does not fit in the free memory."""
    neighbours: int = NEIGHBOURS
    """Maximum number of products in one system of the sparse form."""
    processes: int = 1
    """Number of processes that solve the systems of the sparse form."""
    tuning_seconds: float = 300.0
    """Time limit, in seconds, after which tuning takes the best so far, as a last resort."""
    reuse: Mapping[str, Any] | None = None
    """`Preferences.tuned` of an earlier version: fit by these values, without tuning."""
    ages: bool = False
    """Whether to choose anew how interactions age, although other values are reused."""
    measured: bool = True
    """Whether to measure on a hold-out; needless where the result is measured otherwise."""
    diversity: float = 0.1
    """Diversity of lists for which the client asks for none, if it cannot be chosen on
    validation."""
    sequence: SequenceConfig = field(
        default_factory=lambda: SequenceConfig(KGEaseConfig(lambda_=30.0), undirected=0.0)
    )
    """Settings of the weights that are learned from the order of interactions; found on Amazon
    Beauty."""
    save: Path | None = None
    """Folder for the fitted model, for what-if questions; the dense form only."""
    pair_shoppers: int = 1
    """Number of shoppers on whom the part of a weight that comes from choices must rest."""
    private: PrivateConfig | None = None
    """How to learn with differential privacy; None without."""
    inherit: bool = True
    """Whether to learn privately if the live version is private, although `private` is None."""
    start: KGEaseConfig = field(
        default_factory=lambda: KGEaseConfig(
            lambda_=200.0, weights={"ALSO_BOUGHT": 10.0}, other_weight=0.6
        )
    )
    """Initial configuration of tuning, used as it is if there is nothing to tune on: the best found
    on Amazon Beauty."""

    def as_dict(self) -> dict[str, Any]:
        """Return the configuration for the model card."""
        protection: dict[str, Any] = {}
        if self.private is not None:
            protection[PRIVACY_KEY] = self.private.as_dict()
        elif self.pair_shoppers > 1:
            protection["pair_shoppers"] = self.pair_shoppers
        return protection | {
            "algorithm": "KG-EASE",
            "edges_per_product": self.edges_per_product,
            "attributes": self.attributes,
            "steps": list(self.steps),
            "tuned_products": self.tuned_products,
            "validated_products": self.validated_products,
            "diversity": self.diversity,
            "sequence": {
                "lambda": self.sequence.base.lambda_,
                "past_decay": self.sequence.past_decay,
                "future_decay": self.sequence.future_decay,
            },
            "dense_products": self.dense_products,
            "neighbours": self.neighbours,
            "edges_hold": "parts, shoppers, opinions",
            "tuning_seconds": self.tuning_seconds,
            "start": _config_dict(self.start),
        }


@dataclass(frozen=True)
class Preferences:
    """The result of the preference job."""

    edges: EdgeTable
    tuned: Mapping[str, Any]
    """Tuned λ and weight of each relation; `form` is "dense" or "sparse". The weight of a shopper's
    interaction halves for each `recency_half_life_days` that it is older than the newest one, or is
    e times less for each `recency_decay_visits`; None if that brought no gain or could not be
    measured. `trend_half_life_days` and `trend_power` say how targets follow the trend. `predicted`
    is the factor of imputed facts. `added` has the factor of each added part, `added_new` its
    factor for products without interactions, where it has its own, `added_thin` a further one for
    histories of up to `thin_products` products, for which parts are multiplied by `thin_factors`;
    `validation` what was tried.
    `data_until` is the time of the newest interaction, in seconds since 1970, None without times;
    `tuned_on` the number of interactions that the values were tuned on."""
    metrics: Mapping[str, float]
    """Hold-out metrics by `model/metric@k`, as fractions: of KG-EASE and of popularity on random
    interactions, of the served weights on each shopper's newest one (`served-next`)."""


def learn_preferences(
    snapshot: GraphSnapshot,
    config: PreferenceConfig | None = None,
    progress: Callable[[str], None] = lambda line: None,
    titles: Mapping[str, str] | None = None,
    vectors: Mapping[str, EmbeddingTable] | None = None,
    learners: Mapping[str, VectorLearner] | None = None,
    others: Csr | None = None,
) -> Preferences:
    """Tune, measure and fit KG-EASE on a snapshot; without interactions, from facts alone.

    A random part of the interactions is held out. λ and the weights are tuned on a split of the
    others and measured on the held-out part; then the model is fitted on all interactions.

    Args:
        snapshot: training data.
        config: settings of the job.
        progress: callback that receives a line after each step.
        titles: titles by product key, which show variants of one thing; None without.
        vectors: vectors by kind in `CONTENDERS`, each a part of the weights where it helps.
        learners: functions that learn such vectors again from a snapshot, which contend likewise.
        others: counts of shoppers who are not in the graph, as in `RecommendData`.

    Raises:
        ConfigError: the model is to be saved but needs the sparse form.
        EmptySnapshotError: there are no products.
        ResourceError: the machine does not have enough memory even for the sparse form.
    """
    config = config or PreferenceConfig()
    require_products(snapshot.products, "recommend")
    form = _form(len(snapshot.products), config, progress)
    fit = fit_kg_ease if form == "dense" else _sparse_fit(config)
    data = _training_data(snapshot, config, others)
    split = hold_out(data, MEASURING_SEED)
    times, edges = snapshot.interaction_times, config.edges_per_product
    contend = Contenders(snapshot, config.sequence, edges, vectors or {}, learners or {}).learn
    features = _list_features(snapshot, titles)
    chooser = ServingChooser(data, times, contend, edges, progress)
    chosen = _choose(chooser, split, form, config, features)
    metrics = dict(chosen.metrics)
    if config.measured:
        metrics |= _metrics(split, chosen.tuned, fit, progress)
    progress("fitting on everything")
    added = learn_parts(chosen.blend, data, times, contend)
    model = fit(data, chosen.tuned)
    if config.save is not None:
        saved = replace(chosen.tuned, predicted=0.0)  # what-if questions know stated facts alone
        _save(fit(data, saved), data, snapshot, config.attributes, config.save)
    if (trending := chosen.blend.trend.factors(data.train, times)) is not None:
        model, added = model.rescale(trending), [part.rescale(trending) for part in added]
    table = _served_edges(snapshot, data, model, added, config)
    table = table if titles is None else replace(table, features=features)
    told = {
        "form": form,
        "products": data.n_items,
        "data_until": None if times is None else int(times.max()),
        "tuned_on": (config.reuse or {"tuned_on": data.train.nnz}).get("tuned_on", 0),
    }
    return Preferences(table, told | _describe_choices(chosen, data.relations), metrics)


def _training_data(
    snapshot: GraphSnapshot, config: PreferenceConfig, others: Csr | None
) -> RecommendData:
    data = recommend_data(snapshot, config.attributes)
    return replace(data, pair_floor=config.pair_shoppers, others=others)


def _choose(
    chooser: ServingChooser,
    split: RecommendData,
    form: Form,
    config: PreferenceConfig,
    features: Sequence[frozenset[str]],
) -> ServingChoices:
    """Tune and choose what is served, or take it from an earlier version."""
    n_items = split.n_items
    validated = form == "dense" and n_items <= config.validated_products
    if config.reuse is not None:
        chosen = choices_of({TUNED_KEY: config.reuse})
        return chooser.choose_ages(chosen) if validated and config.ages else chosen
    tuned = _tune(replace(split, test=None), form, config, chooser.progress)
    chosen = ServingChoices(tuned, config.diversity)
    factors = FACT_FACTORS if n_items > config.tuned_products else (1.0,)
    return chooser.choose(chosen, factors, features) if validated else chosen


def _served_edges(
    snapshot: GraphSnapshot,
    data: RecommendData,
    model: KGEase | SparseKGEase,
    added: Sequence[AddedPart],
    config: PreferenceConfig,
) -> EdgeTable:
    edges = strongest_edges(model, config.edges_per_product, added)
    as_counted = model.config.user_power == 0 and config.pair_shoppers == 1
    pairs = model.interactions if as_counted else count_pairs(data)
    if config.pair_shoppers > 1:
        counted = count_users(pairs, edges.source, edges.target)
        edges = leave_out_few(edges, counted, config.pair_shoppers)
    parts = edges.parts.astype(np.float64)
    edges = replace(edges, parts=parts)  # those in single precision can go
    shoppers = count_users(pairs, edges.source, edges.target)
    shoppers[shoppers < config.pair_shoppers] = 0  # a small number would tell of one shopper
    return EdgeTable(
        keys=snapshot.products,
        sources=edges.source,
        targets=edges.target,
        weights=parts.sum(axis=1),  # so that no rounding of the inverse is left unexplained
        parts=parts,
        part_names=edges.part_names,
        footing=_placement_diagonal(model, data, edges.part_names),
        shoppers=shoppers,
        opinions=_weighted_opinions(snapshot, data, edges.part_names),
    )


def _describe_choices(chosen: ServingChoices, relations: Iterable[str]) -> dict[str, Any]:
    """Return what `choices_of` reads, with the weight of each relation."""
    tuned, recency, trend = chosen.tuned, chosen.blend.recency, chosen.blend.trend
    weights = {name: tuned.weight(name) for name in relations}
    return _config_dict(replace(tuned, weights=weights)) | {
        "recency_half_life_days": recency.half_life_days,
        "recency_decay_visits": recency.decay_visits,
        "trend_half_life_days": trend.half_life_days,
        "trend_power": trend.power,
        "diversity": chosen.diversity,
        "added": dict(chosen.blend.weights),
        "added_new": dict(chosen.blend.new_weights),
        "added_thin": dict(chosen.blend.thin_weights),
        "thin_products": THIN_PRODUCTS if chosen.blend.thin_weights else None,
        "thin_factors": {f"{name}{THIN}": 1.0 / TRACE for name in chosen.blend.thin_weights},
        "validation": dict(chosen.blend.ndcg),
    }


def _save(
    model: KGEase | SparseKGEase,
    data: RecommendData,
    snapshot: GraphSnapshot,
    attributes: int,
    folder: Path,
) -> None:
    if not isinstance(model, KGEase):
        raise ConfigError(
            f"With {data.n_items:,} products the sparse form was fitted, which keeps no inverse to "
            "ask what-if questions of. Learn without saving, or list fewer products."
        )
    tails = {name: table.tail_keys for name, table in _group_facts(snapshot, attributes).items()}
    save_model(FittedModel.of(model, data, EntityKeys(snapshot.products, tails)), folder)


def _placement_diagonal(
    model: KGEase | SparseKGEase, data: RecommendData, parts: tuple[str, ...]
) -> NDArray[np.floating[Any]]:
    """Return what connects new products to old ones; float [items, parts + 1], see `EdgeTable`."""
    none = np.zeros(data.n_items)  # of an added part, which has no facts
    factor = model.config.predicted
    lengths = [
        fact_lengths(data.relations[name], predicted=factor) if name in data.relations else none
        for name in parts[1:]
    ]
    return np.stack([model.diagonal, *lengths, model.scale], axis=1)


def recommend_data(snapshot: GraphSnapshot, attributes: int) -> RecommendData:
    """Convert a snapshot to the recommender's matrices.

    Args:
        snapshot: snapshot to convert.
        attributes: number of attributes that get their own relation; the facts of all others form
            the relation `HAS_VALUE`.
    """
    n_products = len(snapshot.products)
    train = incidence(
        snapshot.interaction_users,
        snapshot.interaction_products,
        (len(snapshot.users), n_products),
    )
    index = {key: n for n, key in enumerate(snapshot.products)}
    relations = {
        name: _relation(table, index) for name, table in _group_facts(snapshot, attributes).items()
    }
    for name, matrix in _predictions(snapshot, relations, attributes).items():
        relations[name] = replace(relations[name], predicted=matrix)
    if snapshot.opinions is not None:
        relations[OPINIONS] = _opinions(snapshot.opinions, n_products)
    return RecommendData(train, relations, name="graph")


def _group_facts(snapshot: GraphSnapshot, attributes: int) -> dict[str, FactTable]:
    """Return facts by relation, with those of the smaller attributes in one table."""
    by_attribute = [name for name in snapshot.facts if name.startswith(f"{VALUES}:")]
    by_attribute.sort(key=lambda name: (-len(snapshot.facts[name]), name))
    small = sorted(by_attribute[attributes:])
    tables = {name: table for name, table in snapshot.facts.items() if name not in set(small)}
    if small:
        tables[VALUES] = _join_tables([snapshot.facts[name] for name in small])
    return {name: tables[name] for name in sorted(tables)}


def _predictions(
    snapshot: GraphSnapshot, relations: Mapping[str, RelationFacts], attributes: int
) -> dict[str, Csr]:
    """Return the confidences of imputed facts by relation, CSR [items, tails].

    Facts whose tail no product states are left out: they would join nothing.
    """
    grouped = _group_facts(snapshot, attributes)
    found: dict[str, list[tuple[int, int, float]]] = {}
    for name, table in snapshot.imputed.items():
        known = name if name in grouped else VALUES
        if known not in grouped or relations[known].tail_items is not None:
            continue
        place = {key: n for n, key in enumerate(grouped[known].tail_keys)}
        strengths = table.strengths if table.strengths is not None else np.ones(len(table))
        for head, tail, confidence in zip(table.heads, table.tails, strengths, strict=True):
            column = place.get(table.tail_keys[tail])
            if column is not None and confidence > 0:
                found.setdefault(known, []).append((int(head), column, float(confidence)))
    matrices = {}
    for name, rows in found.items():
        heads, tails, values = zip(*rows, strict=True)
        shape = relations[name].facts.shape
        matrices[name] = sp.csr_array((np.array(values, np.float32), (heads, tails)), shape=shape)
    return matrices


def _join_tables(tables: list[FactTable]) -> FactTable:
    """Concatenate tables, no two of which share a tail."""
    starts = np.cumsum([0, *(len(table.tail_keys) for table in tables)])
    tails = [table.tails + start for table, start in zip(tables, starts, strict=False)]
    return FactTable(
        np.concatenate([table.heads for table in tables]),
        np.concatenate(tails).astype(np.int32),
        tuple(key for table in tables for key in table.tail_keys),
    )


def _opinions(table: FactTable, n_products: int) -> RelationFacts:
    """Return aspects as facts with a strength, which is negative for a bad opinion."""
    facts = incidence(table.heads, table.tails, (n_products, len(table.tail_keys)))
    if table.strengths is not None:
        facts.data = table.strengths  # both are ordered by heads, then tails
    return RelationFacts(facts)


def _weighted_opinions(
    snapshot: GraphSnapshot, data: RecommendData, parts: tuple[str, ...]
) -> FactTable | None:
    """Return the opinions as the model weighs them; None if they are no part of it."""
    if snapshot.opinions is None or OPINIONS not in parts:
        return None
    features = fact_features(data.relations[OPINIONS])
    return FactTable(
        row_of_entry(features).astype(np.int32),
        features.indices.astype(np.int32),
        snapshot.opinions.tail_keys,
        features.data,
    )


def _relation(table: FactTable, index: Mapping[str, int]) -> RelationFacts:
    shape = (len(index), len(table.tail_keys))
    items = np.array([index.get(key, -1) for key in table.tail_keys], np.int64)
    return RelationFacts(
        incidence(table.heads, table.tails, shape), items if (items >= 0).any() else None
    )


def _tune(
    data: RecommendData,
    form: Form,
    config: PreferenceConfig,
    progress: Callable[[str], None],
) -> KGEaseConfig:
    if form == "sparse" or data.n_items > config.tuned_products:
        return config.start
    search = Search(config.steps, seed=_TUNING_SEED, seconds=config.tuning_seconds)
    return tune(data, replace(search, progress=progress), start=config.start)


def _list_features(
    snapshot: GraphSnapshot, titles: Mapping[str, str] | None
) -> list[frozenset[str]]:
    """Return what the products of a list are compared by, as the API does."""
    kinds: list[list[str]] = [[] for _ in snapshot.products]
    for name, table in snapshot.facts.items():
        if name.partition(":")[0] in ("HAS_BRAND", "IN_CATEGORY", VALUES):
            for head, tail in zip(table.heads.tolist(), table.tails.tolist(), strict=True):
                kinds[head].append(table.tail_keys[tail])
    named = titles or {}
    return [
        item_features(of_one, named.get(key))
        for key, of_one in zip(snapshot.products, kinds, strict=True)
    ]


def _metrics(
    split: RecommendData, config: KGEaseConfig, fit: Fit, progress: Callable[[str], None]
) -> dict[str, float]:
    """Return metrics on a split unseen by tuning; empty when no user has two interactions."""
    progress("measuring on a hold-out")
    if split.test is None or split.test.nnz == 0:
        return {}
    split = sample_tested(split, max(1, _MEASURED_SCORES // split.n_items), MEASURING_SEED)
    learned, _ = measure(fit(split, config), split, k=10)
    popular, _ = measure(fit_popularity(split.train), split, k=10)
    return {
        **{f"kg-ease/{name}": value for name, value in learned.items()},
        **{f"popularity/{name}": value for name, value in popular.items()},
    }


def choices_of(config: Mapping[str, Any]) -> ServingChoices:
    """Read what was chosen for a version from its card; cards of old versions lack some values."""
    tuned = config[TUNED_KEY]
    recency = Recency(tuned.get("recency_half_life_days"), tuned.get("recency_decay_visits"))
    blend = Blend(
        recency,
        TargetTrend(tuned.get("trend_half_life_days"), tuned.get("trend_power", 1.0)),
        tuned.get("added", {}),
        tuned.get("added_new", {}),
        tuned.get("added_thin", {}),
        tuned.get("validation", {}),
    )
    diversity = tuned.get("diversity", PreferenceConfig.diversity)
    return ServingChoices(tuned_of(config), diversity, blend)


def tuned_of(config: Mapping[str, Any]) -> KGEaseConfig:
    """Read the hyperparameters of a version from its card, the inverse of `_config_dict`."""
    tuned = config[TUNED_KEY]
    return KGEaseConfig(
        lambda_=tuned["lambda"],
        weights=tuned["weights"],
        other_weight=tuned["other_weight"],
        dtype=tuned["dtype"],
        item_power=tuned.get("item_power", 0.0),
        cold_boost=tuned.get("cold_boost", 1.0),
        user_power=tuned.get("user_power", 0.0),
        predicted=tuned.get("predicted", 0.0),
    )


def _config_dict(config: KGEaseConfig) -> dict[str, Any]:
    return {
        "lambda": config.lambda_,
        "weights": dict(sorted(config.weights.items())),
        "other_weight": config.other_weight,
        "dtype": config.dtype,
        "item_power": config.item_power,
        "cold_boost": config.cold_boost,
        "user_power": config.user_power,
        "predicted": config.predicted,
    }


def _sparse_fit(job: PreferenceConfig) -> Fit:
    return lambda data, config: fit_sparse_kg_ease(
        data, config, neighbours=job.neighbours, processes=job.processes
    )


def _form(n_products: int, config: PreferenceConfig, progress: Callable[[str], None]) -> Form:
    """Choose the dense form if it fits in memory, and report it if it does not."""
    free = _free_memory()
    dense = _DENSE_COPIES * n_products**2 * np.dtype(config.start.dtype).itemsize
    if n_products <= config.dense_products and dense <= free:
        return "dense"
    sparse = _SPARSE_BYTES * n_products
    if sparse > free:
        raise ResourceError(
            f"Learning preferences among {n_products:,} products needs about "
            f"{sparse / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB are free. "
            "Use a machine with more, or list fewer products."
        )
    limit = (
        f"the dense one is for up to {config.dense_products:,}"
        if n_products > config.dense_products
        else f"the dense one needs {dense / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB are free"
    )
    progress(f"taking the sparse form for {n_products:,} products, as {limit}")
    return "sparse"


def _free_memory() -> int:
    """Return the bytes that this process may still take, by the machine and its own limit."""
    free = int(psutil.virtual_memory().available)
    if sys.platform == "win32":
        return free
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_DATA)
    if limit == resource.RLIM_INFINITY:
        return free
    held = psutil.Process().memory_info()
    return max(0, min(free, limit - getattr(held, "data", held.rss)))
