"""What is chosen on validation beside λ and the weights, before a model is published.

With times, the newest interaction of each shopper is for measuring alone, and the one before it
decides: which parts are added, how interactions age, how diverse lists are. How far new products
are raised, and by which parts, is decided on a split in which some products are new. Without times,
the diversity and the new products are decided on random splits. Whether predicted facts count is
decided on random splits, too.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from catalograph.embed.recommend.blend import FEWEST, SURE, Blend, BlendScorer, choose_blend
from catalograph.embed.recommend.cold_boost import (
    ColdSplit,
    choose_cold_boost,
    choose_new_parts,
    hold_out_products,
)
from catalograph.embed.recommend.contributions import AddedPart, strongest_weights
from catalograph.embed.recommend.data import RecommendData, hold_out, sample_tested
from catalograph.embed.recommend.kgease import KGEaseConfig, fit_kg_ease
from catalograph.embed.recommend.list_diversity import choose_diversity
from catalograph.embed.recommend.matrices import Csr, Floats, Ints
from catalograph.embed.recommend.ranking import errors_of_gain, measure, rank_users
from catalograph.embed.recommend.recency import hold_out_latest
from catalograph.embed.recommend.thin_histories import choose_thin_parts
from catalograph.embed.recommend.trend import hold_out_present

__all__ = ["Contend", "ServingChoices", "ServingChooser", "learn_parts"]

Contend = Callable[[RecommendData, Ints | None, Collection[str] | None], Mapping[str, Csr]]
"""Function that learns item-item matrices, by part, from interactions and their times; those that
need times are left out without. The last argument names those that are wanted, None for all."""
PREDICTED_FACTORS = (0.5, 1.0)
"""Candidate factors of the confidences of predicted facts, beside 0."""
_USERS = 3_000
"""Maximum number of users whose lists are measured."""
_SEED = 0
"""Seed of the random splits; the one that tuning uses."""


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
    names = {*blend.weights, *blend.new_weights, *blend.thin_weights}
    return blend.parts(contend(data, times, names), data.unchosen) if names else []


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
        known = self._choose_predicted(given)
        chosen = known if self.times is None else self._choose_blend(known, self.times, factors)
        chosen = self._choose_thin(self._choose_boost(chosen))
        return self._choose_diversity(chosen, features)

    def _choose_predicted(self, given: ServingChoices) -> ServingChoices:
        """Choose the factor of predicted facts: 0 unless others rank held-out products better.

        They must do so in all lists, or among those who choose a new product without harm to the
        lists as a whole.
        """
        if all(relation.predicted is None for relation in self.data.relations.values()):
            return given
        known = self.data if self.times is None else hold_out_latest(self.data, self.times)[0]
        split = hold_out(known, _SEED)
        if split.test is None or split.test.nnz < FEWEST:
            return given
        self.progress("choosing how far predicted facts count")
        new = hold_out_products(known, None, _SEED)
        factors = (0.0, *PREDICTED_FACTORS)
        tuned = {factor: replace(given.tuned, predicted=factor) for factor in factors}
        whole = {factor: self._rank(split, tuned[factor]) for factor in factors}
        tried = {f"predicted/{factor:g}": float(whole[factor].mean()) for factor in factors}
        best = max(factors, key=lambda factor: float(whole[factor].mean()))
        if errors_of_gain(whole[best], whole[0.0]) <= SURE:
            best = self._choose_for_new(new, tuned, whole) if new.usable else 0.0
        tried["predicted"] = tried[f"predicted/{best:g}"]
        blend = replace(given.blend, ndcg={**given.blend.ndcg, **tried})
        return replace(given, tuned=tuned[best], blend=blend)

    def _choose_for_new(
        self, split: ColdSplit, tuned: Mapping[float, KGEaseConfig], whole: Mapping[float, Floats]
    ) -> float:
        """Return the factor that ranks new products best for sure; 0 if none does."""
        found = {
            factor: rank_users(fit_kg_ease(split.data, config), split.new_only, 10).ndcg
            for factor, config in tuned.items()
            if errors_of_gain(whole[factor], whole[0.0]) >= -1
        }
        best = max(found, key=lambda factor: float(found[factor].mean()))
        return best if errors_of_gain(found[best], found[0.0]) > SURE else 0.0

    def _rank(self, split: RecommendData, config: KGEaseConfig) -> Floats:
        return rank_users(fit_kg_ease(split, config), sample_tested(split, _USERS), 10).ndcg

    def choose_ages(self, given: ServingChoices) -> ServingChoices:
        """Choose anew how interactions age, on each shopper's newest one, and keep all else."""
        if self.times is None:
            return given
        split, kept = hold_out_latest(self.data, self.times)
        if split.test is None or split.test.nnz < FEWEST:
            return given
        self.progress("choosing how interactions age")
        fit = fit_kg_ease(split, given.tuned)
        added = learn_parts(given.blend, split, kept, self.contend)
        present = hold_out_present(self.data, self.times)
        found = choose_blend(split, kept, BlendScorer(fit, added), {}, present=present)
        tried = {**given.blend.ndcg, **found.ndcg}
        return replace(
            given, blend=replace(given.blend, recency=found.recency, trend=found.trend, ndcg=tried)
        )

    def _choose_blend(
        self, given: ServingChoices, times: Ints, factors: Sequence[float]
    ) -> ServingChoices:
        """Choose the parts, the aging and a factor; measure the result on the newest."""
        known, known_times = hold_out_latest(self.data, times)
        split, kept = hold_out_latest(known, known_times)
        if split.test is None or split.test.nnz < FEWEST:
            return given
        self.progress("choosing what is added and how interactions age")
        contenders, present = self.contend(split, kept, None), hold_out_present(known, known_times)
        tried = [
            (
                choose_blend(split, kept, fit_kg_ease(split, tuned), contenders, present=present),
                tuned,
            )
            for tuned in (_scale_facts(given.tuned, factor) for factor in factors)
        ]
        blend, tuned = max(tried, key=lambda found: found[0].ndcg["chosen"])
        self.progress("measuring on the newest interactions")
        added = learn_parts(blend, known, known_times, self.contend)
        fit = fit_kg_ease(known, tuned)
        if (trending := blend.trend.factors(known.train, known_times)) is not None:
            fit, added = fit.rescale(trending), [part.rescale(trending) for part in added]
        scorer = strongest_weights(fit, self.edges, added)
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
        contenders = self.contend(split.data, None, None)
        if not (self.data.relations or contenders) or not split.usable:
            return given
        self.progress("choosing how far new products are raised")
        fit = fit_kg_ease(split.data, given.tuned)
        trending = given.blend.trend.factors(known.train, times)
        if trending is not None:
            trending[split.data.unchosen] = 1.0  # as the products are new in this split
            fit = fit.rescale(trending)
            contenders = {
                name: AddedPart(name, matrix).rescale(trending).weights
                for name, matrix in contenders.items()
            }
        metrics = dict(given.metrics)
        if self.data.relations:
            found = choose_cold_boost(split, fit)
            fit = replace(fit, config=replace(given.tuned, cold_boost=found.boost))
            metrics |= {"new-products/ndcg@10": found.after, "new-unraised/ndcg@10": found.before}
        blend = choose_new_parts(split, fit, contenders, given.blend)
        return replace(given, tuned=fit.config, blend=blend, metrics=metrics)

    def _choose_thin(self, given: ServingChoices) -> ServingChoices:
        """Choose what counts more for shoppers of whom little is known."""
        if self.times is None:
            split, kept = hold_out(self.data, _SEED), None
            rows = split.train
        else:
            split, kept = hold_out_latest(*hold_out_latest(self.data, self.times))
            rows = given.blend.recency.weigh(split.train, kept)
        contenders = dict(self.contend(split, kept, None))
        if not contenders:
            return given
        self.progress("choosing what counts more for thin histories")
        added = given.blend.parts(contenders, split.unchosen)
        trending = None if kept is None else given.blend.trend.factors(split.train, kept)
        scorer = BlendScorer(fit_kg_ease(split, given.tuned), added, trending)
        found = choose_thin_parts(split, rows, scorer, contenders)
        blend = given.blend
        blend = replace(blend, thin_weights=found.weights, ndcg={**blend.ndcg, **found.ndcg})
        return replace(given, blend=blend)

    def _choose_diversity(
        self, given: ServingChoices, features: Sequence[frozenset[str]]
    ) -> ServingChoices:
        added: list[AddedPart] = []
        if self.times is None:
            split = lists = hold_out(self.data, _SEED)
            trending = None
        else:
            split, kept = hold_out_latest(*hold_out_latest(self.data, self.times))
            lists = replace(split, train=given.blend.recency.weigh(split.train, kept))
            added = learn_parts(given.blend, split, kept, self.contend)
            trending = given.blend.trend.factors(split.train, kept)
        if split.test is None or split.test.nnz < FEWEST:
            return given
        self.progress("choosing how diverse lists are")
        scorer = BlendScorer(fit_kg_ease(split, given.tuned), added, trending)
        found = choose_diversity(lists, scorer, features)
        metrics = {"diverse-lists/ndcg@10": found.after, "lists-by-score/ndcg@10": found.before}
        return replace(given, diversity=found.diversity, metrics={**given.metrics, **metrics})


def _scale_facts(config: KGEaseConfig, factor: float) -> KGEaseConfig:
    weights = {name: weight * factor for name, weight in config.weights.items()}
    return replace(config, weights=weights, other_weight=config.other_weight * factor)
