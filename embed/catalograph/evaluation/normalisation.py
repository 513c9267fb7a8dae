"""Evaluation of normalised values on files in the form of WDC-PAVE's normalised part.

The files hold texts and canonical values, but not how the texts write them. So the normaliser turns
everything in a text that has the attribute's form into a candidate, and a linear model of the words
around a candidate, trained on other rows, chooses one. `reach` depends on the normaliser alone: the
share of the values that are among the candidates.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from catalograph.errors import MissingExtraError, TrainingDataError
from catalograph.evaluation.conventions import (
    Candidate,
    Convention,
    convention_of,
)
from catalograph.ingest import fingerprint
from catalograph.ingest.readers import open_feed
from catalograph.ml.metrics import score_counts
from catalograph.ml.profiling import BenchmarkRow, Profiler
from catalograph.schema import Rejection

MODEL = "normaliser"
_FIELDS = ("input_title", "input_description")
_ABSENT = "n/a"
_FOLDS = 5
_TOKEN = re.compile(r"\w+|[^\w\s]")
_AROUND = 3
_LEAST_CHANCE = 0.3


@dataclass(frozen=True)
class _Case:
    """One attribute of one product: candidates with their features, and the true values."""

    row: int
    features: list[dict[str, float]]
    values: list[str]
    gold: frozenset[str]

    def is_right(self) -> list[bool]:
        """Return, for each candidate, whether it is a true value."""
        return [value in self.gold for value in self.values]


def evaluate_normalise(path: Path, train: Sequence[Path] = ()) -> list[BenchmarkRow]:
    """Normalise the values of a file and compare them with its labels.

    Args:
        path: JSONL with `input_title`, `input_description` and `target_scores`.
        train: training files; without any, each fifth of `path` is measured by the other four.

    Returns:
        A row for all operations, for each operation, and for each attribute; `config` names them.
        Metrics are `f1`, `precision` and `recall` as WDC-PAVE counts them, and `reach`.

    Raises:
        TrainingDataError: no row of a file has this form.
        MissingExtraError: the extra `extract` is not installed.
    """
    with Profiler() as watch:
        tested = _cases(path)
        learned = [_cases(file) for file in train]
        counts: dict[tuple[str, str], NDArray[np.int64]] = {}
        for attribute, (convention, cases) in tested.items():
            others = [c for part in learned for c in part.get(attribute, (None, []))[1]]
            found = _by_fold(cases) if not train else _choose(others, cases)
            counts[convention.operation, attribute] = _count(cases, found)
    rows = [_row(watch, "all", "all", sum(counts.values(), np.zeros(5, np.int64)))]
    for operation in dict.fromkeys(name for name, _ in counts):
        own = [count for (name, _), count in counts.items() if name == operation]
        rows.append(_row(watch, operation, "all", np.sum(own, axis=0)))
    rows += [_row(watch, *names, count) for names, count in counts.items()]
    return rows


def _cases(path: Path) -> dict[str, tuple[Convention, list[_Case]]]:
    """Return the cases of a file by attribute."""
    found: dict[str, tuple[Convention, list[_Case]]] = {}
    for n, fields in enumerate(_rows(path)):
        for attribute, values in fields["target_scores"].items():
            convention = convention_of(attribute)
            if convention is not None:
                case = _case(n, fields, convention, values)
                found.setdefault(attribute, (convention, []))[1].append(case)
    if not found:
        raise TrainingDataError(
            f"'{path}' holds no row with 'input_title' and 'target_scores' of an attribute that "
            "has a known form. Give a file in the form of WDC-PAVE's normalised part."
        )
    return found


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    with open_feed(path) as file:
        for row in file.rows():
            fields = row.fields
            if isinstance(fields, Rejection) or not fields.get("input_title"):
                continue
            targets = fields.get("target_scores")
            if isinstance(targets, str):  # some copies of the data hold JSON encoded as a string
                targets = orjson.loads(targets)
            if isinstance(targets, Mapping):
                yield {**fields, "target_scores": targets}


def _case(
    n: int, fields: Mapping[str, Any], convention: Convention, values: Mapping[str, Any]
) -> _Case:
    gold = frozenset(_fold(value) for value in values if value != _ABSENT)
    features, names = [], []
    for field in _FIELDS:
        text = str(fields.get(field) or "")
        candidates = list(convention.find(text))
        for place, candidate in enumerate(candidates):
            features.append(_features(field, text, candidate, place, len(candidates)))
            names.append(_fold(candidate[2]))
    return _Case(n, features, names, gold)


def _fold(value: str) -> str:
    """Normalise a value for comparison: ignore case and a zero fraction."""
    return re.sub(r"(?<=\d)\.0\Z", "", value.strip().casefold())


def _features(field: str, text: str, candidate: Candidate, place: int, of: int) -> dict[str, float]:
    start, end, _ = candidate
    before = _TOKEN.findall(text[max(0, start - 40) : start].casefold())[-_AROUND:][::-1]
    after = _TOKEN.findall(text[end : end + 40].casefold())[:_AROUND]
    shape = re.sub(r"\d+", "0", text[start:end].casefold())
    said = [f"field {field}", f"place {min(place, 4)}", f"left {min(of - place, 4)}", shape]
    said += [f"before {n} {word}" for n, word in enumerate(before)]
    said += [f"near {word}" for word in (*before[:2], *after[:2])]
    said += [f"after {n} {word}" for n, word in enumerate(after)]
    return dict.fromkeys(said, 1.0) | {"length": (end - start) / 10}


def _by_fold(cases: Sequence[_Case]) -> list[str | None]:
    """Choose a value for each case, in five-fold cross-validation."""
    folds: dict[int, list[int]] = defaultdict(list)
    for n, case in enumerate(cases):
        # By row, so that all attributes of a product are in one fold.
        folds[fingerprint.short_hash(str(case.row)) % _FOLDS].append(n)
    found: list[str | None] = [None] * len(cases)
    for own in folds.values():
        apart = set(own)
        others = [case for n, case in enumerate(cases) if n not in apart]
        chosen = _choose(others, [cases[n] for n in own])
        for n, value in zip(own, chosen, strict=True):
            found[n] = value
    return found


def _choose(train: Sequence[_Case], cases: Sequence[_Case]) -> list[str | None]:
    """Return the likeliest candidate of each case, or None where none is likely."""
    try:
        from sklearn.feature_extraction import DictVectorizer
        from sklearn.linear_model import LogisticRegression
    except ImportError as exc:
        raise MissingExtraError("extract", "scikit-learn") from exc
    right = [answer for case in train for answer in case.is_right()]
    if len(set(right)) < 2:
        # A single class cannot be learned: accept all candidates, or none.
        believed = bool(right) and right[0]
        return [case.values[0] if believed and case.values else None for case in cases]
    vectoriser = DictVectorizer()
    model = LogisticRegression(C=3.0, max_iter=2000)
    model.fit(vectoriser.fit_transform([f for case in train for f in case.features]), right)
    found: list[str | None] = []
    for case in cases:
        if not case.values:
            found.append(None)
            continue
        chances = model.predict_proba(vectoriser.transform(case.features))[:, 1]
        best = int(chances.argmax())
        found.append(case.values[best] if chances[best] >= _LEAST_CHANCE else None)
    return found


def _count(cases: Sequence[_Case], found: Sequence[str | None]) -> NDArray[np.int64]:
    """Return int64 [5]: true values, found, correctly found, among the candidates; cases."""
    counts = np.zeros(5, np.int64)
    for case, value in zip(cases, found, strict=True):
        there = bool(case.gold)
        counts += (there, value is not None, value in case.gold, there and any(case.is_right()), 1)
    return counts


def _row(
    watch: Profiler, operation: str, attribute: str, counts: NDArray[np.int64]
) -> BenchmarkRow:
    there, said, right, reached, n = (int(count) for count in counts)
    metrics = {
        **score_counts(right, said, there),
        "reach": reached / there if there else 0.0,
    }
    return watch.row(MODEL, metrics, n, {"operation": operation, "attribute": attribute})
