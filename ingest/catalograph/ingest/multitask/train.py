"""The whole training: one joint model, its ablation, the decision on each head, and the card."""

import copy
import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from catalograph.errors import TrainingDataError
from catalograph.ingest import fingerprint
from catalograph.ingest.multitask.card import describe_card
from catalograph.ingest.multitask.decision import HeadDecision, HeadResult, decide_heads
from catalograph.ingest.multitask.export import ExportedModel, export_net
from catalograph.ingest.multitask.judgement import (
    HeadThresholds,
    count_answers,
    fit_thresholds,
)
from catalograph.ingest.multitask.model_folder import (
    CARD,
    FORMAT,
    MODEL_FOLDER,
    NETWORK,
    TOKENIZER,
    WORK_FOLDER,
)
from catalograph.ingest.multitask.network import MultitaskNet
from catalograph.ingest.multitask.onnx_runner import run_onnx
from catalograph.ingest.multitask.prediction import Counts, TaskPredictor
from catalograph.ingest.multitask.rivals import Rival, train_rival
from catalograph.ingest.multitask.settings import MultitaskSettings
from catalograph.ingest.multitask.tasks import CATEGORY, SENTIMENT, TAGGING, TaskData
from catalograph.ingest.multitask.training import (
    History,
    fit_net,
    hash_tasks,
    heads_of,
    new_net,
    pretrain,
)
from catalograph.ingest.multitask.tuning import SearchOptions, search_settings
from catalograph.ingest.resolve.corpus import Encode
from catalograph.ml.checkpoints import (
    replace_folder,
    require_same_training,
    write_atomically,
)
from catalograph.ml.encoders import load_trainable
from catalograph.ml.script import language_of

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Progress = Callable[[str], None]
_TIMED = 50
_BYTES = 4


@dataclass(frozen=True)
class MultitaskOptions:
    """What is done besides the training itself.

    Attributes:
        search: how to search settings on validation first; None takes them as they are.
        extractor: kind of extractor that is the rival of tagging.
        encode: text encoder of the rival matcher; None for none.
        encoder_bytes: size of that encoder.
        force: keep all heads whatever their figures.
        sources: where the examples are from, by task, for the card.
    """

    search: SearchOptions | None = None
    extractor: str = "cascade"
    encode: Encode | None = None
    encoder_bytes: int = 0
    force: bool = False
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Trained:
    """A trained and exported model with its answers on the test."""

    exported: ExportedModel
    predictor: TaskPredictor
    thresholds: Mapping[str, HeadThresholds]
    counts: Mapping[str, Counts]
    history: History
    heads: Mapping[str, int]


def train_multitask(
    tasks: Sequence[TaskData],
    pairs: Sequence[tuple[str, str]],
    output: Path,
    settings: MultitaskSettings,
    options: MultitaskOptions | None = None,
    progress: Progress = lambda _: None,
) -> dict[str, Any]:
    """Train one model for all tasks, decide which heads are kept, and store it.

    The same network learns each task alone, from the same start and data, and today's model of each
    task does, too; all are judged on the same test examples, each network in the form that would
    serve. A killed training goes on when it is called again with the same arguments.

    Args:
        tasks: data of at least one task.
        pairs: texts that belong together, for contrastive pre-training.
        output: output folder; an older model in it stays until the new one is complete.
        settings: settings of the training.
        options: what else to do.
        progress: callback that receives the current step.

    Returns:
        The model card.

    Raises:
        TrainingDataError: there is no task.
        ConfigError: the folder has a training that was begun with other data or settings.
        MissingExtraError: a package of the extra `extract` is not installed.
    """
    if not tasks:
        raise TrainingDataError(
            "No task has enough examples to learn from. Ingest labelled products, categories, "
            "reviews or decided pairs, or give files."
        )
    options = options or MultitaskOptions()
    run = _Training(tasks, pairs, output, settings, options, progress)
    card = run.train()
    shutil.rmtree(output / WORK_FOLDER)
    return card


