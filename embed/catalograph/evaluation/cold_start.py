"""Cold-start evaluation: products without interactions, and users with one, three or five events.

Products: a seeded tenth of them loses every training event. The task is to rank each user's events
with them, from train and test alike, given the user's other training events: among the cold
products alone and in the full catalogue; once from brands and categories only, once from all facts.
In the full catalogue also with the weights of new products raised, as `embed preference` does, with
what that costs the other products (`warm`).
Users: a seeded tenth of them is excluded from training. One, three or five of a user's training
events are then the history, and the user's other events are to be ranked in the full catalogue.

No split needs a new fit: the model without some products or users follows from its inverse in
closed form, exact to the precision of the numbers. With cold products c and the others w,
(A_ww)⁻¹ = P_ww − P_wc·P_cc⁻¹·P_cw, and a cold product's column is that times its Gram column, as
for any new product. Without users Y, P + P·Yᵀ·(I − Y·P·Yᵀ)⁻¹·Y·P.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.linalg import solve

from catalograph.embed.recommend.baselines import Popularity, fit_popularity
from catalograph.embed.recommend.cold_boost import choose_cold_boost, hold_out_products
from catalograph.embed.recommend.data import RecommendData
from catalograph.embed.recommend.ease import (
    Ease,
    ItemScorer,
    UserScorer,
    fit_ease,
)
from catalograph.embed.recommend.kgease import (
    KGEase,
    KGEaseConfig,
    fact_features,
    fit_kg_ease,
    target_scale,
)
from catalograph.embed.recommend.matrices import Csr, Floats, Ints, incidence, row_of_entry
from catalograph.embed.recommend.ranking import measure
from catalograph.embed.recommend.tune import Search, search_config
from catalograph.embed.recommend.tuned_settings import EASE, KG_EASE, TunedSettings, find_tuned
from catalograph.errors import EvaluationDataError
from catalograph.evaluation.recommendation import BRAND_CATEGORY
from catalograph.ml.profiling import BenchmarkRow, Profiler

__all__ = [
    "ProjectionScorer",
    "RandomScores",
    "WithoutUsers",
    "evaluate_cold_start",
    "fact_gram",
    "no_events",
    "restrict",
    "tune_cold_items",
    "without_items",
]

KEPT = (1, 3, 5)
"""Numbers of events that a cold user keeps."""
SHARE = 0.1
"""Share of the products, and of the users, that a split makes cold."""
TUNED_ITEMS = 4_000
"""Maximum number of products outside all test splits to tune on; a fit then takes seconds."""
_TUNING_SEED = 1_000


@dataclass(frozen=True)
class ProjectionScorer:
    """Scores candidates from the users' histories: X·W."""

    history: Csr
    """0/1 [users, sources]."""
    weights: Floats
    """W [sources, candidates]."""

    def score_users(self, users: Ints) -> Floats:
        """Score all candidates; float [len(users), candidates]."""
        scores: Floats = self.history[users] @ self.weights
        return scores


@dataclass(frozen=True)
class RandomScores:
    """Random scores, as a baseline."""

    candidates: int
    rng: np.random.Generator

    def score_users(self, users: Ints) -> Floats:
        """Draw scores; float [len(users), candidates]."""
        return self.rng.random((len(users), self.candidates))


class WithoutUsers:
    """A fitted model as it would be if it had not learned from some users.

    Args:
        fit: model that learned from them.
        learned: 0/1 [some users, items], the entries it learned from them.
    """

    def __init__(self, fit: Ease, learned: Csr) -> None:
        Y = learned.astype(fit.P.dtype)
        self._fit = fit
        self._reached = Y @ fit.P  # Y·P, (users, items)
        left = np.eye(Y.shape[0]) - Y @ self._reached.T
        self._solved = solve(left, self._reached, assume_a="pos").astype(fit.P.dtype)
        self._diagonal = fit.diagonal + np.einsum("ui,ui->i", self._reached, self._solved)
        self._scale = np.ones(1, fit.P.dtype)
        if isinstance(fit, KGEase):
            others = fit.grams.interactions.diagonal() - Y.sum(axis=0)
            self._scale = target_scale(others, fit.config).astype(fit.P.dtype)

    def score(self, rows: Csr) -> Floats:
        """Score all items; float [users, items]."""
        rows = rows.astype(self._fit.P.dtype)
        scores: Floats = rows @ self._fit.P + (rows @ self._reached.T) @ self._solved
        scores /= -self._diagonal
        scores[row_of_entry(rows), rows.indices] += rows.data  # B is zero on the diagonal
        return scores * self._scale


