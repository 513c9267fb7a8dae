"""What is chosen on validation beside λ and the weights, before a model is published.

With times, the newest interaction of each shopper is for measuring alone, and the one before it
decides: which parts are added, how histories fade, how diverse lists are. How far new products are
raised, and by which parts, is decided on a split in which some products are new. Without times, the
diversity and the new products are decided on random splits.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from catalograph.embed.recommend.blend import Blend, BlendScorer, choose_blend
from catalograph.embed.recommend.cold_boost import (
    choose_cold_boost,
    choose_new_parts,
    hold_out_products,
)
from catalograph.embed.recommend.contributions import AddedPart, strongest_weights
from catalograph.embed.recommend.data import RecommendData, hold_out
from catalograph.embed.recommend.kgease import KGEaseConfig, fit_kg_ease
from catalograph.embed.recommend.list_diversity import choose_diversity
from catalograph.embed.recommend.matrices import Csr, Ints
from catalograph.embed.recommend.ranking import measure
from catalograph.embed.recommend.recency import hold_out_latest

__all__ = ["Contend", "ServingChoices", "ServingChooser", "learn_parts"]

Contend = Callable[[RecommendData, Ints | None], Mapping[str, Csr]]
"""Function that learns item-item matrices, by part, from interactions and their times; those that
need times are left out without."""
_SEED = 0
"""Seed of the random splits; the one that tuning uses."""
_FEWEST = 50
"""Minimum number of shoppers with an interaction to find; with fewer, a choice would be noise."""


@dataclass(frozen=True)
class ServingChoices:
    """What was chosen, and what was measured on the way."""

    tuned: KGEaseConfig
    diversity: float
    """Diversity of lists for which the client asks for none."""
    blend: Blend = field(default_factory=Blend)
    metrics: Mapping[str, float] = field(default_factory=dict)


def learn_parts(
    blend: Blend, data: RecommendData, times: Ints | None, contend: Contend
) -> list[AddedPart]:
    """Learn the chosen parts; without times, none that comes from the order of events."""
    if not (blend.weights or blend.new_weights):
        return []
    return blend.parts(contend(data, times), data.unchosen)


@dataclass(frozen=True)
class ServingChooser:
    """Chooses on one data set."""

    data: RecommendData
    times: Ints | None
    """int64 [entries of train], in seconds, −1 for none; None without times."""
    contend: Contend
    edges: int
    """Number of edges that are served per product."""
    progress: Callable[[str], None]

    def choose(
        self,
        given: ServingChoices,
        factors: Sequence[float],
        features: Sequence[frozenset[str]],
    ) -> ServingChoices:
        """Choose all.

        Args:
            given: what is kept where there is too little to choose on.
            factors: candidate factors of the weights of all relations.
            features: what the items of a list are compared by.
        """
        chosen = given if self.times is None else self._choose_blend(given, self.times, factors)
        return self._choose_diversity(self._choose_boost(chosen), features)

    def _choose_blend(
        self, given: ServingChoices, times: Ints, factors: Sequence[float]
    ) -> ServingChoices:
        """Choose the parts, the fading and a factor; measure the result on the newest."""
        known, known_times = hold_out_latest(self.data, times)
        split, kept = hold_out_latest(known, known_times)
        if split.test is None or split.test.nnz < _FEWEST:
            return given
        self.progress("choosing what is added and how histories fade")
        contenders = self.contend(split, kept)
        tried = [
            (choose_blend(split, kept, fit_kg_ease(split, tuned), contenders), tuned)
            for tuned in (_scale_facts(given.tuned, factor) for factor in factors)
        ]
        blend, tuned = max(tried, key=lambda found: found[0].ndcg["chosen"])
        self.progress("measuring on the newest interactions")
        added = learn_parts(blend, known, known_times, self.contend)
        scorer = strongest_weights(fit_kg_ease(known, tuned), self.edges, added)
        rows = replace(known, train=blend.recency.weigh(known.train, known_times))
        found, _ = measure(scorer, rows, k=10)
        metrics = {f"served-next/{name}": value for name, value in found.items()}
        return replace(given, tuned=tuned, blend=blend, metrics={**given.metrics, **metrics})

    def _choose_boost(self, given: ServingChoices) -> ServingChoices:
        """Choose how far new products are raised; they have nothing but facts."""
        known, times = (
            (self.data, None) if self.times is None else hold_out_latest(self.data, self.times)
        )
        split = hold_out_products(known, times, _SEED)
        contenders = self.contend(split.data, None)
        if not (self.data.relations or contenders) or not split.usable:
            return given
        self.progress("choosing how far new products are raised")
        fit = fit_kg_ease(split.data, given.tuned)
        metrics = dict(given.metrics)
        if self.data.relations:
            found = choose_cold_boost(split, fit)
            fit = replace(fit, config=replace(given.tuned, cold_boost=found.boost))
            metrics |= {"new-products/ndcg@10": found.after, "new-unraised/ndcg@10": found.before}
        blend = choose_new_parts(split, fit, contenders, given.blend)
        return replace(given, tuned=fit.config, blend=blend, metrics=metrics)

    def _choose_diversity(
        self, given: ServingChoices, features: Sequence[frozenset[str]]
    ) -> ServingChoices:
        added: list[AddedPart] = []
        if self.times is None:
            split = lists = hold_out(self.data, _SEED)
        else:
            split, kept = hold_out_latest(*hold_out_latest(self.data, self.times))
            lists = replace(split, train=given.blend.recency.weigh(split.train, kept))
            added = learn_parts(given.blend, split, kept, self.contend)
        if split.test is None or split.test.nnz < _FEWEST:
            return given
        self.progress("choosing how diverse lists are")
        scorer = BlendScorer(fit_kg_ease(split, given.tuned), added)
        found = choose_diversity(lists, scorer, features)
        metrics = {"diverse-lists/ndcg@10": found.after, "lists-by-score/ndcg@10": found.before}
        return replace(given, diversity=found.diversity, metrics={**given.metrics, **metrics})


def _scale_facts(config: KGEaseConfig, factor: float) -> KGEaseConfig:
    weights = {name: weight * factor for name, weight in config.weights.items()}
    return replace(config, weights=weights, other_weight=config.other_weight * factor)