class _Training:
    """One call of `train_multitask`."""

    def __init__(
        self,
        tasks: Sequence[TaskData],
        pairs: Sequence[tuple[str, str]],
        output: Path,
        settings: MultitaskSettings,
        options: MultitaskOptions,
        progress: Progress,
    ) -> None:
        self._tasks = list(tasks)
        self._pairs = pairs
        self._output = output
        self._work = output / WORK_FOLDER
        self._settings = settings
        self._options = options
        self._progress = progress
        whole, self._encoder = load_trainable(settings.encoder)
        self._tokenizer: Tokenizer = copy.deepcopy(whole.backend_tokenizer)
        self._tokenizer.no_padding()
        self._found: Mapping[str, Any] = {}
        self._read_pairs: History = []

    def train(self) -> dict[str, Any]:
        """Go through all steps and return the card."""
        for task in self._tasks:
            told = ", ".join(f"{name} {count:,}" for name, count in task.counts.items())
            self._progress(f"{task.name}: {told}")
        self._pretrain()
        if self._options.search is not None:
            self._search(self._options.search)
        joint = self._fit("joint", self._tasks)
        singles = {
            task.name: self._fit(f"only-{task.name}", [task])
            for task in (self._tasks if len(self._tasks) > 1 else ())
        }
        rivals = {task.name: self._rival(task) for task in self._tasks}
        results = [
            HeadResult(
                task.name,
                joint.counts[task.name],
                singles[task.name].counts[task.name] if singles else None,
                rivals[task.name].counts,
                rivals[task.name].name,
                rivals[task.name].size,
                joint.heads[task.name],
                joint.exported.size,
            )
            for task in self._tasks
        ]
        decisions = decide_heads(results, force=self._options.force)
        return self._save(joint, singles, rivals, decisions)

    def _pretrain(self) -> None:
        """Let the encoder read the shop's pairs of texts; its weights are kept in a file."""
        if not self._settings.pretraining or len(self._pairs) < self._settings.batch:
            return
        file = self._work / "pretrained.pt"
        net = new_net(self._encoder, self._tasks[:1], self._settings)
        begun = {
            "pairs": fingerprint.digest("\x1e".join("\x1f".join(pair) for pair in self._pairs)),
            **asdict(self._settings),
        }
        if file.exists():
            kept = torch.load(file, weights_only=True)
            require_same_training(self._work, kept["begun"], begun)
            net.encoder.load_state_dict(kept["encoder"])
            self._read_pairs = kept["history"]
        else:
            told = pretrain(net, self._tokenizer, self._pairs, self._settings, self._progress)
            self._read_pairs = told
            file.parent.mkdir(parents=True, exist_ok=True)
            state = {"encoder": net.encoder.state_dict(), "history": told, "begun": begun}
            with write_atomically(file) as stream:
                torch.save(state, stream)
        self._encoder = net.encoder.cpu().requires_grad_(True)

    def _search(self, search: SearchOptions) -> None:
        self._found = search_settings(
            self._encoder, self._tokenizer, self._tasks, self._settings, search, self._work
        )
        self._settings = replace(self._settings, **self._found)
        told = ", ".join(f"{name} {value}" for name, value in self._found.items())
        self._progress(f"found on validation: {told}")

    def _fit(self, name: str, tasks: Sequence[TaskData]) -> _Trained:
        self._progress(f"training {name}")
        net = new_net(self._encoder, tasks, self._settings)
        history = fit_net(
            net,
            self._tokenizer,
            tasks,
            self._settings,
            checkpoint=self._work / f"{name}.pt",
            progress=lambda line: self._progress(f"{name}: {line}"),
        )
        length = self._settings.length
        exported = export_net(net, self._tokenizer, tasks, self._work / name, length)
        run = run_onnx(exported.file, list(net.heads))
        predictor = TaskPredictor(run, self._tokenizer, heads_of(tasks), length)
        thresholds = {task.name: fit_thresholds(predictor, task) for task in tasks}
        counts = {
            task.name: count_answers(predictor, task, task.test, thresholds[task.name].threshold)
            for task in tasks
        }
        return _Trained(exported, predictor, thresholds, counts, history, _head_sizes(net))

    def _rival(self, task: TaskData) -> Rival:
        """Train today's model, or read its answers where a killed training had it finished."""
        file = self._work / f"today-{task.name}.npz"
        if file.exists():
            kept = np.load(file)
            return Rival(str(kept["name"]), kept["counts"], int(kept["size"]))
        self._progress(f"training today's model of {task.name}")
        rival = train_rival(
            task,
            extractor=self._options.extractor,
            encode=self._options.encode,
            encoder_bytes=self._options.encoder_bytes,
            seed=self._settings.seed,
            progress=self._progress,
        )
        with write_atomically(file) as stream:
            np.savez(stream, name=rival.name, counts=rival.counts, size=rival.size)
        return rival

    def _save(
        self,
        joint: _Trained,
        singles: Mapping[str, _Trained],
        rivals: Mapping[str, Rival],
        decisions: Sequence[HeadDecision],
    ) -> dict[str, Any]:
        decided = {one.task: one for one in decisions}
        network = joint.exported.file.read_bytes()
        told = {
            task.name: {
                "decision": decided[task.name].as_dict(),
                "data": {"source": self._options.sources.get(task.name, ""), **task.counts},
                "labels": list(task.labels),
                "by_context": {name: list(listed) for name, listed in task.by_context.items()},
                "languages": _languages(task),
                "most_frequent": _share_of_most_frequent(task),
                "thresholds": asdict(joint.thresholds[task.name]),
                "int8_agreement": round(joint.exported.agreement[task.name], 4),
                "milliseconds": round(time_texts(self._output_of(joint), task), 2),
                "bytes": {
                    "head": joint.heads[task.name],
                    "own_model": singles[task.name].exported.size if singles else None,
                    "today": rivals[task.name].size,
                },
            }
            for task in self._tasks
        }
        card: dict[str, Any] = {
            "format": FORMAT,
            "model": "multitask",
            "tasks": told,
            "settings": asdict(self._settings),
            "searched": dict(self._found),
            "pretraining": self._read_pairs,
            "history": joint.history,
            "network": {
                "form": joint.exported.form,
                "bytes": joint.exported.size,
                "float32_bytes": joint.exported.float_size,
            },
            "data_hash": hash_tasks(self._tasks),
        }
        card["version"] = _version(network, told)
        with replace_folder(self._output / MODEL_FOLDER) as draft:
            (draft / NETWORK).write_bytes(network)
            self._tokenizer.save(str(draft / TOKENIZER))
            (draft / CARD).write_text(
                json.dumps(card, indent=1, ensure_ascii=False), encoding="utf-8"
            )
            (draft / "card.md").write_text(describe_card(card), encoding="utf-8")
        return card

    def _output_of(self, trained: _Trained) -> TaskPredictor:
        run = run_onnx(trained.exported.file, list(trained.heads), threads=1)
        return TaskPredictor(run, self._tokenizer, heads_of(self._tasks), self._settings.length)


