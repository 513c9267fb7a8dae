"""Guesses of missing values by each method and their combination, with calibrated confidence.

Some known values are first hidden and guessed. How often each method is right on them, at which
score and in which field, gives its confidence (logistic calibration; Platt 1999) and trains the
combination of the methods' candidates (stacking; Wolpert 1992).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import MissingExtraError
from catalograph.ingest import fingerprint
from catalograph.ingest.complete.catalogue import BRAND, CATEGORY, Catalogue, FieldFacts, leave_out

if TYPE_CHECKING:
    from catalograph.ingest.complete.methods import (
        NeighbourVotes,
        Rows,
        Scores,
        Target,
        TextSimilarity,
    )

GRAPH, TEXT, NEIGHBOURS, EMBEDDING = "graph", "text", "neighbours", "embedding"
METHODS = (GRAPH, TEXT, NEIGHBOURS, EMBEDDING)
"""Methods that learn from the catalogue; the embedding takes part where the caller gives its
learner."""
HEAD = "multitask"
"""Method of a trained model of categories, where the caller gives one."""
_EVERY = (*METHODS, HEAD)
COMBINED = "combined"
MIN_KNOWN = 40
"""A field is completed only if at least so many products have a known value."""
MIN_HOLDERS = 3
"""A value is guessed only if at least so many products have it."""
MIN_CANDIDATES_HOLD = 0.5
"""Share of the known values that must be candidates; free texts and measures have fewer."""
MIN_NEIGHBOURS_TELL = 0.5
"""An attribute is guessed only if at least this share of the nearest products has it."""
_MOST_CANDIDATES = 1_000
_HIDDEN_TO_CALIBRATE = 0.2
_BEST = 3
"""Number of candidates that each method gives to the combination."""

Progress = Callable[[str], None]


class FactScorer(Protocol):
    """A model of given facts, which scores facts that are missing."""

    def score(self, relation: str, tails: Sequence[str], rows: "Rows") -> "Scores":
        """Return the probability of each tail for each product, among these tails."""


class CategoryScorer(Protocol):
    """A trained model of categories, which scores them from texts."""

    def is_unseen(self, product: str) -> bool:
        """Return whether the model did not learn from a product, so that it can be judged by it."""

    def score(self, texts: Sequence[str], tails: Sequence[str]) -> "Scores":
        """Return the probability of each category for each text."""


Facts = Mapping[str, tuple["Rows", tuple[str, ...]]]
"""For each field and link: int64 [n, 2] with indexes of a product and a tail, keys of the tails."""
FactLearner = Callable[[Sequence[str], Facts], FactScorer]
"""Trains a model on the facts of products with these keys."""


@dataclass(frozen=True)
class Guesses:
    """Guesses of one method for one field.

    Attributes:
        rows: int64 [n]; indexes of the products with a guess.
        tails: guessed key of each product.
        confidence: float64 [n]; probability that such a guess is right.
    """

    rows: "Rows"
    tails: tuple[str, ...]
    confidence: NDArray[np.float64]


@dataclass(frozen=True)
class _Scored:
    """Scores of one field for the requested rows, by method."""

    target: "Target"
    rows: "Rows"
    scores: Mapping[str, "Scores"]


class Imputer:
    """Guesses missing values; holds the texts and vectors, which hidden facts do not change.

    Args:
        catalogue: products to complete.
        seed: random seed of the hidden values and of the classifier.
        progress: callback that receives the current step.
        learner: training of an embedding of the facts, the fourth method; None leaves it out.
        categories: trained model of categories, the fifth method; None leaves it out.

    Raises:
        MissingExtraError: the extra `extract` is not installed.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        seed: int = 0,
        progress: Progress = lambda doing: None,
        learner: FactLearner | None = None,
        categories: CategoryScorer | None = None,
    ) -> None:
        self.catalogue = catalogue
        self._learner = learner
        self._categories = categories
        self._methods = _library()
        self._seed = seed
        self._progress = progress
        progress("reading texts")
        self._texts: TextSimilarity = self._methods.TextSimilarity(catalogue)
        vectors = catalogue.vectors
        self._vectors = self._methods.latent_vectors(self._texts) if vectors is None else vectors

    def eligible(self, known: Mapping[str, FieldFacts]) -> list[str]:
        """Return the fields that can be completed: brand, category, then by known values."""
        fields = [
            (len(np.unique(facts.pairs[:, 0])), name)
            for name, facts in known.items()
            if _target(name, facts, len(self.catalogue.keys), self._methods) is not None
        ]
        order = {BRAND: -2, CATEGORY: -1}
        return [name for n, name in sorted(fields, key=lambda f: (order.get(f[1], 0), -f[0], f[1]))]

    def missing(self, known: Mapping[str, FieldFacts], field: str) -> "Rows":
        """Return the products missing a field that similar products have."""
        n = len(self.catalogue.keys)
        holders = np.zeros(n, bool)
        holders[known[field].pairs[:, 0]] = True
        return self.applicable(known, field, np.flatnonzero(~holders).astype(np.int64))

    def applicable(self, known: Mapping[str, FieldFacts], field: str, rows: "Rows") -> "Rows":
        """Return the rows for which the field makes sense: cables have no screen size."""
        if field in (BRAND, CATEGORY):
            return rows
        holders = np.zeros(len(self.catalogue.keys), bool)
        holders[known[field].pairs[:, 0]] = True
        told = self._methods.neighbours_with(self._vectors, holders, rows)
        kept: Rows = rows[told >= MIN_NEIGHBOURS_TELL]
        return kept

    def guess(
        self, known: Mapping[str, FieldFacts], wanted: Mapping[str, "Rows"]
    ) -> dict[str, dict[str, Guesses]]:
        """Guess fields of products.

        Args:
            known: facts that may be used, by field.
            wanted: indexes of the products to guess a value for, by field.

        Returns:
            Guesses by field and method.
        """
        hidden = {field: self._hide(field, known[field]) for field in wanted}
        # Guess the hidden values from the remaining facts, as if they were missing.
        shown = {name: leave_out(f, hidden.get(name, ())) for name, f in known.items()}
        practice = list(self._score(shown, hidden, "practising on"))
        truths = [_true_candidates(scored, known[scored.target.field]) for scored in practice]
        judge = _Judge(practice, truths)
        found: dict[str, dict[str, Guesses]] = {}
        for scored in self._score(known, wanted, "guessing"):
            if scored.target.field in judge.fields:
                found[scored.target.field] = judge.guesses(scored)
        return found

    def _hide(self, field: str, facts: FieldFacts) -> "Rows":
        """Choose products to hide by hash, so that a new product does not change the choice.

        Of categories with a trained model, those that it did not learn from are hidden: on others
        it would seem too good.
        """
        limit = int(_HIDDEN_TO_CALIBRATE * 2**64)
        rows = np.unique(facts.pairs[:, 0])
        keys = self.catalogue.keys
        if field == CATEGORY and self._categories is not None:
            unseen = [self._categories.is_unseen(keys[n]) for n in rows.tolist()]
            return np.asarray(rows[np.array(unseen, bool)])
        chosen = [
            fingerprint.short_hash(f"{self._seed}/{field}/{keys[n]}") < limit for n in rows.tolist()
        ]
        hidden: Rows = rows[np.array(chosen, bool)]
        return hidden

    def _score(
        self, known: Mapping[str, FieldFacts], wanted: Mapping[str, "Rows"], doing: str
    ) -> Iterator[_Scored]:
        n = len(self.catalogue.keys)
        graph: NeighbourVotes = self._methods.NeighbourVotes(self.catalogue, known)
        # Trained anew on each call, so that no hidden value is in its vectors.
        embedding = self._learner and self._learner(self.catalogue.keys, self._facts(known))
        for field, rows in wanted.items():
            target = _target(field, known[field], n, self._methods)
            if target is None or not len(rows):
                continue
            self._progress(f"{doing} {field}")
            scores = {
                GRAPH: graph.score(target, rows),
                TEXT: self._texts.score(target, rows, self._seed),
            }
            if field not in self.catalogue.told:
                scores[NEIGHBOURS] = self._methods.score_by_neighbours(self._vectors, target, rows)
            if embedding is not None:
                scores[EMBEDDING] = embedding.score(field, target.tails, rows)
            if field == CATEGORY and self._categories is not None:
                texts = [self.catalogue.texts[n] for n in rows.tolist()]
                scores[HEAD] = self._categories.score(texts, target.tails)
            yield _Scored(target, rows, scores)

    def _facts(self, known: Mapping[str, FieldFacts]) -> Facts:
        """Return known facts and links by name."""
        links = {f"link {name}": facts for name, facts in self.catalogue.links.items()}
        return {name: (facts.pairs, facts.tails) for name, facts in ({**known, **links}).items()}


