"""Predictions on labelled examples: thresholds from validation, counts on the test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from catalograph.ingest.multitask.prediction import (
    Counts,
    TaskPredictor,
    best_values,
    count_classes,
    count_matches,
    count_values,
    micro_f1,
)
from catalograph.ingest.multitask.tasks import MATCHING, SAME, TAGGING, TaskData, TaskExample
from catalograph.ml.calibration import PlattCalibration, calibrate_scores
from catalograph.ml.metrics import find_best_cut

_BAND_TAIL = 0.1


@dataclass(frozen=True)
class HeadThresholds:
    """What validation says of the scores of a head.

    Attributes:
        calibration: curve from scores to probabilities of being right.
        threshold: of matching: score above which pairs match.
        band: of matching: scores between which most of the errors are.
    """

    calibration: PlattCalibration
    threshold: float = 0.5
    band: tuple[float, float] = (0.5, 0.5)


def validation_score(predictor: TaskPredictor, task: TaskData) -> float:
    """Return micro F1 on the validation part, of matching at its best threshold."""
    if task.name == MATCHING:
        scores, same = _match(predictor, task.valid)
        return find_best_cut(scores, same, int(same.sum()))[2] if len(scores) else 0.0
    return micro_f1(count_answers(predictor, task, task.valid, 0.5))


def fit_thresholds(predictor: TaskPredictor, task: TaskData) -> HeadThresholds:
    """Fit calibration and thresholds on the validation part."""
    if not task.valid:
        return HeadThresholds(PlattCalibration())
    if task.name == MATCHING:
        scores, same = _match(predictor, task.valid)
        lowest, below, _ = find_best_cut(scores, same, int(same.sum()))
        threshold = (lowest + below) / 2
        wrong = scores[(scores > threshold) != same]
        tails = np.quantile(wrong, (_BAND_TAIL, 1 - _BAND_TAIL)) if len(wrong) else (threshold,) * 2
        band = (float(min(tails[0], threshold)), float(max(tails[1], threshold)))
        return HeadThresholds(PlattCalibration(), threshold, band)
    scored: list[float] = []
    right: list[bool] = []
    if task.name == TAGGING:
        for example, values in zip(task.valid, _tag(predictor, task.valid), strict=True):
            for name, (value, score) in values.items():
                if name in example.targets:
                    scored.append(score)
                    right.append(value in example.targets[name])
    else:
        chances = predictor.classify(task.name, [one.first for one in task.valid])
        best = chances.argmax(axis=1)
        scored = chances.max(axis=1).tolist()
        right = [
            task.labels[n] == one.label for n, one in zip(best.tolist(), task.valid, strict=True)
        ]
    return HeadThresholds(calibrate_scores(scored, right) if scored else PlattCalibration())


def count_answers(
    predictor: TaskPredictor, task: TaskData, examples: Sequence[TaskExample], threshold: float
) -> Counts:
    """Count the right answers of a head to labelled examples."""
    if not examples:
        return np.zeros((0, 3), np.int64)
    if task.name == TAGGING:
        read = _tag(predictor, examples)
        return np.array(
            [
                count_values(one, {name: value for name, (value, _) in values.items()})
                for one, values in zip(examples, read, strict=True)
            ],
            np.int64,
        )
    if task.name == MATCHING:
        scores, _ = _match(predictor, examples)
        return count_matches(examples, scores > threshold)
    best = predictor.classify(task.name, [one.first for one in examples]).argmax(axis=1)
    return count_classes(examples, [task.labels[n] for n in best.tolist()])


def _tag(
    predictor: TaskPredictor, examples: Sequence[TaskExample]
) -> list[Mapping[str, tuple[str, float]]]:
    found = predictor.tag([one.first for one in examples], [one.second for one in examples])
    return [best_values(values, one.second) for one, values in zip(examples, found, strict=True)]


def _match(predictor: TaskPredictor, examples: Sequence[TaskExample]) -> tuple[Any, Any]:
    scores = predictor.match([one.first for one in examples], [one.second for one in examples])
    return scores, np.array([one.label == SAME for one in examples], np.bool_)
