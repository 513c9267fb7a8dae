"""The parts of an embedding job: its definition, the context it runs in, the task that it plans."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import signature
from typing import TYPE_CHECKING, Any

from catalograph.embed.jobs.context import Config, JobContext, Progress
from catalograph.embed.preconditions import lack_products
from catalograph.schema import EmbeddingTable
from catalograph.schema.model_kinds import MODEL_KINDS, TUNED_KEY
from catalograph.store import (
    GraphSnapshot,
    ModelVersionCard,
    StagedModel,
    TrainingContents,
)

if TYPE_CHECKING:
    from catalograph.embed.learn.contest import Contest, ContestContext

__all__ = [
    "DEFAULT_KINDS",
    "DEPENDENT_KINDS",
    "TUNED_KEY",
    "Job",
    "JobContext",
    "JobOutput",
    "JobTask",
    "Progress",
    "of_card",
]


DEPENDENT_KINDS = tuple(kind.name for kind in MODEL_KINDS.values() if kind.from_models)
"""Kinds that are learned from what other kinds have published."""

DEFAULT_KINDS = tuple(kind.name for kind in MODEL_KINDS.values() if kind.default)
"""Kinds that `embed all` and the demo learn."""


def of_card(make: Callable[..., Config]) -> Callable[[Mapping[str, Any]], Config]:
    """How to make a dataclass of what a model card says: of the fields that it has."""
    names = signature(make).parameters
    return lambda config: make(**{name: config[name] for name in names if name in config})


@dataclass(frozen=True)
class JobOutput:
    """What a job has learned, before it is written.

    Attributes:
        write: fills the idle slot; is given the card that goes with it. None: nothing is to be
            published.
        metrics: of quality, history and the like, for the card.
        found: part of the configuration that was found, for the card; None where nothing is.
        counts: sizes of the training data, for the card; empty: those of the snapshot.
        refusal: why nothing is to be published.
    """

    write: Callable[[ModelVersionCard], StagedModel] | None
    metrics: Mapping[str, Any] = field(default_factory=dict)
    found: Mapping[str, Any] | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    refusal: str | None = None


@dataclass(frozen=True)
class JobTask:
    """One kind to run: how it is configured, what it learns from and how to do it.

    Attributes:
        kind: what is learned.
        config: as on the model card; with `data_hash` it decides whether anything is to do.
        data_hash: of what is learned from.
        learn: learns.
        always: whether to learn although nothing changed, as the output is also wanted elsewhere.
    """

    kind: str
    config: Mapping[str, Any]
    data_hash: str
    learn: Callable[[], JobOutput]
    always: bool = False

    def stage(self) -> "StagedModel | JobOutput":
        """Learn, and fill the idle slot; return the output where it is not to be published."""
        begun = time.perf_counter()
        learned = self.learn()
        seconds = time.perf_counter() - begun
        found = {} if learned.found is None else {TUNED_KEY: learned.found}
        if learned.write is None:
            return learned
        card = ModelVersionCard(
            {**self.config, **found}, self.data_hash, learned.metrics, seconds, learned.counts
        )
        return learned.write(card)


@dataclass(frozen=True)
class Job:
    """The definition of an embedding job: `JOB` in the module with the name of its kind.

    Attributes:
        help: one line on its output, for the command `catalograph embed KIND`.
        task: plans the job, without learning anything yet.
        configure: makes the configuration that `task` finds in its context; its parameters, typed
            as typer has it, are the options of the command. None: the command has no options.
        old_options: newer names of options by older ones, which the command goes on taking.
        lack: says why what the graph holds does not suffice for `catalograph learn`; None if it
            does.
        contest: judges a challenger against the live version, for `catalograph learn`. None: the
            output follows from the data by fixed settings, and is only refreshed.
        tried: whether two versions can share served lists, so that shoppers' clicks decide.
        relearn: learns vectors of products from another snapshot, as the live version was learned,
            for the choice whether they become a part of recommendations; None for kinds that
            learn nothing from interactions.
    """

    help: str
    task: Callable[[JobContext], JobTask]
    configure: Callable[..., Any] | None = None
    old_options: Mapping[str, str] = field(default_factory=dict)
    lack: Callable[[TrainingContents], str | None] = lack_products
    contest: "Callable[[ContestContext], Contest] | None" = None
    tried: bool = False
    relearn: Callable[[JobContext, GraphSnapshot], EmbeddingTable] | None = None
