"""Trains a language model, and stores it in a folder.

```
folder/model/card.json   base, data, settings, metrics, history
folder/model/card.md     the same for people
folder/model/adapter/    what was trained: weights of the adapter, or of the whole model
folder/merged/           base and adapter in one, with the tokenizer, for servers
folder/work/             checkpoints, until the training is done
```
"""

import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from catalograph.embed.language_model.base import (
    UntrainedModel,
    add_adapter,
    hash_weights,
    load_adapter,
    load_base,
)
from catalograph.embed.language_model.card import describe_card
from catalograph.embed.language_model.examples import (
    Example,
    encode_blocks,
    encode_dialogues,
    encode_halves,
    encode_sentences,
)
from catalograph.embed.language_model.rows import Dialogue, halve_text, hash_data
from catalograph.embed.language_model.settings import LanguageModelSettings
from catalograph.embed.language_model.training import Training
from catalograph.embed.processes import choose_device, is_first, process_group, wait_for_all
from catalograph.errors import ConfigError, TrainingDataError
from catalograph.ml.checkpoints import replace_folder, require_same_training, write_atomically
from catalograph.ml.script import language_of

MODEL, MERGED = "model", "merged"
"""Folders of the trained and of the merged model in the folder of a training."""
_ADAPTER, _CARD, _WORK, _BEGUN = "adapter", "card.json", "work", "begun.json"
_FORMAT = 1
_FEWEST = 2
Progress = Callable[[str], None]


@dataclass(frozen=True)
class LearnedData:
    """What a model learns from.

    Attributes:
        texts: texts, for all objectives but `instruct`.
        dialogues: dialogues, for `instruct`.
        source: where they are from, for the card.
    """

    texts: Sequence[str] = field(default_factory=list)
    dialogues: Sequence[Dialogue] = field(default_factory=list)
    source: str = ""


@dataclass
class TrainedModel:
    """A model ready to be measured or to answer.

    Attributes:
        model: model of transformers, with its adapter if it has one.
        tokenizer: its tokenizer.
        card: what it was made from; blank for a base model.
    """

    model: Any
    tokenizer: Any
    card: dict[str, Any] = field(default_factory=dict)


def train_language_model(
    data: LearnedData,
    output: Path,
    settings: LanguageModelSettings,
    *,
    minutes: float | None = None,
    merge: bool = False,
    progress: Progress = lambda _: None,
) -> dict[str, Any]:
    """Train a model and store it; a training that was stopped goes on.

    Args:
        data: texts or dialogues.
        output: output folder; an older model in it stays until the new one is complete.
        settings: settings of the training.
        minutes: time after which the training stops with the best weights so far; called again, it
            goes on. None for no limit.
        merge: whether to write base and adapter in one as well.
        progress: callback that receives the current step.

    Returns:
        The model card.

    Raises:
        TrainingDataError: there is too little to learn from.
        ConfigError: the base does not exist, or the folder has a training that was begun with
            other data or settings.
    """
    if merge and settings.adapter == "prefix":
        raise ConfigError("A prefix is no change of weights, and cannot be merged; leave it out.")
    # Under torchrun the processes share each step; the first one writes.
    with process_group(choose_device("auto")):
        said = progress if is_first() else lambda _: None
        card = _train(data, output, settings, minutes, said, merge=merge)
        wait_for_all()
    return card


def _train(
    data: LearnedData,
    output: Path,
    settings: LanguageModelSettings,
    minutes: float | None,
    progress: Progress,
    *,
    merge: bool,
) -> dict[str, Any]:
    began = time.monotonic()
    base = load_base(settings)
    learned, kept, told = _examples(data, base, settings)
    told = told | {"source": data.source}
    progress(
        f"{len(learned):,} examples to learn from, {len(kept):,} for validation, "
        f"{told['too_long']:,} too long."
    )
    work = output / _WORK
    begun = {"base_weights": base.weights, "data_hash": told["hash"], **asdict(settings)}
    parameters = sum(part.numel() for part in base.model.parameters())
    model = add_adapter(base, settings)
    trained = sum(part.numel() for part in model.parameters() if part.requires_grad)
    training = Training(model, base, learned, kept, settings, work, minutes, progress)
    before = _begin(training, work, begun)
    training.run()
    after = training.validate()
    card = {
        "format": _FORMAT,
        "base": {
            "name": base.name,
            "weights": base.weights,
            "parameters": parameters,
        },
        "trained_parameters": trained,
        "settings": asdict(settings),
        "data": told,
        "metrics": {"validation_before": before, "validation": after},
        "history": training.history,
        "steps": training.trainer.state.global_step,
        "finished": training.finished,
        "seconds": round(time.monotonic() - began, 1),
        "versions": _versions(),
    }
    if is_first():
        _save(output, model, base, card, merge=merge)
        if training.finished:
            shutil.rmtree(work)
    return card


