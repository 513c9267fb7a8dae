"""Evaluation of intents: what is asked, refusal of what is not known, and two in one turn."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from catalograph.assistant.intents import (
    NONE,
    IntentModel,
    LabelledTurn,
    english_of,
    find_intents,
    load_intents,
    make_turns,
    train_intents,
    unique_turns,
)
from catalograph.errors import TrainingDataError
from catalograph.evaluation.categories import is_test, macro_f1, read_pairs
from catalograph.ml.calibration import expected_calibration_error
from catalograph.ml.encoders import PACKAGED_MODEL, load_encoder
from catalograph.ml.profiling import BenchmarkRow, Profiler
from catalograph.ml.script import language_of
from catalograph.schema import TextEncoder
from catalograph.settings import load_settings

_JOINED = 200
"""Turns of two sentences."""
_LINKS = {"en": (". ", ", and ", " and also "), "zh": ("，", "。", "，另外")}
_HELD_OUT = 5
"""One of so many intents is left out to measure refusal."""

Progress = Callable[[str], None]


def read_turns(file: Path) -> list[LabelledTurn]:
    """Return the rows of a file with the columns `utterance` (or `text`) and `intent`.

    Raises:
        SourceFormatError: the file cannot be read.
        TrainingDataError: no row has both.
    """
    rows = [LabelledTurn(text, intent) for text, intent in read_pairs(file, None, "intent")]
    if not rows:
        raise TrainingDataError(f"No row of {file} has an `utterance` and an `intent`.")
    return unique_turns(rows)


def with_packaged(
    rows: Sequence[LabelledTurn], seed: int, *, same: bool, lacking: bool
) -> list[LabelledTurn]:
    """Return the rows with packaged sentences, at least those of `none`.

    Args:
        rows: rows of a shop.
        seed: seed of the packaged sentences.
        same: whether packaged sentences of the rows' intents, by name, are added.
        lacking: whether those of intents that the rows lack are.
    """
    own = {row.intent for row in rows}
    added = [
        row
        for row in make_turns(seed)
        if row.intent == NONE or (same if row.intent in own else lacking)
    ]
    return [*rows, *added]


def evaluate_intents(
    train: Sequence[Path],
    test: Path | None,
    file: Path | None = None,
    *,
    alone: bool = False,
    seed: int = 0,
    show: int = 0,
    progress: Progress = lambda line: None,
) -> list[BenchmarkRow]:
    """Measure a model trained on files, one of a file, or the packaged one.

    Args:
        train: training files; none for the model of `file`.
        test: test file; None for a fifth of the training rows, by the hash of the text.
        file: file of a model; None for the packaged one.
        alone: whether packaged sentences are left out of training, but those of `none`.
        seed: seed of training and joining.
        show: number of wrong readings to report.
        progress: callback that receives a line after each step.

    Returns:
        A row with `macro_f1` over the test's intents that the model knows, refusals counted as
        errors; `macro_f1_closed` where nothing is refused; `known_refused`; `unknown_rejected`, the
        share of turns refused whose intent is not known; `calibration_error` over all turns;
        `two_in_one`, the share of turns of two joined sentences of which exactly both intents are
        read.

    Raises:
        TrainingDataError: a file has no rows, or the test no known intent.
    """
    known = unique_turns(row for path in train for row in read_turns(path))
    if test is None:
        asked = [row for row in known if is_test(row.text)]
        known = [row for row in known if not is_test(row.text)]
    else:
        asked = read_turns(test)
    encoder = _KeepingEncoder(load_encoder(load_settings(), name=PACKAGED_MODEL))

    def learn(rows: Sequence[LabelledTurn]) -> IntentModel:
        full = with_packaged(rows, seed, same=not alone, lacking=False)
        return train_intents(full, encoder, PACKAGED_MODEL, seed=seed, progress=progress)

    with Profiler() as watch:
        model = learn(known) if known else load_intents(file)
        if not any(row.intent in model.intents for row in asked):
            raise TrainingDataError("No row of the test has an intent that the model knows.")
        metrics = _measure(model, encoder, asked, show, progress)
        if "unknown_rejected" not in metrics and known:
            out = set(_choose_held_out(model, seed))
            progress(f"Refusal: a model without {', '.join(sorted(out))}.")
            less = learn([row for row in known if row.intent not in out])
            found = _measure(less, encoder, asked, 0, progress)
            metrics["unknown_rejected"] = found["unknown_rejected"]
            metrics["known_refused_beside"] = found["known_refused"]
        metrics["two_in_one"] = _measure_joined(model, encoder, asked, seed)
    told = {"train": len(known), "intents": len(model.intents), "cut": model.card.english.cut}
    name = "linear" if known else "packaged" if file is None else file.stem
    return [watch.row(name, metrics, len(asked), told)]


def _choose_held_out(model: IntentModel, seed: int) -> list[str]:
    order = np.random.default_rng(seed).permutation(model.intents)
    return [str(name) for name in order[: max(1, len(order) // _HELD_OUT)]]


def _measure(
    model: IntentModel,
    encoder: TextEncoder,
    asked: Sequence[LabelledTurn],
    show: int,
    progress: Progress,
) -> dict[str, float]:
    texts = [row.text for row in asked]
    vectors = encoder.encode_documents([english_of(text) for text in texts])
    found = model.predict(texts, vectors)
    answers = model.answers(texts, found)
    gold = [row.intent if row.intent in model.intents else NONE for row in asked]
    wrong = [n for n, one in enumerate(answers) if one[0] != gold[n]]
    for n in wrong[:show]:
        name, sure = answers[n]
        progress(f"{texts[n]}: {gold[n]}, read as {name} ({sure:.2f})")
    known = [n for n, label in enumerate(gold) if label != NONE]
    unknown = [n for n, label in enumerate(gold) if label == NONE]
    labels = [gold[n] for n in known]
    closed = [model.intents[column] for column in found[known, :-1].argmax(1)]
    metrics = {
        "macro_f1": macro_f1(labels, [answers[n][0] for n in known]),
        "calibration_error": expected_calibration_error(
            [sure for _, sure in answers],
            [one[0] == label for one, label in zip(answers, gold, strict=True)],
        ),
    }
    if unknown:
        metrics["unknown_rejected"] = float(np.mean([answers[n][0] == NONE for n in unknown]))
    metrics["known_refused"] = float(np.mean([answers[n][0] == NONE for n in known]))
    return metrics | {"macro_f1_closed": macro_f1(labels, closed)}


def _measure_joined(
    model: IntentModel, encoder: TextEncoder, asked: Sequence[LabelledTurn], seed: int
) -> float:
    """Return the share of turns of two sentences of which exactly both intents are read."""
    draw = np.random.default_rng(seed)
    rows = [row for row in asked if row.intent in model.intents]
    right = made = 0
    for _ in range(_JOINED * 10):
        first, second = (rows[int(n)] for n in draw.integers(len(rows), size=2))
        language = language_of(first.text)
        if first.intent == second.intent or language != language_of(second.text):
            continue
        link = str(draw.choice(_LINKS[language]))
        turn = first.text.rstrip(" .?!。？！") + link + second.text
        read = [one.name for one in find_intents(turn, model, encoder)]
        right += read == [first.intent, second.intent]
        made += 1
        if made == _JOINED:
            break
    return right / made if made else 0.0


class _KeepingEncoder:
    """An encoder that reads each text once, as trainings here share most of theirs."""

    def __init__(self, encoder: TextEncoder) -> None:
        self._encoder = encoder
        self._kept: dict[str, NDArray[np.float32]] = {}

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return self._encoder.dimension

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode as documents; the model has no instruction for queries."""
        return self.encode_documents(texts)

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 [n, dimension]."""
        new = [text for text in dict.fromkeys(texts) if text not in self._kept]
        if new:
            self._kept |= dict(zip(new, self._encoder.encode_documents(new), strict=True))
        return np.stack([self._kept[text] for text in texts])
