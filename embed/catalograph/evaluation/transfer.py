"""Evaluation of transfer: recommending in one catalogue with a model learned in another.

A catalogue is split in two: a seeded half of its products with the events of a seeded half of its
users is the source, the other half of both the target. The two share brands, categories and values,
but no event. No model below has seen an event in the target, except where it says so.

- `known-shoppers`: users of the source get recommendations of target products. Their real events
  there are to be found; their events in the source are the history.
- `new-shop`: users of the target have their training events there as the history and their test
  events to be found; the weights between target products come from facts and from the
  interactions of the source's users with similar products.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp

from catalograph.embed.recommend.baselines import fit_popularity
from catalograph.embed.recommend.data import RecommendData
from catalograph.embed.recommend.ease import ItemScorer, UserScorer
from catalograph.embed.recommend.kgease import KGEaseConfig, fit_kg_ease
from catalograph.embed.recommend.matrices import Csr, Floats, Ints, row_of_entry
from catalograph.embed.recommend.ranking import measure
from catalograph.embed.recommend.tuned_settings import find_tuned
from catalograph.errors import EvaluationDataError
from catalograph.evaluation.cold_start import (
    ProjectionScorer,
    RandomScores,
    fact_gram,
    no_events,
    restrict,
)
from catalograph.ml.profiling import BenchmarkRow, Profiler

__all__ = ["Halves", "evaluate_transfer", "halves"]

Fitted = tuple[ItemScorer | UserScorer, RecommendData]


@dataclass(frozen=True)
class Halves:
    """Two catalogues made from one; all fields are sorted indices."""

    source_items: Ints
    target_items: Ints
    source_users: Ints
    target_users: Ints


def halves(data: RecommendData, seed: int = 0) -> Halves:
    """Split products and users at random into two halves each."""
    rng = np.random.default_rng(seed)
    n_users, n_items = data.train.shape
    items, users = rng.permutation(n_items), rng.permutation(n_users)
    return Halves(
        np.sort(items[: n_items // 2]),
        np.sort(items[n_items // 2 :]),
        np.sort(users[: n_users // 2]),
        np.sort(users[n_users // 2 :]),
    )


def evaluate_transfer(
    data: RecommendData,
    *,
    k: int = 10,
    seed: int = 0,
    config: KGEaseConfig | None = None,
    on_row: Callable[[BenchmarkRow], None] = lambda _: None,
) -> list[BenchmarkRow]:
    """Measure what a source catalogue brings to a target that shares only facts with it.

    Args:
        data: interactions with a test part, and facts.
        k: length of the lists.
        seed: seed of the split.
        config: weights of the fit; by default those tuned for this data.
        on_row: callback that receives each row.

    Raises:
        EvaluationDataError: there are no facts or no test part.
    """
    if not data.relations or data.test is None:
        raise EvaluationDataError("Transfer is measured on facts and a test part; one is missing.")
    case = _Case(data, data.test, halves(data, seed), config or find_tuned(data).kg_ease, seed)
    models: dict[str, Callable[[], Fitted]] = {
        "known-shoppers/random": case.random,
        "known-shoppers/popularity-of-target": case.popular_elsewhere,
        "known-shoppers/facts-only": case.facts_across,
        "known-shoppers/kg-ease-of-source": case.fit_across,
        "new-shop/popularity-of-target": case.popular_here,
        "new-shop/facts-only": case.facts_within,
        "new-shop/kg-ease-of-facts": case.without_source,
        "new-shop/kg-ease-of-source": case.with_source,
        "new-shop/kg-ease-of-target": case.with_target,
    }
    told: dict[str, Any] = {"lambda": case.config.lambda_}
    told |= {"weights": {name: case.config.weight(name) for name in data.relations}}
    rows = []
    for name, fit in models.items():
        with Profiler() as watch:
            scorer, split = fit()
            metrics, n = measure(scorer, split, k)
            del scorer
        row = watch.row(name, metrics, n, told)
        rows.append(row)
        on_row(row)
    return rows


class _Case:
    """One split, and the models fitted on it."""

    def __init__(
        self, data: RecommendData, test: Csr, parts: Halves, config: KGEaseConfig, seed: int
    ) -> None:
        self.data, self.parts, self.config = data, parts, config
        self._seed = seed
        source, target = parts.source_items, parts.target_items
        self._history = _block(data.train, parts.source_users, source)
        # Source users' events in the target are not trained on, so train and test are both targets.
        everything = sp.csr_array(data.train + test)
        everything.data[:] = 1.0
        abroad = _block(everything, parts.source_users, target)
        # Users without events in the source are unknown there.
        known = (np.diff(self._history.indptr) > 0)[:, None]
        abroad = sp.csr_array(abroad.multiply(known))
        abroad.eliminate_zeros()
        self.known_shoppers = RecommendData(no_events(abroad.shape), test=abroad)
        self._local = _block(data.train, parts.target_users, target)
        self.new_shop = RecommendData(self._local, test=_block(test, parts.target_users, target))

    def random(self) -> Fitted:
        """Random baseline."""
        rng = np.random.default_rng(self._seed)
        return RandomScores(len(self.parts.target_items), rng), self.known_shoppers

    def popular_elsewhere(self) -> Fitted:
        """Popularity among the target's own users; sees the target's events."""
        return fit_popularity(self._local), self.known_shoppers

    def popular_here(self) -> Fitted:
        """Popularity in the target catalogue, for the target's users."""
        return fit_popularity(self._local), self.new_shop

    def facts_across(self) -> Fitted:
        """Facts that products of the two catalogues share."""
        return ProjectionScorer(self._history, self._project_across()), self.known_shoppers

    def fit_across(self) -> Fitted:
        """The source's model, with the target's products added by their facts."""
        source = fit_kg_ease(self._part(self.parts.source_items, self._history), self.config)
        return ProjectionScorer(
            self._history, source.P @ self._project_across()
        ), self.known_shoppers

    def facts_within(self) -> Fitted:
        """Facts that products of the target share."""
        target = self.parts.target_items
        gram = fact_gram(self.data, self.config, target, target)
        np.fill_diagonal(gram, 0.0)
        return ProjectionScorer(self._local, gram), self.new_shop

    def without_source(self) -> Fitted:
        """A model of the target's facts alone."""
        part = self._part(self.parts.target_items, no_events(self._local.shape))
        return fit_kg_ease(part, self.config), self.new_shop

    def with_target(self) -> Fitted:
        """The target's own model, which has seen its events: the upper bound."""
        part = self._part(self.parts.target_items, self._local)
        return fit_kg_ease(part, self.config), self.new_shop

    def with_source(self) -> Fitted:
        """One model of both catalogues' facts and the source's events."""
        n_users, n_items = self._history.shape[0], self.data.n_items
        entries = (
            self._history.data,
            (row_of_entry(self._history), self.parts.source_items[self._history.indices]),
        )
        both = sp.csr_array(entries, shape=(n_users, n_items))
        fit = fit_kg_ease(replace(self.data, train=both, test=None), self.config)
        target = self.parts.target_items
        P = fit.P[np.ix_(target, target)]
        weights: Floats = P / -np.diag(P)
        np.fill_diagonal(weights, 0.0)
        return ProjectionScorer(self._local, weights), self.new_shop

    def _project_across(self) -> Floats:
        return fact_gram(self.data, self.config, self.parts.source_items, self.parts.target_items)

    def _part(self, items: Ints, train: Csr) -> RecommendData:
        """Return the data of one half."""
        return replace(restrict(self.data, items), train=train, test=None)


def _block(matrix: Csr, rows: Ints, columns: Ints) -> Csr:
    return sp.csr_array(sp.csr_array(matrix[rows])[:, columns])
