"""Joint training: steps of sampled tasks, adversarial steps, early stopping, checkpoints."""

import copy
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from catalograph.ingest import fingerprint
from catalograph.ingest.multitask.judgement import validation_score
from catalograph.ingest.multitask.network import MultitaskNet, contrastive_loss, pool, tagging_loss
from catalograph.ingest.multitask.prediction import Floats, HeadLabels, Ints, TaskPredictor
from catalograph.ingest.multitask.sampling import (
    augment,
    collect_values,
    draw_batches,
    draw_tasks,
)
from catalograph.ingest.multitask.settings import MultitaskSettings
from catalograph.ingest.multitask.tasks import TAGGING, TaskData, TaskExample
from catalograph.ingest.multitask.tokens import (
    allowed_tags,
    encode_texts,
    tag_subwords,
)
from catalograph.ml.adversarial import fgm_step
from catalograph.ml.checkpoints import require_same_training, write_atomically
from catalograph.ml.torch_precision import precision
from catalograph.ml.transformer_layers import freeze

if TYPE_CHECKING:
    from tokenizers import Tokenizer

History = list[dict[str, float]]
Progress = Callable[[str], None]
SCORE = "validation"
_TEMPERATURE = 0.05
_PRETRAINING_BATCH = 24
_PRETRAINING_LENGTH = 48
_MOST_PAIRS = 4_000


def new_net(encoder: Any, tasks: Sequence[TaskData], settings: MultitaskSettings) -> MultitaskNet:
    """Return an untrained network on a copy of an encoder, on CUDA if available."""
    torch.manual_seed(settings.seed)
    sizes = {
        task.name: 1 + 2 * len(task.labels) if task.name == TAGGING else len(task.labels)
        for task in tasks
    }
    net = MultitaskNet(copy.deepcopy(encoder), sizes, settings.dropout)
    freeze(net.encoder, settings.frozen_layers)
    return net.to("cuda" if torch.cuda.is_available() else "cpu")


def predictor_of(
    net: MultitaskNet, tokenizer: "Tokenizer", tasks: Sequence[TaskData], length: int
) -> TaskPredictor:
    """Return a predictor that runs the network by torch."""

    def run(task: str, ids: Ints, mask: Ints, kinds: Ints) -> Floats:
        net.eval()
        device = _device(net)
        inputs = [torch.from_numpy(part).to(device) for part in (ids, mask, kinds)]
        with torch.inference_mode(), precision(device):
            states = net.encode(net.embed_words(inputs[0]), inputs[1], inputs[2])
            scores = net.score(task, states, inputs[1])
        found: Floats = scores.float().cpu().numpy()
        return found

    return TaskPredictor(run, tokenizer, heads_of(tasks), length)


def heads_of(tasks: Sequence[TaskData]) -> dict[str, HeadLabels]:
    """Return the labels of the heads."""
    return {task.name: HeadLabels(task.labels, task.by_context) for task in tasks}


def fit_net(
    net: MultitaskNet,
    tokenizer: "Tokenizer",
    tasks: Sequence[TaskData],
    settings: MultitaskSettings,
    *,
    checkpoint: Path | None = None,
    progress: Progress = lambda _: None,
) -> History:
    """Train a network in place, and leave it with the weights of its best epoch.

    An epoch has as many steps as all tasks have batches; `draw_tasks` says which task each step is
    of. The loss of a task is divided by that of a guess, log(classes), so that one of many classes
    does not outweigh the others.

    Args:
        net: network to train.
        tokenizer: tokenizer of its encoder.
        tasks: data of its heads.
        settings: settings of the training.
        checkpoint: file that keeps each epoch; a killed training goes on from it.
        progress: callback that receives a line after each epoch.

    Returns:
        One entry per epoch: epoch, seconds, loss, the validation score of each task, and their
        mean, by which the best epoch is chosen.

    Raises:
        ConfigError: the checkpoint is of another training.
    """
    run = _Run(net, tokenizer, tasks, settings)
    if checkpoint is not None:
        run.resume(checkpoint)
    for epoch in range(len(run.history), settings.epochs):
        if run.is_over():
            break
        began = time.perf_counter()
        losses = [run.step(task, batch) for task, batch in run.steps(epoch)]
        run.note(epoch, time.perf_counter() - began, float(np.mean(losses)))
        progress(", ".join(f"{name} {value:.4g}" for name, value in run.history[-1].items()))
        if checkpoint is not None:
            run.keep(checkpoint)
    run.restore_best()
    return run.history


