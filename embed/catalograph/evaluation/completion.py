"""Evaluation of completion by hiding known values: how many are guessed, and how many correctly.

A share of the products that have a field loses its value, for every field at once; the methods
learn, calibrate and validate on the rest. A hidden value that no method can guess, because it is
rare or the field does not seem to apply, counts as not found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalograph.errors import TrainingDataError
from catalograph.ingest.complete import (
    COMBINED,
    EMBEDDING,
    METHODS,
    Catalogue,
    FactLearner,
    Guesses,
    Imputer,
)
from catalograph.ingest.complete.catalogue import FieldFacts, leave_out
from catalograph.ingest.complete.impute import Progress
from catalograph.ml.calibration import expected_calibration_error
from catalograph.ml.metrics import score_counts
from catalograph.ml.profiling import BenchmarkRow, Profiler

ALL = "all"
"""Name of the field in rows that aggregate all fields."""


@dataclass(frozen=True)
class _Outcome:
    """Guesses of a method: confidence and correctness of each, and the number of hidden values."""

    n: int
    confidence: NDArray[np.float64]
    right: NDArray[np.bool_]


def evaluate(
    catalogue: Catalogue,
    *,
    fields: Sequence[str] = (),
    most: int = 12,
    hide: float = 0.2,
    seed: int = 0,
    min_confidence: float = 0.8,
    progress: Progress = lambda doing: None,
    learner: FactLearner | None = None,
) -> list[BenchmarkRow]:
    """Hide values of a catalogue and guess them with each method.

    Args:
        catalogue: products, with vectors or without.
        fields: fields to complete; empty chooses the fields that most products have.
        most: maximum number of fields to choose.
        hide: share of the products with a field that lose its value.
        seed: seed of the random choice of hidden values.
        min_confidence: confidence from which a guess counts for coverage, precision and F1.
        progress: callback that receives the current step.
        learner: training of an embedding of the facts, as one more method; None for none.

    Returns:
        A row for each method over all fields, then for each field and method; `config` names the
        field. Metrics, as fractions:

        - `accuracy`: hidden values guessed correctly, whatever the confidence;
        - `coverage`: hidden values guessed with at least `min_confidence`;
        - `precision`: guesses of that confidence that are right, `f1`: with the share found so;
        - `calibration_error`: mean distance between confidence and share of right guesses, over
          ten bins of confidence (ECE).

    Raises:
        TrainingDataError: a field is unknown or too rare, or no field can be completed.
    """
    config = {"hide": hide, "min_confidence": min_confidence}
    with Profiler() as watch:
        outcomes = _measure(
            catalogue, fields, most, hide, Imputer(catalogue, seed, progress, learner), seed
        )
    rows = []
    for field in (ALL, *dict.fromkeys(field for field, _ in outcomes)):
        for method in _methods(learner):
            outcome = _sum(outcomes, method) if field == ALL else outcomes[field, method]
            told = config | {"attribute": field}
            rows.append(watch.row(method, _metrics(outcome, min_confidence), outcome.n, told))
    return rows


def _measure(
    catalogue: Catalogue,
    fields: Sequence[str],
    most: int,
    hide: float,
    imputer: Imputer,
    seed: int,
) -> dict[tuple[str, str], _Outcome]:
    """Return the outcome for the hidden values, by field and method."""
    chosen = _choose(imputer.eligible(catalogue.fields), fields, most)
    draw = np.random.default_rng(seed)
    hidden = {field: _draw(draw, catalogue.fields[field], hide) for field in chosen}
    known = {name: leave_out(f, hidden.get(name, ())) for name, f in catalogue.fields.items()}
    wanted = {field: imputer.applicable(known, field, rows) for field, rows in hidden.items()}
    found = imputer.guess(known, wanted)
    return {
        (field, method): _outcome(
            catalogue.fields[field], len(hidden[field]), found.get(field, {}).get(method)
        )
        for field in chosen
        for method in (*METHODS, COMBINED)
    }


def _methods(learner: FactLearner | None) -> tuple[str, ...]:
    """Return the methods that take part, and their combination."""
    return (*(name for name in METHODS if learner or name != EMBEDDING), COMBINED)


def _choose(eligible: Sequence[str], wanted: Sequence[str], most: int) -> Sequence[str]:
    unfit = [name for name in wanted if name not in eligible]
    if unfit or not eligible:
        raise TrainingDataError(
            f"{', '.join(unfit) or 'No field'} can be completed here: a field needs 40 products "
            "that tell it, and most of them one of few values. Possible here: "
            f"{', '.join(eligible[:30]) or 'none'}."
        )
    return wanted or eligible[:most]


def _draw(draw: np.random.Generator, facts: FieldFacts, share: float) -> NDArray[np.int64]:
    holders = np.unique(facts.pairs[:, 0])
    n = max(1, round(share * len(holders)))
    return np.sort(draw.choice(holders, n, replace=False))


def _outcome(facts: FieldFacts, n: int, guesses: Guesses | None) -> _Outcome:
    if guesses is None:
        return _Outcome(n, np.empty(0), np.empty(0, bool))
    said = {(product, facts.tails[tail]) for product, tail in facts.pairs.tolist()}
    pairs = zip(guesses.rows.tolist(), guesses.tails, strict=True)
    return _Outcome(n, guesses.confidence, np.array([pair in said for pair in pairs], bool))


def _sum(outcomes: Mapping[tuple[str, str], _Outcome], method: str) -> _Outcome:
    own = [outcome for (_, name), outcome in outcomes.items() if name == method]
    return _Outcome(
        sum(outcome.n for outcome in own),
        np.concatenate([outcome.confidence for outcome in own]),
        np.concatenate([outcome.right for outcome in own]),
    )


def _metrics(outcome: _Outcome, min_confidence: float) -> dict[str, float]:
    sure = outcome.confidence >= min_confidence
    said, right = int(sure.sum()), int(outcome.right[sure].sum())
    counted = score_counts(right, said, outcome.n)
    return {
        "accuracy": float(outcome.right.sum()) / outcome.n,
        "coverage": said / outcome.n,
        "precision": counted["precision"],
        "f1": counted["f1"],
        "calibration_error": expected_calibration_error(outcome.confidence, outcome.right),
    }
