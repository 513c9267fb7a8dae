"""Fits the second stage with differential privacy, by DP-SGD (Abadi et al., CCS 2016).

The unit of privacy is the shopper: all lists of a shopper are one sample, whose gradient is clipped
as a whole. Opacus computes the gradients of samples, clips them and adds the noise. Every step
takes all shoppers, which needs less noise than drawing some (Ponomareva et al. 2023,
arXiv:2303.00654) and is cheap with a few weights: n steps with a noise multiplier of z√n are
together a release with the multiplier z. What else the usual training learns from the log is left
out, as each would be a further release: click rates, position bias, the text ranker's student, the
choice of a model and its measurement. So are features that count shoppers. All settings were chosen
on simulated shoppers of public judgements (`catalograph eval private-ranker`).
"""

import secrets
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.embed.search_ranking.lists import ShownList
from catalograph.errors import MissingExtraError
from catalograph.ml.search_ranking.features import FEATURES
from catalograph.ml.search_ranking.models import LinearModel

__all__ = ["MECHANISM", "PUBLIC_FEATURES", "fit_private"]

MECHANISM = "DP-SGD (Opacus), gradient of all lists of a shopper clipped to 1, Gaussian noise"
_COUNTS = ("popularity", "reviews", "pagerank", "query_product_clicks", "product_clicks",
           "query_brand_clicks", "brand_clicks", "student")  # fmt: skip
PUBLIC_FEATURES = tuple(name for name in FEATURES if name not in _COUNTS)
"""Features that depend on query and catalogue alone."""
_STEPS = 100
_CLIP = 1.0
_LEARNING_RATE = 0.03
_START = 1.0
"""Weight of the first stage's score to begin with, in units of its scale."""
_SCALES = {"score": 0.1, "words": 0.15, "bm25": 0.3, "meaning": 0.1, "title_covers": 0.35,
           "title_phrase": 0.35, "title_focus": 0.07, "brand_named": 0.35, "values_cover": 0.3,
           "categories_cover": 0.3, "fact_consensus": 0.1, "category_consensus": 0.1}  # fmt: skip
"""Spread of features among candidates, as on public judgements; 1 for others."""
_MOST_LISTS, _MOST_PLACES = 10, 30
"""Number of lists of a shopper that count, the newest, and of places of a list."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Sample:
    """The lists of a shopper.

    Attributes:
        features: float32 [rows, f], scaled; the lists one after the other.
        lists: int64 [rows], list of each row.
        worth: float32 [rows], share of each row in the gains of its list, by all lists.
    """

    features: NDArray[np.float32]
    lists: NDArray[np.int64]
    worth: NDArray[np.float32]


def fit_private(
    shoppers: Sequence[Sequence[ShownList]], multiplier: float, *, seed: int | None = None
) -> LinearModel:
    """Fit weights of the public features by the softmax of each list.

    Args:
        shoppers: lists with a response, by shopper, oldest first.
        multiplier: noise multiplier of the whole training.
        seed: seed of the noise, for evaluations only; None for a release, whose noise
            comes from a seed of the operating system that is not kept.

    Raises:
        MissingExtraError: opacus is not installed.
    """
    torch, opacus, optimizers = _library()
    generator = torch.Generator().manual_seed(secrets.randbits(63) if seed is None else seed)
    columns = [FEATURES.index(name) for name in PUBLIC_FEATURES]
    scales = np.array([_SCALES.get(name, 1.0) for name in PUBLIC_FEATURES])
    samples = [_sample(lists, columns, scales) for lists in shoppers]
    layer = torch.nn.Linear(len(columns), 1, bias=False)
    with torch.no_grad():
        layer.weight.zero_()
        layer.weight[0, PUBLIC_FEATURES.index("score")] = _START
    loss = _Loss(torch, samples, len(columns))
    net = opacus.GradSampleModule(layer, loss_reduction="sum")
    optimizer = optimizers.DPOptimizer(
        torch.optim.Adam(net.parameters(), lr=_LEARNING_RATE),
        noise_multiplier=multiplier * _STEPS**0.5,
        max_grad_norm=_CLIP,
        expected_batch_size=1,  # Adam does not look at the size, so it gives away no number
        loss_reduction="sum",
        generator=generator,
    )
    total = np.zeros(len(columns))
    averaged = 0
    for step in range(_STEPS):
        optimizer.zero_grad()
        with warnings.catch_warnings():
            # Opacus hooks the layer; that its inputs need no gradient is as it should be.
            warnings.filterwarnings("ignore", message="Full backward hook")
            loss(net).backward()
        optimizer.step()
        if step >= _STEPS // 2:  # the mean of the later weights has less noise
            total += layer.weight.detach()[0].double().numpy()
            averaged += 1
    weights = np.zeros(len(FEATURES))
    weights[columns] = total / max(1, averaged) / scales
    return LinearModel(weights)


def _sample(lists: Sequence[ShownList], columns: list[int], scales: Floats) -> _Sample:
    kept = [one for one in lists if one.gains[:_MOST_PLACES].any()][-_MOST_LISTS:]
    features, numbers, worth = [], [], []
    for n, one in enumerate(kept):
        # What stands low is looked at less; by how much is not estimated.
        gains = (one.gains * np.log2(one.places + 2.0))[:_MOST_PLACES]
        features.append(one.base[:_MOST_PLACES, columns] / scales)
        numbers.append(np.full(len(gains), n))
        worth.append(gains / gains.sum() / len(kept))
    none = np.zeros((0, len(columns)))
    return _Sample(
        np.concatenate([none, *features]).astype(np.float32),
        np.concatenate([np.zeros(0, np.int64), *numbers]),
        np.concatenate([np.zeros(0), *worth]).astype(np.float32),
    )


class _Loss:
    """The sum of the shoppers' losses; all rows of a shopper are one sample of the net."""

    def __init__(self, torch: Any, samples: Sequence[_Sample], width: int) -> None:
        rows = max((len(one.worth) for one in samples), default=0) or 1
        features = np.zeros((len(samples), rows, width), np.float32)
        lists = np.zeros((len(samples), rows), np.int64)
        worth = np.zeros((len(samples), rows), np.float32)
        there = np.zeros((len(samples), rows), bool)
        for n, one in enumerate(samples):
            size = len(one.worth)
            features[n, :size], worth[n, :size] = one.features, one.worth
            lists[n, :size], there[n, :size] = one.lists, True
        self._torch = torch
        self._features, self._worth = torch.from_numpy(features), torch.from_numpy(worth)
        self._there = torch.from_numpy(there)
        self._lists = (np.arange(len(samples))[:, None] * _MOST_LISTS + lists).ravel()
        self._lists = torch.from_numpy(self._lists)

    def __call__(self, net: Any) -> Any:
        torch = self._torch
        scores = net(self._features)[..., 0]  # (shoppers, rows)
        scores = torch.where(self._there, scores - scores.detach().amax(1, keepdim=True), -1e4)
        powers = scores.exp().flatten()
        sums = torch.zeros(len(scores) * _MOST_LISTS).index_add(0, self._lists, powers)
        logs = scores.flatten() - sums[self._lists].clamp_min(1e-30).log()
        return -(logs * self._worth.flatten()).sum()


def _library() -> tuple[Any, Any, Any]:
    try:
        import opacus
        import torch
        from opacus import optimizers
    except ImportError as exc:
        raise MissingExtraError("dp-sgd", exc.name or "opacus") from exc
    return torch, opacus, optimizers
