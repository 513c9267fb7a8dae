"""The plausibility gate: doubtful facts, products with similar texts, and doubt metrics."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.embed.facts.plausibility import JudgedFacts, PlausibilityConfig, judge_facts
from catalograph.embed.kge.triples import HEAD, RELATION, TAIL, Ints
from catalograph.errors import ConfigError
from catalograph.ml.calibration import expected_calibration_error
from catalograph.schema.keys import assertion_key
from catalograph.store import Connection, FactTable, GraphSnapshot
from catalograph.store.models.imputed import live_text_vectors

_PRODUCTS_PER_BLOCK = 2048
_PLANTED = 100
"""Minimum number of facts of a relation for planting wrong ones."""


@dataclass(frozen=True)
class DoubtfulFact:
    """A fact whose probability of being right is below the threshold."""

    head: str
    relation: str
    tail: str
    probability: float
    """Probability that the fact is right."""

    @property
    def assertion(self) -> str:
        """Key of the assertion that states the fact."""
        return assertion_key(self.head, self.relation.split(":")[0], self.tail)


@dataclass(frozen=True)
class PlantedErrorMetrics:
    """Quality of finding wrong facts planted in one relation.

    Attributes:
        relation: name of the relation.
        facts: number of its facts.
        wrong: number of facts given another tail, drawn by the frequency of tails.
        unjudged: number of facts whose head or tail did not occur in training.
        auc: probability that a right fact has more evidence than a wrong one.
        precision: share of wrong ones among as many doubts as there are wrong ones.
        flagged: number of facts with a probability below one half.
        flagged_wrong: number of those that are wrong.
        calibration_error: mean distance of probability from share of right facts, in ten bins.
    """

    relation: str
    facts: int
    wrong: int
    unjudged: int
    auc: float
    precision: float
    flagged: int
    flagged_wrong: int
    calibration_error: float

    def as_dict(self) -> dict[str, Any]:
        """Return all values by name, for JSON."""
        return asdict(self)


def alike_products(
    connection: Connection, snapshot: GraphSnapshot, neighbours: int = 10
) -> Ints | None:
    """Return pairs of products whose texts are nearest, by the live text vectors.

    Returns:
        int64 [2, m] of positions in `snapshot.products`; None without a live text model.
    """
    vectors = live_text_vectors(connection, snapshot.products)
    return None if vectors is None else nearest(vectors, neighbours)


def nearest(vectors: NDArray[np.float32], neighbours: int) -> Ints:
    """Pair each row with its nearest others by inner product, int64 [2, m]; zero rows get none."""
    filled = np.flatnonzero(np.abs(vectors).sum(axis=1) > 0)
    count = min(neighbours, len(filled) - 1)
    if count < 1:
        return np.empty((2, 0), np.int64)
    pairs = []
    for start in range(0, len(filled), _PRODUCTS_PER_BLOCK):
        rows = np.arange(start, min(start + _PRODUCTS_PER_BLOCK, len(filled)))
        likeness = vectors[filled[rows]] @ vectors[filled].T
        likeness[np.arange(len(rows)), rows] = -np.inf
        best = np.argpartition(-likeness, count - 1, axis=1)[:, :count]
        best.sort(axis=1)
        pairs.append(np.stack([np.repeat(filled[rows], count), filled[best.ravel()]]))
    return np.concatenate(pairs, axis=1).astype(np.int64)


def doubts(judged: JudgedFacts, below: float) -> list[DoubtfulFact]:
    """Return facts whose probability is below a threshold, the least likely first."""
    entities, relations = judged.facts.vocabulary.entities, judged.facts.vocabulary.relations
    chosen = np.flatnonzero(judged.probability < below)
    order = chosen[np.lexsort((judged.evidence[chosen], judged.probability[chosen]))]
    return [
        DoubtfulFact(entities[h], relations[r], entities[t], p)
        for (h, r, t), p in zip(
            judged.facts.triples[order].tolist(), judged.probability[order].tolist(), strict=True
        )
    ]


def measure_planted(
    snapshot: GraphSnapshot,
    share: float,
    config: PlausibilityConfig | None = None,
    alike: Ints | None = None,
    device: str = "auto",
    progress: Callable[[str], None] = lambda line: None,
) -> list[PlantedErrorMetrics]:
    """Plant wrong facts in a copy of the snapshot and measure whether they are found.

    Args:
        snapshot: the graph, which is not changed.
        share: share of each large relation's facts that get another tail.
        config: settings of the judgement.
        alike: pairs of similar products, as for `judge_facts`.
        device: `cpu`, `cuda` or `auto`.
        progress: callback that receives the model being trained.

    Raises:
        ConfigError: the share is not between 0 and 1, or no relation is large enough.
    """
    config = config or PlausibilityConfig()
    if not 0 < share < 1:
        raise ConfigError(f"The share to plant is {share}; expected between 0 and 1.")
    planted, wrong = _plant(snapshot, share, config.seed)
    if not wrong:
        raise ConfigError(
            f"No relation has {_PLANTED} facts with different tails, so nothing can be planted."
        )
    judged = judge_facts(planted, config, alike, device, progress)
    return [_measure(judged, relation, pairs) for relation, pairs in wrong.items()]


def _plant(
    snapshot: GraphSnapshot, share: float, seed: int
) -> tuple[GraphSnapshot, dict[str, set[tuple[str, str]]]]:
    """Return the snapshot with wrong facts, and these facts by relation."""
    random = np.random.default_rng(seed)
    facts, wrong = dict(snapshot.facts), {}
    for name, table in snapshot.facts.items():
        if len(table) < _PLANTED or len(table.tail_keys) < 2:
            continue
        chosen = random.choice(len(table), int(share * len(table)), replace=False)
        said = set(zip(table.heads.tolist(), table.tails.tolist(), strict=True))
        tails, changed = table.tails.copy(), set()
        for n in chosen.tolist():
            head, tail = int(table.heads[n]), int(random.choice(table.tails))
            if (head, tail) not in said:
                tails[n] = tail
                said.add((head, tail))
                changed.add((snapshot.products[head], table.tail_keys[tail]))
        facts[name] = FactTable(table.heads, tails, table.tail_keys)
        wrong[name] = changed
    return replace(snapshot, facts=facts), wrong


def _measure(
    judged: JudgedFacts, relation: str, wrong: set[tuple[str, str]]
) -> PlantedErrorMetrics:
    vocabulary = judged.facts.vocabulary
    rows = np.flatnonzero(judged.facts.triples[:, RELATION] == vocabulary.relation_index[relation])
    pairs = judged.facts.triples[rows][:, [HEAD, TAIL]].tolist()
    bad = np.array([(vocabulary.entities[h], vocabulary.entities[t]) in wrong for h, t in pairs])
    known = ~np.isnan(judged.evidence[rows])
    evidence, probability = judged.evidence[rows][known], judged.probability[rows][known]
    bad = bad[known]
    flagged = probability < 0.5
    least = np.argsort(evidence, kind="stable")[: int(bad.sum())]
    return PlantedErrorMetrics(
        relation=relation,
        facts=len(rows),
        wrong=len(wrong),
        unjudged=int((~known).sum()),
        auc=_auc(evidence[~bad], evidence[bad]),
        precision=float(bad[least].mean()) if least.size else float("nan"),
        flagged=int(flagged.sum()),
        flagged_wrong=int((flagged & bad).sum()),
        calibration_error=expected_calibration_error(probability, ~bad),
    )


def _auc(high: NDArray[np.float64], low: NDArray[np.float64]) -> float:
    """Return the share of pairs in which the first is higher, ties counting half."""
    if not high.size or not low.size:
        return float("nan")
    ordered = np.sort(low)
    below = np.searchsorted(ordered, high, "left") + np.searchsorted(ordered, high, "right")
    return float(below.mean() / 2 / len(low))