def without_items(fit: Ease, cold: Ints, warm: Ints) -> Floats:
    """Return the inverse that a fit on the other items alone would give.

    Args:
        fit: model fitted on all items.
        cold: int [c], items to leave out.
        warm: int [w], all others.

    Returns:
        float [w, w].
    """
    cross = fit.P[np.ix_(cold, warm)]
    P: Floats = fit.P[np.ix_(warm, warm)]
    P -= cross.T @ solve(fit.P[np.ix_(cold, cold)], cross, assume_a="pos")
    return P


def fact_gram(data: RecommendData, config: KGEaseConfig, sources: Ints, targets: Ints) -> Floats:
    """Return Σ_r w_r·G_r between some items and others, dense: float32 [sources, targets]."""
    gram: Floats = np.zeros((len(sources), len(targets)), np.float32)
    for name, relation in data.relations.items():
        if (weight := config.weight(name)) > 0:
            F = fact_features(relation)
            gram += weight * (F[sources] @ F[targets].T).toarray()
    return gram


def tune_cold_items(
    data: RecommendData, test_seeds: Sequence[int], search: Search, start: KGEaseConfig
) -> KGEaseConfig:
    """Tune λ and the weights on items that are cold in none of the test splits.

    Args:
        data: interactions and facts.
        test_seeds: seeds of the splits that are measured.
        search: search settings; the objective is NDCG@k among cold items.
        start: initial configuration.
    """
    part = _tuning_part(data, test_seeds)
    cold = _cold(part.n_items, _TUNING_SEED)

    def score(config: KGEaseConfig) -> float:
        case = _Items(part, cold)
        weights = case.columns(fit_kg_ease(part, config), config)
        return measure(case.among_cold(weights), case.cold_data, search.k)[0][f"ndcg@{search.k}"]

    return search_config(score, sorted(data.relations), search, start)


def _tuning_part(data: RecommendData, test_seeds: Sequence[int]) -> RecommendData:
    """Return training data of items that are cold in none of the test splits."""
    seen = np.concatenate([_cold(data.n_items, seed) for seed in test_seeds])
    free = np.setdiff1d(np.arange(data.n_items), seen)
    rng = np.random.default_rng(_TUNING_SEED)
    items = np.sort(rng.permutation(free)[:TUNED_ITEMS])
    # Tuning must not see the test part of these items either.
    return restrict(replace(data, test=no_events(data.train.shape)), items)


def _raise_cold_items(data: RecommendData, test_seeds: Sequence[int], fit: KGEase) -> KGEase:
    """Return the same fit with the boost of new products chosen as `embed preference` does."""
    split = hold_out_products(_tuning_part(data, test_seeds), None, _TUNING_SEED)
    if not split.usable:
        return fit
    found = choose_cold_boost(split, fit_kg_ease(split.data, fit.config))
    return replace(fit, config=replace(fit.config, cold_boost=found.boost))


def evaluate_cold_start(
    data: RecommendData,
    *,
    k: int = 10,
    seeds: Sequence[int] = range(5),
    tuned: TunedSettings | None = None,
    search: Search | None = None,
    on_row: Callable[[BenchmarkRow], None] = lambda _: None,
) -> list[BenchmarkRow]:
    """Measure every scenario; metrics are means over the splits.

    Args:
        data: interactions with a test part, and facts to measure the models that use them.
        k: length of the lists.
        seeds: seeds of the splits, one each.
        tuned: hyperparameters; by default those stored for this data.
        search: search settings for brands and categories alone; by default one coarse step.
        on_row: callback that receives each row.

    Raises:
        EvaluationDataError: there are no facts.
    """
    if not data.relations:
        raise EvaluationDataError("Cold start is measured on facts; this data has none.")
    tuned = tuned or find_tuned(data)
    table = _Table(k, on_row)
    few = {name: data.relations[name] for name in BRAND_CATEGORY if name in data.relations}
    if few:
        bare = replace(data, relations=few)
        config = tune_cold_items(bare, seeds, search or Search(steps=(3.0,), k=k), tuned.kg_ease)
        _measure_items(bare, config, "brand-category", seeds, table)
    fit = _measure_items(data, tuned.kg_ease, "all-facts", seeds, table)
    _measure_users(data, fit, {"lambda": tuned.kg_ease.lambda_}, KG_EASE, seeds, table)
    del fit
    bare_fit = fit_ease(data.train, tuned.ease_lambda)
    _measure_users(data, bare_fit, {"lambda": tuned.ease_lambda}, EASE, seeds, table)
    _measure_simple(data, seeds, table)
    return table.rows()


