"""Training of the teacher: losses, adversarial steps, early stopping, checkpoints."""

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from catalograph.embed.processes import (
    add_up_gradients,
    broadcast_first,
    broadcast_state,
    broadcast_weights,
    is_first,
    share_of_work,
)
from catalograph.embed.ranker.examples import QueryExample, SampledCandidates, draw, steps
from catalograph.embed.ranker.losses import in_batch, pointwise
from catalograph.embed.ranker.ranker import TextRanker
from catalograph.embed.ranker.settings import RankerSettings
from catalograph.ml.adversarial import fgm_step
from catalograph.ml.checkpoints import write_atomically
from catalograph.ml.metrics import graded_ndcg
from catalograph.ml.torch_precision import precision

History = list[dict[str, float]]
MEASURE = "ndcg_judged@10"
_MIXTURE_DRAWS = 4
_MIXTURE_STEPS = 30
_MIXTURE_START = 10.0
_MIXTURE_PRIOR = 1e-4
_CHECKPOINT = "checkpoint.pt"


def fit_mixture(
    examples: Sequence[QueryExample], settings: RankerSettings, best: float
) -> NDArray[np.float32]:
    """Learn the weights of the features, with a prior at the cosine alone.

    Returns:
        float32 [features].
    """
    rng = np.random.default_rng(settings.seed)
    drawn = [draw(own, examples, settings, rng) for own in examples for _ in range(_MIXTURE_DRAWS)]
    features = torch.from_numpy(_features(drawn))
    weights = torch.zeros(features.shape[1], requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)
    start = torch.zeros(features.shape[1])
    start[0] = _MIXTURE_START
    with torch.no_grad():
        weights.copy_(start)
    optimizer = torch.optim.LBFGS([weights, bias], max_iter=_MIXTURE_STEPS)

    def closure() -> float:
        optimizer.zero_grad()
        loss = loss_of(features @ weights + bias, drawn, settings, best)
        # Few queries are often perfectly separable, and the weights would then grow without bound.
        loss = loss + _MIXTURE_PRIOR * (weights - start).square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    return weights.detach().numpy()


