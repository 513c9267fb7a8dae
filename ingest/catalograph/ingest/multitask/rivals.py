"""Today's models as rivals: what serves a task without the joint model, on the same examples."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from catalograph.errors import TrainingDataError
from catalograph.ingest.extract.examples import ProductExample
from catalograph.ingest.extract.persistence import train as train_extractor
from catalograph.ingest.extract.training import cascade_settings
from catalograph.ingest.language.categories import CategoryClassifier
from catalograph.ingest.language.training import SHORT_TEXTS
from catalograph.ingest.multitask.prediction import (
    Counts,
    count_classes,
    count_matches,
    count_values,
)
from catalograph.ingest.multitask.tasks import (
    CATEGORY,
    SAME,
    SENTIMENT,
    TAGGING,
    TaskData,
    TaskExample,
)
from catalograph.ingest.resolve.blocking import candidates
from catalograph.ingest.resolve.corpus import Corpus, Encode
from catalograph.ingest.resolve.rules import RuleScorer
from catalograph.ingest.resolve.scorer import fit_matcher
from catalograph.ingest.resolve.table import make_table
from catalograph.ml.script import language_of

Progress = Callable[[str], None]
_RIVALS = 5


@dataclass(frozen=True)
class Rival:
    """Today's model of a task.

    Attributes:
        name: its name in messages.
        counts: its right answers on the test.
        size: size of its files, in bytes, with the encoder that they need.
    """

    name: str
    counts: Counts
    size: int


def train_rival(
    task: TaskData,
    *,
    extractor: str = "cascade",
    encode: Encode | None = None,
    encoder_bytes: int = 0,
    seed: int = 0,
    progress: Progress = lambda _: None,
) -> Rival:
    """Train today's model on the training and validation parts, and count its answers on the test.

    Args:
        task: data of the task.
        extractor: kind of extractor that is the rival of tagging.
        encode: text encoder of the matcher; None for none.
        encoder_bytes: size of that encoder.
        seed: seed of all random numbers.
        progress: callback that receives the current step.
    """
    with tempfile.TemporaryDirectory() as folder:
        if task.name == TAGGING:
            return _extractor(task, Path(folder), extractor, seed, progress)
        if task.name in (CATEGORY, SENTIMENT):
            return _classifier(task, Path(folder))
        return _matcher(task, Path(folder), encode, encoder_bytes if encode else 0, seed)


def _extractor(task: TaskData, folder: Path, kind: str, seed: int, progress: Progress) -> Rival:
    settings = cascade_settings(kind, "quick", folds=2, seed=seed)
    known = [_product(one) for one in (*task.train, *task.valid)]
    cascade, _ = train_extractor(known, settings, folder / "extractor", progress=progress)
    keep = cascade.scorer.thresholds.keep
    counts = []
    for one, listed in zip(task.test, cascade.choose(list(map(_product, task.test))), strict=True):
        found = {
            best.candidate.attribute: best.candidate.value
            for best in listed
            if best.confidence >= keep
        }
        counts.append(count_values(one, found))
    size = _size_of(folder / "extractor")
    return Rival(f"the extractor ({kind})", np.array(counts, np.int64).reshape(-1, 3), size)


def _product(example: TaskExample) -> ProductExample:
    return ProductExample({"title": example.second}, example.first, example.targets)


def _classifier(task: TaskData, folder: Path) -> Rival:
    known = [*task.train, *task.valid]
    texts = [one.first for one in known]
    chinese = 2 * sum(language_of(text) == "zh" for text in texts) > len(texts)
    classifier = CategoryClassifier.train(
        texts, [one.label for one in known], SHORT_TEXTS if chinese else None
    )
    said = [guess.category for guess in classifier.predict([one.first for one in task.test])]
    classifier.save(folder)
    return Rival("the linear classifier", count_classes(task.test, said), _size_of(folder))


def _matcher(
    task: TaskData, folder: Path, encode: Encode | None, encoder_bytes: int, seed: int
) -> Rival:
    table_of = _PairTable([*task.train, *task.valid, *task.test])
    known = [one for one in (*task.train, *task.valid) if one.records]
    learned, asked = table_of.pairs(known), table_of.pairs(task.test)
    corpus = Corpus(table_of.records, encode)
    labels = np.array([one.label == SAME for one in known], np.bool_)
    # Rivals of the listed pairs, of which the second stage learns how strong they are.
    blocked = {(int(i), int(j)) for i, j in candidates(corpus, table_of.sides, _RIVALS)}
    every = sorted(blocked | set(learned) | set(asked))
    table = make_table(corpus, np.array(every, np.int64))
    rows, first = np.unique(table.rows_of(np.array(learned, np.int64)), return_index=True)
    try:
        fitted = fit_matcher(table, rows, labels[first], seed)
    except TrainingDataError:  # too few pairs: the rules serve
        rules = RuleScorer()
        scores = rules.score(corpus, np.array(asked, np.int64).reshape(-1, 2))
        return Rival("the rules", count_matches(task.test, scores > rules.threshold), 0)
    scores = fitted.matcher.score(table, fitted.known)
    found = scores[table.rows_of(np.array(asked, np.int64))] > fitted.matcher.threshold
    fitted.matcher.save(folder, {})
    return Rival(
        "the matcher of trees", count_matches(task.test, found), _size_of(folder) + encoder_bytes
    )


class _PairTable:
    """The records of labelled pairs, each once.

    Attributes:
        records: the records.
        sides: 0 for records on the left of pairs, 1 for those on the right; None where a record is
            on both sides.
    """

    def __init__(self, examples: Sequence[TaskExample]) -> None:
        pairs = [one.records for one in examples if one.records]
        listed = {record.key: record for pair in pairs for record in pair}
        self.records = list(listed.values())
        self._places = {key: n for n, key in enumerate(listed)}
        left, right = ({pair[side].key for pair in pairs} for side in (0, 1))
        self.sides = None if left & right else [int(key in right) for key in listed]

    def pairs(self, examples: Sequence[TaskExample]) -> list[tuple[int, int]]:
        """Return the pairs as indexes, left first, or without sides the lower index."""
        found = []
        for one in examples:
            if one.records:
                i, j = (self._places[record.key] for record in one.records)
                found.append((i, j) if self.sides is not None else (min(i, j), max(i, j)))
        return found


def _size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
