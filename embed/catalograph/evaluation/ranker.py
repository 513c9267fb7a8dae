"""Cross-validation of the ranker by query, with ablations of its parts, and of its student."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from catalograph.embed.ranker.baseline_features import BaselineFeatures, cached_text_vectors
from catalograph.embed.ranker.crossval import (
    CrossValidation,
    FoldConfig,
    Measures,
    scorer_of,
    seconds_a_query,
)
from catalograph.embed.ranker.data import read_judgements, read_products
from catalograph.embed.ranker.examples import QueryExample
from catalograph.embed.ranker.graph import read_graph
from catalograph.embed.ranker.lexical import Bm25
from catalograph.embed.ranker.settings import RankerSettings, StudentSettings
from catalograph.embed.ranker.training import fit_mixture
from catalograph.errors import ConfigError
from catalograph.ml.checkpoints import write_atomically
from catalograph.ml.profiling import BenchmarkRow, Profiler
from catalograph.schema import TextEncoder

TEACHER = "kg-enhanced-bert"
FEATURES = {"encoder": 0, "bm25": 1}
"""Untrained baselines, by the column of their feature."""
MIXTURE = "mixture"
STUDENTS: Mapping[str, Callable[[StudentSettings], StudentSettings]] = {
    "student": lambda settings: settings,
    "student-no-outputs": lambda settings: replace(settings, outputs=0.0),
    "student-no-triples": lambda settings: replace(settings, triples=0.0),
}
FGM = 1.0
"""Length of the adversarial step; the states of a pair have a joint norm of about 50 to 60."""
TEACHERS: Mapping[str, Callable[[RankerSettings], FoldConfig]] = {
    TEACHER: FoldConfig,
    "no-graph": lambda settings: FoldConfig(settings, "none"),
    "shuffled-graph": lambda settings: FoldConfig(settings, "shuffled"),
    "fgm": lambda settings: FoldConfig(replace(settings, fgm=FGM)),
    "no-pretraining": lambda settings: FoldConfig(replace(settings, pretraining=False)),
    "early": lambda settings: FoldConfig(replace(settings, fusion="early")),
    "interactive": lambda settings: FoldConfig(replace(settings, fusion="interactive")),
    "pointwise": lambda settings: FoldConfig(replace(settings, loss="pointwise")),
}
"""The teacher, and ablations that change one thing of it."""
MODELS = ("bm25", "encoder", MIXTURE, TEACHER, *STUDENTS, *[n for n in TEACHERS if n != TEACHER])


@dataclass(frozen=True)
class RankOptions:
    """Options of the measurement.

    Attributes:
        models: names from `MODELS`; empty for all.
        folds: number of folds of the queries.
        seeds: training seeds; the metrics are the means over them.
        split: seed of the folds, the typing errors and the shuffled graph.
        settings: teacher settings.
        student: student settings.
        kge: folder written by `TrainedKge.save`, with the products' keys as entities; the graph
            table starts from it. None takes `graph.graph_of`.
        work: folder for vectors and finished folds; a second run resumes from it.
    """

    models: Sequence[str] = ()
    folds: int = 5
    seeds: Sequence[int] = (0,)
    split: int = 0
    settings: RankerSettings = field(default_factory=RankerSettings)
    student: StudentSettings = field(default_factory=StudentSettings)
    kge: Path | None = None
    work: Path | None = None

    def __post_init__(self) -> None:
        unknown = [name for name in self.models if name not in MODELS]
        if unknown:
            raise ConfigError(f"There is no model '{unknown[0]}'; expected {', '.join(MODELS)}.")


@dataclass
class _Unit:
    """The result of one training: measures by row, and its cost."""

    measures: dict[str, Measures]
    seconds: float = 0.0
    peak_mb: float = 0.0
    speed: dict[str, float] = field(default_factory=dict)


def evaluate_ranker(
    catalog: Path,
    qrels: Path,
    options: RankOptions,
    encoder: TextEncoder,
    progress: Callable[[str], None] = lambda _: None,
) -> list[BenchmarkRow]:
    """Measure rankers by cross-validation over the queries.

    `ndcg_judged@10` ranks the judged products of each query; `ndcg@10` ranks the 100 candidates
    of BM25 and vectors, with unjudged ones counted as irrelevant; `ndcg_judged@10_typos` ranks
    the judged ones for the query with typing errors. Queries without a relevant product are left
    out of the means.

    Args:
        catalog: product file, see `data.read_products`.
        qrels: judgement file, see `data.read_judgements`.
        options: options of the measurement.
        encoder: untrained encoder of queries and products.
        progress: callback that receives each finished fold.

    Raises:
        EvaluationDataError: a file cannot be used.
    """
    products = read_products(catalog)
    judgements = read_judgements(qrels, products.index)
    vectors = cached_text_vectors(encoder, products.texts, options.work)
    evidence = BaselineFeatures(encoder, Bm25(products.texts), vectors)
    bench = CrossValidation(
        products, judgements, evidence, read_graph(products, options.kge),
        settings=options.settings, folds=options.folds, seed=options.split,
    )  # fmt: skip
    units = _Units(bench, options, progress)
    wanted = list(dict.fromkeys(options.models or MODELS))
    return [_row(name, units, options) for name in wanted]


class _Units:
    """Runs each training once and keeps its result."""

    def __init__(
        self, bench: CrossValidation, options: RankOptions, progress: Callable[[str], None]
    ) -> None:
        self.bench = bench
        self.options = options
        self._progress = progress
        self._students = [name for name in STUDENTS if name in (options.models or MODELS)]
        self._file = None if options.work is None else options.work / "units.json"
        self._done: dict[str, Any] = {}
        if self._file is not None and self._file.exists():
            self._done = json.loads(self._file.read_text())

    def of(self, name: str) -> list[_Unit]:
        """Return the units of a row: each fold, with each seed where something is trained."""
        source = TEACHER if name in STUDENTS else name
        seeds = self.options.seeds if source in TEACHERS else (0,)
        return [
            self._unit(source, seed, fold)
            for seed in seeds
            for fold in range(len(self.bench.folds))
        ]

    def _unit(self, name: str, seed: int, fold: int) -> _Unit:
        about = {
            "settings": asdict(self.options.settings),
            "student": asdict(self.options.student),
            "students": self._students if name == TEACHER else [],
            "folds": [len(self.bench.folds), self.options.split],
            "kge": str(self.options.kge),
        }
        key = json.dumps([name, seed, fold, about])
        if key not in self._done:
            with Profiler() as watch:
                unit = self._run(name, seed, fold)
            unit.seconds, unit.peak_mb = watch.seconds, watch.peak_mb
            self._done[key] = asdict(unit)
            self._keep()
            judged = np.mean(unit.measures[name]["ndcg_judged@10"])
            self._progress(
                f"{name}, seed {seed}, fold {fold + 1}: {judged:.4f}, {unit.seconds:.0f} s"
            )
        return _Unit(**self._done[key])

    def _keep(self) -> None:
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with write_atomically(self._file) as stream:
                stream.write(json.dumps(self._done).encode())

    def _run(self, name: str, seed: int, fold: int) -> _Unit:
        settings = replace(self.options.settings, seed=seed)
        plan = TEACHERS[name](settings) if name in TEACHERS else FoldConfig(settings)
        learned, numbers = self.bench.parts(fold, plan.graph)
        if name not in TEACHERS:
            return _Unit({name: self._of_features(name, learned, numbers)})
        teacher, _ = self.bench.teacher(plan, learned)
        unit = _Unit({name: self.bench.measure(scorer_of(teacher), numbers, plan.graph)})
        if name == TEACHER and self._students:
            timed = [self.bench.examples(plan.graph)[n] for n in numbers]
            unit.speed[TEACHER] = seconds_a_query(teacher, timed)
            taught = self.bench.teacher_targets(teacher, learned)
            for own in self._students:
                how = STUDENTS[own](replace(self.options.student, seed=seed))
                student = self.bench.student(taught, plan, how)
                unit.measures[own] = self.bench.measure(scorer_of(student), numbers, plan.graph)
                unit.speed[own] = seconds_a_query(student, timed)
        return unit

    def _of_features(
        self, name: str, learned: Sequence[QueryExample], numbers: Sequence[int]
    ) -> Measures:
        weights = np.zeros(len(self.bench.evidence("full").names), np.float32)
        if name == MIXTURE:
            weights = fit_mixture(learned, self.options.settings, self.bench.judgements.best)
        else:
            weights[FEATURES[name]] = 1.0
        return self.bench.measure(
            lambda example, rows: example.asked.features[rows] @ weights, numbers, "full"
        )


def _row(name: str, units: _Units, options: RankOptions) -> BenchmarkRow:
    found = units.of(name)
    metrics = _means(found, name)
    config = _config(name, options)
    if name in (TEACHER, *STUDENTS):
        config |= _speed(found, name)
    if name == TEACHER:
        bases = [_means(units.of(base), base) for base in FEATURES]
        config["beats_untrained"] = {
            metric: all(metrics[metric] > base[metric] for base in bases) for metric in metrics
        }
    if name in STUDENTS:
        teacher = _means(found, TEACHER)
        config["quality"] = {
            metric: round(value / teacher[metric], 4) for metric, value in metrics.items()
        }
    n = sum(len(unit.measures[name]["ndcg@10"]) for unit in found[: options.folds])
    seconds, peak = sum(unit.seconds for unit in found), max(unit.peak_mb for unit in found)
    return BenchmarkRow(name, metrics, n, config, round(seconds, 1), round(peak, 1))


def _speed(units: Sequence[_Unit], name: str) -> dict[str, float]:
    """Return seconds per query of 100 candidates; for a student, also its speed-up."""
    timed = [unit.speed for unit in units if unit.speed]
    if not timed:
        return {}
    told = {"seconds_per_query": round(float(np.median([own[name] for own in timed])), 5)}
    if name != TEACHER:
        ratios = [own[TEACHER] / own[name] for own in timed]
        told["times_as_fast"] = round(float(np.median(ratios)), 1)
    return told


def _means(units: Sequence[_Unit], name: str) -> dict[str, float]:
    """Return means over all queries and seeds."""
    names = units[0].measures[name]
    return {
        metric: float(np.mean([value for unit in units for value in unit.measures[name][metric]]))
        for metric in names
    }


def _config(name: str, options: RankOptions) -> dict[str, Any]:
    if name in STUDENTS:
        return asdict(STUDENTS[name](options.student)) | {"seeds": list(options.seeds)}
    if name in TEACHERS:
        plan = TEACHERS[name](options.settings)
        return asdict(plan.settings) | {"graph": plan.graph, "seeds": list(options.seeds)}
    return {}