def time_texts(predictor: TaskPredictor, task: TaskData) -> float:
    """Return the median time of one text or pair alone, in milliseconds, on one thread."""
    listed = (task.test or task.train)[:_TIMED]
    seconds = []
    for one in listed:
        began = time.perf_counter()
        if task.name == TAGGING:
            predictor.tag([one.first], [one.second])
        else:
            predictor.classify(task.name, [one.first], [one.second])
        seconds.append(time.perf_counter() - began)
    return 1_000 * float(np.median(seconds))


def _head_sizes(net: MultitaskNet) -> dict[str, int]:
    return {
        name: _BYTES * sum(weights.numel() for weights in head.parameters())
        for name, head in net.heads.items()
    }


def _languages(task: TaskData) -> list[str]:
    """Return the languages that at least a tenth of the training texts have."""
    seen = Counter(language_of(one.second or one.first) for one in task.train)
    return sorted(name for name, count in seen.items() if 10 * count >= len(task.train))


def _share_of_most_frequent(task: TaskData) -> float | None:
    """Return the accuracy on the test of naming one label always; None where there are none."""
    seen = Counter(one.label for one in task.test if one.label)
    if task.name not in (CATEGORY, SENTIMENT) or not seen:
        return None
    return round(seen.most_common(1)[0][1] / len(task.test), 4)


def _version(network: bytes, told: Mapping[str, Any]) -> str:
    labels = json.dumps(
        {name: [one["labels"], one["thresholds"]] for name, one in told.items()}, sort_keys=True
    )
    return f"{FORMAT}-{fingerprint.digest(network + labels.encode())[:12]}"
