"""The table of `catalograph eval private`: without privacy, public graph, private counts.

Two variants are always measured side by side. `all relations` reads every relation of the folder,
with the co-purchase lists among them, which are aggregates of shoppers that ε does not cover.
`brand and category` reads these alone. Where the folder has titles, both are also measured with the
words of these, which a shop's catalogue has anyway. Hyperparameters are chosen on validation
splits of train, one a seed; the test part is read once for each row. Noise is simulated from seeds.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from catalograph.embed.recommend.baselines import ItemModel
from catalograph.embed.recommend.contributions import (
    ContributionTable,
    count_users,
    leave_out_few,
    strongest_edges,
)
from catalograph.embed.recommend.data import RecommendData, hold_out, sample_tested
from catalograph.embed.recommend.ease import fit_ease
from catalograph.embed.recommend.kgease import (
    INTERACTIONS,
    KGEase,
    KGEaseConfig,
    count_pairs,
    fit_kg_ease,
)
from catalograph.embed.recommend.matrices import Csr, Floats
from catalograph.embed.recommend.ranking import RankedLists, rank_users
from catalograph.embed.recommend.title_words import title_words
from catalograph.embed.recommend.tuned_settings import TunedSettings, find_tuned
from catalograph.errors import ConfigError, EvaluationDataError
from catalograph.evaluation.private.attacks import (
    AttackOptions,
    Guesser,
    attack_members,
    attack_rare,
    guess_by_edges,
    guess_by_weights,
)
from catalograph.evaluation.private.lists import Candidates
from catalograph.evaluation.private.methods import METHODS, POWERS, PublicKnowledge, Release
from catalograph.evaluation.recommendation import BRAND_CATEGORY
from catalograph.ml.bootstrap import mean_interval
from catalograph.ml.privacy.accounting import choose_noise_multiplier
from catalograph.ml.privacy.counts import RESOLUTION, bound_contributions
from catalograph.ml.privacy.noise import simulate_noise
from catalograph.ml.profiling import BenchmarkRow, Profiler
from catalograph.schema.model_kinds import TITLE

__all__ = ["ALL", "FEW", "PrivateOptions", "evaluate_private", "variants_of"]

ALL, FEW = "all relations", "brand and category"
_LAMBDA_FACTORS = (1.0, 0.1)
"""Factors of λ that validation chooses from for the public graph."""
_TITLE_WEIGHTS = (4.0, 16.0)
"""Weights of the words of titles that validation chooses from."""
_SOURCE_POWERS = (0.1, 0.2)
_VALIDATION_SEED = 1_000
_EDGES = 200
"""Number of edges of a product that are published."""
_ATTACKED = "distribution"
"""Method whose weights are attacked: the one of `catalograph embed preference --epsilon`."""
_T95 = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}
"""Quantiles of Student's t distribution at 97.5 %, by number of seeds."""


@dataclass(frozen=True)
class PrivateOptions:
    """What to measure.

    Attributes:
        epsilons: ε of each release, above 0.
        delta: δ.
        seeds: number of noise seeds, and of validation splits.
        k: length of the lists.
        users: largest number of test users, and of validation users of all splits together; 0 for
            all.
        floors: numbers of shoppers that parts of published weights must rest on.
        attacks: what attackers have; None for no attacks.
    """

    epsilons: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)
    delta: float = 1e-6
    seeds: int = 5
    k: int = 10
    users: int = 3_000
    floors: tuple[int, ...] = (5,)
    attacks: AttackOptions | None = field(default_factory=AttackOptions)

    def __post_init__(self) -> None:
        if not self.epsilons:
            raise ConfigError("There is no epsilon; expected at least one, such as 1,2,4,8.")


def variants_of(data: RecommendData) -> dict[str, RecommendData]:
    """Return the data of each variant, by its name.

    Raises:
        EvaluationDataError: there are no facts.
    """
    if not data.relations:
        raise EvaluationDataError(
            f"{data.name} has no facts (kg.tsv); without a public graph there is nothing that "
            "private counts could be added to."
        )
    few = {name: data.relations[name] for name in BRAND_CATEGORY if name in data.relations}
    found = {ALL: data}
    if few:
        found[FEW] = replace(data, relations=few)
    return found


@dataclass
class _Run:
    """The state of one evaluation."""

    data: RecommendData
    options: PrivateOptions
    tuned: TunedSettings
    on_row: Callable[[BenchmarkRow], None]
    progress: Callable[[str], None]
    rows: list[BenchmarkRow] = field(default_factory=list)

    def add(self, row: BenchmarkRow) -> None:
        self.rows.append(row)
        self.on_row(row)

    def attack(self, name: str, guesser: Guesser, details: Mapping[str, Any]) -> None:
        """Add a row of the reconstruction of rare shoppers, if there are any."""
        if self.options.attacks is None:
            return
        row = attack_rare(self.data.train, name, guesser, self.options.attacks, details)
        if row is not None:
            self.add(row)