class _Run:
    """A running training: optimiser, schedule, history and the best weights so far."""

    def __init__(
        self,
        net: MultitaskNet,
        tokenizer: "Tokenizer",
        tasks: Sequence[TaskData],
        settings: MultitaskSettings,
    ) -> None:
        self.net = net
        self.tasks = list(tasks)
        self.settings = settings
        self.history: History = []
        self._tokenizer = tokenizer
        self._best: dict[str, Tensor] = {}
        self._values = {task.name: collect_values(task) for task in tasks}
        self._places = {task.name: {k: n for n, k in enumerate(task.labels)} for task in tasks}
        self._per_epoch = sum(-(-len(task.train) // settings.batch) for task in tasks)
        self._optimizer = _optimizer(net, settings)
        total = max(1, self._per_epoch * settings.epochs)
        rising = max(1, int(settings.warmup * total))
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimizer,
            lambda step: min((step + 1) / rising, max(0.0, (total - step) / total)),
        )

    def steps(self, epoch: int) -> Iterator[tuple[TaskData, list[TaskExample]]]:
        """Yield the batches of an epoch; they depend on the seed and the epoch alone."""
        rng = np.random.default_rng([self.settings.seed, epoch])
        sizes = [len(task.train) for task in self.tasks]
        streams = [draw_batches(task.train, self.settings.batch, rng) for task in self.tasks]
        share = self.settings.augment
        for n in draw_tasks(sizes, self._per_epoch, self.settings.sampling, rng).tolist():
            task, batch = self.tasks[n], next(streams[n])
            if share:
                values = self._values[task.name]
                batch = [augment(one, task.name, share, values, rng) for one in batch]
            yield task, batch

    def step(self, task: TaskData, batch: Sequence[TaskExample]) -> float:
        """Run one step of the optimiser and return the loss."""
        self.net.train()
        self._optimizer.zero_grad()
        ids, mask, kinds, targets = self._tensors(task, batch)
        embedded = self.net.embed_words(ids)
        if self.settings.fgm:
            # A leaf keeps its gradient; trained embeddings are none, and must be told to.
            embedded.retain_grad() if embedded.requires_grad else embedded.requires_grad_()
        loss = self._loss(task, embedded, mask, kinds, targets)
        loss.backward()  # type: ignore[no-untyped-call]
        if self.settings.fgm and embedded.grad is not None:
            # This backward pass adds its gradient to that of the unperturbed embeddings.
            moved = embedded.detach() + fgm_step(embedded.grad, self.settings.fgm)
            self._loss(task, moved, mask, kinds, targets).backward()  # type: ignore[no-untyped-call]
        trained = [weights for weights in self.net.parameters() if weights.requires_grad]
        nn.utils.clip_grad_norm_(trained, self.settings.clip)
        self._optimizer.step()
        self._schedule.step()
        return float(loss.detach())

    def _tensors(
        self, task: TaskData, batch: Sequence[TaskExample]
    ) -> tuple[Tensor, Tensor, Tensor, tuple[Tensor, ...]]:
        read = encode_texts(
            self._tokenizer,
            [one.first for one in batch],
            [one.second for one in batch],
            self.settings.length,
        )
        device = _device(self.net)
        ids, mask, kinds = (
            torch.from_numpy(p).to(device) for p in (read.ids, read.mask, read.kinds)
        )
        if task.name != TAGGING:
            labels = [self._places[task.name][one.label] for one in batch]
            return ids, mask, kinds, (torch.tensor(labels, device=device),)
        tags = np.full(read.ids.shape, -100, np.int64)
        for row, (encoding, one) in enumerate(zip(read.encodings, batch, strict=True)):
            tags[row, : len(encoding.ids)] = tag_subwords(encoding, one, task.labels)
        allowed = np.stack([allowed_tags(one.unknown, task.labels) for one in batch])
        targets = (torch.from_numpy(tags).to(device), torch.from_numpy(allowed).to(device))
        return ids, mask, kinds, targets

    def _loss(
        self,
        task: TaskData,
        embedded: Tensor,
        mask: Tensor,
        kinds: Tensor,
        targets: tuple[Tensor, ...],
    ) -> Tensor:
        with precision(_device(self.net)):
            states = self.net.encode(embedded, mask, kinds)
            scores = self.net.score(task.name, states, mask).float()
        if task.name == TAGGING:
            loss = tagging_loss(scores, *targets)
        else:
            loss = nn.functional.cross_entropy(scores, targets[0])
        return loss / float(np.log(scores.shape[-1]))

    def note(self, epoch: int, seconds: float, loss: float) -> None:
        """Measure the epoch, and keep its weights if they are the best."""
        predictor = predictor_of(self.net, self._tokenizer, self.tasks, self.settings.length)
        scores = {task.name: validation_score(predictor, task) for task in self.tasks if task.valid}
        entry = {"epoch": epoch, "seconds": round(seconds, 2), "loss": loss, **scores}
        if scores:
            entry[SCORE] = float(np.mean(list(scores.values())))
            if all(entry[SCORE] > older[SCORE] for older in self.history):
                self._best = copy.deepcopy(dict(_trained_weights(self.net)))
        self.history.append(entry)

    def is_over(self) -> bool:
        """Return whether the last epochs brought no improvement."""
        measured = [entry[SCORE] for entry in self.history if SCORE in entry]
        return bool(measured) and (
            len(measured) - 1 - int(np.argmax(measured)) >= self.settings.patience
        )

    def restore_best(self) -> None:
        """Restore the weights of the best epoch."""
        if self._best:
            self.net.load_state_dict(self._best, strict=False)

    def keep(self, file: Path) -> None:
        """Write a checkpoint; a kill leaves the one before."""
        file.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "net": _trained_weights(self.net),
            "best": self._best,
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
            "history": self.history,
            "random": torch.get_rng_state(),
            "begun": self._describe(),
        }
        with write_atomically(file) as stream:
            torch.save(state, stream)

    def resume(self, file: Path) -> None:
        """Go on from a checkpoint, if there is one.

        Raises:
            ConfigError: it is of another training.
        """
        if not file.exists():
            return
        state: dict[str, Any] = torch.load(file, weights_only=True, map_location=_device(self.net))
        require_same_training(file.parent, state["begun"], self._describe())
        # Not strict: a checkpoint has the trained weights only.
        self.net.load_state_dict(state["net"], strict=False)
        self._best = state["best"]
        self._optimizer.load_state_dict(state["optimizer"])
        self._schedule.load_state_dict(state["schedule"])
        self.history = state["history"]
        torch.set_rng_state(state["random"].cpu())

    def _describe(self) -> dict[str, Any]:
        return {**asdict(self.settings), "data": hash_tasks(self.tasks)}


