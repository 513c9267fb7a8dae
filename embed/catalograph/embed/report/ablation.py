"""Ablation: the value of the facts to the recommender, measured on held-out interactions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from catalograph.embed.recommend import (
    KGEaseConfig,
    RecommendData,
    fit_kg_ease,
    hold_out,
    measure,
    shuffle_tails,
)

__all__ = ["Ablation", "measure_ablation"]

METRIC = "ndcg@10"


@dataclass(frozen=True)
class Ablation:
    """Results of the ablation; metrics are fractions."""

    ablation: Mapping[str, Mapping[str, float]]
    """Metrics with all facts, with shuffled tails, and without facts."""
    relations: Mapping[str, float]
    """Loss of NDCG@10 without each relation."""


def measure_ablation(
    data: RecommendData,
    config: KGEaseConfig,
    seed: int,
    progress: Callable[[str], None] = lambda line: None,
) -> Ablation | None:
    """Fit KG-EASE with all facts, with none, with shuffled ones, and without each relation.

    The weights stay as they were tuned with all facts.

    Args:
        data: data whose train part is split; its test part is not read.
        config: λ and weights.
        seed: seed of the split and of the shuffling.
        progress: callback that receives a line before each fit.

    Returns:
        The metrics; None if no user has two interactions, so that nothing can be held out.
    """
    split = hold_out(data, seed)
    if split.test is None or split.test.nnz == 0:
        return None

    def evaluate(name: str, part: RecommendData) -> Mapping[str, float]:
        progress(f"measuring {name}")
        return measure(fit_kg_ease(part, config), part, k=10)[0]

    full = evaluate("with all facts", split)
    ablation = {
        "full": full,
        "shuffled": evaluate("with shuffled facts", shuffle_tails(split, seed)),
        "none": evaluate("without facts", replace(split, relations={})),
    }
    relations = {
        name: full[METRIC] - evaluate(f"without {name}", _without(split, name))[METRIC]
        for name in sorted(split.relations)
        if config.weight(name) > 0
    }
    return Ablation(ablation, relations)


def _without(data: RecommendData, name: str) -> RecommendData:
    kept = {other: relation for other, relation in data.relations.items() if other != name}
    return replace(data, relations=kept)