class _Judge:
    """Turns scores into confidences, calibrated on products whose true value is known."""

    def __init__(self, practice: Sequence[_Scored], truths: Sequence[list[frozenset[int]]]) -> None:
        self._accuracy: dict[tuple[str, str], float] = {}
        for scored, truth in zip(practice, truths, strict=True):
            for method, scores in scored.scores.items():
                right = _is_right(scores.argmax(1), truth).sum()
                # Smoothed towards one half, so that few trials do not give certainty.
                self._accuracy[scored.target.field, method] = (right + 2) / (len(truth) + 4)
        self.fields = {scored.target.field for scored in practice}
        pairs = list(zip(practice, truths, strict=True))
        self._single = {method: self._calibrate(method, pairs) for method in _EVERY}
        self._stacked = self._stack(pairs)

    def guesses(self, scored: _Scored) -> dict[str, Guesses]:
        """Return the guesses of each method and of the combination."""
        found = {}
        for method, scores in scored.scores.items():
            model = self._single[method]
            if model is not None:
                features = self._features_of_best(scored.target.field, method, scores)
                found[method] = _select_guesses(
                    scored, scores.argmax(1), _chance(model, features), scores
                )
        if self._stacked is not None:
            rows, candidates, features = self._candidates(scored)
            chances = _chance(self._stacked, features)
            best, confidence = _best_of_each(len(scored.rows), rows, candidates, chances)
            any_score = np.maximum.reduce(list(scored.scores.values()))
            found[COMBINED] = _select_guesses(scored, best, confidence, any_score)
        return found

    def _calibrate(self, method: str, pairs: Sequence[tuple[_Scored, list[frozenset[int]]]]) -> Any:
        features, right = [], []
        for scored, truth in pairs:
            scores = scored.scores.get(method)
            if scores is not None:
                features.append(self._features_of_best(scored.target.field, method, scores))
                right.append(_is_right(scores.argmax(1), truth))
        return _fit(features, right)

    def _stack(self, pairs: Sequence[tuple[_Scored, list[frozenset[int]]]]) -> Any:
        features, right = [], []
        for scored, truth in pairs:
            rows, candidates, found = self._candidates(scored)
            features.append(found)
            right.append(np.array([c in truth[r] for r, c in zip(rows, candidates, strict=True)]))
        return _fit(features, right)

    def _features_of_best(self, field: str, method: str, scores: "Scores") -> NDArray[np.float64]:
        """Return float64 [rows, 3]: best score, lead over the second, accuracy in this field."""
        ranked = -np.partition(-scores, min(1, scores.shape[1] - 1), axis=1)
        best = ranked[:, 0]
        second = ranked[:, 1] if scores.shape[1] > 1 else np.zeros(len(scores))
        accuracy = np.full(len(scores), self._accuracy.get((field, method), 0.5))
        return np.stack([_logit(best), _logit(best) - _logit(second), _logit(accuracy)], axis=1)

    def _candidates(self, scored: _Scored) -> tuple["Rows", "Rows", NDArray[np.float64]]:
        """Return the methods' best candidates: row, candidate and features.

        Returns:
            int64 [n], int64 [n] and float64 [n, 3 per method + 1]: score, 1 for the method's best
            candidate, and the method's confidence then; last the frequency.
        """
        width = len(scored.target.tails)
        k = min(_BEST, width)
        packed = np.unique(
            np.concatenate(
                [
                    (
                        np.arange(len(s))[:, None] * width + np.argpartition(-s, k - 1, 1)[:, :k]
                    ).ravel()
                    for s in scored.scores.values()
                ]
            )
        )
        rows, candidates = packed // width, packed % width
        frequency = np.asarray(scored.target.labels.sum(0)).ravel()
        columns = [np.log(frequency[candidates] + 1) - np.log(frequency.sum() + 1)]
        for method in _EVERY:
            scores = scored.scores.get(method)
            if scores is None:
                columns += [np.zeros(len(rows))] * 3
                continue
            own = self._features_of_best(scored.target.field, method, scores)
            chance = _logit(_chance(self._single[method], own))[rows]
            first = (scores.argmax(1)[rows] == candidates) & (scores[rows, candidates] > 0)
            columns += [_logit(scores[rows, candidates]), first * 1.0, first * chance]
        return rows, candidates, np.stack(columns, axis=1)


