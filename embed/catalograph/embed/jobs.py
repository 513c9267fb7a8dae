"""Running embedding jobs: read the graph once, learn, stage every kind, switch them all at once."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from catalograph.embed.preference import PreferenceConfig, learn_preferences
from catalograph.embed.structure import StructureConfig, embed_structure
from catalograph.embed.text import encode_products, load_encoder, text_config
from catalograph.errors import EmptySnapshotError
from catalograph.settings import Settings
from catalograph.store import (
    Connection,
    ModelCard,
    PublishedModel,
    Skipped,
    Snapshot,
    StagedModel,
    export_snapshot,
    export_texts,
    live_models,
    stage_edges,
    stage_vectors,
    switch,
    unchanged_vectors,
)

_log = logging.getLogger(__name__)


class JobKind(StrEnum):
    """What can be learned."""

    TEXT = "text"
    STRUCTURE = "structure"
    PREFERENCE = "preference"


Progress = Callable[[str, str], None]
"""Called with the kind of a job and what it is doing."""

TUNED = "tuned"
"""Part of a model's configuration that was found, not given, so it does not decide anything."""


@dataclass(frozen=True)
class JobReport:
    """What one job did."""

    kind: str
    version: int
    slot: str | None
    unchanged: bool
    """The live version was made from the same data in the same way; nothing was done."""
    written: int = 0
    """Vectors, or item-item edges."""
    skipped: Skipped = field(default_factory=Skipped)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    """For learning and staging, without reading the graph."""


@dataclass(frozen=True)
class _Task:
    """One kind to run: how it is configured, what it learns from and how to do it."""

    kind: JobKind
    config: Mapping[str, Any]
    data_hash: str
    stage: Callable[[], StagedModel]


def run_jobs(
    connection: Connection,
    settings: Settings,
    kinds: Sequence[JobKind],
    *,
    force: bool = False,
    progress: Progress = lambda kind, doing: None,
) -> list[JobReport]:
    """Learn these kinds and make all of them live at the same moment; when one fails, none.

    Idempotent: a kind whose live version was made from the same data in the same way is left as
    it is.

    Args:
        connection: the graph.
        settings: which text model, on which device.
        kinds: what to learn.
        force: learn again even from the same data.
        progress: told what is going on.

    Returns:
        One report a kind, in the given order.

    Raises:
        EmptySnapshotError: there are no products.
        WriteConflictError: another run published one of these kinds meanwhile.
    """
    live = live_models(connection)
    reports: list[JobReport] = []
    staged: list[StagedModel] = []
    for task in _tasks(connection, settings, kinds, progress, force=force):
        if not force and _same(live.get(task.kind), task):
            reports.append(_unchanged(live[task.kind]))
            continue
        begun = time.perf_counter()
        staged.append(task.stage())
        reports.append(_report(staged[-1], time.perf_counter() - begun))
    if staged:
        switch(connection, staged)
    return reports


def _tasks(
    connection: Connection,
    settings: Settings,
    kinds: Sequence[JobKind],
    progress: Progress,
    *,
    force: bool,
) -> list[_Task]:
    """Read the graph once for all kinds and say what each would do."""
    snapshot = None
    if set(kinds) - {JobKind.TEXT}:
        progress("graph", "reading")
        snapshot = export_snapshot(connection)
    tasks = []
    for kind in kinds:
        if kind is JobKind.TEXT:
            tasks.append(_text_task(connection, settings, progress, force=force))
        elif snapshot is not None:
            make = _structure_task if kind is JobKind.STRUCTURE else _preference_task
            tasks.append(make(connection, snapshot, progress))
    return tasks


def _text_task(
    connection: Connection, settings: Settings, progress: Progress, *, force: bool
) -> _Task:
    progress(JobKind.TEXT, "reading")
    texts = export_texts(connection)
    config = text_config(settings.embed)

    def stage() -> StagedModel:
        if not texts.keys:
            raise EmptySnapshotError(
                "There are no listed products to embed. Load a catalogue with `catalograph ingest`."
            )
        begun = time.perf_counter()
        progress(JobKind.TEXT, "loading the model")
        encoder = load_encoder(settings.embed)
        table = encode_products(
            encoder,
            texts,
            lambda done, total: progress(JobKind.TEXT, f"{done:,} of {total:,} texts"),
            {} if force else unchanged_vectors(connection, JobKind.TEXT, config),
        )
        card = ModelCard(config, texts.data_hash, seconds=time.perf_counter() - begun)
        progress(JobKind.TEXT, "writing vectors")
        return stage_vectors(connection, JobKind.TEXT, table, card)

    return _Task(JobKind.TEXT, config, texts.data_hash, stage)


def _structure_task(connection: Connection, snapshot: Snapshot, progress: Progress) -> _Task:
    config = StructureConfig()

    def stage() -> StagedModel:
        begun = time.perf_counter()
        progress(JobKind.STRUCTURE, "running FastRP in Neo4j")
        table = embed_structure(connection, snapshot, config)
        card = ModelCard(config.as_dict(), snapshot.data_hash, seconds=time.perf_counter() - begun)
        progress(JobKind.STRUCTURE, "writing vectors")
        return stage_vectors(connection, JobKind.STRUCTURE, table, card)

    return _Task(JobKind.STRUCTURE, config.as_dict(), snapshot.data_hash, stage)


def _preference_task(connection: Connection, snapshot: Snapshot, progress: Progress) -> _Task:
    config = PreferenceConfig()

    def stage() -> StagedModel:
        begun = time.perf_counter()
        found = learn_preferences(snapshot, config, lambda line: progress(JobKind.PREFERENCE, line))
        card = ModelCard(
            config.as_dict() | {TUNED: found.tuned},
            snapshot.data_hash,
            metrics=found.metrics,
            seconds=time.perf_counter() - begun,
        )
        progress(JobKind.PREFERENCE, "writing edges")
        return stage_edges(connection, found.edges, card)

    return _Task(JobKind.PREFERENCE, config.as_dict(), snapshot.data_hash, stage)


def _same(current: PublishedModel | None, task: _Task) -> bool:
    if current is None or current.stale:
        return False
    given = {name: value for name, value in current.config.items() if name != TUNED}
    return current.data_hash == task.data_hash and given == task.config


def _unchanged(current: PublishedModel) -> JobReport:
    return JobReport(
        kind=current.kind,
        version=current.version,
        slot=current.slot,
        unchanged=True,
        metrics=current.metrics,
    )


def _report(model: StagedModel, seconds: float) -> JobReport:
    _log.info("model staged", extra={"model": model.key, "written": model.written})
    return JobReport(
        kind=model.kind,
        version=model.version,
        slot=model.slot,
        unchanged=False,
        written=model.written,
        skipped=model.skipped,
        metrics=model.card.metrics,
        seconds=seconds,
    )