class _Items:
    """One split with cold items, and the matrices that models are measured with."""

    def __init__(self, data: RecommendData, cold: Ints) -> None:
        if data.test is None:
            raise EvaluationDataError("There is no test interaction; expected at least one.")
        self.data = data
        self.cold = cold
        self.warm = np.setdiff1d(np.arange(data.n_items), cold)
        self.history = sp.csr_array(data.train[:, self.warm])
        # Events with cold items are targets, in train as in test: none of them is learned from.
        everything = _union(data.train, data.test)
        wanted = sp.csr_array(everything[:, cold])
        self.cold_data = RecommendData(no_events(wanted.shape), test=wanted)
        self.order = np.concatenate([self.warm, cold])
        """Items in the order of the full catalogue's columns here."""
        self.full_data = RecommendData(
            _stack_columns(self.history, no_events(wanted.shape)),
            test=_stack_columns(no_events(self.history.shape), wanted),
        )
        # What raising the cold items costs the others: their test events, beside the cold ones.
        self.warm_data = replace(
            self.full_data,
            test=_stack_columns(sp.csr_array(data.test[:, self.warm]), no_events(wanted.shape)),
        )

    def columns(self, fit: Ease, config: KGEaseConfig) -> Floats:
        """Return weights from warm to cold items; float [warm, cold]."""
        weights: Floats = without_items(fit, self.cold, self.warm) @ self._gram(config, self.cold)
        return weights

    def all_columns(self, fit: KGEase) -> Floats:
        """Return weights from warm items to all, in the order of `order`; float [warm, items]."""
        P = without_items(fit, self.cold, self.warm)
        # A cold item has no interactions, so its scale is the boost.
        cold = P @ self._gram(fit.config, self.cold) * np.float32(fit.config.cold_boost)
        return np.concatenate([Ease(P).weights * fit.scale[self.warm], cold], axis=1)

    def facts(self, config: KGEaseConfig) -> Floats:
        """Return what warm items share with all, in the order of `order`; float [warm, items]."""
        return self._gram(config, self.order)

    def among_cold(self, weights: Floats) -> ProjectionScorer:
        """Score cold items alone, by weights to them or to all items in order."""
        return ProjectionScorer(self.history, weights[:, -len(self.cold) :])

    def in_full(self, weights: Floats) -> ProjectionScorer:
        """Score all items."""
        return ProjectionScorer(self.history, weights)

    def _gram(self, config: KGEaseConfig, targets: Ints) -> Floats:
        return fact_gram(self.data, config, self.warm, targets)


@dataclass
class _Table:
    """Collects the metrics of the splits by row."""

    k: int
    on_row: Callable[[BenchmarkRow], None]
    found: dict[str, list[BenchmarkRow]] = field(default_factory=dict)

    def add(
        self,
        name: str,
        scorer: ItemScorer | UserScorer,
        data: RecommendData,
        config: dict[str, Any],
    ) -> None:
        """Measure one model on one split."""
        with Profiler() as watch:
            metrics, n = measure(scorer, data, self.k)
        row = BenchmarkRow(name, metrics, n, config, watch.seconds, watch.peak_mb)
        self.found.setdefault(name, []).append(row)
        self.on_row(row)

    def rows(self) -> list[BenchmarkRow]:
        """Return one row per model and scenario: means over the splits."""
        return [_mean(rows) for _, rows in sorted(self.found.items())]


def _mean(rows: Sequence[BenchmarkRow]) -> BenchmarkRow:
    names = rows[0].metrics
    main = next(iter(names))
    spread = float(np.std([row.metrics[main] for row in rows]))
    return BenchmarkRow(
        rows[0].model,
        {name: float(np.mean([row.metrics[name] for row in rows])) for name in names},
        round(float(np.mean([row.n for row in rows]))),
        {**rows[0].config, "splits": len(rows), f"{main} deviation": round(spread, 5)},
        round(sum(row.seconds for row in rows), 3),
        round(max(row.peak_mb for row in rows), 1),
    )


def _measure_items(
    data: RecommendData, config: KGEaseConfig, facts: str, seeds: Sequence[int], table: _Table
) -> KGEase:
    fit = fit_kg_ease(data, config)
    weights = {name: config.weight(name) for name in data.relations}
    told = {"lambda": config.lambda_, "weights": weights}
    name = f"cold-products/{facts}"
    raised = _raise_cold_items(data, seeds, fit)
    told_raised = {**told, "cold_boost": raised.config.cold_boost}
    for seed in seeds:
        case = _Items(data, _cold(data.n_items, seed))
        facts_only = case.facts(config)
        table.add(
            f"{name}/among-cold/facts-only", case.among_cold(facts_only), case.cold_data, told
        )
        table.add(
            f"{name}/full-catalogue/facts-only", case.in_full(facts_only), case.full_data, told
        )
        del facts_only
        columns = case.all_columns(fit)
        table.add(f"{name}/among-cold/{KG_EASE}", case.among_cold(columns), case.cold_data, told)
        table.add(f"{name}/full-catalogue/{KG_EASE}", case.in_full(columns), case.full_data, told)
        table.add(f"{name}/warm/{KG_EASE}", case.in_full(columns), case.warm_data, told)
        scorer = case.in_full(case.all_columns(raised))
        model = f"{KG_EASE}-raised"
        table.add(f"{name}/full-catalogue/{model}", scorer, case.full_data, told_raised)
        table.add(f"{name}/warm/{model}", scorer, case.warm_data, told_raised)
    return fit


