"""Next-item recommendation: leave-one-out; all items are ranked except those the user has.

The protocol is that of S3-Rec's full ranking (Zhou et al. 2020, arXiv:2008.07873): the target is
the last item of each user, given the items before it; for validation the last but one, given those
before that. Items from the user's history are not ranked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from catalograph.embed.recommend.baselines import fit_popularity
from catalograph.embed.recommend.data import RecommendData, RelationFacts
from catalograph.embed.recommend.ease import ItemScorer, UserScorer
from catalograph.embed.recommend.kgease import KGEaseConfig
from catalograph.embed.recommend.matrices import incidence
from catalograph.embed.recommend.ranking import measure
from catalograph.embed.recommend.sequence import (
    SequenceConfig,
    Sequences,
    fit_sequence,
    histories,
)
from catalograph.errors import ConfigError, EvaluationDataError
from catalograph.evaluation.recommendation import (
    BRAND_CATEGORY,
    choose_models,
)
from catalograph.evaluation.sequence_folder import SequenceFolder
from catalograph.evaluation.served import learn_served, sequence_snapshot
from catalograph.ml.profiling import BenchmarkRow, Profiler

__all__ = ["SEQUENCE_MODELS", "evaluate_sequence", "sequence_models_for"]

_NO_DECAY = float("inf")
_FACTS = KGEaseConfig(
    lambda_=100.0,
    weights={
        "also_bought": 12.0,
        "also_viewed": 1.0,
        "belongs_to": 1.0,
        "bought_together": 3.0,
        "produced_by": 1.0,
    },
)
_FEW_FACTS = replace(_FACTS, weights={"belongs_to": 1.0, "produced_by": 2.5})
"""Tuned on the last but one items of Amazon Beauty, like the decays of `SequenceConfig`."""


@dataclass(frozen=True)
class _Model:
    """Fit settings of a row of the table."""

    config: SequenceConfig
    relations: Sequence[str] | None = ()
    """Relations that are used; None for all."""

    def facts(self, folder: SequenceFolder) -> dict[str, RelationFacts]:
        """Return the used relations that the folder has."""
        wanted = folder.relations if self.relations is None else self.relations
        return {name: folder.relations[name] for name in wanted if name in folder.relations}


def _undirected_config(base: KGEaseConfig, decay: float) -> SequenceConfig:
    return SequenceConfig(base, undirected=1.0, directed=0.0, history_decay=decay)


_EASE = KGEaseConfig(lambda_=100.0)
_DECAY = SequenceConfig().history_decay
_MODELS: Mapping[str, _Model] = {
    "ease": _Model(_undirected_config(_EASE, _NO_DECAY)),
    "ease-recency": _Model(_undirected_config(_EASE, _DECAY)),
    "slist": _Model(SequenceConfig(KGEaseConfig(lambda_=30.0), undirected=0.0)),
    "mixture": _Model(SequenceConfig(_EASE)),
    "kg-ease-recency-brand-category": _Model(
        _undirected_config(_FEW_FACTS, _DECAY), BRAND_CATEGORY
    ),
    "kg-ease-recency": _Model(_undirected_config(_FACTS, _DECAY), None),
    "kg-mixture-brand-category": _Model(SequenceConfig(_FEW_FACTS), BRAND_CATEGORY),
    "kg-mixture": _Model(SequenceConfig(_FACTS), None),
}
SERVED = "served"
SEQUENCE_MODELS: tuple[str, ...] = ("popularity", *_MODELS, SERVED)
"""All models, in the order of the table. A mixture learns from the order of events, from their
co-occurrence and, as `kg-mixture`, from facts, in one regression; `served` is what `catalograph
embed preference` publishes and the API serves, with all that it chooses on its own validation."""


def sequence_models_for(
    folder: SequenceFolder, wanted: Sequence[str] = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Choose the models that can run: those to run, and those left out for lack of facts.

    Raises:
        ConfigError: a name is unknown.
    """
    return choose_models(
        wanted or SEQUENCE_MODELS, SEQUENCE_MODELS, lambda name: _can_run(name, folder)
    )