def _target(field: str, facts: FieldFacts, n: int, methods: Any) -> "Target | None":
    """Return the candidates and labels of a field; None if there is too little to learn from."""
    counts = np.bincount(facts.pairs[:, 1], minlength=len(facts.tails))
    order = np.argsort(-counts, kind="stable")[:_MOST_CANDIDATES]
    chosen = np.sort(order[counts[order] >= MIN_HOLDERS])
    if len(chosen) < 2 or len(np.unique(facts.pairs[:, 0])) < MIN_KNOWN:
        return None
    if counts[chosen].sum() < MIN_CANDIDATES_HOLD * counts.sum():
        return None
    labels = methods.matrix(facts, n)[:, chosen]
    target: Target = methods.Target(field, labels, tuple(facts.tails[c] for c in chosen))
    return target


def _true_candidates(scored: _Scored, facts: FieldFacts) -> list[frozenset[int]]:
    """Return the true candidates of each row."""
    places = {tail: n for n, tail in enumerate(scored.target.tails)}
    said: dict[int, set[int]] = {}
    for product, tail in facts.pairs.tolist():
        place = places.get(facts.tails[tail])
        if place is not None:
            said.setdefault(product, set()).add(place)
    return [frozenset(said.get(product, ())) for product in scored.rows.tolist()]


