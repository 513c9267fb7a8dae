"""Learns vectors of the graph's nodes and relations from its facts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from catalograph.embed.facts.triples import split, triples_of
from catalograph.embed.kge import KgeConfig, TrainedKge, TripleSet, train
from catalograph.embed.kge.evaluate import filtered_ranks
from catalograph.embed.kge.triples import RELATION
from catalograph.embed.processes import hand_out
from catalograph.errors import ConfigError
from catalograph.schema import EmbeddingTable
from catalograph.schema.keys import label_of
from catalograph.schema.model_kinds import model_kind
from catalograph.schema.vectors import MAX_DIMENSION
from catalograph.store import GraphSnapshot, RelationVectors


@dataclass(frozen=True)
class FactsConfig:
    """Settings of the training on facts.

    Raises:
        ConfigError: the vectors are too long for an index, or no training data would be left.
    """

    kge: KgeConfig = field(default_factory=KgeConfig)
    held_out: float = 0.05
    """Share of the triples for early stopping, and the same share for the metrics."""
    minutes: float | None = None
    """Time limit of the training."""
    checkpoint: Path | None = None
    """Folder for the state of the training."""
    resume: bool = False
    """Whether to resume from the state in the folder."""

    def __post_init__(self) -> None:
        if not 0 <= self.held_out < 0.5:
            raise ConfigError(f"held_out is {self.held_out}; expected 0 or more and below 0.5.")
        width = self.kge.dimension * (2 if self.kge.model in ("complex", "rotate") else 1)
        if width > MAX_DIMENSION:
            raise ConfigError(
                f"dimension {self.kge.dimension} makes {self.kge.model} vectors of {width} "
                f"numbers; an index takes {MAX_DIMENSION}."
            )

    @classmethod
    def of(cls, card: Mapping[str, Any]) -> "FactsConfig":
        """Read the settings from a model card; a missing one has its default."""
        settings = {f.name: card[f.name] for f in fields(KgeConfig) if f.name in card}
        return cls(
            KgeConfig(**settings),
            held_out=card.get("held_out", cls.held_out),
            minutes=card.get("minutes"),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the settings that determine the result, for the model card."""
        return (
            {"algorithm": self.kge.model}
            | self.kge.as_dict()
            | {
                "held_out": self.held_out,
                "minutes": self.minutes,
            }
        )


@dataclass(frozen=True)
class FactModelResult:
    """The result of training on facts.

    Attributes:
        model: vectors of all nodes, including users, and scores of triples.
        metrics: filtered ranks of held-out triples, and the history of the training.
    """

    model: TrainedKge
    metrics: dict[str, Any]

    @property
    def table(self) -> EmbeddingTable:
        """Return vectors of products, brands, categories and values; users' are not published."""
        labels = model_kind("kge").labels
        keys = self.model.vocabulary.entities
        chosen = [n for n, key in enumerate(keys) if label_of(key) in labels and self.model.seen[n]]
        return EmbeddingTable([keys[n] for n in chosen], self.model.entity_vectors[chosen])

    @property
    def relations(self) -> RelationVectors:
        """Return vectors of the relations from head to tail."""
        names = self.model.vocabulary.relations
        return RelationVectors(names, self.model.relation_vectors[: len(names)])


def learn_facts(
    snapshot: GraphSnapshot,
    config: FactsConfig,
    device: str = "auto",
    progress: Callable[[str], None] = lambda line: None,
) -> FactModelResult:
    """Train on the facts of a snapshot and measure on held-out ones.

    Other processes that torchrun started take part in the training.

    Args:
        snapshot: the graph.
        config: settings of the model and its training.
        device: `cpu`, `cuda` or `auto`.
        progress: callback that receives a line after each epoch.

    Raises:
        EmptySnapshotError: there is nothing to learn from.
    """
    facts = triples_of(snapshot)
    data = split(facts, config.held_out, config.kge.seed)
    given: dict[str, Any] = {
        "triples": data.train,
        "valid": data.valid if len(data.valid) else None,
        "config": config.kge,
        "checkpoint": config.checkpoint,
        "resume": config.resume,
        "deadline": None if config.minutes is None else 60 * config.minutes,
        "device": device,
    }
    hand_out("kge", given)
    model = train(
        **given,
        progress=lambda entry: progress(f"epoch {entry['epoch']:.0f}, loss {entry['loss']:.4f}"),
    )
    return FactModelResult(model, _metrics(model, data.test, facts))


def _metrics(model: TrainedKge, test: TripleSet, facts: TripleSet) -> dict[str, Any]:
    """Return ranks of the test triples, overall and by relation, and the course of the training."""
    metrics: dict[str, Any] = {"triples": len(facts), "history": list(model.history)}
    if not len(test):
        return metrics
    ranks = filtered_ranks(model.model, test, facts).reshape(2, -1)
    by_relation = {
        facts.vocabulary.relations[relation]: float(
            np.mean(1 / ranks[:, test.triples[:, RELATION] == relation])
        )
        for relation in np.unique(test.triples[:, RELATION]).tolist()
    }
    return metrics | {
        "tested": len(test),
        "mrr": float(np.mean(1 / ranks)),
        **{f"hits@{k}": float(np.mean(ranks <= k)) for k in (1, 3, 10)},
        "mrr_by_relation": by_relation,
    }
