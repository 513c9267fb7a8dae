"""Plausibility of each fact, judged by embeddings that were trained without it.

The facts of products are divided into folds. For each fold a model is trained on all other facts,
and a fact's evidence is the log-probability of its tail among all tails of its relation, without
other known ones. The same is computed for a corruption: a tail of the same relation drawn by its
frequency, which gives a wrong fact of the right type. Isotonic regression (Zadrozny and Elkan
2002), separate for each relation with enough facts, estimates the likelihood ratio of evidence
under stated and under wrong facts. With w the expected share of wrong facts among the stated ones,
a fact is right with probability 1 - w f(wrong) / f(stated).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from catalograph.embed.facts.triples import triples_of
from catalograph.embed.kge import KgeConfig, TrainedKge, TripleSet, train
from catalograph.embed.kge.triples import HEAD, RELATION, TAIL, Ints
from catalograph.errors import ConfigError, MissingExtraError
from catalograph.store import GraphSnapshot

if TYPE_CHECKING:
    from sklearn.isotonic import IsotonicRegression

Floats = NDArray[np.float64]

_ENOUGH = 200
"""Minimum number of facts for a relation to have its own calibration."""
_HEADS_PER_BLOCK = 1024


@dataclass(frozen=True)
class PlausibilityConfig:
    """Settings of the judgement.

    Raises:
        ConfigError: there are fewer than two folds, or the share is out of range.
    """

    kge: KgeConfig = field(
        default_factory=lambda: KgeConfig(model="distmult", dimension=64, n3=0.01, epochs=40)
    )
    folds: int = 4
    """Number of models; each judges the facts that it has not seen."""
    expected_wrong: float = 0.05
    """Prior share of facts assumed to be wrong."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.folds < 2:
            raise ConfigError(f"folds is {self.folds}; expected 2 or more.")
        if not 0 < self.expected_wrong < 1:
            raise ConfigError(f"expected_wrong is {self.expected_wrong}; expected between 0 and 1.")


@dataclass(frozen=True)
class JudgedFacts:
    """Facts with their probabilities.

    Attributes:
        facts: the vocabulary and the judged triples.
        evidence: log-probability of each tail among the tails of its relation, float64 [n].
        probability: probability of being right, float64 [n]; NaN if training lacked head or tail.
    """

    facts: TripleSet
    evidence: Floats
    probability: Floats


ALIKE = "ALIKE"
"""Relation of a product to others with similar texts; used as evidence, never judged itself."""


def judge_facts(
    snapshot: GraphSnapshot,
    config: PlausibilityConfig | None = None,
    alike: Ints | None = None,
    device: str = "auto",
    progress: Callable[[str], None] = lambda line: None,
) -> JudgedFacts:
    """Judge each fact of each product.

    Args:
        snapshot: the graph.
        config: settings of the judgement.
        alike: int64 [2, m], pairs of products with similar texts, as positions in
            `snapshot.products`.
        device: `cpu`, `cuda` or `auto`.
        progress: callback that receives the model being trained.

    Raises:
        EmptySnapshotError: there are no facts.
        MissingExtraError: the extra `embed` is not installed.
    """
    config = config or PlausibilityConfig()
    facts = triples_of(snapshot)
    known = facts if alike is None else _with_alike(facts, snapshot, alike)
    judged = np.isin(
        facts.triples[:, RELATION],
        [facts.vocabulary.relation_index[name] for name in snapshot.facts],
    )
    rows = np.flatnonzero(judged)
    random = np.random.default_rng(config.seed)
    fold = _folds(facts.triples[rows, HEAD], config.folds, random)
    corrupt = _corruptions(facts.triples[rows], random)
    evidence, against = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    for k in range(config.folds):
        progress(f"model {k + 1} of {config.folds}")
        kept = np.ones(len(known), np.bool_)
        kept[rows[fold == k]] = False
        model = train(
            TripleSet(known.vocabulary, known.triples[kept]), None, config.kge, device=device
        )
        asked = np.flatnonzero(fold == k)
        evidence[asked], against[asked] = _evidence(
            model, facts.triples[rows], asked, corrupt[asked]
        )
    probability = _calibrate(facts.triples[rows, RELATION], evidence, against, config)
    return JudgedFacts(TripleSet(facts.vocabulary, facts.triples[rows]), evidence, probability)


def _folds(heads: Ints, folds: int, random: np.random.Generator) -> Ints:
    """Spread the facts of each head over the folds, as they are evidence for one another."""
    order = random.permutation(len(heads))
    order = order[np.argsort(heads[order], kind="stable")]
    by_head = heads[order]
    first = np.searchsorted(by_head, by_head)
    start = random.integers(0, folds, int(heads.max(initial=0)) + 1)
    fold = np.empty(len(heads), np.int64)
    fold[order] = (np.arange(len(heads)) - first + start[by_head]) % folds
    return fold


def _with_alike(facts: TripleSet, snapshot: GraphSnapshot, alike: Ints) -> TripleSet:
    """Return the same facts, followed by the pairs of similar products."""
    vocabulary = replace(facts.vocabulary, relations=(*facts.vocabulary.relations, ALIKE))
    places = np.array([vocabulary.entity_index[key] for key in snapshot.products], np.int64)
    relation = np.full(alike.shape[1], vocabulary.relation_index[ALIKE], np.int64)
    added = np.stack([places[alike[0]], relation, places[alike[1]]], axis=1)
    return TripleSet(vocabulary, np.concatenate([facts.triples, added]))


