"""Training: epochs, validation, early stopping, deadline, checkpoints, several processes."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from catalograph.embed.kge.checkpoint import load_checkpoint, save_checkpoint
from catalograph.embed.kge.config import KgeConfig
from catalograph.embed.kge.evaluate import filtered_ranks
from catalograph.embed.kge.losses import Objective, score_precision
from catalograph.embed.kge.models import KgeModel
from catalograph.embed.kge.queries import Queries, QueryBatch, epoch_batches
from catalograph.embed.kge.trained_model import TrainedKge
from catalograph.embed.kge.triples import TripleSet
from catalograph.embed.processes import (
    broadcast_first,
    broadcast_state,
    choose_device,
    process_group,
)
from catalograph.errors import EmbedError

Progress = Callable[[Mapping[str, float]], None]

_SAVE_EVERY = 300.0
"""Maximum time between checkpoints, in seconds, rounded up to the end of the epoch."""
_LAST_RATE = 0.02
"""Share of the learning rate that remains at the end of its decay."""


def train(
    triples: TripleSet,
    valid: TripleSet | None,
    config: KgeConfig,
    *,
    checkpoint: Path | None = None,
    resume: bool = False,
    deadline: float | None = None,
    device: str = "auto",
    progress: Progress = lambda _: None,
) -> TrainedKge:
    """Learn vectors of entities and relations.

    On a CPU the same seed, data and number of processes give the same vectors, unless a deadline
    ends the training early. Under torchrun each process computes its share of every step, gradients
    are averaged (torch's DistributedDataParallel), and all return the same model.

    Args:
        triples: training facts.
        valid: facts over the same vocabulary for early stopping; the weights with the best filtered
            MRR on (a sample of) them are kept; answers known from these and from `triples` are
            filtered from the ranks. None keeps the last weights.
        config: hyperparameters, see `KgeConfig`.
        checkpoint: folder for the state, which the first process writes at each validation and
            every five minutes.
        resume: whether to resume from the state in `checkpoint`, if there is one.
        deadline: time limit of training and validation, in seconds, including time before a resume.
        device: `cpu`, `cuda`, or `auto`.
        progress: callback that receives the new entry of the history after each epoch.

    Raises:
        ConfigError: the checkpoint belongs to another configuration or other entities.
        EmbedError: there is nothing to learn from, or the loss became NaN or infinite.
    """
    if not len(triples):
        raise EmbedError("There are no triples to learn from; expected at least one.")
    place = choose_device(device)
    with process_group(place) as part:
        run = _Run(triples, valid, config, place, part, deadline)
        if checkpoint and resume:
            run.restore(checkpoint)
        run.run(checkpoint, progress)
        return run.result()


class _Run:
    """The state of one training."""

    def __init__(
        self,
        triples: TripleSet,
        valid: TripleSet | None,
        config: KgeConfig,
        device: torch.device,
        part: tuple[int, int],
        deadline: float | None,
    ) -> None:
        self.triples, self.config, self.device, self.part = triples, config, device, part
        self.valid = _sample(valid, config) if valid else None
        self.known = _concatenate(triples, valid) if valid else triples
        self.deadline = deadline
        vocabulary = triples.vocabulary
        model = KgeModel(config, len(vocabulary.entities), len(vocabulary.relations))
        self.model = model.to(device)
        objective = Objective(self.model, score_precision(config, device))
        self.objective = DistributedDataParallel(objective) if part[1] > 1 else objective
        self.optimiser = _optimiser(self.model, config)
        self.queries = Queries.of(triples.both_ways(), grouped=config.queries == "kvsall")
        self.history: list[dict[str, float]] = []
        self.best: dict[str, Tensor] | None = None
        self.best_mrr = -1.0
        self.stale = 0
        self.ended = False
        self.before = 0.0
        self.validating = 0.0
        self.began = time.monotonic()
        self.saved = self.began

    @property
    def seconds(self) -> float:
        """Seconds of training and validation, including those before a resume."""
        return self.before + time.monotonic() - self.began

    def run(self, checkpoint: Path | None, progress: Progress) -> None:
        while not self.ended and len(self.history) < self.config.epochs:
            entry = self._epoch(len(self.history))
            self._validate(entry)
            self.history.append(entry)
            if checkpoint and self.part[0] == 0 and self._to_be_saved(entry):
                self.save(checkpoint)
            progress(entry)

    def _epoch(self, epoch: int) -> dict[str, float]:
        losses = []
        seed = (self.config.seed, epoch)
        batches = epoch_batches(self.queries, self.config.batch, seed, self.device, self.part)
        steps = math.ceil(len(self.queries) / self.config.batch)
        for step, batch in enumerate(batches):
            rate = self._rate((epoch + step / steps) / self.config.epochs)
            losses.append(self._step(batch, rate))
            if self._out_of_time():
                self.ended = True
                break
        loss = float(torch.stack(losses).mean())
        if not math.isfinite(broadcast_first(loss, self.device)):
            raise EmbedError(
                f"The loss is {loss} in epoch {epoch + 1}; expected a number. Lower the learning "
                f"rate, which is {self.config.learning_rate}, or set clip.",
                epoch=epoch + 1,
            )
        entry = {"epoch": epoch + 1, "seconds": round(self.seconds, 2), "loss": loss}
        return {**entry, "learning_rate": self.optimiser.param_groups[0]["lr"]}

    def _step(self, batch: QueryBatch, rate: float) -> Tensor:
        self.optimiser.zero_grad()
        loss: Tensor = self.objective(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        if self.config.clip:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.step()
        return loss.detach()

    def _rate(self, done: float) -> float:
        """Return the learning rate at a share of the training, by epochs or by time."""
        config = self.config
        if self.deadline:
            done = max(done, broadcast_first(self.seconds, self.device) / self.deadline)
        if not config.decay or done <= 1 - config.decay:
            return config.learning_rate
        return config.learning_rate * max(_LAST_RATE, (1 - done) / config.decay)

    def _out_of_time(self) -> bool:
        # The last validation has to fit as well; 1.2 leaves room for a slower one.
        left = math.inf if self.deadline is None else self.deadline - self.validating * 1.2
        return self.deadline is not None and broadcast_first(self.seconds, self.device) >= left

    def _validate(self, entry: dict[str, float]) -> None:
        last = self.ended or entry["epoch"] == self.config.epochs
        if self.valid is None or (entry["epoch"] % self.config.validate_every and not last):
            return
        began = time.monotonic()
        mrr = 0.0
        # One process ranks; all get the value, so that all stop at the same epoch.
        if self.part[0] == 0:
            mrr = float((1 / filtered_ranks(self.model, self.valid, self.known)).mean())
        entry["valid_mrr"] = broadcast_first(mrr, self.device)
        self.stale += 1
        if entry["valid_mrr"] > self.best_mrr:
            self.best_mrr, self.stale = entry["valid_mrr"], 0
            self.best = {
                name: value.detach().to("cpu", copy=True)
                for name, value in self.model.named_parameters()
            }
        self.ended |= 0 < self.config.patience <= self.stale
        self.validating = time.monotonic() - began
        entry["seconds"] = round(self.seconds, 2)

    def _to_be_saved(self, entry: Mapping[str, float]) -> bool:
        due = time.monotonic() - self.saved >= _SAVE_EVERY
        return due or "valid_mrr" in entry or entry["epoch"] == self.config.epochs

    def save(self, folder: Path) -> None:
        state = {
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "best": self.best,
            "best_mrr": self.best_mrr,
            "stale": self.stale,
            "history": self.history,
            "seconds": self.seconds,
            "validating": self.validating,
        }
        save_checkpoint(folder, len(self.history), self.config, self.triples.vocabulary, state)
        self.saved = time.monotonic()

    def restore(self, folder: Path) -> None:
        state: dict[str, Any] | None = None
        if self.part[0] == 0:
            state = load_checkpoint(folder, self.config, self.triples.vocabulary)
        state = broadcast_state(state)
        if state is None:
            return
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.best, self.best_mrr, self.stale = state["best"], state["best_mrr"], state["stale"]
        self.history, self.validating = state["history"], state["validating"]
        self.before = state["seconds"]
        self.began = time.monotonic()
        self.ended = self._out_of_time() or 0 < self.config.patience <= self.stale

    def result(self) -> TrainedKge:
        weights = self.best or self.model.state_dict()
        vocabulary = self.triples.vocabulary
        model = KgeModel(self.config, len(vocabulary.entities), len(vocabulary.relations))
        model.load_state_dict(weights)
        model.requires_grad_(requires_grad=False)
        return TrainedKge(model, vocabulary, self.triples.mask_seen(), tuple(self.history))


def _optimiser(model: nn.Module, config: KgeConfig) -> torch.optim.Optimizer:
    if config.optimiser == "adam":
        return torch.optim.Adam(model.parameters(), lr=config.learning_rate, fused=True)
    return torch.optim.Adagrad(model.parameters(), lr=config.learning_rate, fused=True)


def _sample(valid: TripleSet, config: KgeConfig) -> TripleSet:
    if not config.validate_on or len(valid) <= config.validate_on:
        return valid
    chosen = np.random.default_rng(config.seed).choice(
        len(valid), config.validate_on, replace=False
    )
    return replace(valid, triples=valid.triples[np.sort(chosen)])


def _concatenate(triples: TripleSet, valid: TripleSet) -> TripleSet:
    return replace(triples, triples=np.concatenate([triples.triples, valid.triples]))
