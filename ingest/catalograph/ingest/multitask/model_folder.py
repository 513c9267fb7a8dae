"""A trained model in a folder: the network, its tokenizer, and the card that says what is kept.

```
folder/model/model.onnx      encoder and heads
folder/model/tokenizer.json  tokenizer
folder/model/card.json       tasks, labels, thresholds, decisions, settings, data, sizes
folder/model/card.md         the same for people
folder/work/                 checkpoints, until the training is done
```
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalograph.errors import ConfigError, MissingExtraError
from catalograph.ingest.multitask.judgement import HeadThresholds
from catalograph.ingest.multitask.onnx_runner import run_onnx
from catalograph.ingest.multitask.prediction import HeadLabels, TaskPredictor
from catalograph.ml.calibration import PlattCalibration

FORMAT = 1
MODEL_FOLDER, WORK_FOLDER = "model", "work"
CARD = "card.json"
TOKENIZER = "tokenizer.json"
NETWORK = "model.onnx"


@dataclass(frozen=True)
class MultitaskModel:
    """A trained model.

    Attributes:
        predictor: reads texts.
        version: hash of the network and its labels.
        kept: heads that serve.
        thresholds: calibration and thresholds by task.
        heads: labels by task.
        languages: languages of the training texts, by task.
        card: the whole card.
    """

    predictor: TaskPredictor
    version: str
    kept: frozenset[str]
    thresholds: Mapping[str, HeadThresholds]
    heads: Mapping[str, HeadLabels]
    languages: Mapping[str, frozenset[str]]
    card: Mapping[str, Any]


def is_multitask(folder: Path) -> bool:
    """Return whether a folder is of `train multitask`."""
    return (folder / MODEL_FOLDER / CARD).is_file() and (folder / MODEL_FOLDER / NETWORK).is_file()


def serves(folder: Path, task: str) -> bool:
    """Return whether a model keeps the head of a task.

    Raises:
        ConfigError: the folder holds no model.
    """
    return task in load_multitask(folder).kept


def load_multitask(folder: Path, task: str | None = None) -> MultitaskModel:
    """Read a model that `train multitask` wrote; needs no torch.

    Args:
        folder: output folder of the training.
        task: task whose head is to serve; None for any.

    Raises:
        ConfigError: the folder holds no model, or the head was not kept.
        MissingExtraError: ONNX Runtime or tokenizers is not installed.
    """
    where = folder / MODEL_FOLDER
    try:
        from tokenizers import Tokenizer
    except ImportError as exc:
        raise MissingExtraError("text", "tokenizers") from exc
    try:
        card = json.loads((where / CARD).read_text(encoding="utf-8"))
        if card["format"] != FORMAT:
            raise ConfigError(
                f"The model in {folder} has format {card['format']}, expected {FORMAT}. "
                "Train it again with this version."
            )
        tasks: dict[str, Any] = card["tasks"]
        heads = {name: read_labels(one) for name, one in tasks.items()}
        thresholds = {name: _read_thresholds(one) for name, one in tasks.items()}
        tokenizer = Tokenizer.from_file(str(where / TOKENIZER))
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise ConfigError(
            f"No model of several tasks could be read in {folder} ({exc}). "
            "Make one with: catalograph train multitask --output DIR"
        ) from exc
    kept = frozenset(name for name, one in tasks.items() if one["decision"]["kept"])
    if task is not None and task not in kept:
        why = tasks[task]["decision"]["reason"] if task in tasks else "it was not trained"
        raise ConfigError(
            f"The model in {folder} does not serve {task}: {why}. Name today's model instead, or "
            "train it again with --force to serve it all the same."
        )
    run = run_onnx(where / NETWORK, list(heads))
    return MultitaskModel(
        TaskPredictor(run, tokenizer, heads, card["settings"]["length"]),
        card["version"],
        kept,
        thresholds,
        heads,
        {name: frozenset(one["languages"]) for name, one in tasks.items()},
        card,
    )


def read_labels(stored: Mapping[str, Any]) -> HeadLabels:
    """Read the labels of a head from the card."""
    contexts = {name: tuple(listed) for name, listed in stored["by_context"].items()}
    return HeadLabels(tuple(stored["labels"]), contexts)


def _read_thresholds(stored: Mapping[str, Any]) -> HeadThresholds:
    kept = stored["thresholds"]
    low, high = kept["band"]
    return HeadThresholds(PlattCalibration(**kept["calibration"]), kept["threshold"], (low, high))
