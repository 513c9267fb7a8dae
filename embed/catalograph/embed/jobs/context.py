"""The context that embedding jobs run in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from catalograph.settings import Settings
from catalograph.store import (
    Connection,
    GraphSnapshot,
    PublishedModel,
    StagedModel,
    export_snapshot,
    live_models,
)

Progress = Callable[[str, str], None]
"""Receives the kind of model and the current step."""
Config = TypeVar("Config")


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
        staged: versions by kind that this call has made so far and that go live at its end.
    """

    connection: Connection
    settings: Settings
    progress: Progress = lambda kind, doing: None
    force: bool = False
    configs: Mapping[str, Any] = field(default_factory=dict)
    judged: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    staged: dict[str, StagedModel] = field(default_factory=dict)

    @cached_property
    def snapshot(self) -> GraphSnapshot:
        """The graph as read once, when the first job asks."""
        self.progress("graph", "reading")
        return export_snapshot(self.connection)

    def versions(self, kinds: Sequence[str]) -> dict[str, PublishedModel | StagedModel]:
        """The versions of kinds that a job may learn from: made by this call, or live."""
        live = live_models(self.connection)
        found: dict[str, PublishedModel | StagedModel] = {**live, **self.staged}
        return {kind: found[kind] for kind in kinds if kind in found}

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