def load_trained(folder: Path, base: str | None = None) -> TrainedModel:
    """Load what `train_language_model` stored.

    Args:
        folder: its output folder.
        base: base model, where it is no longer where it was; its weights have to be the same.

    Raises:
        ConfigError: the folder has no trained model, or its base has changed.
    """
    stored = folder / MODEL
    try:
        card = json.loads((stored / _CARD).read_text(encoding="utf-8"))
        settings = LanguageModelSettings(**card["settings"])
        name, weights = card["base"]["name"], card["base"]["weights"]
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise ConfigError(
            f"'{folder}' is no trained language model ({exc}). Train one with: catalograph train lm"
        ) from exc
    if settings.adapter == "full":
        whole = load_base(replace(settings, base=str(stored / _ADAPTER)))
        return TrainedModel(whole.model.eval(), whole.tokenizer, card)
    found = load_base(replace(settings, base=base or name))
    if found.weights != weights:
        raise ConfigError(
            f"The weights of '{found.name}' are not those that the adapter in '{folder}' was "
            "trained on. Name the same base with --base, or train again."
        )
    model = load_adapter(found, stored / _ADAPTER)
    return TrainedModel(model.eval(), found.tokenizer, card)


def load_untrained(settings: LanguageModelSettings) -> TrainedModel:
    """Load the base model of some settings to measure it.

    Raises:
        ConfigError: there is no such model.
    """
    found = load_base(settings)
    return TrainedModel(found.model.eval(), found.tokenizer)


def encode_data(
    data: LearnedData, tokenizer: Any, settings: LanguageModelSettings
) -> tuple[list[Example], int]:
    """Return what the objective learns as tokens, and the number of examples that are too long."""
    length = settings.length
    if settings.objective == "instruct":
        return encode_dialogues(data.dialogues, tokenizer, length)
    if settings.objective == "seq2seq":
        halves = [halve_text(text, language_of(text)) for text in data.texts]
        return encode_dialogues([one for one in halves if one is not None], tokenizer, length)
    if settings.objective == "causal":
        return encode_blocks(data.texts, tokenizer, length), 0
    if settings.next_sentence:
        return encode_halves(data.texts, tokenizer, length, settings.seed), 0
    return encode_sentences(data.texts, tokenizer, length), 0


def _examples(
    data: LearnedData, base: UntrainedModel, settings: LanguageModelSettings
) -> tuple[list[Example], list[Example], dict[str, Any]]:
    """Return examples to learn from, those kept for validation, and what the card says of them."""
    given: Sequence[Any] = data.dialogues if settings.objective == "instruct" else data.texts
    order = np.random.default_rng(settings.seed).permutation(len(given)).tolist()
    kept = int(settings.validation * len(given))
    parts = []
    too_long = 0
    for chosen in (order[kept:], order[:kept]):
        rows = [given[n] for n in chosen]
        part = (
            LearnedData(dialogues=rows)
            if settings.objective == "instruct"
            else LearnedData(texts=rows)
        )
        examples, longer = encode_data(part, base.tokenizer, settings)
        too_long += longer
        parts.append(examples)
    learned, validation = parts
    if len(learned) < _FEWEST:
        raise TrainingDataError(
            f"There are {len(given):,} texts or dialogues, of which {len(learned):,} can be "
            f"learned and {too_long:,} are longer than {settings.length} tokens. Give more, "
            "or a larger --length."
        )
    told: dict[str, Any] = {
        "hash": hash_data(given),
        "learned": len(learned),
        "validation": len(validation),
        "too_long": too_long,
    }
    kinds = Counter(one.kind for one in data.dialogues if one.kind)
    return learned, validation, told | ({"kinds": dict(sorted(kinds.items()))} if kinds else {})


def _begin(training: Training, work: Path, begun: dict[str, Any]) -> float | None:
    """Return the validation loss before the training, which is kept for one that goes on.

    Raises:
        ConfigError: the folder has another training.
    """
    file = work / _BEGUN
    if file.exists():
        known = orjson.loads(file.read_bytes())
        require_same_training(work, known, begun)
        loss: float | None = known["validation_before"]
        return loss
    before = training.validate()
    if is_first():
        work.mkdir(parents=True, exist_ok=True)
        with write_atomically(file) as stream:
            stream.write(orjson.dumps(begun | {"validation_before": before}))
    return before


def _save(
    output: Path, model: Any, base: UntrainedModel, card: dict[str, Any], *, merge: bool
) -> None:
    with replace_folder(output / MODEL) as draft:
        model.save_pretrained(draft / _ADAPTER)
        if card["settings"]["adapter"] == "full":
            base.tokenizer.save_pretrained(draft / _ADAPTER)
        if merge:
            whole = model
            if card["settings"]["adapter"] != "full":
                whole = model.merge_and_unload()
            with replace_folder(output / MERGED) as merged:
                whole.save_pretrained(merged)
                base.tokenizer.save_pretrained(merged)
            card["merged_weights"] = hash_weights(whole)
        (draft / _CARD).write_text(json.dumps(card, indent=1, ensure_ascii=False), encoding="utf-8")
        (draft / "card.md").write_text(describe_card(card), encoding="utf-8")


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in ("torch", "transformers", "peft")}