def evaluate_private(
    data: RecommendData,
    options: PrivateOptions | None = None,
    *,
    on_row: Callable[[BenchmarkRow], None] = lambda _: None,
    progress: Callable[[str], None] = lambda _: None,
) -> list[BenchmarkRow]:
    """Measure what privacy costs, for both variants.

    Args:
        data: interactions with a test part, and facts.
        options: what to measure.
        on_row: callback that receives each row.
        progress: callback that receives a line after each step.

    Returns:
        Rows named `variant: model`. Metrics are means over the seeds; `low` and `high` bound the
        95 % interval of NDCG over the seeds (of a bootstrap over the users where nothing is drawn).

    Raises:
        EvaluationDataError: there are no facts, or no test interaction.
    """
    options = options or PrivateOptions()
    variants = variants_of(data)
    if data.test is None or data.test.nnz == 0:
        raise EvaluationDataError("There is no test interaction; expected at least one.")
    if options.users:
        data = sample_tested(data, options.users)
    variants = {name: replace(part, test=data.test) for name, part in variants.items()}
    run = _Run(data, options, find_tuned(variants[ALL]), on_row, progress)
    splits = _validation_splits(data, options)
    _measure_ease(run)
    for name, part in variants.items():
        _measure_variant(run, name, part, splits)
    return run.rows


