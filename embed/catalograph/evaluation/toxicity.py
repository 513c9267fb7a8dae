"""Evaluation of the check of abuse, beside its word lists alone and a linear tf-idf baseline."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.assistant.content.toxicity import is_toxic, train_toxicity
from catalograph.errors import TrainingDataError
from catalograph.ingest.readers import open_feed
from catalograph.ml.profiling import BenchmarkRow, Profiler
from catalograph.schema import Rejection

_TEXTS = ("text", "TEXT", "test_case", "sentence", "comment")
_LABELS = ("label", "label_gold", "toxic", "hateful")
_TEMPLATES = ("templ_id", "template")
_ABUSIVE = frozenset({"1", "true", "hateful", "toxic", "offensive", "abusive"})
_HARMLESS = frozenset({"0", "false", "non-hateful", "non-toxic", "none", "normal", "harmless"})
_CUT = 0.5

Progress = Callable[[str], None]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class AbuseRow:
    """A text that is abusive or not.

    Attributes:
        text: text.
        abusive: whether it is.
        group: rows of one group stay in one fold: its template, else the text.
    """

    text: str
    abusive: bool
    group: str


def read_abuse(file: Path) -> list[AbuseRow]:
    """Return the rows of a file that have a text and a label.

    Raises:
        SourceFormatError: the file cannot be read.
        TrainingDataError: no row has both, or a label is unknown.
    """
    rows = list(_rows(file))
    if not rows:
        raise TrainingDataError(
            f"No row of {file} has a text ({', '.join(_TEXTS)}) and a label ({', '.join(_LABELS)})."
        )
    return rows


def _rows(file: Path) -> Iterator[AbuseRow]:
    with open_feed(file) as feed:
        for row in feed.rows():
            if isinstance(row.fields, Rejection):
                continue
            text, label = _cell(row.fields, _TEXTS), _cell(row.fields, _LABELS)
            if not text or not label:
                continue
            said = label.casefold()
            if said not in _ABUSIVE | _HARMLESS:
                raise TrainingDataError(
                    f"{file}, row {row.number}: the label '{label[:40]}' is unknown; expected 1 or "
                    "0, hateful or non-hateful."
                )
            yield AbuseRow(text, said in _ABUSIVE, _cell(row.fields, _TEMPLATES) or text)


def _cell(fields: Mapping[str, Any], names: Sequence[str]) -> str:
    found = next((fields[name] for name in names if fields.get(name) not in (None, "")), "")
    return str(found).strip()


def evaluate_toxicity(
    files: Sequence[Path],
    train: Sequence[Path] = (),
    *,
    folds: int = 5,
    seed: int = 0,
    progress: Progress = lambda line: None,
) -> list[BenchmarkRow]:
    """Measure the check on labelled files, each apart.

    Args:
        files: files to measure on.
        train: files to learn from; none learns from all folds of a file but the one measured.
        folds: number of folds.
        seed: seed of the solver.
        progress: callback that receives a line after each file.

    Returns:
        For each file rows for the word lists alone, for the trained check (lists or model), and for
        a logistic regression over tf-idf of words and pairs of words (of characters in Chinese):
        `accuracy`, `macro_f1`, and precision and recall of abusive texts.

    Raises:
        TrainingDataError: a file has no usable rows.
    """
    known = [row for path in train for row in read_abuse(path)]
    measured = []
    for file in files:
        rows = read_abuse(file)
        gold = np.array([row.abusive for row in rows])
        told = {
            "file": file.name,
            "trained on": f"{len(known)} rows" if known else f"{folds} folds",
        }
        for name, predict in _METHODS.items():
            with Profiler() as watch:
                said = _predict(predict, rows, known, folds, seed)
            measured.append(watch.row(f"{name}, {file.stem}", _score(gold, said), len(rows), told))
            progress(f"{file.name}: {name}")
    return measured


_Predict = Callable[[Sequence[AbuseRow], Sequence[str], int], Bools]


def _predict(
    predict: _Predict,
    rows: Sequence[AbuseRow],
    known: Sequence[AbuseRow],
    folds: int,
    seed: int,
) -> Bools:
    texts = [row.text for row in rows]
    if known:
        return predict(known, texts, seed)
    fold = np.array([_fold_of(row.group, folds) for row in rows])
    said = np.zeros(len(rows), dtype=bool)
    for n in range(folds):
        asked = np.flatnonzero(fold == n)
        if len(asked):
            learned = [rows[int(i)] for i in np.flatnonzero(fold != n)]
            said[asked] = predict(learned, [texts[int(i)] for i in asked], seed)
    return said


def _fold_of(group: str, folds: int) -> int:
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:4]) % folds


def _by_lists(known: Sequence[AbuseRow], texts: Sequence[str], seed: int) -> Bools:
    del known, seed
    return np.array([is_toxic(text) for text in texts], dtype=bool)


def _by_check(known: Sequence[AbuseRow], texts: Sequence[str], seed: int) -> Bools:
    model = train_toxicity([row.text for row in known], [row.abusive for row in known], seed)
    # The lists are a feature of the model; as a rule of their own they guard what goes out.
    return np.array([model.probability(text) >= _CUT for text in texts], dtype=bool)


def _by_tfidf(known: Sequence[AbuseRow], texts: Sequence[str], seed: int) -> Bools:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    pattern = r"(?u)[\u3400-\u9fff]|(?:(?![\u3400-\u9fff])\w)+"
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), token_pattern=pattern, sublinear_tf=True),
        LogisticRegression(class_weight="balanced", max_iter=500, random_state=seed),
    )
    model.fit([row.text for row in known], [row.abusive for row in known])
    return np.asarray(model.predict(texts), dtype=bool)


_METHODS: Mapping[str, _Predict] = {
    "lists": _by_lists,
    "check": _by_check,
    "tf-idf": _by_tfidf,
}


def _score(gold: Bools, said: Bools) -> dict[str, float]:
    scores = {"accuracy": float(np.mean(gold == said))}
    f1 = []
    for wanted in (True, False):
        right = int(np.sum((gold == wanted) & (said == wanted)))
        given, asked = int(np.sum(said == wanted)), int(np.sum(gold == wanted))
        f1.append(2 * right / (given + asked) if given + asked else 0.0)
        if wanted:
            scores["precision"] = right / given if given else 0.0
            scores["recall"] = right / asked if asked else 0.0
    return {"accuracy": scores["accuracy"], "macro_f1": float(np.mean(f1))} | scores