def hash_tasks(tasks: Sequence[TaskData]) -> str:
    """Return a hash of all examples."""
    return fingerprint.digest(
        "\x1e".join(
            "\x1f".join((task.name, part, one.first, one.second, one.label, repr(one.spans)))
            for task in tasks
            for part, listed in (("train", task.train), ("valid", task.valid), ("test", task.test))
            for one in listed
        )
    )


def pretrain(
    net: MultitaskNet,
    tokenizer: "Tokenizer",
    pairs: Sequence[tuple[str, str]],
    settings: MultitaskSettings,
    progress: Progress = lambda _: None,
) -> History:
    """Train the encoder, in place, to tell which texts belong together, in one pass.

    Args:
        net: network whose encoder is trained.
        tokenizer: tokenizer of the encoder.
        pairs: titles and descriptions, search words and clicked titles; at most 4,000 are used.
        settings: settings of the training.
        progress: callback that receives the loss.
    """
    rng = np.random.default_rng(settings.seed)
    chosen = [pairs[n] for n in rng.permutation(len(pairs))[:_MOST_PAIRS]]
    batches = [
        chosen[n : n + _PRETRAINING_BATCH] for n in range(0, len(chosen), _PRETRAINING_BATCH)
    ]
    batches = [batch for batch in batches if len(batch) > 1]
    trained = [w for w in net.encoder.parameters() if w.requires_grad]
    if not batches or not trained:
        return []
    optimizer = torch.optim.AdamW(trained, settings.learning_rate / 3)
    net.train()
    losses = []
    for batch in batches:
        optimizer.zero_grad()
        left, right = (_vectors(net, tokenizer, [pair[k] for pair in batch]) for k in (0, 1))
        loss = contrastive_loss(left.float(), right.float(), _TEMPERATURE)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(trained, settings.clip)
        optimizer.step()
        losses.append(float(loss.detach()))
    half = len(losses) // 2 or 1
    told = {"pairs": len(chosen), "loss": float(np.mean(losses[-half:]))}
    progress(f"read {len(chosen):,} pairs of texts, loss {told['loss']:.3f}")
    return [told]


def _vectors(net: MultitaskNet, tokenizer: "Tokenizer", texts: Sequence[str]) -> Tensor:
    read = encode_texts(tokenizer, texts, [""] * len(texts), _PRETRAINING_LENGTH)
    device = _device(net)
    ids, mask, kinds = (torch.from_numpy(p).to(device) for p in (read.ids, read.mask, read.kinds))
    with precision(device):
        return pool(net.encode(net.embed_words(ids), mask, kinds), mask)


def _optimizer(net: MultitaskNet, settings: MultitaskSettings) -> torch.optim.Optimizer:
    """Return AdamW with a rate for the encoder and one for the heads; vectors have no decay."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, weights in net.named_parameters():
        if weights.requires_grad:
            encoder = name.startswith("encoder.")
            rate = settings.learning_rate if encoder else settings.head_rate
            decay = settings.weight_decay if weights.ndim > 1 else 0.0
            groups.setdefault((rate, decay), []).append(weights)
    return torch.optim.AdamW(
        [
            {"params": listed, "lr": rate, "weight_decay": decay}
            for (rate, decay), listed in groups.items()
        ]
    )


def _trained_weights(net: nn.Module) -> dict[str, Tensor]:
    return {name: w.detach() for name, w in net.named_parameters() if w.requires_grad}


def _device(net: nn.Module) -> torch.device:
    return next(net.parameters()).device
