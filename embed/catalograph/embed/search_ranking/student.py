"""The text ranker's student as a feature: trained on the log, kept as arrays without torch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from catalograph.embed.search_ranking.lists import ShownList
from catalograph.embed.text import product_texts
from catalograph.ml.search_ranking.models import StudentTowers
from catalograph.schema import TextEncoder
from catalograph.store import GraphSnapshot, ProductTexts

if TYPE_CHECKING:
    from catalograph.embed.ranker.crossval import CrossValidation, FoldConfig
    from catalograph.embed.ranker.examples import QueryExample
    from catalograph.embed.ranker.settings import RankerSettings

_BEST_RATING = 3.0
_MOST_QUERIES = 300
"""Largest number of queries that the student is taught, those with the most responses."""
_FEWEST_QUERIES = 20
_PACKAGES = ("torch", "transformers", "sentence_transformers", "peft", "scipy")


def is_trainable() -> bool:
    """Return whether the packages of the text ranker are installed."""
    return all(find_spec(name) is not None for name in _PACKAGES)


def train_towers(
    lists: Sequence[ShownList],
    examined: NDArray[np.float64],
    texts: ProductTexts,
    snapshot: GraphSnapshot,
    encoder: TextEncoder,
    *,
    seed: int,
    changes: Mapping[str, Any] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> StudentTowers | None:
    """Train the transformer on a log and distil it into two towers.

    Args:
        lists: what was shown, and the responses.
        examined: propensity of each place.
        texts: texts of the products.
        snapshot: facts of the products.
        encoder: text encoder of the live text model.
        seed: seed of weights and order.
        changes: settings of the text ranker by name, in place of the usual ones.
        progress: callback that receives the current step.

    Returns:
        The towers; None where fewer than twenty queries have a response.

    Raises:
        MissingExtraError: the extra `embed` is not installed.
    """
    ratings = _ratings(lists, examined)
    if len(ratings) < _FEWEST_QUERIES:
        return None
    from catalograph.embed.processes import hand_out
    from catalograph.embed.ranker.crossval import FoldConfig
    from catalograph.embed.ranker.settings import RankerSettings, StudentSettings

    plan = FoldConfig(RankerSettings(pretraining=False, seed=seed, **(changes or {})))
    bench = _bench(ratings, texts, snapshot, encoder, plan.settings)
    learned = bench.examples(plan.graph)
    hand_out("text ranker", teacher_arguments(bench, plan, learned))
    teacher, _ = bench.teacher(plan, learned, progress=progress)
    taught = bench.teacher_targets(teacher, learned)
    student = bench.student(taught, plan, StudentSettings(seed=seed))
    tower = student.net.query
    order = np.argsort(np.array(texts.keys))
    return StudentTowers(
        np.array(texts.keys)[order],
        student.vectors[order].astype(np.float16),
        *(
            part.detach().numpy()
            for part in (tower.down.weight, tower.down.bias, tower.up.weight, tower.up.bias)
        ),
    )


def teacher_arguments(
    bench: "CrossValidation", plan: "FoldConfig", learned: "list[QueryExample]"
) -> dict[str, Any]:
    """Return what other processes need to take part in the training of the teacher."""
    # The queries are encoded already, and an encoder may be a session of a server.
    nobody: Any = None
    return {
        "products": bench.products,
        "judgements": bench.judgements,
        "evidence": replace(bench.evidence("none"), encoder=nobody),
        "graph": bench.graphs[plan.graph],
        "plan": plan,
        "learned": learned,
    }


def _bench(
    ratings: Mapping[str, Mapping[str, float]],
    texts: ProductTexts,
    snapshot: GraphSnapshot,
    encoder: TextEncoder,
    settings: "RankerSettings",
) -> "CrossValidation":
    """Return the text ranker's data: the products, their facts and the rated queries."""
    from catalograph.embed.ranker.baseline_features import BaselineFeatures, text_vectors
    from catalograph.embed.ranker.crossval import CrossValidation
    from catalograph.embed.ranker.data import Judgements, Products, RankingQuery
    from catalograph.embed.ranker.graph import read_graph
    from catalograph.embed.ranker.lexical import Bm25
    from catalograph.embed.recommend.matrices import incidence

    described = product_texts(texts)
    rows = {key: n for n, key in enumerate(texts.keys)}
    heads, columns, names = _facts(snapshot, rows)
    facts = incidence(heads, columns, (len(rows), len(names)))
    products = Products(texts.keys, tuple(described), facts, names)
    judged = []
    for query, found in ratings.items():
        known = {rows[key]: value for key, value in found.items() if key in rows}
        if any(known.values()):
            judged.append(RankingQuery(query, known))
    evidence = BaselineFeatures(encoder, Bm25(described), text_vectors(encoder, described))
    graph = read_graph(products, None)
    # The folds are not used: the training takes all queries.
    return CrossValidation(
        products, Judgements(tuple(judged)), evidence, graph, settings=settings, folds=2
    )


def _ratings(
    lists: Sequence[ShownList], examined: NDArray[np.float64]
) -> dict[str, dict[str, float]]:
    """Return the rating of each product by query: responses over how often it was looked at."""
    gains: dict[str, dict[str, float]] = {}
    looks: dict[str, dict[str, float]] = {}
    for one in lists:
        for shown in one.impressions(examined):
            own, seen = gains.setdefault(one.query, {}), looks.setdefault(one.query, {})
            own[shown.key] = own.get(shown.key, 0.0) + shown.gain
            seen[shown.key] = seen.get(shown.key, 0.0) + shown.examined
    answered = {query: sum(found.values()) for query, found in gains.items()}
    chosen = sorted((q for q, n in answered.items() if n), key=lambda q: (-answered[q], q))
    return {
        query: {
            key: min(_BEST_RATING, _BEST_RATING * gain / max(looks[query][key], 1.0))
            for key, gain in gains[query].items()
        }
        for query in chosen[:_MOST_QUERIES]
    }


def _facts(
    snapshot: GraphSnapshot, rows: dict[str, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64], tuple[tuple[str, str], ...]]:
    """Return row and column of each fact, and the relation and tail of each column."""
    heads, columns = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    names: list[tuple[str, str]] = []
    for relation, table in snapshot.facts.items():
        found = np.array([rows.get(snapshot.products[n], -1) for n in table.heads], np.int64)
        heads.append(found[found >= 0])
        columns.append(table.tails[found >= 0].astype(np.int64) + len(names))
        names += [(relation, key) for key in table.tail_keys]
    return np.concatenate(heads), np.concatenate(columns), tuple(names)
