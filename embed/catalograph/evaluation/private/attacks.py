"""Attacks on published weights, before and after: is a shopper among the data, and what did he do?

Membership inference (Shokri et al. 2017; per-example likelihoods as in Carlini et al. 2022,
arXiv:2112.03570): the attacker knows all products that a shopper may have chosen and asks whether
the shopper was among the training data. Shadow models learn from random halves of the shoppers; for
each shopper, the attacker takes what models with and without the shopper say of the shopper's
products as two normal distributions, and the likelihood ratio of a target model as the score. To
train many models, the catalogue is cut down to its most chosen products.

Reconstruction: a rare shopper is the only one who chose some product. The attacker knows that
product, reads its edges, and guesses the shopper's other products.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from catalograph.embed.recommend.contributions import ContributionTable
from catalograph.embed.recommend.data import RecommendData, RelationFacts
from catalograph.embed.recommend.ease import Ease
from catalograph.embed.recommend.kgease import INTERACTIONS, KGEaseConfig, fit_kg_ease
from catalograph.embed.recommend.matrices import Csr, Floats, Ints
from catalograph.ml.privacy.counts import RESOLUTION, release_counts
from catalograph.ml.privacy.noise import simulate_noise
from catalograph.ml.profiling import BenchmarkRow, Profiler

__all__ = [
    "AttackOptions",
    "attack_members",
    "attack_rare",
    "guess_by_edges",
    "guess_by_weights",
]

_TARGETS = 0.25
"""Share of the models that are attacked; the others are shadows."""
_FEWEST_PRODUCTS = 3
_FALSE_ALARMS = 0.01
_K = 10


@dataclass(frozen=True)
class AttackOptions:
    """What the attacker has.

    Attributes:
        models: number of models, targets and shadows.
        products: number of products, the most chosen, of the cut-down catalogue.
        shoppers: largest number of attacked shoppers.
        seed: seed of the halves and of the noise.
    """

    models: int = 32
    products: int = 1_000
    shoppers: int = 1_000
    seed: int = 0


def attack_members(
    data: RecommendData,
    variant: str,
    config: KGEaseConfig,
    multipliers: Mapping[float, float],
    options: AttackOptions,
    on_row: Callable[[BenchmarkRow], None] = lambda _: None,
) -> list[BenchmarkRow]:
    """Infer membership from weights and lists without privacy, and from private counts.

    Args:
        data: interactions and the facts of a variant.
        variant: its name.
        config: configuration of KG-EASE.
        multipliers: noise multiplier by ε.
        options: what the attacker has.
        on_row: callback that receives each row.

    Returns:
        Rows with `auc` (0.5: no better than a coin), `tpr at 1 % fpr` and `advantage` (largest
        difference between the rates of true and false alarms).
    """
    data = cut_down(data, options.products)
    random = np.random.default_rng(options.seed)
    chosen = np.flatnonzero(np.diff(data.train.indptr) >= _FEWEST_PRODUCTS)
    attacked = np.sort(random.permutation(chosen)[: options.shoppers])
    members = random.random((options.models, data.train.shape[0])) < 0.5
    inside = members[:, attacked]
    rows = []

    def add(
        name: str, evidence: NDArray[np.float64], details: Mapping[str, Any], w: Profiler
    ) -> None:
        metrics = _judge(evidence, inside)
        row = w.row(f"{variant}: membership, {name}", metrics, len(attacked), dict(details))
        rows.append(row)
        on_row(row)

    with Profiler() as watch:
        by_weights = np.empty(inside.shape)
        by_lists = np.empty(inside.shape)
        for n, part in enumerate(members):
            weights = fit_kg_ease(replace(data, train=_only(data.train, part)), config).weights
            by_weights[n] = _weights_within(weights, data.train, attacked)
            by_lists[n] = _found_in_lists(weights, data.train, attacked)
    details = {"epsilon": None, "products": data.n_items, "models": options.models}
    add("weights without privacy", by_weights, details, watch)
    add("lists without privacy", by_lists, details, watch)
    for epsilon, multiplier in multipliers.items():
        with Profiler() as watch:
            evidence = np.stack(
                [
                    _own_counts(_only(data.train, part), data.train, attacked, multiplier, seed)
                    for seed, part in enumerate(members)
                ]
            )
        add(f"counts, ε {epsilon:g}", evidence, {**details, "epsilon": epsilon}, watch)
    return rows


def cut_down(data: RecommendData, products: int) -> RecommendData:
    """Keep the most chosen products."""
    counts = np.bincount(data.train.indices, minlength=data.n_items)
    kept = np.sort(np.argsort(-counts, kind="stable")[:products])
    place = np.full(data.n_items, -1)
    place[kept] = np.arange(len(kept))
    relations = {
        name: RelationFacts(
            sp.csr_array(relation.facts[kept]),
            None
            if relation.tail_items is None
            else np.where(relation.tail_items >= 0, place[relation.tail_items], -1),
        )
        for name, relation in data.relations.items()
    }
    return RecommendData(sp.csr_array(data.train[:, kept]), relations, name=data.name)


def _only(train: Csr, members: NDArray[np.bool_]) -> Csr:
    return sp.csr_array(train[np.flatnonzero(members)])


def _weights_within(weights: Floats, train: Csr, users: Ints) -> NDArray[np.float64]:
    """Return the mean weight between the products of each user."""
    found = np.empty(len(users))
    for n, user in enumerate(users):
        own = train.indices[train.indptr[user] : train.indptr[user + 1]]
        found[n] = weights[np.ix_(own, own)].sum() / (len(own) * (len(own) - 1))
    return found


def _found_in_lists(weights: Floats, train: Csr, users: Ints) -> NDArray[np.float64]:
    """Return the share of each user's products that the list for the others shows."""
    found = np.empty(len(users))
    for n, user in enumerate(users):
        own = train.indices[train.indptr[user] : train.indptr[user + 1]]
        # Row h is the list for the history without product h.
        scores = weights[own].sum(axis=0) - weights[own]
        others = scores.copy()
        others[:, own] = -np.inf
        best = np.partition(others, -_K, axis=1)[:, -_K] if others.shape[1] > _K else -np.inf
        found[n] = (scores[np.arange(len(own)), own] >= best).mean()
    return found


