"""Evaluation of language models: how well they expect texts, and whether answers are right."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from catalograph.embed.language_model.generation import answer_dialogues, perplexity
from catalograph.embed.language_model.persistence import (
    LearnedData,
    TrainedModel,
    encode_data,
    load_trained,
    load_untrained,
)
from catalograph.embed.language_model.rows import Dialogue
from catalograph.embed.language_model.settings import LanguageModelSettings, Objective
from catalograph.errors import ConfigError, InvalidInputError
from catalograph.ml.profiling import BenchmarkRow, Profiler
from catalograph.schema.query_plan import parse_plan

Progress = Callable[[str], None]


def evaluate_language_model(
    data: LearnedData,
    base: str | None,
    trained: Path | None,
    *,
    objective: Objective = "causal",
    length: int = 512,
    most_tokens: int = 256,
    show: int = 0,
    progress: Progress = lambda line: None,
) -> list[BenchmarkRow]:
    """Measure a base model, and what was trained on it.

    Args:
        data: held texts, dialogues, or both.
        base: name, folder or GGUF file of the base; None for that of `trained`.
        trained: folder of `train_language_model`; None to measure the base alone.
        objective: how texts are read: `mlm` for an encoder; that of the training if there is one.
        length: maximum number of tokens of an example.
        most_tokens: maximum number of tokens of an answer.
        show: number of wrong answers to report.
        progress: callback that receives a line after each model.

    Returns:
        A row `before` and a row `after`, with `perplexity` of the texts, of the dialogues' last
        turns `perplexity_of_answers`, and `exact_match`, the share of answers that are the
        expected ones, by kind as well; answers in JSON are compared as values, plans in full form.

    Raises:
        ConfigError: neither a base nor a trained model is named, or one cannot be loaded.
    """
    if base is None and trained is None:
        raise ConfigError("There is no model to measure; name one with --base or --trained.")
    after = None if trained is None else load_trained(trained, base)
    if after is not None:
        objective = after.card["settings"]["objective"]
        objective = "causal" if objective == "instruct" else objective
        base = base or str(after.card["base"]["name"])
    reading = LanguageModelSettings(str(base), objective, length=length)
    rows = []
    # The base is read anew, as an adapter changes the one that it was added to.
    for name, model in (("before", load_untrained(reading)), ("after", after)):
        if model is not None:
            rows.append(_measure(name, model, data, reading, most_tokens, show, progress))
            progress(f"{name}: {rows[-1].seconds:.0f} s")
    return rows


def _measure(
    name: str,
    model: TrainedModel,
    data: LearnedData,
    reading: LanguageModelSettings,
    most_tokens: int,
    show: int,
    progress: Progress,
) -> BenchmarkRow:
    metrics: dict[str, float] = {}
    masked = reading.masked if reading.objective == "mlm" else 0.0
    with Profiler() as watch:
        if data.texts:
            examples, _ = encode_data(LearnedData(data.texts), model.tokenizer, reading)
            metrics["perplexity"] = perplexity(model, examples, masked)
        if data.dialogues:
            asked = replace(reading, objective="instruct")
            examples, _ = encode_data(LearnedData(dialogues=data.dialogues), model.tokenizer, asked)
            metrics["perplexity_of_answers"] = perplexity(model, examples)
            metrics |= _matches(model, data.dialogues, most_tokens, show, progress)
    config = {"model": reading.base} | ({"trained": model.card["settings"]} if model.card else {})
    return watch.row(name, metrics, len(data.texts) + len(data.dialogues), config)


def _matches(
    model: TrainedModel,
    dialogues: Sequence[Dialogue],
    most_tokens: int,
    show: int,
    progress: Progress,
) -> dict[str, float]:
    right: dict[str, list[bool]] = defaultdict(list)
    shown = 0
    answers = answer_dialogues(model, dialogues, most_tokens)
    for one, answer in zip(dialogues, answers, strict=True):
        same = is_same_answer(answer, one.completion)
        right[one.kind].append(same)
        if not same and shown < show:
            shown += 1
            progress(f"{one.prompt[-1].content}\n    expected {one.completion}\n    got {answer}")
    every = [same for kind in right.values() for same in kind]
    found = {"exact_match": sum(every) / len(every)}
    if len(right) > 1:
        found |= {f"exact_match_{kind}": sum(s) / len(s) for kind, s in sorted(right.items())}
    return found


def is_same_answer(given: str, expected: str) -> bool:
    """Return whether two answers are the same text, or the same JSON value; plans in full form."""
    return bool(_value_of(given) == _value_of(expected))


def _value_of(text: str) -> Any:
    with suppress(ValueError):
        value = json.loads(text)
        if isinstance(value, dict) and isinstance(value.get("plans"), list):
            with suppress(InvalidInputError, TypeError):
                return list(_plans_of(value["plans"]))
        return value
    return text.strip()


def _plans_of(plans: Sequence[Any]) -> Iterator[dict[str, Any]]:
    for one in plans:
        yield parse_plan(one).model_dump()