def fit_ranker(
    ranker: TextRanker,
    learned: Sequence[QueryExample],
    kept: Sequence[QueryExample],
    *,
    best: float,
    checkpoints: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> History:
    """Train a ranker in place.

    Under torchrun each process computes its share of the queries of every step, gradients are added
    up, and all have the same weights.

    Args:
        ranker: ranker to train; its mixture is set first, by `fit_mixture`.
        learned: training queries.
        kept: validation queries, for early stopping and the best epoch; empty trains all epochs.
        best: highest rating.
        checkpoints: folder for checkpoints; a killed training resumes from its last epoch.
        progress: callback that receives a line after each epoch.

    Returns:
        One entry per epoch: epoch, seconds, loss and, with `kept`, ndcg_judged@10; epoch 0 is
        the mixture alone.
    """
    settings = ranker.settings
    torch.manual_seed(settings.seed)
    run = _Run(ranker, len(learned))
    with torch.no_grad():
        mixture = torch.from_numpy(fit_mixture(learned, settings, best))
        ranker.net.mixture.weight.copy_(mixture[None])
    broadcast_weights(ranker.net.parameters())
    run.note(0, 0.0, 0.0, kept)
    if checkpoints is not None:
        run.resume(checkpoints / _CHECKPOINT)
    for epoch in range(len(run.history), settings.epochs + 1):
        if run.is_over():
            break
        began = time.perf_counter()
        losses = [run.step(drawn, best) for drawn in steps(learned, settings, epoch)]
        run.note(epoch, time.perf_counter() - began, float(np.mean(losses)), kept)
        progress(", ".join(f"{name} {value:.4g}" for name, value in run.history[-1].items()))
        if checkpoints is not None and is_first():
            run.keep(checkpoints / _CHECKPOINT)
    run.restore_best()
    return run.history


def mean_ndcg(ranker: TextRanker, examples: Sequence[QueryExample]) -> float:
    """Return mean NDCG@10 over the judged products of the queries that have a relevant one."""
    found = []
    for own in examples:
        if len(own.good):
            rows = own.query.rows
            scores = ranker.score_rows(own.asked, rows)
            found.append(graded_ndcg(rows, scores, own.query.ratings))
    return float(np.mean(found)) if found else 0.0


def loss_of(
    scores: Tensor, drawn: Sequence[SampledCandidates], settings: RankerSettings, best: float
) -> Tensor:
    """Return the configured loss of the candidates of some queries, a scalar."""
    ratings = torch.from_numpy(np.concatenate([own.ratings for own in drawn])).to(scores)
    if settings.loss == "pointwise":
        return pointwise(scores, ratings, best)
    return in_batch(scores, ratings, [len(own.rows) for own in drawn])


def _weight(drawn: Sequence[SampledCandidates], settings: RankerSettings) -> float:
    """Return how many terms of the loss's mean come from some queries."""
    if settings.loss == "pointwise":
        return float(sum(len(own.rows) for own in drawn))
    return float(sum(bool((own.ratings > 0).any()) for own in drawn))


def _features(drawn: Sequence[SampledCandidates]) -> NDArray[np.float32]:
    return np.concatenate([own.example.asked.features[own.rows] for own in drawn])


class _Run:
    """A running training: optimiser, schedule, history and the best weights so far."""

    def __init__(self, ranker: TextRanker, queries: int) -> None:
        self.ranker = ranker
        self.settings = ranker.settings
        self.history: History = []
        self._best: dict[str, Tensor] = {}
        self._optimizer = _optimizer(ranker)
        per_epoch = -(-queries // self.settings.queries)
        total = max(1, per_epoch * self.settings.epochs)
        rising = max(1, int(self.settings.warmup * total))
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimizer,
            lambda step: min((step + 1) / rising, max(0.0, (total - step) / total)),
        )

    def step(self, drawn: list[SampledCandidates], best: float) -> float:
        """Run one step of the optimiser and return the loss."""
        self.ranker.net.train()
        self._optimizer.zero_grad()
        share, shares = share_of_work()
        own = drawn[share::shares]
        weight = _weight(own, self.settings) / (_weight(drawn, self.settings) or 1.0)
        loss = (
            self._backward(own, best, weight)
            if weight
            else torch.zeros((), device=self.ranker.device)
        )
        trained = [weights for group in self._optimizer.param_groups for weights in group["params"]]
        total = add_up_gradients(trained, loss)
        torch.nn.utils.clip_grad_norm_(trained, self.settings.clip)
        self._optimizer.step()
        self._schedule.step()
        return total

    def _backward(self, drawn: list[SampledCandidates], best: float, weight: float) -> Tensor:
        """Compute the gradients of some queries of a step; return their part of its loss."""
        settings = self.settings
        rows = np.concatenate([own.rows for own in drawn])
        queries = [own.example.query.text for own in drawn for _ in own.rows]
        states, mask = self.ranker.frozen.states(queries, rows)
        states.requires_grad_(bool(settings.fgm))
        loss = weight * self._loss(states, mask, drawn, best)
        loss.backward()  # type: ignore[no-untyped-call]
        if settings.fgm and states.grad is not None:
            # This backward pass adds its gradient to that of the unperturbed states.
            moved = states.detach() + fgm_step(states.grad, settings.fgm)
            again = weight * self._loss(moved, mask, drawn, best)
            again.backward()  # type: ignore[no-untyped-call]
        return loss.detach()

    def _loss(
        self, states: Tensor, mask: Tensor, drawn: list[SampledCandidates], best: float
    ) -> Tensor:
        rows = np.concatenate([own.rows for own in drawn])
        features = _features(drawn)
        with precision(self.ranker.device):
            scores = self.ranker.forward(states, mask, rows, features)
        return loss_of(scores.float(), drawn, self.settings, best)

    def note(self, epoch: int, seconds: float, loss: float, kept: Sequence[QueryExample]) -> None:
        """Measure the epoch, and keep its weights if they are the best."""
        entry = {"epoch": epoch, "seconds": round(seconds, 2), "loss": loss}
        if kept:
            # One process measures, so that all stop at the same epoch.
            found = mean_ndcg(self.ranker, kept) if is_first() else 0.0
            entry[MEASURE] = broadcast_first(found, self.ranker.device)
            if all(entry[MEASURE] > older[MEASURE] for older in self.history):
                self._best = copy.deepcopy(self._trained_weights())
        self.history.append(entry)

    def is_over(self) -> bool:
        """Return whether the last epochs brought no improvement."""
        measured = [entry[MEASURE] for entry in self.history if MEASURE in entry]
        return bool(measured) and (
            len(measured) - 1 - int(np.argmax(measured)) >= self.settings.patience
        )

    def restore_best(self) -> None:
        """Restore the weights of the best epoch."""
        if self._best:
            self.ranker.net.load_state_dict(self._best, strict=False)

    def keep(self, path: Path) -> None:
        """Write a checkpoint beside the old one, then replace it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "net": self._trained_weights(),
            "best": self._best,
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
            "history": self.history,
            "random": torch.get_rng_state(),
            "settings": asdict(self.settings),
        }
        with write_atomically(path) as stream:
            torch.save(state, stream)

    def resume(self, path: Path) -> None:
        """Resume from a checkpoint if there is one with these settings."""
        found = is_first() and path.exists()
        state: dict[str, Any] | None = torch.load(path, weights_only=True) if found else None
        state = broadcast_state(state)
        if state is None or state["settings"] != asdict(self.settings):
            return
        # Not strict: a checkpoint has the trained weights only.
        self.ranker.net.load_state_dict(state["net"], strict=False)
        self._best = state["best"]
        self._optimizer.load_state_dict(state["optimizer"])
        self._schedule.load_state_dict(state["schedule"])
        self.history = state["history"]
        torch.set_rng_state(state["random"])

    def _trained_weights(self) -> dict[str, Tensor]:
        parts = self.ranker.net.named_parameters()
        return {name: weights.detach() for name, weights in parts if weights.requires_grad}


def _optimizer(ranker: TextRanker) -> torch.optim.Optimizer:
    """Return AdamW with a rate for encoder, new layers and mixture; tables have no weight decay."""
    settings = ranker.settings
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, weights in ranker.net.named_parameters():
        if weights.requires_grad:
            decays = weights.ndim > 1 and "embedding" not in name and "table" not in name
            decay = settings.weight_decay if decays else 0.0
            groups.setdefault((_rate(name, settings), decay), []).append(weights)
    return torch.optim.AdamW(
        [
            {"params": listed, "lr": rate, "weight_decay": decay}
            for (rate, decay), listed in groups.items()
        ]
    )


def _rate(name: str, settings: RankerSettings) -> float:
    if name.startswith(("layers.", "view.table")):
        return settings.learning_rate
    return settings.feature_rate if name.startswith("mixture.") else settings.head_rate
