"""Training of the model of intents, with calibration on rows and intents left out."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from catalograph.assistant.intents.features import english_of, hash_texts
from catalograph.assistant.intents.model import (
    NONE,
    Calibration,
    IntentCard,
    IntentModel,
    soft_max,
)
from catalograph.assistant.intents.rows import LabelledTurn, telegraphic, unique_turns
from catalograph.errors import MissingExtraError, TrainingDataError
from catalograph.schema import TextEncoder

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from catalograph.ml.softmax_head import HeadWeights

ROUNDS = 3
"""Trainings for calibration; each leaves out a fifth of the rows, and other intents."""
_FOLDS, _LEAST_INTENTS = 5, 6
_COPIES = 100
"""Telegraphic copies of rows of one intent at most."""
_COST = 10.0
_ITERATIONS = 100
_TEMPERATURES = np.geomspace(0.1, 5, 80)
_KEPT_WORTH = 2.0
"""How much worse it is to refuse a turn that is known than to read one that is not."""
_MOST_CUT_OF_GLOSSES = 0.5
_CUTS = np.linspace(0.3, 0.95, 66)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Table:
    """Rows as numbers.

    Attributes:
        labels: str [n].
        texts: str [n].
        vectors: float32 [n, d].
        columns: sparse [n, BUCKETS + d]: hashed features beside the vectors.
        glossed: bool [n]: whether a row is a telegraphic copy.
        folds: int [n].
        judged: bool [n]: whether calibration counts a row; packaged sentences do not count beside
            a shop's own, which are unlike them.
    """

    labels: NDArray[np.str_]
    texts: Sequence[str]
    vectors: NDArray[np.float32]
    columns: "csr_matrix"
    glossed: NDArray[np.bool_]
    folds: NDArray[np.int64]
    judged: NDArray[np.bool_]


@dataclass(frozen=True)
class _LeftOut:
    """Rows left out of a training, as its model reads them.

    Attributes:
        model: model, without calibration.
        texts: str [n].
        vectors: float32 [n, d].
        gold: int [n]: column of the label; -1 for an intent left out, or none.
        glossed: bool [n]: whether a row is a telegraphic copy.
    """

    model: IntentModel
    texts: Sequence[str]
    vectors: NDArray[np.float32]
    gold: NDArray[np.int64]
    glossed: NDArray[np.bool_]

    def part(self, *, glossed: bool) -> "_LeftOut":
        """Return the telegraphic copies, or the rows themselves."""
        at = np.flatnonzero(self.glossed == glossed)
        texts = [self.texts[n] for n in at.tolist()]
        return _LeftOut(self.model, texts, self.vectors[at], self.gold[at], self.glossed[at])


def train_intents(
    rows: Sequence[LabelledTurn],
    encoder: TextEncoder,
    encoder_name: str,
    *,
    seed: int = 0,
    progress: Callable[[str], None] = lambda line: None,
    average: "HeadWeights | None" = None,
) -> IntentModel:
    """Train a model.

    Args:
        rows: labelled sentences in English.
        encoder: sentence encoder.
        encoder_name: its name, kept with the model.
        seed: seed of the folds and the copies.
        progress: callback that receives a line after each step.
        average: weights of several shops, which this one's are pulled to; None without.

    Raises:
        TrainingDataError: there are fewer than two intents, or too few rows.
        MissingExtraError: scikit-learn is not installed.
    """
    unique = unique_turns(rows)
    known = sorted({row.intent for row in unique} - {NONE})
    if len(known) < 2:
        raise TrainingDataError(f"There are {len(known)} intents to learn; at least 2 are needed.")
    table = _tabulate(unique, encoder, seed, progress)
    draw = np.random.default_rng(seed)
    order = draw.permutation(known)
    # With few intents none can be spared: then every turn counts as known.
    spared = len(known) // _LEAST_INTENTS
    rounds = []
    for n in range(ROUNDS):
        out = set(order[n * spared : (n + 1) * spared].tolist())
        rounds.append(_leave_out(table, n, out, encoder_name, average))
        progress(f"Calibration {n + 1} of {ROUNDS}: without {', '.join(sorted(out)) or 'none'}.")
    model = _fit(table, np.ones(len(table.labels), bool), encoder_name, average)
    english, told = _calibrate([one.part(glossed=False) for one in rounds])
    glossed, _ = _calibrate([one.part(glossed=True) for one in rounds])
    # True glosses are further from what was learned than the copies that the cut is chosen on.
    glossed = replace(glossed, cut=min(glossed.cut, _MOST_CUT_OF_GLOSSES))
    training = {"rows": len(unique), "seed": seed} | told
    return model.with_card(replace(model.card, english=english, glossed=glossed, training=training))


def _tabulate(
    rows: Sequence[LabelledTurn],
    encoder: TextEncoder,
    seed: int,
    progress: Callable[[str], None],
) -> _Table:
    from scipy.sparse import csr_matrix, hstack

    draw = random.Random(seed)  # noqa: S311 - no secret
    copied: list[int] = []
    counts: dict[str, int] = {}
    for n in draw.sample(range(len(rows)), len(rows)):
        counts[rows[n].intent] = counts.get(rows[n].intent, 0) + 1
        if counts[rows[n].intent] <= _COPIES:
            copied.append(n)
    every = [*rows, *(telegraphic(rows[n], draw) for n in copied)]
    fold_of: dict[str, int] = {}
    folds = [
        fold_of.setdefault(row.template or row.text, draw.randrange(_FOLDS))
        for row in (*rows, *(rows[n] for n in copied))
    ]
    own = [not row.template for row in every]
    judged = [
        one or row.intent == NONE or n >= len(rows)
        for n, (one, row) in enumerate(zip(own, every, strict=True))
    ]
    texts = [english_of(row.text) for row in every]
    progress(f"{len(rows):,} sentences and {len(copied):,} in telegraphic form.")
    vectors = encoder.encode_documents(texts)
    return _Table(
        np.array([row.intent for row in every]),
        texts,
        vectors,
        csr_matrix(hstack([hash_texts(texts), csr_matrix(vectors)])),
        np.arange(len(every)) >= len(rows),
        np.array(folds),
        np.array(judged) if any(own) else np.ones(len(every), bool),
    )


def _fit(
    table: _Table, kept: NDArray[np.bool_], encoder_name: str, average: "HeadWeights | None"
) -> IntentModel:
    """Train on some of the rows, without calibration."""
    labels = table.labels[kept]
    if average is None:
        names, weights, shifts = _fit_alone(table, kept)
    else:
        names, weights, shifts = _fit_to_average(table, kept, average)
    vectors = table.vectors[kept]
    means = np.stack([vectors[labels == name].mean(0) for name in names])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    card = IntentCard(tuple(names), encoder_name, Calibration(), Calibration(), {})
    return IntentModel(card, weights, shifts, means)


def _fit_to_average(
    table: _Table, kept: NDArray[np.bool_], average: "HeadWeights"
) -> tuple[list[str], Floats, Floats]:
    """Return labels, weights and shifts that begin at the average and are pulled to it."""
    from scipy.sparse import csr_matrix, hstack

    from catalograph.assistant.intents.federated import RIDGE_TO_AVERAGE
    from catalograph.ml.softmax_head import HeadRows, train_head

    labels = table.labels[kept]
    names = sorted(set(labels.tolist()))
    ones = csr_matrix(np.ones((len(labels), 1), np.float32))
    features = csr_matrix(hstack([table.columns[kept], ones]))
    rows = HeadRows(tuple(names), features, np.searchsorted(names, labels))
    prior = average.place(names)
    found = train_head(rows, prior, prior=prior, ridge=RIDGE_TO_AVERAGE, steps=_ITERATIONS)
    return names, found[:-1], found[-1]


def _fit_alone(table: _Table, kept: NDArray[np.bool_]) -> tuple[list[str], Floats, Floats]:
    """Return labels, weights and shifts of a regression of these rows alone."""
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError as exc:
        raise MissingExtraError("extract", "scikit-learn") from exc
    labels = table.labels[kept]
    learner = cast(Any, LogisticRegression(C=_COST, max_iter=_ITERATIONS))
    learner.fit(table.columns[kept], labels)
    names = [str(name) for name in learner.classes_]
    weights, shifts = learner.coef_, learner.intercept_
    if len(names) == 2:  # scikit-learn keeps one column for two classes
        weights, shifts = np.vstack([-weights, weights]) / 2, np.r_[-shifts, shifts] / 2
    return names, weights.T, shifts


def _leave_out(
    table: _Table, fold: int, intents: set[str], encoder_name: str, average: "HeadWeights | None"
) -> _LeftOut:
    """Train without a fold of the rows and without some intents."""
    unknown = np.isin(table.labels, sorted(intents))
    asked = table.folds == fold
    model = _fit(table, ~asked & ~unknown, encoder_name, average)
    at = np.flatnonzero(asked & table.judged)
    column = {label: n for n, label in enumerate(model.card.labels) if label != NONE}
    gold = np.array([column.get(str(table.labels[n]), -1) for n in at], np.int64)
    texts = [table.texts[n] for n in at.tolist()]
    return _LeftOut(model, texts, table.vectors[at], gold, table.glossed[at])


def _calibrate(rounds: Sequence[_LeftOut]) -> tuple[Calibration, dict[str, float]]:
    """Return the calibration of rows left out, and the figures at its cut."""
    from sklearn.linear_model import LogisticRegression

    logits = [one.model.logits(one.texts, one.vectors) for one in rounds]
    losses = [
        sum(_loss(found, one.gold, heat) for found, one in zip(logits, rounds, strict=True))
        for heat in _TEMPERATURES.tolist()
    ]
    temperature = float(_TEMPERATURES[int(np.argmin(losses))])
    evidence = np.concatenate(
        [one.model.evidence(found, one.vectors) for found, one in zip(logits, rounds, strict=True)]
    )
    known = np.concatenate([one.gold for one in rounds]) >= 0
    if known.all() or not known.any():
        return _choose_cut(rounds, Calibration(temperature))
    middle, spread = evidence.mean(0), evidence.std(0).clip(1e-9)
    curve = cast(Any, LogisticRegression()).fit((evidence - middle) / spread, known)
    weights = curve.coef_[0] / spread
    shift = float(curve.intercept_[0] - weights @ middle)
    odds, logit, cosine = (float(weight) for weight in weights)
    return _choose_cut(rounds, Calibration(temperature, odds, logit, cosine, shift))


def _loss(logits: Floats, gold: NDArray[np.int64], temperature: float) -> float:
    known = np.flatnonzero(gold >= 0)
    shares = soft_max(logits[known] / temperature)
    return float(-np.log(shares[np.arange(len(known)), gold[known]] + 1e-12).sum())


def _choose_cut(
    rounds: Sequence[_LeftOut], scale: Calibration
) -> tuple[Calibration, dict[str, float]]:
    """Return the calibration with the best cut, and the shares of rows read and refused rightly."""
    sure, right, known = [], [], []
    for one in rounds:
        # The texts are English, glosses among them, hence the one calibration for all.
        model = one.model.with_card(replace(one.model.card, english=scale))
        found = model.predict(one.texts, one.vectors)[:, :-1]
        columns = np.array([model.card.labels.index(label) for label in model.intents])
        sure.append(found.max(1))
        right.append(columns[found.argmax(1)] == one.gold)
        known.append(one.gold >= 0)
    p, ok, of_known = (np.concatenate(part) for part in (sure, right, known))
    figures = []
    for cut in _CUTS.tolist():
        kept = float((ok & (p >= cut))[of_known].mean()) if of_known.any() else 0.0
        refused = float((p < cut)[~of_known].mean()) if not of_known.all() else 0.0
        figures.append((_KEPT_WORTH * kept + refused, kept, refused, cut))
    _, kept, refused, cut = max(figures)
    told = {"read_right": round(kept, 4), "unknown_rejected": round(refused, 4)}
    return replace(scale, cut=round(cut, 2)), told