def _own_counts(
    train: Csr, everybody: Csr, users: Ints, multiplier: float, seed: int
) -> NDArray[np.float64]:
    """Return the sum of the released counts of each user's products."""
    counts = release_counts(train, multiplier, simulate_noise(seed)).values / RESOLUTION
    sums = everybody[users] @ counts
    found: NDArray[np.float64] = sums / np.sqrt(np.maximum(np.diff(everybody.indptr)[users], 1))
    return found


def _judge(evidence: NDArray[np.float64], inside: NDArray[np.bool_]) -> dict[str, float]:
    """Return how well the likelihood ratio tells members from others, in the target models."""
    targets = max(1, round(_TARGETS * len(evidence)))
    shadow, known = evidence[targets:], inside[targets:]
    scores, truth = [], []
    spread = max(1e-12, float(shadow.std(axis=0).mean()))
    for user in range(evidence.shape[1]):
        parts = (shadow[known[:, user], user], shadow[~known[:, user], user])
        if min(map(len, parts)) < 2:
            continue
        (m1, s1), (m0, s0) = ((p.mean(), p.std() + 0.1 * spread) for p in parts)
        x = evidence[:targets, user]
        scores.append(
            -0.5 * ((x - m1) / s1) ** 2 - np.log(s1) + 0.5 * ((x - m0) / s0) ** 2 + np.log(s0)
        )
        truth.append(inside[:targets, user])
    return _rates(np.concatenate(scores), np.concatenate(truth)) if scores else {}


def _rates(scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> dict[str, float]:
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(truth[order]) / max(1, truth.sum())
    alarms = np.cumsum(~truth[order]) / max(1, (~truth).sum())
    last = np.append(np.diff(scores[order]) != 0, True)  # no threshold separates equal scores
    hits, alarms = hits[last], alarms[last]
    auc = float(np.trapezoid(np.append(0.0, hits), np.append(0.0, alarms)))
    early = hits[alarms <= _FALSE_ALARMS]
    return {
        "auc": auc,
        "tpr at 1 % fpr": float(early.max(initial=0.0)),
        "advantage": float((hits - alarms).max(initial=0.0)),
    }


Guesser = Callable[[int, int], Ints]
"""Returns so many products that a shopper of a product may have chosen, the likeliest first."""


def attack_rare(
    train: Csr, name: str, guesser: Guesser, options: AttackOptions, config: Mapping[str, Any]
) -> BenchmarkRow | None:
    """Reconstruct rare shoppers from what is published of a product that nobody else chose.

    Args:
        train: interactions.
        name: name of the row.
        guesser: how the attacker guesses.
        options: what the attacker has.
        config: what the row says of the model.

    Returns:
        A row with `found`: the mean share of a shopper's other products among as many guesses;
        None if there is no rare shopper.
    """
    lone = _rare_shoppers(train, options)
    if not lone:
        return None
    with Profiler() as watch:
        shares = [np.isin(others, guesser(known, len(others))).mean() for known, others in lone]
    return watch.row(name, {"found": float(np.mean(shares))}, len(lone), config)


def guess_by_edges(edges: ContributionTable) -> Guesser:
    """Guess by published edges: the part of choices first, then the rest of the weight."""
    order = np.lexsort((-edges.weight, edges.source))
    sources = edges.source[order]
    own = edges.parts[:, edges.part_names.index(INTERACTIONS)]

    def guess(known: int, number: int) -> Ints:
        mine = order[slice(*np.searchsorted(sources, [known, known + 1]))]
        best = mine[np.argsort(-own[mine], kind="stable")]
        picked: Ints = edges.target[best[:number]]
        return picked

    return guess


def guess_by_weights(model: Ease, factors: Floats | None = None) -> Guesser:
    """Guess by the weights of a model, with a factor of each target, float [items]."""

    def guess(known: int, number: int) -> Ints:
        [row] = model.weights_of(known, known + 1)
        if factors is not None:
            row = np.where(row > 0, row * factors, row)
        row[known] = -np.inf
        return np.argsort(-row, kind="stable")[:number]

    return guess


def _rare_shoppers(train: Csr, options: AttackOptions) -> list[tuple[int, NDArray[np.int64]]]:
    """Return a product that only one shopper chose and the shopper's others, for some shoppers."""
    chosen_by = np.bincount(train.indices, minlength=train.shape[1])
    found = []
    for user in np.random.default_rng(options.seed).permutation(train.shape[0]):
        own = train.indices[train.indptr[user] : train.indptr[user + 1]]
        lone = own[chosen_by[own] == 1]
        if len(lone) and len(own) > _FEWEST_PRODUCTS:
            found.append((int(lone[0]), own[own != lone[0]].astype(np.int64)))
        if len(found) == options.shoppers:
            break
    return found