def _corruptions(triples: Ints, random: np.random.Generator) -> Ints:
    """Return, for each triple, another tail of its relation that its head does not have, or -1."""
    said = set(map(tuple, triples.tolist()))
    corrupt = np.full(len(triples), -1, np.int64)
    for relation in np.unique(triples[:, RELATION]).tolist():
        rows = np.flatnonzero(triples[:, RELATION] == relation)
        # Eight draws, because a head may already have the frequent tails.
        drawn = random.choice(triples[rows, TAIL], (len(rows), 8))
        for row, tails in zip(rows.tolist(), drawn.tolist(), strict=True):
            head = int(triples[row, HEAD])
            corrupt[row] = next((t for t in tails if (head, relation, t) not in said), -1)
    return corrupt


def _evidence(
    model: TrainedKge, triples: Ints, asked: NDArray[np.intp], corrupt: Ints
) -> tuple[Floats, Floats]:
    """Return log-probabilities of triples' own tails and of corruptions, each [len(asked)]."""
    own, other = np.full(len(asked), np.nan), np.full(len(asked), np.nan)
    for relation in np.unique(triples[asked, RELATION]).tolist():
        tails = np.unique(triples[triples[:, RELATION] == relation, TAIL])
        members = np.flatnonzero(triples[asked, RELATION] == relation)
        of_head = _tails_by_head(triples, relation, tails)
        for start in range(0, len(members), _HEADS_PER_BLOCK):
            block = members[start : start + _HEADS_PER_BLOCK]
            heads = triples[asked[block], HEAD]
            place = np.searchsorted(tails, triples[asked[block], TAIL])
            scores = _scores(model, heads, relation, tails)
            row = np.arange(len(block))
            mine = scores[row, place]
            # Filter the head's known tails, then restore the judged one.
            for n, head in enumerate(heads.tolist()):
                scores[n, of_head[head]] = -np.inf
            scores[row, place] = mine
            scores -= np.logaddexp.reduce(scores, axis=1, keepdims=True)
            own[block] = scores[row, place]
            drawn = corrupt[block]
            # -1 has no position: it gets any valid one here, and NaN in the next line.
            other[block] = scores[row, np.searchsorted(tails, np.maximum(drawn, tails[0]))]
            other[block[drawn < 0]] = np.nan
    unseen = ~(model.seen[triples[asked, HEAD]] & model.seen[triples[asked, TAIL]])
    own[unseen] = np.nan
    other[unseen] = np.nan
    return own, other


def _tails_by_head(triples: Ints, relation: int, tails: Ints) -> Mapping[int, list[int]]:
    """Return the positions in `tails` of each head's stated tails."""
    found: dict[int, list[int]] = {}
    chosen = triples[triples[:, RELATION] == relation]
    for head, place in zip(
        chosen[:, HEAD].tolist(), np.searchsorted(tails, chosen[:, TAIL]).tolist(), strict=True
    ):
        found.setdefault(head, []).append(place)
    return found


def _scores(model: TrainedKge, heads: Ints, relation: int, tails: Ints) -> Floats:
    """Score each head with each tail, float64 [heads, tails]."""
    import torch

    with torch.no_grad():
        asked = torch.from_numpy(heads), torch.full((len(heads),), relation)
        scores: Floats = (
            model.model.scores(
                model.model.queries(*asked), model.model.entity[torch.from_numpy(tails)]
            )
            .double()
            .numpy()
        )
    return scores


def _calibrate(
    relations: Ints, evidence: Floats, against: Floats, config: PlausibilityConfig
) -> Floats:
    """Return the probability of being right by evidence, float64 [n]."""
    usable = ~np.isnan(evidence) & ~np.isnan(against)
    probability = np.full(len(evidence), np.nan)
    counts = np.bincount(relations[usable], minlength=int(relations.max(initial=0)) + 1)
    groups = [np.flatnonzero(counts[relations] < _ENOUGH)]
    groups += [np.flatnonzero(relations == r) for r in np.flatnonzero(counts >= _ENOUGH)]
    for rows in groups:
        fitted = rows[usable[rows]]
        if fitted.size == 0:
            continue
        curve = _isotonic(evidence[fitted], against[fitted])
        known = rows[~np.isnan(evidence[rows])]
        # Above zero, because it is a divisor below.
        stated = np.clip(curve.predict(evidence[known]), 1e-6, 1.0)
        # Stated facts are a mixture of right ones and the expected share of wrong ones.
        probability[known] = np.clip(1 - config.expected_wrong * (1 - stated) / stated, 0, 1)
    return probability


def _isotonic(stated: Floats, corrupt: Floats) -> "IsotonicRegression":
    """Fit a curve that rises with evidence: the share of stated facts among both kinds."""
    try:
        from sklearn.isotonic import IsotonicRegression
    except ImportError as exc:
        raise MissingExtraError("embed", "scikit-learn") from exc
    curve = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    told = np.concatenate([np.ones(len(stated)), np.zeros(len(corrupt))])
    return curve.fit(np.concatenate([stated, corrupt]), told)