def _validation_splits(data: RecommendData, options: PrivateOptions) -> list[RecommendData]:
    bare = replace(data, relations={}, test=None)
    each = max(1, options.users // options.seeds) if options.users else 0
    splits = [hold_out(bare, _VALIDATION_SEED + seed) for seed in range(options.seeds)]
    return [sample_tested(split, each, seed=n) if each else split for n, split in enumerate(splits)]


def _measure_ease(run: _Run) -> None:
    with Profiler() as watch:
        lists = rank_users(fit_ease(run.data.train, run.tuned.ease_lambda), run.data, run.options.k)
    config = {"lambda": run.tuned.ease_lambda, "epsilon": None}
    _add(run, "no privacy: EASE", [lists], config, watch)


def _measure_variant(
    run: _Run, name: str, data: RecommendData, splits: Sequence[RecommendData]
) -> None:
    config = run.tuned.kg_ease
    if name == FEW:
        config = run.tuned.brand_category or config
    relations = sorted(data.relations)
    details = {"lambda": config.lambda_, "relations": relations, "epsilon": None}
    with Profiler() as watch:
        model = fit_kg_ease(data, config)
        lists = rank_users(model, data, run.options.k)
    _add(run, f"{name}: no privacy, KG-EASE", [lists], details, watch)
    edges = _published_edges(model)
    del model
    _measure_published(run, f"{name}: %s, published edges", data, edges, details)
    for fewest in run.options.floors:
        with_floor = replace(data, pair_floor=fewest)
        edges = _published_edges(fit_kg_ease(with_floor, config))
        counted = count_users(count_pairs(data), edges.source, edges.target)
        edges = leave_out_few(edges, counted, fewest)
        what = f"{name}: %s, at least {fewest} shoppers"
        _measure_published(run, what, data, edges, {**details, "fewest": fewest})
    with Profiler() as watch:
        tried = [_public_config(config, factor * config.lambda_) for factor in _LAMBDA_FACTORS]
        public = _choose_public(run, data, tried, splits)
        test = Candidates.of(public, data)
        lists = test.rank(None, run.options.k)
    details = {"lambda": public.config.lambda_, "relations": relations, "epsilon": 0.0}
    _add(run, f"{name}: public graph", [lists], details, watch)
    run.attack(f"{name}: reconstruction, public graph", guess_by_weights(public), details)
    best = _Variant(run, name, data, public, splits, test).measure(METHODS)
    del public, test
    if data.titles:
        _measure_titles(run, name, data, config, splits, {_ATTACKED: None, best: None})
    if run.options.attacks is not None:
        multipliers = {
            epsilon: choose_noise_multiplier(epsilon, run.options.delta)
            for epsilon in run.options.epsilons
        }
        attack_members(data, name, config, multipliers, run.options.attacks, run.add)


def _published_edges(model: KGEase) -> ContributionTable:
    """Return the strongest edges, with the part of choices and that of all relations together."""
    bare = replace(model, grams=replace(model.grams, relations={}, predicted={}))
    edges = strongest_edges(bare, _EDGES)
    rest = edges.weight - edges.parts[:, 0]
    parts = np.stack([edges.parts[:, 0], rest], axis=1)
    return replace(edges, parts=parts, part_names=(INTERACTIONS, "facts"))


def _measure_published(
    run: _Run, name: str, data: RecommendData, edges: ContributionTable, details: Mapping[str, Any]
) -> None:
    """Add rows of the edges that would be published: their lists, and an attack on them."""
    n = data.n_items
    with Profiler() as watch:
        weights = sp.csr_array((edges.weight, (edges.source, edges.target)), shape=(n, n))
        lists = rank_users(ItemModel(weights), data, run.options.k)
    _add(run, name % "no privacy", [lists], details, watch)
    run.attack(name % "reconstruction", guess_by_edges(edges), details)


def _measure_titles(
    run: _Run,
    name: str,
    data: RecommendData,
    config: KGEaseConfig,
    splits: Sequence[RecommendData],
    methods: Iterable[str],
) -> None:
    """Add rows of the variant with the words of titles, which say nothing of shoppers either."""
    facts, words = title_words(data.titles)
    data = replace(data, relations={**data.relations, TITLE: facts})
    name = f"{name}, titles"
    with Profiler() as watch:
        tried = [
            _public_config(
                replace(config, weights={**config.weights, TITLE: weight}), config.lambda_
            )
            for weight in _TITLE_WEIGHTS
        ]
        public = _choose_public(run, data, tried, splits)
        test = Candidates.of(public, data)
        lists = test.rank(None, run.options.k)
    details = {
        "lambda": public.config.lambda_,
        "title_weight": public.config.weight(TITLE),
        "words": len(words),
        "relations": sorted(data.relations),
        "epsilon": 0.0,
    }
    _add(run, f"{name}: public graph", [lists], details, watch)
    _Variant(run, name, data, public, splits, test).measure(methods)


def _public_config(config: KGEaseConfig, lambda_: float) -> KGEaseConfig:
    return replace(config, lambda_=lambda_, item_power=0.0, cold_boost=1.0)


def _choose_public(
    run: _Run,
    data: RecommendData,
    configs: Sequence[KGEaseConfig],
    splits: Sequence[RecommendData],
) -> KGEase:
    """Fit the public graph by the configuration that validation prefers."""
    bare = replace(data, train=type(data.train)(data.train.shape, dtype=data.train.dtype))
    best: tuple[float, KGEase] | None = None
    for tried in configs:
        model = fit_kg_ease(bare, tried)
        found = float(
            np.mean(
                [
                    Candidates.of(model, split).rank(None, run.options.k).ndcg.mean()
                    for split in splits
                ]
            )
        )
        said = f"lambda {tried.lambda_:g}, titles {tried.weights.get(TITLE, 0.0):g}"
        run.progress(f"public graph, {said}: {100 * found:.3f} % on validation")
        if best is None or found > best[0]:
            best = (found, model)
        del model
    if best is None:
        raise ConfigError("No configuration was tried.")
    return best[1]


@dataclass
class _Variant:
    """One variant with its fitted public graph."""

    run: _Run
    name: str
    data: RecommendData
    public: KGEase
    splits: Sequence[RecommendData]
    test: Candidates

    def measure(self, methods: Iterable[str]) -> str:
        """Add the rows of the variant; return the method that validation prefers at the last ε."""
        last = _ATTACKED
        knowledge = PublicKnowledge(self.data)
        validation = [Candidates.of(self.public, split) for split in self.splits]
        self._measure_without_noise(validation)
        for epsilon in self.run.options.epsilons:
            multiplier = choose_noise_multiplier(epsilon, self.run.options.delta)
            best: tuple[float, str, Mapping[str, float]] | None = None
            for method in methods:
                score, chosen = self._measure(method, epsilon, multiplier, knowledge, validation)
                if best is None or score > best[0]:
                    best = (score, method, chosen)
            if best is not None:
                last = best[1]
                self._measure_local(best, epsilon, multiplier, knowledge)
        return last

    def _measure_without_noise(self, validation: Sequence[Candidates]) -> None:
        """Add a row of the same counts without noise, as they are."""
        k = self.run.options.k
        with Profiler() as watch:
            counts = [_exact(split.train) for split in self.splits]
            power = max(
                POWERS,
                key=lambda p: np.mean(
                    [
                        c.rank((n + 1.0) ** p, k).ndcg.mean()
                        for c, n in zip(validation, counts, strict=True)
                    ]
                ),
            )
            lists = self.test.rank((_exact(self.data.train) + 1.0) ** power, k)
        config = {"power": power, "epsilon": None}
        _add(self.run, f"{self.name}: counts without noise", [lists], config, watch)

    def _measure(
        self,
        method: str,
        epsilon: float,
        multiplier: float,
        knowledge: PublicKnowledge,
        validation: Sequence[Candidates],
    ) -> tuple[float, Mapping[str, float]]:
        """Choose a method's hyperparameters, add its row; return its figure on validation."""
        k = self.run.options.k
        with Profiler() as watch:
            figures: dict[tuple[tuple[str, float], ...], list[float]] = {}
            for seed, (split, lists) in enumerate(zip(self.splits, validation, strict=True)):
                release = self._release(split.train, multiplier, _VALIDATION_SEED + seed, knowledge)
                for values, factors in METHODS[method](release):
                    found = float(lists.rank(factors, k).ndcg.mean())
                    figures.setdefault(tuple(values.items()), []).append(found)
            chosen = max(figures, key=lambda values: float(np.mean(figures[values])))
            ranked = [
                self.test.rank(self._factors(method, chosen, multiplier, seed, knowledge), k)
                for seed in range(self.run.options.seeds)
            ]
        score = float(np.mean(figures[chosen]))
        config = {
            **dict(chosen),
            "epsilon": epsilon,
            "noise_multiplier": multiplier,
            "validation": score,
        }
        _add(self.run, f"{self.name}: {method}, ε {epsilon:g}", ranked, config, watch)
        if method == _ATTACKED:
            factors = self._factors(method, chosen, multiplier, 0, knowledge)
            guesser = guess_by_weights(self.public, factors)
            self.run.attack(
                f"{self.name}: reconstruction, {method}, ε {epsilon:g}", guesser, config
            )
        return score, dict(chosen)

    def _factors(
        self,
        method: str,
        chosen: tuple[tuple[str, float], ...],
        multiplier: float,
        seed: int,
        knowledge: PublicKnowledge,
    ) -> Floats:
        release = self._release(self.data.train, multiplier, seed, knowledge)
        for values, factors in METHODS[method](release):
            if tuple(values.items()) == chosen:
                return factors
        raise ConfigError(f"{method} has no values {dict(chosen)}.")

    def _release(
        self, choices: Csr, multiplier: float, seed: int, knowledge: PublicKnowledge
    ) -> Release:
        return Release(choices, multiplier, simulate_noise(seed), knowledge)

    def _measure_local(
        self,
        best: tuple[float, str, Mapping[str, float]],
        epsilon: float,
        multiplier: float,
        knowledge: PublicKnowledge,
    ) -> None:
        """Add the best method with histories in which popular products count less.

        A shopper's own history is used at serving time alone, by released counts, so it costs
        nothing.
        """
        before, method, values = best
        chosen = tuple(values.items())
        k = self.run.options.k
        with Profiler() as watch:
            split = self.splits[0]
            release = self._release(split.train, multiplier, _VALIDATION_SEED, knowledge)
            factors = next(f for v, f in METHODS[method](release) if tuple(v.items()) == chosen)
            first = Candidates.of(self.public, split).rank(factors, k).ndcg.mean()
            figures = {0.0: float(first)}
            for power in _SOURCE_POWERS:
                sources = (release.counts.estimates + 1.0) ** -power
                lists = Candidates.of(self.public, split, sources).rank(factors, k)
                figures[power] = float(lists.ndcg.mean())
            power = max(figures, key=lambda p: figures[p])
            ranked = []
            for seed in range(self.run.options.seeds):
                release = self._release(self.data.train, multiplier, seed, knowledge)
                sources = (release.counts.estimates + 1.0) ** -power
                test = Candidates.of(self.public, self.data, sources) if power else self.test
                factors = self._factors(method, chosen, multiplier, seed, knowledge)
                ranked.append(test.rank(factors, k))
        config = {
            **values,
            "method": method,
            "source_power": power,
            "epsilon": epsilon,
            "noise_multiplier": multiplier,
            "validation": before,
        }
        _add(self.run, f"{self.name}: best and local history, ε {epsilon:g}", ranked, config, watch)


def _exact(choices: Csr) -> NDArray[np.float64]:
    return bound_contributions(choices) / RESOLUTION


def _add(
    run: _Run,
    model: str,
    lists: Sequence[RankedLists],
    config: Mapping[str, Any],
    watch: Profiler,
) -> None:
    """Add a row: means over the draws, and the interval of NDCG."""
    each = [ranked.metrics() for ranked in lists]
    metrics = {name: float(np.mean([one[name] for one in each])) for name in each[0]}
    name = f"ndcg@{run.options.k}"
    low, high = _interval(lists)
    row = watch.row(
        model,
        {**metrics, f"{name} low": low, f"{name} high": high},
        len(lists[0].positives),
        {**config, "draws": len(lists)},
    )
    run.add(row)


def _interval(lists: Sequence[RankedLists]) -> tuple[float, float]:
    if len(lists) == 1:
        return mean_interval(lists[0].ndcg)
    means = np.array([ranked.ndcg.mean() for ranked in lists])
    half = _T95.get(len(means), 1.96) * float(means.std(ddof=1)) / np.sqrt(len(means))
    return float(means.mean() - half), float(means.mean() + half)
