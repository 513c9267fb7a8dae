"""What an embedding job is: a kind, what it learns from, and how it is staged."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

from catalograph.settings import Settings
from catalograph.store import Connection, Snapshot, StagedModel, export_snapshot

Config = TypeVar("Config")
Progress = Callable[[str, str], None]
"""Called with the kind of a job and what it is doing."""

FOUND = "tuned"
"""Part of a model's configuration that was found, not given, so it does not decide anything."""


class JobKind(StrEnum):
    """What can be learned."""

    TEXT = "text"
    STRUCTURE = "structure"
    PREFERENCE = "preference"


@dataclass(frozen=True)
class JobContext:
    """What the jobs of one call share.

    Attributes:
        connection: the graph.
        settings: which text model, on which device.
        progress: told what is going on.
        force: learn again even from the same data, and carry nothing over.
        configs: how a kind is to be learned, where it is not as usual.
    """

    connection: Connection
    settings: Settings
    progress: Progress = lambda kind, doing: None
    force: bool = False
    configs: Mapping[JobKind, Any] = field(default_factory=dict)

    @cached_property
    def snapshot(self) -> Snapshot:
        """The graph as read once, when the first job asks."""
        self.progress("graph", "reading")
        return export_snapshot(self.connection)

    def config(self, kind: JobKind, usual: Config) -> Config:
        """The configuration of a kind: the given one, or the usual."""
        given: Config = self.configs.get(kind, usual)
        return given


@dataclass(frozen=True)
class Task:
    """One kind to run: how it is configured, what it learns from and how to do it.

    Attributes:
        kind: what is learned.
        config: as on the model card; with `data_hash` it decides whether anything is to do.
        data_hash: of what is learned from.
        stage: learns and fills the idle slot.
    """

    kind: JobKind
    config: Mapping[str, Any]
    data_hash: str
    stage: Callable[[], StagedModel]
