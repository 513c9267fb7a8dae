"""Runs named recommenders on one data set and measures them, including time and memory."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from catalograph.embed.recommend.baselines import (
    Mixture,
    fit_gf_cf,
    fit_item_knn,
    fit_popularity,
    fit_rp3beta,
)
from catalograph.embed.recommend.contributions import strongest_weights
from catalograph.embed.recommend.data import RecommendData, shuffle_tails
from catalograph.embed.recommend.ease import ItemScorer, UserScorer, fit_ease
from catalograph.embed.recommend.kgease import KGEaseConfig, fit_kg_ease
from catalograph.embed.recommend.ranking import measure
from catalograph.embed.recommend.tune import Search, tune, tune_ease
from catalograph.embed.recommend.tuned_settings import (
    EASE,
    EASE_WEIGHTED,
    KG_EASE,
    KG_EASE_FEW,
    TunedSettings,
    find_tuned,
    save_tuned,
    stored_form,
)
from catalograph.errors import ConfigError
from catalograph.ml.profiling import BenchmarkRow, Profiler
from catalograph.schema.suggest import did_you_mean

__all__ = ["MODELS", "NETWORKS", "BenchmarkRow", "evaluate", "models_for", "tune_and_store"]

SERVED_EDGES = 200
"""Number of edges per item that are written back."""

NEIGHBOURS = 100
"""Number of neighbours per item in item-knn."""

WALK_SHARE = 0.3
"""Weight of RP3beta beside EASE in the ensemble: the best of those tried on validation splits of
amazon-book; on Amazon Beauty it neither helped nor harmed."""

BRAND_CATEGORY = ("produced_by", "belongs_to")
"""Relations of the ablation without product-product relations, which were crawled after the
purchases and may leak them."""


@dataclass(frozen=True)
class _Job:
    """Inputs of a fit: data, settings and limits."""

    data: RecommendData
    tuned: TunedSettings
    seed: int
    minutes: float
    progress: Callable[[str], None]


Fitted = tuple[ItemScorer | UserScorer, dict[str, Any]]


def _popularity(job: _Job) -> Fitted:
    return fit_popularity(job.data.train), {}


def _item_knn(job: _Job) -> Fitted:
    return fit_item_knn(job.data.train, NEIGHBOURS), {"neighbours": NEIGHBOURS}


def _ease(job: _Job) -> Fitted:
    config = {"lambda": job.tuned.ease_lambda, "from": job.tuned.ease_origin}
    return fit_ease(job.data.train, job.tuned.ease_lambda), config


def _ease_weighted(job: _Job) -> tuple[ItemScorer, dict[str, Any]]:
    tuned = job.tuned.ease_weighted
    config = {"lambda": tuned.lambda_, "user_power": tuned.user_power}
    return fit_ease(job.data.train, tuned.lambda_, user_power=tuned.user_power), config


def _gf_cf(job: _Job) -> Fitted:
    return fit_gf_cf(job.data.train), {}


def _rp3beta(job: _Job) -> Fitted:
    return fit_rp3beta(job.data.train), {"beta": 0.5}


def _ensemble(job: _Job) -> Fitted:
    ease, config = _ease_weighted(job)
    walk = fit_rp3beta(job.data.train)
    return Mixture(((ease, 1.0), (walk, WALK_SHARE))), {**config, "rp3beta": WALK_SHARE}


def _kg_ease(job: _Job) -> Fitted:
    return fit_kg_ease(job.data, job.tuned.kg_ease), _describe_config(job, job.data.relations)


def _kg_ease_served(job: _Job) -> Fitted:
    fit = fit_kg_ease(job.data, job.tuned.kg_ease)
    config = {**_describe_config(job, job.data.relations), "edges_per_item": SERVED_EDGES}
    return strongest_weights(fit, SERVED_EDGES), config


def _kg_ease_none(job: _Job) -> Fitted:
    bare = replace(job.data, relations={})
    return fit_kg_ease(bare, job.tuned.kg_ease), _describe_config(job, ())


def _kg_ease_shuffled(job: _Job) -> Fitted:
    shuffled = shuffle_tails(job.data, job.seed)
    config = {**_describe_config(job, job.data.relations), "shuffle_seed": job.seed}
    return fit_kg_ease(shuffled, job.tuned.kg_ease), config


def _kg_ease_brand_category(job: _Job) -> Fitted:
    config = job.tuned.brand_category or job.tuned.kg_ease
    data = _leak_free(job.data)
    return fit_kg_ease(data, config), _describe_config(job, data.relations, config)


def _leak_free(data: RecommendData) -> RecommendData:
    kept = {name: data.relations[name] for name in BRAND_CATEGORY if name in data.relations}
    return replace(data, relations=kept)


def _describe_config(
    job: _Job, relations: Iterable[str], config: KGEaseConfig | None = None
) -> dict[str, Any]:
    config = config or job.tuned.kg_ease
    told = {**stored_form(config), "from": job.tuned.kg_ease_origin}
    return {**told, "weights": {name: config.weight(name) for name in relations}}


def _light_gcn(job: _Job) -> Fitted:
    from catalograph.embed.graph import LightGCNConfig, TrainingOptions, fit_light_gcn

    config = LightGCNConfig(seed=job.seed, seconds=60 * job.minutes)
    fit = fit_light_gcn(job.data, config, options=TrainingOptions(job.progress))
    return fit, config.as_dict() | fit.as_dict()


def _relational_attention(job: _Job) -> Fitted:
    from catalograph.embed.graph import AttentionConfig, TrainingOptions, fit_relational_attention

    config = AttentionConfig(seed=job.seed, seconds=60 * job.minutes)
    fit = fit_relational_attention(job.data, config, options=TrainingOptions(job.progress))
    return fit, config.as_dict() | fit.as_dict()


_BASE: Mapping[str, Callable[[_Job], Fitted]] = {
    "popularity": _popularity,
    "item-knn": _item_knn,
    "gf-cf": _gf_cf,
    "rp3beta": _rp3beta,
    EASE: _ease,
    EASE_WEIGHTED: _ease_weighted,
    "ensemble": _ensemble,
}
_WITH_FACTS: Mapping[str, Callable[[_Job], Fitted]] = {
    KG_EASE: _kg_ease,
    "kg-ease-served": _kg_ease_served,
    "kg-ease-none": _kg_ease_none,
    "kg-ease-shuffled": _kg_ease_shuffled,
    KG_EASE_FEW: _kg_ease_brand_category,
}
_NETWORKS: Mapping[str, Callable[[_Job], Fitted]] = {
    "light-gcn": _light_gcn,
    "relational-attention": _relational_attention,
}
NETWORKS: tuple[str, ...] = tuple(_NETWORKS)
"""Graph networks: they need torch and dgl, train for minutes, and run only if named."""
MODELS: tuple[str, ...] = (*_BASE, *_WITH_FACTS)
"""All other models, in the order of the table."""


def models_for(
    data: RecommendData, wanted: Sequence[str] = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Choose the models that can run on some data.

    Args:
        data: interactions; without relations, models that need facts are left out.
        wanted: model names; empty means all except the networks.

    Returns:
        The models to run, and those left out.

    Raises:
        ConfigError: a name is unknown.
    """
    return choose_models(wanted or MODELS, (*MODELS, *NETWORKS), lambda name: _can_run(name, data))


