"""The parts of an embedding job: its definition, the context it runs in, the task that it plans."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from inspect import signature
from typing import TYPE_CHECKING, Any, TypeVar

from catalograph.embed.preconditions import lack_products
from catalograph.schema.model_kinds import MODEL_KINDS, TUNED_KEY
from catalograph.settings import Settings
from catalograph.store import (
    Connection,
    GraphSnapshot,
    ModelVersionCard,
    StagedModel,
    TrainingContents,
    export_snapshot,
    live_models,
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

Config = TypeVar("Config")
Progress = Callable[[str, str], None]
"""Called with the kind of a job and what it is doing."""


DEPENDENT_KINDS = tuple(kind.name for kind in MODEL_KINDS.values() if kind.from_models)
"""Kinds that are learned from what other kinds have published."""

DEFAULT_KINDS = tuple(kind.name for kind in MODEL_KINDS.values() if kind.default)
"""Kinds that `embed all` and the demo learn."""


@dataclass(frozen=True)
class JobContext:
    """What the jobs of one call share.

    Attributes:
        connection: the graph.
        settings: which text model, on which device.
        progress: told what is going on.
        force: learn again even from the same data, and carry nothing over.
        configs: how a kind is to be learned, where it is not as usual.
        judged: numbers by kind for its model card, such as those of a contest.
    """

    connection: Connection
    settings: Settings
    progress: Progress = lambda kind, doing: None
    force: bool = False
    configs: Mapping[str, Any] = field(default_factory=dict)
    judged: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @cached_property
    def snapshot(self) -> GraphSnapshot:
        """The graph as read once, when the first job asks."""
        self.progress("graph", "reading")
        return export_snapshot(self.connection)

    def config(self, kind: str, usual: Config) -> Config:
        """The configuration of a kind: the given one, or the usual."""
        given: Config = self.configs.get(kind, usual)
        return given

    def config_as_live(self, kind: str, make: Callable[[Mapping[str, Any]], Config]) -> Config:
        """The configuration of a kind: the given one, that of the live version, or the usual.

        Args:
            kind: of model.
            make: makes a configuration of what a model card says, which may be nothing.
        """
        if kind in self.configs:
            return self.config(kind, make({}))
        model = live_models(self.connection).get(kind)
        return make({} if model is None else model.config)


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
    """

    help: str
    task: Callable[[JobContext], JobTask]
    configure: Callable[..., Any] | None = None
    old_options: Mapping[str, str] = field(default_factory=dict)
    lack: Callable[[TrainingContents], str | None] = lack_products
    contest: "Callable[[ContestContext], Contest] | None" = None
    tried: bool = False