def _is_right(guessed: NDArray[np.int64], truth: Sequence[frozenset[int]]) -> NDArray[np.bool_]:
    return np.array([g in t for g, t in zip(guessed.tolist(), truth, strict=True)], bool)


def _select_guesses(
    scored: _Scored, best: "Rows", confidence: NDArray[np.float64], scores: "Scores"
) -> Guesses:
    """Return the guesses of the rows for which a method has evidence."""
    some = scores.max(1) > 0
    tails = tuple(scored.target.tails[n] for n in best[some].tolist())
    return Guesses(scored.rows[some], tails, confidence[some])


def _best_of_each(
    n: int, rows: "Rows", candidates: "Rows", chances: NDArray[np.float64]
) -> tuple["Rows", NDArray[np.float64]]:
    """Return each row's likeliest candidate and its probability; the first of equal ones."""
    order = np.lexsort((candidates, -chances, rows))
    first = order[np.unique(rows[order], return_index=True)[1]]
    best, confidence = np.zeros(n, np.int64), np.zeros(n)
    best[rows[first]], confidence[rows[first]] = candidates[first], chances[first]
    return best, confidence


def _fit(features: Sequence[NDArray[np.float64]], right: Sequence[NDArray[np.bool_]]) -> Any:
    """Fit a logistic regression; return None without trials."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    answers = np.concatenate(right) if right else np.empty(0, bool)
    if not len(answers):
        return None
    trials = np.concatenate(features)
    # One added trial of each outcome: a guess that was always right so far is not certain.
    middle = trials.mean(0, keepdims=True)
    trials, answers = np.concatenate([trials, middle, middle]), np.append(answers, [True, False])
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    return model.fit(trials, answers)


def _chance(model: Any, features: NDArray[np.float64]) -> NDArray[np.float64]:
    chances: NDArray[np.float64] = model.predict_proba(features)[:, 1]
    return chances


def _logit(share: NDArray[np.float64]) -> NDArray[np.float64]:
    # Clipped, so that 0 and 1 have a finite logit.
    clipped = np.clip(share, 1e-4, 1 - 1e-4)
    found: NDArray[np.float64] = np.log(clipped) - np.log1p(-clipped)
    return found


def _library() -> Any:
    """Import scipy and scikit-learn; the only place that does so for completion."""
    try:
        from catalograph.ingest.complete import methods
    except ImportError as exc:
        raise MissingExtraError("extract", "scikit-learn") from exc
    return methods
