"""The training loop of both networks: validated, stopped early, resumable, in several processes.

All randomness in an epoch depends only on the seed, the epoch and the process. So on a CPU, with
the same number of threads, a run that was killed and resumed ends in the same vectors as an
uninterrupted one.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils import clip_grad_norm_

from catalograph.embed.graph.batches import PairBatch, batches
from catalograph.embed.graph.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from catalograph.embed.graph.config import TrainConfig
from catalograph.embed.graph.network import Network, UserItemVectors
from catalograph.embed.processes import broadcast_first, broadcast_state, is_first, process_group
from catalograph.embed.recommend.data import RecommendData, hold_out
from catalograph.embed.recommend.matrices import Floats, Ints
from catalograph.embed.recommend.ranking import measure

__all__ = ["TrainedNetwork", "TrainingOptions", "train", "validation_split"]

METRIC = "ndcg@10"
_K = 10


@dataclass(frozen=True)
class TrainingOptions:
    """Options that do not change the result.

    Attributes:
        progress: callback that receives a line after each epoch.
        folder: folder for checkpoints; training resumes from an existing one.
        maps: keys by number, such as of `items`, stored with the checkpoints.
    """

    progress: Callable[[str], None] = lambda line: None
    folder: Path | None = None
    maps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class TrainedNetwork:
    """A trained network's vectors and the course of its training.

    Attributes:
        vectors: vectors propagated over all training data, including the validation part.
        history: one entry per epoch: epoch, seconds, loss and, if validated, the metric.
        best_epoch: epoch whose parameters were taken; 0 means the last, without validation.
        stopped: reason why training ended: `no longer better`, `out of time` or `all epochs`.
    """

    vectors: UserItemVectors
    history: tuple[Mapping[str, float], ...]
    best_epoch: int
    stopped: str

    def score_users(self, users: Ints) -> Floats:
        """Score all items for some users, by user number; float32 [users, items]."""
        return self.vectors.score_users(users)

    def as_dict(self) -> dict[str, Any]:
        """Return a summary of the training for tables and cards, with quality if validated."""
        validated = [entry[METRIC] for entry in self.history if METRIC in entry]
        return {
            "epochs": len(self.history),
            "best_epoch": self.best_epoch,
            "stopped": self.stopped,
            **({f"validation/{METRIC}": max(validated)} if validated else {}),
        }


def validation_split(data: RecommendData, seed: int, n_users: int) -> RecommendData:
    """Withhold a quarter of the interactions of some users; the others keep all of theirs.

    Args:
        data: data to split; its test part is not used.
        seed: seed of the split.
        n_users: number of users to validate on.
    """
    split = hold_out(data, seed)
    withheld = split.test
    if withheld is None:
        return split
    users = np.flatnonzero(np.diff(withheld.indptr))
    chosen = np.random.default_rng(seed).permutation(users)[:n_users]
    mask = np.zeros(withheld.shape[0], np.float32)
    mask[chosen] = 1.0
    test = sp.csr_array(sp.diags_array(mask) @ withheld)
    test.eliminate_zeros()
    kept = sp.csr_array(data.train - test)
    kept.eliminate_zeros()
    return replace(split, train=kept.sorted_indices(), test=test)


def train(
    data: RecommendData,
    config: TrainConfig,
    make: Callable[[RecommendData, torch.device], Network],
    device: torch.device,
    options: TrainingOptions,
) -> TrainedNetwork:
    """Train a network on a split of the training data, then propagate over all training data.

    When started by torchrun, the processes divide the users of each step among themselves.

    Args:
        data: training data; its test part is not used.
        config: hyperparameters.
        make: function that makes the untrained network.
        device: device of the network.
        options: callback for progress and folder for checkpoints.

    Raises:
        ConfigError: the checkpoint in the folder belongs to another training.
    """
    split = validation_split(data, config.seed, config.validation_users)
    with process_group(device) as (rank, processes):
        run = _Run(split, config, make(split, device), rank, processes)
        if options.folder is not None:
            kept = load_checkpoint(options.folder, config.as_dict(), data.digest)
            run.restore(broadcast_state(kept))

        def report_epoch(told: str) -> None:
            options.progress(told)
            if options.folder is not None:
                made = Checkpoint(config.as_dict(), data.digest, options.maps, run.state())
                save_checkpoint(options.folder, made)

        stopped = run.run(report_epoch)
        vectors = run.best_vectors(data)
        return TrainedNetwork(vectors, tuple(run.history), run.best_epoch, stopped)


class _Run:
    """One training from the first to the last epoch."""

    def __init__(
        self,
        split: RecommendData,
        config: TrainConfig,
        network: Network,
        rank: int,
        processes: int,
    ) -> None:
        self._split = split
        self._config = config
        self._network = network
        self._rank, self._processes = rank, processes
        # Without interactions some parameters do not take part in the loss.
        self._shared = (
            network
            if processes == 1
            else DistributedDataParallel(network, find_unused_parameters=True)
        )
        self._optimizer = torch.optim.Adam(
            network.parameters(), lr=config.learning_rate, fused=True
        )
        self.history: list[dict[str, float]] = []
        self.best_epoch = 0
        self._best_state = _copy(network)

    def run(self, after_epoch: Callable[[str], None]) -> str:
        """Train epoch by epoch and return the reason for the end.

        Args:
            after_epoch: callback, used in the first process, that receives a line of progress.
        """
        spent = self.history[-1]["seconds"] if self.history else 0.0
        began = time.monotonic() - spent
        while not (reason := self._reason_to_stop()):
            self._epoch(began)
            if is_first():
                entry = self.history[-1]
                after_epoch(", ".join(f"{name} {value:.4g}" for name, value in entry.items()))
        return reason

    def best_vectors(self, data: RecommendData) -> UserItemVectors:
        """Return vectors of the best (without validation, the last) epoch, propagated on `data`."""
        if self.best_epoch:
            self._network.load_state_dict(self._best_state)
        return self._network.vectors(data)

    def state(self) -> dict[str, Any]:
        """Return everything that another process needs to resume."""
        return {
            "network": self._network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "best": self._best_state,
            "best_epoch": self.best_epoch,
            "history": self.history,
        }

    def restore(self, checkpoint: Checkpoint | None) -> None:
        """Resume from a checkpoint if there is one."""
        if checkpoint is None:
            return
        self._network.load_state_dict(checkpoint.state["network"])
        self._optimizer.load_state_dict(checkpoint.state["optimizer"])
        self._best_state = dict(checkpoint.state["best"])
        self.best_epoch = checkpoint.state["best_epoch"]
        self.history = list(checkpoint.state["history"])

    def _epoch(self, began: float) -> None:
        epoch = len(self.history) + 1
        # The rank is in the seed, so that processes sample different neighbours.
        words = np.random.SeedSequence([self._config.seed, epoch, self._rank]).generate_state(1)
        self._network.reseed(int(words[0]) % 2**31)
        losses = [
            self._step(batch)
            for batch in batches(
                self._split.train, self._config, epoch, self._rank, self._processes
            )
        ]
        entry = {"epoch": epoch, "loss": sum(losses) / len(losses)}
        if epoch % self._config.validate_every == 0:
            entry |= self._validate(epoch)
        device = next(self._network.parameters()).device
        entry["seconds"] = broadcast_first(time.monotonic() - began, device)
        self.history.append(entry)

    def _step(self, batch: PairBatch) -> float:
        self._optimizer.zero_grad()
        loss: Tensor = self._shared(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        clip_grad_norm_(self._network.parameters(), self._config.clip)
        self._optimizer.step()
        return loss.item()

    def _validate(self, epoch: int) -> dict[str, float]:
        """Measure on the split; keep the best parameters, or else halve the learning rate."""
        test = self._split.test
        if test is None or not test.nnz:
            return {}
        device = next(self._network.parameters()).device
        value = 0.0
        if is_first():
            vectors = self._network.vectors(self._split)
            value = measure(vectors, self._split, _K)[0][METRIC]
        value = broadcast_first(value, device)
        if value > max((entry.get(METRIC, -1.0) for entry in self.history), default=-1.0):
            self.best_epoch, self._best_state = epoch, _copy(self._network)
        else:
            for group in self._optimizer.param_groups:
                group["lr"] /= 2
        return {METRIC: value}

    def _reason_to_stop(self) -> str:
        """Return the reason to start no further epoch; empty if there is none."""
        if len(self.history) >= self._config.epochs:
            return "all epochs"
        if not self.history:
            return ""
        measured = [entry for entry in self.history if METRIC in entry]
        worse = sum(entry["epoch"] > self.best_epoch for entry in measured)
        if worse >= self._config.patience:
            return "no longer better"
        spent = self.history[-1]["seconds"]
        return "out of time" if spent * (1 + 1 / len(self.history)) > self._config.seconds else ""


def _copy(network: Network) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in network.state_dict().items()}