def choose_models(
    wanted: Sequence[str], known: Sequence[str], can_run: Callable[[str], bool]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split wanted models into those to run and those left out; duplicate names count once.

    Raises:
        ConfigError: a name is unknown.
    """
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise ConfigError(
            f"No model {', '.join(map(repr, unknown))}; expected some of {', '.join(known)}."
            f"{did_you_mean(unknown[0], known)}"
        )
    chosen = tuple(dict.fromkeys(wanted))
    out = tuple(name for name in chosen if not can_run(name))
    return tuple(name for name in chosen if name not in out), out


def _can_run(model: str, data: RecommendData) -> bool:
    if model == KG_EASE_FEW:
        return any(name in data.relations for name in BRAND_CATEGORY)
    return model in _BASE or model == "light-gcn" or bool(data.relations)


def evaluate(
    data: RecommendData,
    models: Sequence[str],
    *,
    k: int = 10,
    seed: int = 0,
    tuned: TunedSettings | None = None,
    minutes: float = 15.0,
    on_row: Callable[[BenchmarkRow], None] = lambda _: None,
    progress: Callable[[str], None] = lambda _: None,
) -> list[BenchmarkRow]:
    """Fit models and measure each on the test part.

    Args:
        data: interactions with a test part.
        models: names as in `MODELS` and `NETWORKS`, able to run on `data` (see `models_for`).
        k: length of the lists, at least 1.
        seed: seed of the shuffled ablation and of the networks.
        tuned: hyperparameters; by default those stored for this data.
        minutes: time limit of the training of each network, in minutes.
        on_row: callback that receives the row of each model.
        progress: callback that receives a line after each epoch of a network.

    Raises:
        ConfigError: k is below 1.
    """
    if k < 1:
        raise ConfigError(f"k is {k}; expected at least 1.")
    job = _Job(data, tuned or find_tuned(data), seed, minutes, progress)
    rows = []
    for name in models:
        with Profiler() as watch:
            # The model is not kept, because memory holds only one inverse at a time.
            scorer, config = {**_BASE, **_WITH_FACTS, **_NETWORKS}[name](job)
            metrics, n = measure(scorer, data, k)
            del scorer
        rows.append(watch.row(name, metrics, n, config))
        on_row(rows[-1])
    return rows


def tune_and_store(
    data: RecommendData, models: Sequence[str], search: Search, store: Path | None = None
) -> Path:
    """Tune what the models need on a split of train, and store it with the data's hash.

    The time limit of `search` covers all models together. KG-EASE starts at the λ of EASE; without
    the product-product relations it starts where it ended with them.

    Returns:
        The file with the stored settings.
    """
    began = time.monotonic()
    found: dict[str, dict[str, Any]] = {}
    start = find_tuned(data, store).ease_lambda
    how = {"metric": f"ndcg@{search.k}", "seed": search.seed, "split": "train, 25 % a user"}
    if EASE in models:
        start = tune_ease(data, search)
        found[EASE] = {"lambda": start, "tuned_on": how}
    if data.relations and any(name in _WITH_FACTS for name in models):
        config = KGEaseConfig(lambda_=start)
        parts = {KG_EASE: data, KG_EASE_FEW: _leak_free(data)}
        for name in (name for name, part in parts.items() if part.relations):
            left = max(0.0, search.seconds - (time.monotonic() - began))
            config = tune(parts[name], replace(search, seconds=left), start=config)
            found[name] = {**stored_form(config), "tuned_on": how}
    return save_tuned(data, found, store)