def _measure_simple(data: RecommendData, seeds: Sequence[int], table: _Table) -> None:
    """Measure the baselines that know neither facts nor users: random and popularity."""
    for seed in seeds:
        case = _Items(data, _cold(data.n_items, seed))
        chance = RandomScores(len(case.cold), np.random.default_rng(seed))
        table.add("cold-products/no-facts/among-cold/random", chance, case.cold_data, {})
        known = np.zeros(data.n_items, np.float32)
        known[: len(case.warm)] = fit_popularity(case.history).counts
        name = "cold-products/no-facts/full-catalogue/popularity"
        table.add(name, Popularity(known), case.full_data, {})
        for kept, users, split in _cold_users(data, seed):
            others = sp.csr_array(data.train[np.setdiff1d(np.arange(data.train.shape[0]), users)])
            table.add(f"cold-users/{kept}-events/popularity", fit_popularity(others), split, {})


def _measure_users(
    data: RecommendData,
    fit: Ease,
    told: dict[str, Any],
    model: str,
    seeds: Sequence[int],
    table: _Table,
) -> None:
    for seed in seeds:
        scorer: WithoutUsers | None = None
        for kept, users, split in _cold_users(data, seed):
            scorer = scorer or WithoutUsers(fit, sp.csr_array(data.train[users]))
            table.add(f"cold-users/{kept}-events/{model}", scorer, split, told)


def _cold_users(data: RecommendData, seed: int) -> Iterator[tuple[int, Ints, RecommendData]]:
    """Yield each number of kept events, the cold users, and their kept and other events."""
    if data.test is None:
        raise EvaluationDataError("There is no test interaction; expected at least one.")
    rng = np.random.default_rng(seed)
    n_users = data.train.shape[0]
    users = np.sort(rng.choice(n_users, int(SHARE * n_users), replace=False))
    rows = sp.csr_array(data.train[users])
    entry = row_of_entry(rows)
    order = np.lexsort((rng.random(rows.nnz), entry))
    place = np.empty(rows.nnz, np.int64)
    place[order] = np.arange(rows.nnz) - rows.indptr[entry[order]]
    everything = _union(rows, sp.csr_array(data.test[users]))
    for kept in KEPT:
        first = place < kept
        history = incidence(entry[first], rows.indices[first], rows.shape)
        others = sp.csr_array(everything - history)
        others.eliminate_zeros()
        # A user with fewer events is no test of this length.
        others = sp.csr_array(others.multiply((np.diff(history.indptr) == kept)[:, None]))
        others.eliminate_zeros()
        yield kept, users, RecommendData(history, test=others)


def _cold(n_items: int, seed: int) -> Ints:
    """Return the items that a split makes cold, sorted."""
    drawn = np.random.default_rng(seed).choice(n_items, int(SHARE * n_items), replace=False)
    return np.sort(drawn)


def restrict(data: RecommendData, items: Ints) -> RecommendData:
    """Return the data as if there were only these items, int [m]."""
    place = np.full(data.n_items + 1, -1)
    place[items] = np.arange(len(items))
    relations = {
        name: replace(
            relation,
            facts=sp.csr_array(relation.facts[items]),
            tail_items=None if relation.tail_items is None else place[relation.tail_items],
        )
        for name, relation in data.relations.items()
    }
    test = None if data.test is None else sp.csr_array(data.test[:, items])
    return RecommendData(sp.csr_array(data.train[:, items]), relations, test)


def no_events(shape: tuple[int, int]) -> Csr:
    """Return an empty matrix of this shape."""
    none = np.empty(0, np.int64)
    return incidence(none, none, shape)


def _stack_columns(left: Csr, right: Csr) -> Csr:
    return sp.csr_array(sp.hstack([left, right], format="csr"))


def _union(one: Csr, other: Csr) -> Csr:
    both = sp.csr_array(one + other)
    both.data[:] = 1.0
    return both
