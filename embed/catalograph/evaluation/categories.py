"""Evaluation of predicting a category from a title: accuracy and macro F1."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from catalograph.errors import TrainingDataError
from catalograph.ingest.language.categories import CategoryClassifier, ClassifierConfig
from catalograph.ingest.readers import open_feed
from catalograph.ml.calibration import expected_calibration_error
from catalograph.ml.profiling import BenchmarkRow, Profiler
from catalograph.schema import Rejection

TEXTS = ("title", "name", "product_name", "text", "review", "sentence", "utterance")
"""Columns to search for a text when none is named."""
LABELS = ("category", "categories", "product_category_tree", "label", "cat")
"""Columns to search for a label when none is named."""
_TEST_SHARE = 5

Pair = tuple[str, str]
"""A text and its label."""


def evaluate_classify(
    train: Sequence[Path],
    test: Path | None,
    *,
    text: str | None = None,
    label: str | None = None,
    depth: int = 1,
    config: ClassifierConfig | None = None,
) -> list[BenchmarkRow]:
    """Train the classifier and measure it against a baseline: the most frequent category.

    Args:
        train: files with a text and a label in each row.
        test: file of the same form; without one, a fifth of the texts, chosen by hash, is the test
            set, so that equal texts are always on one side.
        text: text column; None takes the first of `TEXTS` that exists.
        label: label column.
        depth: number of leading parts of a path that count.
        config: classifier configuration.

    Returns:
        Rows with `accuracy`, `macro_f1` (over the labels of the test) and `calibration_error`.

    Raises:
        TrainingDataError: no row has a text and a label.
        SourceFormatError: a file cannot be read.
        MissingExtraError: the extra `extract` is not installed.
    """
    config = config or ClassifierConfig()
    known = [pair for path in train for pair in read_pairs(path, text, label, depth)]
    if test is None:
        asked = [pair for pair in known if is_test(pair[0])]
        known = [pair for pair in known if not is_test(pair[0])]
    else:
        asked = list(read_pairs(test, text, label, depth))
    if not known or not asked:
        raise TrainingDataError(
            f"There are {len(known):,} rows to learn from and {len(asked):,} to measure on that "
            "have a text and a label. Name the columns with --text and --label."
        )
    gold = [label for _, label in asked]
    labels = [label for _, label in known]
    told = {"train": len(known), "labels": len(set(labels)), "depth": depth}
    with Profiler() as watch:
        common = max(sorted(set(labels)), key=labels.count)
        metrics = _measure(gold, [common] * len(gold))
    rows = [watch.row("most frequent", metrics, len(gold), told)]
    with Profiler() as watch:
        classifier = CategoryClassifier.train([text for text, _ in known], labels, config)
        guesses = classifier.predict([text for text, _ in asked])
    metrics = _measure(gold, [guess.category for guess in guesses])
    right = np.array([g.category == wanted for g, wanted in zip(guesses, gold, strict=True)])
    sure = np.array([guess.confidence for guess in guesses])
    metrics["calibration_error"] = expected_calibration_error(sure, right)
    return [*rows, watch.row("tf-idf svm", metrics, len(gold), told | asdict(config))]


def read_pairs(path: Path, text: str | None, label: str | None, depth: int = 1) -> Iterator[Pair]:
    """Yield text and label of each row that has both.

    Raises:
        SourceFormatError: the file cannot be read.
    """
    with open_feed(path) as feed:
        for row in feed.rows():
            if isinstance(row.fields, Rejection):
                continue
            said = _cell(row.fields, (text,) if text else TEXTS)
            meant = _upper(_cell(row.fields, (label,) if label else LABELS), depth)
            if isinstance(said, str) and said.strip() and meant:
                yield said, meant


def _cell(fields: Mapping[str, Any], columns: Sequence[str]) -> Any:
    return next((fields[name] for name in columns if fields.get(name) not in (None, "", [])), None)


def _upper(value: Any, depth: int) -> str:
    """Return the first parts of a path: a list, `a >> b`, or a list of these written as text."""
    if isinstance(value, str) and value.startswith("["):
        try:
            value = json.loads(value)[0]
        except (json.JSONDecodeError, IndexError, TypeError):
            value = value.strip('[]"')
    path = value if isinstance(value, list) else str(value if value is not None else "").split(">>")
    return " >> ".join(str(part).strip() for part in path[:depth])


def is_test(text: str) -> bool:
    """Return whether a text is in the fifth that is measured on, by its hash."""
    digest = hashlib.sha256(f"test {text}".encode()).digest()
    return int.from_bytes(digest[:4]) % _TEST_SHARE == 0


def macro_f1(gold: Sequence[str], said: Sequence[str]) -> float:
    """Return the mean F1 of the labels that occur in `gold`."""
    each = []
    for label in set(gold):
        wanted = [n for n, one in enumerate(gold) if one == label]
        right = sum(said[n] == label for n in wanted)
        each.append(2 * right / (len(wanted) + said.count(label)))
    return sum(each) / len(each)


def _measure(gold: Sequence[str], said: Sequence[str]) -> dict[str, float]:
    right = sum(a == b for a, b in zip(gold, said, strict=True))
    return {"accuracy": right / len(gold), "macro_f1": macro_f1(gold, said)}
