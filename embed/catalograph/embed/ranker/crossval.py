"""Cross-validation folds: train on the queries of the others, measure on a fold's own."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from catalograph.embed.ranker.baseline_features import BaselineFeatures, QueryFeatures
from catalograph.embed.ranker.data import Judgements, Products, RankingQuery, folds_of
from catalograph.embed.ranker.examples import QueryExample, example_of
from catalograph.embed.ranker.graph import ProductGraph, shuffle
from catalograph.embed.ranker.layers import FrozenLayers, split
from catalograph.embed.ranker.pretraining import pretrain
from catalograph.embed.ranker.ranker import TextRanker, new_ranker
from catalograph.embed.ranker.settings import ENOUGH_TO_DECIDE, RankerSettings, StudentSettings
from catalograph.embed.ranker.student import Student, TeacherTargets, fit_student
from catalograph.embed.ranker.training import History, fit_mixture, fit_ranker
from catalograph.embed.recommend.matrices import Ints
from catalograph.ml.adversarial import with_typos
from catalograph.ml.encoders import load_trainable
from catalograph.ml.metrics import graded_ndcg

Measures = dict[str, list[float]]
"""Metric values by name, one for each query that has a relevant product."""
Scorer = Callable[[QueryExample, Ints], NDArray[np.float32]]
GRAPHS = ("full", "none", "shuffled")
_TAUGHT = 50
"""Number of best candidates per query that the teacher scores for the student."""
_TIMED_QUERIES = 5
_TIMED_CANDIDATES = 100


@dataclass(frozen=True)
class FoldConfig:
    """One ranker configuration to measure.

    Attributes:
        settings: settings of the transformer.
        graph: one of `GRAPHS`.
    """

    settings: RankerSettings
    graph: str = "full"


class CrossValidation:
    """The data of a cross-validation, with everything that its folds share.

    Args:
        products: products of the catalogue.
        judgements: judged queries.
        evidence: features without a graph.
        graph: graph of the products.
        settings: base encoder, frozen layers and length, which all plans share.
        folds: number of folds of the queries.
        seed: seed of the split, the typing errors and the shuffled graph.
    """

    def __init__(
        self,
        products: Products,
        judgements: Judgements,
        evidence: BaselineFeatures,
        graph: ProductGraph,
        *,
        settings: RankerSettings,
        folds: int = 5,
        seed: int = 0,
    ) -> None:
        self.products = products
        self.judgements = judgements
        self._settings = settings
        self._seed = seed
        self.graphs: Mapping[str, ProductGraph | None] = {
            "full": graph,
            "none": None,
            "shuffled": shuffle(graph, seed),
        }
        self._evidence = {name: evidence.with_graph(known) for name, known in self.graphs.items()}
        self._examples: dict[tuple[str, bool], list[QueryExample]] = {}
        self._starts: dict[FoldConfig, dict[str, torch.Tensor]] = {}
        self.folds = folds_of(len(judgements.queries), folds, seed)

    @cached_property
    def frozen(self) -> FrozenLayers:
        """Return the frozen layers, which cache their outputs for all plans and folds."""
        tokenizer, encoder = load_trainable(self._settings.encoder)
        lower, _ = split(encoder, self._settings.frozen_layers)
        texts, length = self.products.texts, self._settings.length
        return FrozenLayers(lower, tokenizer, texts, length, keep=True)

    def evidence(self, graph: str) -> BaselineFeatures:
        """Return features with one of `GRAPHS`."""
        return self._evidence[graph]

    def examples(self, graph: str, *, typos: bool = False) -> list[QueryExample]:
        """Return every judged query, as it is or with typing errors."""
        key = (graph, typos)
        if key not in self._examples:
            evidence = self._evidence[graph]
            queries = self.judgements.queries
            if typos:
                queries = tuple(
                    RankingQuery(with_typos(own.text, self._seed), own.ratings) for own in queries
                )
            self._examples[key] = [example_of(query, evidence) for query in queries]
        return self._examples[key]

    def parts(self, fold: int, graph: str) -> tuple[list[QueryExample], list[int]]:
        """Return the training examples, and the numbers of the examples to measure on."""
        own = set(self.folds[fold].tolist())
        examples = self.examples(graph)
        return [example for n, example in enumerate(examples) if n not in own], sorted(own)

    def measure(self, scorer: Scorer, numbers: Sequence[int], graph: str) -> Measures:
        """Rank judged products, retrieved candidates, and judged products for mistyped queries."""
        found: Measures = {"ndcg_judged@10": [], "ndcg@10": [], "ndcg_judged@10_typos": []}
        for n in numbers:
            clean, wrong = self.examples(graph)[n], self.examples(graph, typos=True)[n]
            if len(clean.good):
                ratings, judged = clean.query.ratings, clean.query.rows
                for name, example, rows in (
                    ("ndcg_judged@10", clean, judged),
                    ("ndcg@10", clean, clean.pool),
                    ("ndcg_judged@10_typos", wrong, judged),
                ):
                    found[name].append(graded_ndcg(rows, scorer(example, rows), ratings))
        return found

    def start(self, plan: FoldConfig) -> dict[str, torch.Tensor] | None:
        """Return weights pretrained on the catalogue; computed once, as they use no judgement."""
        if not plan.settings.pretraining:
            return None
        # Reset what pretraining ignores, so that plans that differ only in it share a start.
        base = replace(plan, settings=replace(plan.settings, seed=0, fgm=0.0, loss="in-batch"))
        if base not in self._starts:
            ranker = self._new(base)
            pretrain(ranker)
            self._starts[base] = {
                name: part.clone() for name, part in ranker.net.state_dict().items()
            }
        return self._starts[base]

    def teacher(
        self,
        plan: FoldConfig,
        learned: Sequence[QueryExample],
        checkpoints: Path | None = None,
        progress: Callable[[str], None] = lambda _: None,
    ) -> tuple[TextRanker, History]:
        """Train the transformer on some queries; a part of them is kept for early stopping."""
        ranker = self._new(plan)
        start = self.start(plan)
        if start is not None:
            ranker.net.load_state_dict(start)
        kept = int(plan.settings.validation * len(learned))
        if kept < ENOUGH_TO_DECIDE:
            kept = 0
        order = np.random.default_rng(plan.settings.seed).permutation(len(learned))
        history = fit_ranker(
            ranker,
            [learned[n] for n in order[kept:]],
            [learned[n] for n in order[:kept]],
            best=self.judgements.best,
            checkpoints=checkpoints,
            progress=progress,
        )
        return ranker, history

    def teacher_targets(
        self, teacher: TextRanker, learned: Sequence[QueryExample]
    ) -> list[TeacherTargets]:
        """Return the teacher's scores of the judged and best candidates of its queries."""
        rows = [np.union1d(own.query.rows, own.pool[:_TAUGHT]) for own in learned]
        return [
            TeacherTargets(own, listed, teacher.score_rows(own.asked, listed))
            for own, listed in zip(learned, rows, strict=True)
        ]

    def student(
        self, taught: Sequence[TeacherTargets], plan: FoldConfig, settings: StudentSettings
    ) -> Student:
        """Distil the teacher's scores into a student."""
        learned = [own.example for own in taught]
        mixture = fit_mixture(learned, plan.settings, self.judgements.best)
        evidence, graph = self.evidence(plan.graph), self.graphs[plan.graph]
        return fit_student(taught, self.products, evidence, graph, settings, mixture)

    def _new(self, plan: FoldConfig) -> TextRanker:
        return new_ranker(
            self.products,
            self.evidence(plan.graph),
            plan.settings,
            self.graphs[plan.graph],
            frozen=self.frozen,
        )


def scorer_of(ranker: TextRanker | Student) -> Scorer:
    """Return the scoring function of a trained model, for `CrossValidation.measure`."""

    def scores(example: QueryExample, rows: Ints) -> NDArray[np.float32]:
        asked: QueryFeatures = example.asked
        return ranker.score_rows(asked, rows)

    return scores


def seconds_a_query(ranker: TextRanker | Student, examples: Sequence[QueryExample]) -> float:
    """Measure the median wall time to score 100 candidates of a query from its text, uncached."""
    bare = ranker
    if isinstance(ranker, TextRanker):
        bare = replace(ranker, frozen=ranker.frozen.without_cache())
    taken = []
    for example in examples[:_TIMED_QUERIES]:
        keys = [ranker.products.keys[row] for row in example.pool[:_TIMED_CANDIDATES]]
        began = time.perf_counter()
        bare.score(example.query.text, keys)
        taken.append(time.perf_counter() - began)
    return float(np.median(taken))
