"""Evaluation of brands and product types found in Chinese titles, by exact entity match."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from catalograph.ingest.language.chinese import ChineseConfig, ChineseRecogniser, NamedEntity
from catalograph.ingest.language.chinese_features import (
    GROUPED,
    PLAIN,
    WIDE,
    gazetteer_of,
)
from catalograph.ingest.language.tags import Sentence, read_lines, read_tagged, read_texts
from catalograph.ml.calibration import expected_calibration_error
from catalograph.ml.metrics import score_sets
from catalograph.ml.profiling import BenchmarkRow, Profiler

MODELS = {"crf": (PLAIN,), "crf mean": (PLAIN, GROUPED, WIDE)}
"""Views of the fields of each model."""


def evaluate_ner(
    train: Sequence[Path],
    test: Path,
    *,
    gazetteers: Sequence[Path] = (),
    unlabelled: Sequence[Path] = (),
    models: Sequence[str] = tuple(MODELS),
    calibrated: bool = False,
    seed: int = 0,
    progress: Callable[[str], None] = lambda line: None,
) -> list[BenchmarkRow]:
    """Train recognisers and measure them.

    Args:
        train: tagged files.
        test: tagged file.
        gazetteers: files with one name per line.
        unlabelled: files of raw text, see `read_texts`.
        models: names from `MODELS`.
        calibrated: whether to calibrate confidences and report their calibration error.
        seed: seed of the groups of grams.
        progress: callback that receives the current step.

    Returns:
        One row per model: `f1`, `precision`, `recall`, and these for each type and for sentences
        whose text does (`_seen`) or does not (`_unseen`) occur in train, if any such exist.

    Raises:
        TrainingDataError: a file cannot be read, or is not tagged character by character.
        MissingExtraError: the extra `extract` is not installed.
    """
    sentences = [sentence for path in train for sentence in read_tagged(path)]
    asked = read_tagged(test)
    lists = {path.name.partition(".")[0]: gazetteer_of(read_lines(path)) for path in gazetteers}
    raw = [text for path in unlabelled for text in read_texts(path)]
    rows = []
    for name in models:
        config = ChineseConfig(views=MODELS[name], calibrated=calibrated, seed=seed)
        with Profiler() as watch, tempfile.TemporaryDirectory() as folder:
            recogniser = ChineseRecogniser.train(
                sentences, Path(folder), gazetteers=lists, unlabelled=raw, config=config,
                progress=progress,
            )  # fmt: skip
            found = recogniser.tag([sentence.text for sentence in asked])
        metrics = _measure(asked, found, {sentence.text for sentence in sentences})
        if calibrated:
            metrics["calibration_error"] = _calibration_error(asked, found)
        told = {
            "views": list(config.views),
            "outside": config.outside,
            "gazetteers": {name: len(names) for name, names in lists.items()},
            "unlabelled": len(raw),
            "train": len(sentences),
        }
        rows.append(watch.row(name, metrics, len(asked), told))
    return rows


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
