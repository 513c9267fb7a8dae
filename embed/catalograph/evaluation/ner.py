"""Evaluation of brands and product types found in Chinese titles, by exact entity match."""

import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from catalograph.ingest.language.chinese import ChineseConfig, ChineseRecogniser, NamedEntity
from catalograph.ingest.language.chinese_features import (
    GROUPED,
    PLAIN,
    WIDE,
    gazetteer_of,
)
from catalograph.ingest.language.tags import (
    Entity,
    Sentence,
    read_lines,
    read_tagged,
    read_texts,
)
from catalograph.ml.calibration import expected_calibration_error
from catalograph.ml.metrics import score_sets
from catalograph.ml.profiling import BenchmarkRow, Profiler
from catalograph.ml.script import fold_text

_LONGEST = 12
"""Longest name that is searched, in characters."""
GAZETTEERS = "gazetteers"
"""Model without training: the longest names of a gazetteer are entities of its file's name."""
MODELS = {"crf": (PLAIN,), "crf mean": (PLAIN, GROUPED, WIDE), GAZETTEERS: ()}
"""Views of the fields of each model."""
DEFAULT_MODELS = ("crf", "crf mean")


@dataclass(frozen=True)
class NerTask:
    """An evaluation of recognisers: its files and settings.

    Attributes:
        train: tagged files.
        test: tagged file; None means cross-validation on `train`.
        folds: number of folds of the cross-validation.
        gazetteers: files with one name per line; the file's name is their type.
        unlabelled: files of raw text, see `read_texts`.
        models: names from `MODELS`.
        calibrated: whether to calibrate confidences and report their calibration error.
        seed: seed of the folds and of the groups of grams.
    """

    train: Sequence[Path]
    test: Path | None = None
    folds: int = 5
    gazetteers: Sequence[Path] = ()
    unlabelled: Sequence[Path] = ()
    models: Sequence[str] = DEFAULT_MODELS
    calibrated: bool = False
    seed: int = 0


def evaluate_ner(
    task: NerTask, progress: Callable[[str], None] = lambda line: None
) -> list[BenchmarkRow]:
    """Train recognisers and measure them.

    Returns:
        One row per model: `f1`, `precision`, `recall`, and these for each type and for sentences
        whose text does (`_seen`) or does not (`_unseen`) occur in train, if any such exist.

    Raises:
        TrainingDataError: a file cannot be read, or is not tagged character by character.
        MissingExtraError: the extra `extract` is not installed.
    """
    sentences = [sentence for path in task.train for sentence in read_tagged(path)]
    lists = {p.name.partition(".")[0]: gazetteer_of(read_lines(p)) for p in task.gazetteers}
    raw = [text for path in task.unlabelled for text in read_texts(path)]
    parts = list(_split(task, sentences))
    asked = [sentence for _, held in parts for sentence in held]
    seen = {sentence.text for sentence in sentences} if task.test is not None else set()
    rows = []
    for name in task.models:
        config = ChineseConfig(views=MODELS[name], calibrated=task.calibrated, seed=task.seed)
        found: list[list[NamedEntity]] = []
        with Profiler() as watch:
            for learned, held in parts:
                texts = [sentence.text for sentence in held]
                if name == GAZETTEERS:
                    found += [_match_names(text, lists) for text in texts]
                    continue
                with tempfile.TemporaryDirectory() as folder:
                    recogniser = ChineseRecogniser.train(
                        learned, Path(folder), gazetteers=lists, unlabelled=raw, config=config,
                        progress=progress,
                    )  # fmt: skip
                    found += recogniser.tag(texts)
        metrics = _measure(asked, found, seen)
        if task.calibrated:
            metrics["calibration_error"] = _calibration_error(asked, found)
        told = {
            "views": list(config.views),
            "outside": config.outside,
            "gazetteers": {name: len(names) for name, names in lists.items()},
            "unlabelled": len(raw),
            "train": len(sentences),
        }
        if task.test is None:
            told["folds"] = task.folds
        rows.append(watch.row(name, metrics, len(asked), told))
    return rows


def _split(
    task: NerTask, sentences: Sequence[Sentence]
) -> Iterator[tuple[Sequence[Sentence], Sequence[Sentence]]]:
    """Yield the sentences to learn from and to measure on, once or for each fold."""
    if task.test is not None:
        yield sentences, read_tagged(task.test)
        return
    order = np.random.default_rng(task.seed).permutation(len(sentences))
    for n in range(task.folds):
        held = {int(k) for k in order[n :: task.folds]}
        rest = [sentence for k, sentence in enumerate(sentences) if k not in held]
        yield rest, [sentences[k] for k in sorted(held)]


def _match_names(text: str, lists: Mapping[str, Collection[str]]) -> list[NamedEntity]:
    """Return the names of gazetteers in a text, the longest first, without overlaps."""
    plain = fold_text(text)
    found: list[NamedEntity] = []
    n = 0
    while n < len(plain):
        lengths = range(min(_LONGEST, len(plain) - n), 1, -1)
        hits = (
            (k, kind) for k in lengths for kind, names in lists.items() if plain[n : n + k] in names
        )
        length, kind = next(hits, (0, ""))
        if length:
            found.append(NamedEntity(Entity(n, n + length, kind), 1.0))
        n += max(1, length)
    return found


def _measure(
    asked: Sequence[Sentence], found: Sequence[Sequence[NamedEntity]], seen: set[str]
) -> dict[str, float]:
    gold = [sentence.entities for sentence in asked]
    read = [frozenset(named.entity for named in one) for one in found]
    metrics = score_sets(gold, read)
    for suffix, wanted in (("_seen", True), ("_unseen", False)):
        chosen = [n for n, sentence in enumerate(asked) if (sentence.text in seen) == wanted]
        if any(gold[n] for n in chosen):
            metrics |= score_sets([gold[n] for n in chosen], [read[n] for n in chosen], suffix)
    for kind in sorted({entity.type for entities in gold for entity in entities}):
        metrics |= score_sets(
            [{e for e in entities if e.type == kind} for entities in gold],
            [{e for e in entities if e.type == kind} for entities in read],
            f"_{kind}",
        )
    return metrics


def _calibration_error(asked: Sequence[Sentence], found: Sequence[Sequence[NamedEntity]]) -> float:
    said = [
        (named.confidence, named.entity in sentence.entities)
        for sentence, one in zip(asked, found, strict=True)
        for named in one
    ]
    return expected_calibration_error([c for c, _ in said], [right for _, right in said])
