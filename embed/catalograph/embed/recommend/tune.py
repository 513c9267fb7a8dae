"""Tunes λ and the weight of each relation on a validation split of the training data.

The test part is never read. The search is a coordinate search on a logarithmic scale, coarse steps
first: one number at a time is multiplied or divided by the step as long as NDCG@k on the split
improves, and a weight that does not grow is also tried at 0. The power that scales targets by their
popularity is tried last, because it needs no further fit.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from catalograph.embed.recommend.data import RecommendData, hold_out
from catalograph.embed.recommend.ease import Ease
from catalograph.embed.recommend.kgease import Grams, KGEase, KGEaseConfig, fit_kg_ease
from catalograph.embed.recommend.ranking import measure

__all__ = ["Search", "evaluate_holdout", "search_config", "tune", "tune_ease"]

Point = Mapping[str, float]
Progress = Callable[[str], None]

_LAMBDA = "lambda"

_DROP_GAIN = 1.005
"""Maximum relative loss of NDCG for dropping a relation, half a per cent; less is noise."""


@dataclass(frozen=True)
class Search:
    """Limits and granularity of the search.

    When a time limit applies, the result depends on the machine's speed; the stored result then
    shows fewer evaluations.
    """

    steps: tuple[float, ...] = (4.0, 2.0)
    """Step factors, coarse first, each above 1."""
    k: int = 10
    """Length of the lists; NDCG@k is the objective."""
    seed: int = 0
    """Seed of the validation split."""
    seconds: float = 2700.0
    """Time limit, in seconds: no evaluation starts after it, and the best result so far is used."""
    powers: tuple[float, ...] = (0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4)
    """Candidate values of `item_power`; empty keeps that of the start."""
    progress: Progress = field(default=lambda _: None, compare=False)
    """Callback that receives a line after each evaluation."""


def tune(
    data: RecommendData, search: Search | None = None, *, start: KGEaseConfig | None = None
) -> KGEaseConfig:
    """Search λ and every relation's weight for KG-EASE.

    Args:
        data: data whose train part is split; its test part is not read.
        search: limits and granularity of the search.
        start: initial configuration; its dtype and `user_power` are kept.

    Returns:
        The best configuration, with a weight for each relation of `data`; `start` when no user has
        two interactions, because validation is then impossible.
    """
    search, start = search or Search(), start or KGEaseConfig()
    split = hold_out(data, search.seed)
    if split.test is None or split.test.nnz == 0:
        return start
    grams = Grams.of(split, start.dtype, start.user_power, start.predicted)
    largest_first = sorted(grams.relations, key=lambda r: (-data.relations[r].facts.nnz, r))
    unused = {name: start.weight(name) for name in data.relations if name not in largest_first}

    def score(config: KGEaseConfig) -> float:
        return _ndcg(fit_kg_ease(split, config, grams=grams), split, search.k)

    began = time.monotonic()
    best = search_config(score, largest_first, search, start)
    if search.powers and time.monotonic() - began < search.seconds:
        fit = fit_kg_ease(split, best, grams=grams)
        best = max(
            (replace(best, item_power=power) for power in (best.item_power, *search.powers)),
            key=lambda config: _ndcg(replace(fit, config=config), split, search.k),
        )
    return replace(best, weights={**unused, **best.weights})


def search_config(
    score: Callable[[KGEaseConfig], float],
    relations: Sequence[str],
    search: Search,
    start: KGEaseConfig,
) -> KGEaseConfig:
    """Search λ and the weights of relations for any objective.

    Args:
        score: objective to maximise.
        relations: relations whose weights to search, in this order.
        search: limits and granularity of the search.
        start: initial configuration; its dtype is kept.
    """

    def config_at(point: Point) -> KGEaseConfig:
        return replace(start, lambda_=point[_LAMBDA], weights=_weights(point))

    first = {_LAMBDA: start.lambda_, **{name: start.weight(name) for name in relations}}
    objective = _Objective(lambda point: score(config_at(point)), search)
    return config_at(_coordinate_search(objective, first, search.steps))


def tune_ease(data: RecommendData, search: Search | None = None, *, start: float = 200.0) -> float:
    """Search λ for EASE alone, on the same split; return `start` if validation is impossible."""
    bare = replace(data, relations={})
    search = replace(search or Search(), powers=())
    return tune(bare, search, start=KGEaseConfig(lambda_=start)).lambda_


def evaluate_holdout(
    data: RecommendData, config: KGEaseConfig, seed: int = 0, *, k: int = 10
) -> dict[str, float]:
    """Measure a configuration on a validation split of the training data.

    Returns:
        Each metric by `name@k`, as fractions; empty when no user has two interactions.
    """
    split = hold_out(data, seed)
    if split.test is None or split.test.nnz == 0:
        return {}
    return measure(fit_kg_ease(split, config), split, k)[0]


def _weights(point: Point) -> dict[str, float]:
    return {name: value for name, value in point.items() if name != _LAMBDA}


def _ndcg(fit: KGEase | Ease, split: RecommendData, k: int) -> float:
    return measure(fit, split, k)[0][f"ndcg@{k}"]


class _Objective:
    """Scores each point once, until the time limit."""

    def __init__(self, score: Callable[[Point], float], search: Search) -> None:
        self._score = score
        self._progress = search.progress
        self._deadline = time.monotonic() + search.seconds
        self._known: dict[tuple[tuple[str, float], ...], float] = {}

    def __call__(self, point: Point) -> float:
        """Return the score of a point, or −1 (below any score) after the time limit."""
        key = tuple(sorted(point.items()))
        if key not in self._known:
            if self._known and time.monotonic() > self._deadline:
                return -1.0
            self._known[key] = self._score(point)
            told = ", ".join(f"{name} {value:g}" for name, value in point.items())
            self._progress(f"{len(self._known)}: {100 * self._known[key]:.3f} % with {told}")
        return self._known[key]


def _coordinate_search(
    objective: _Objective, start: Point, steps: Sequence[float]
) -> dict[str, float]:
    best = dict(start)
    objective(best)  # first, so that the start is the result when the time is already over
    for step in steps:
        for name in start:
            found = _line_search(objective, best, name, step)
            if name != _LAMBDA and step == steps[0] and found[name] <= best[name]:
                found = _try_without(objective, found, name)
            best = found
    return best


def _try_without(objective: _Objective, point: dict[str, float], name: str) -> dict[str, float]:
    """Drop a relation if that pays: it costs reasons, and scores of products without events."""
    dropped = {**point, name: 0.0}
    return dropped if objective(dropped) > _DROP_GAIN * objective(point) else point


def _line_search(
    objective: _Objective, start: dict[str, float], name: str, step: float
) -> dict[str, float]:
    """Move along one coordinate, up or else down, as long as the score improves."""
    best = start
    for factor in (step, 1.0 / step):
        while best[name] > 0:
            value = float(f"{best[name] * factor:.3g}")  # rounded, so that each is tried only once
            tried = {**best, name: value}
            if objective(tried) <= objective(best):
                break
            best = tried
        if best is not start:
            break
    return best