def _can_run(name: str, folder: SequenceFolder) -> bool:
    model = _MODELS.get(name)
    return model is None or model.relations == () or bool(model.facts(folder))


def evaluate_sequence(
    folder: SequenceFolder,
    models: Sequence[str],
    *,
    k: int = 10,
    validation: bool = False,
    on_row: Callable[[BenchmarkRow], None] = lambda _: None,
) -> list[BenchmarkRow]:
    """Fit models on the beginnings of the sequences and measure how well they find the next item.

    Args:
        folder: sequences and facts.
        models: names as in `SEQUENCE_MODELS`, able to run (see `sequence_models_for`).
        k: length of the lists, at least 1.
        validation: whether the target is the last but one item; the last is then not used.
        on_row: callback that receives the row of each model.

    Returns:
        Rows with `hit_ratio@k` and `ndcg@k`, means over the users with an item before the target.

    Raises:
        ConfigError: k is below 1.
        EvaluationDataError: no sequence is long enough.
    """
    if k < 1:
        raise ConfigError(f"k is {k}; expected at least 1.")
    split = _Split.of(folder, validation=validation)
    rows = []
    for name in models:
        with Profiler() as watch:
            if name == SERVED:
                found, n, config = _measure_served(split, folder, k)
            else:
                scorer, config, decay = _fit(name, split, folder)
                found, n = measure(scorer, split.data(decay), k)
                del scorer
        metrics = {metric: found[metric] for metric in (f"hit_ratio@{k}", f"ndcg@{k}")}
        rows.append(watch.row(name, metrics, n, config))
        on_row(rows[-1])
    return rows


@dataclass(frozen=True)
class _Split:
    """Known events and the targets."""

    known: Sequences
    test: Any = field(repr=False)

    @classmethod
    def of(cls, folder: SequenceFolder, *, validation: bool) -> "_Split":
        back = 2 if validation else 1
        known = folder.sequences.without_last(back)
        test = folder.sequences.last_items(back)
        # A target without an earlier event of its user cannot be predicted.
        test.data[known.indptr[1:][test.nonzero()[0]] == known.indptr[test.nonzero()[0]]] = 0.0
        test.eliminate_zeros()
        if not test.nnz:
            raise EvaluationDataError(
                f"No sequence of {folder.name} is long enough; expected at least one with "
                f"{back + 1} items."
            )
        return cls(known, test)

    def data(self, decay: float) -> RecommendData:
        """Return histories to score, and the targets."""
        return RecommendData(train=histories(self.known, decay), test=self.test)


def _measure_served(
    split: _Split, folder: SequenceFolder, k: int
) -> tuple[dict[str, float], int, dict[str, Any]]:
    """Return the metrics of the served lists, the number of users, and what was chosen."""
    snapshot = sequence_snapshot(split.known, dict(folder.relations))
    model, learned = learn_served(snapshot)
    shape = (split.known.n_users, split.known.n_items)
    train = incidence(snapshot.interaction_users, snapshot.interaction_products, shape)
    rows = model.rows(train, snapshot.interaction_times)
    found, n = measure(model, RecommendData(train=rows, test=split.test), k)
    return found, n, dict(learned.tuned)


def _fit(
    name: str, split: _Split, folder: SequenceFolder
) -> tuple[ItemScorer | UserScorer, dict[str, Any], float]:
    """Return the model, its configuration, and the decay of the history that it scores."""
    if name == "popularity":
        return fit_popularity(histories(split.known)), {}, _NO_DECAY
    model = _MODELS[name]
    config, facts = model.config, model.facts(folder)
    told: dict[str, Any] = {"lambda": config.base.lambda_, "history_decay": config.history_decay}
    if config.history_decay == _NO_DECAY:
        told["history_decay"] = None
    if config.directed:
        told |= {
            "undirected": config.undirected,
            "directed": config.directed,
            "past_decay": config.past_decay,
            "future_decay": config.future_decay,
        }
    if facts:
        told["weights"] = {relation: config.base.weight(relation) for relation in facts}
    return fit_sequence(split.known, facts, config), told, config.history_decay
