"""Running embedding jobs: read the graph once, learn, stage every kind, switch them all at once.

The registry is `catalograph.schema.model_kinds.MODEL_KINDS`. The job of a kind is `JOB` in the
module of this package that has the name of the kind.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from catalograph.embed.jobs.provenance import with_provenance
from catalograph.embed.jobs.task import (
    DEFAULT_KINDS,
    DEPENDENT_KINDS,
    TUNED_KEY,
    Job,
    JobContext,
    JobOutput,
    JobTask,
    Progress,
)
from catalograph.embed.tracking import Tracker, tracker
from catalograph.schema.model_kinds import model_kind
from catalograph.settings import Settings
from catalograph.store import (
    Connection,
    PublishedModel,
    SkippedCounts,
    StagedModel,
    list_models,
    live_models,
    prune_artefacts,
    switch,
)

__all__ = [
    "DEFAULT_KINDS",
    "DEPENDENT_KINDS",
    "Job",
    "JobContext",
    "JobReport",
    "Progress",
    "is_current",
    "load_job",
    "run_jobs",
]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class JobReport:
    """What one job did."""

    kind: str
    version: int
    slot: str | None
    unchanged: bool
    """The live version was made from the same data in the same way; nothing was done."""
    written: int = 0
    """Vectors, values or edges."""
    skipped: SkippedCounts = field(default_factory=SkippedCounts)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    """For learning and staging, without reading the graph."""
    refusal: str | None = None
    """Why what was learned was not published; the live version, if any, stays."""


def load_job(kind: str) -> Job:
    """Return the job of a kind of model.

    Raises:
        NotPublishedError: there is no such kind.
    """
    job: Job = import_module(f"{__name__}.{model_kind(kind).name}").JOB
    return job


def run_jobs(
    connection: Connection,
    settings: Settings,
    kinds: Sequence[str],
    *,
    force: bool = False,
    progress: Progress = lambda kind, doing: None,
    configs: Mapping[str, Any] | None = None,
    judged: Mapping[str, Mapping[str, Any]] | None = None,
    publish: Callable[[Connection, Sequence[StagedModel]], None] = switch,
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
        configs: how a kind is to be learned, where it is not as usual.
        judged: numbers by kind for its model card.
        publish: what becomes of the staged versions: live at once, unless told otherwise.

    Returns:
        One report a kind, in the given order.

    Raises:
        EmptySnapshotError: there are no products.
        NotPublishedError: there is no such kind, or one that another learns from is not live.
        MissingExtraError: a package that a kind needs is not installed.
        WriteConflictError: another run published one of these kinds meanwhile.
    """
    tracked = tracker(settings.embed)
    live = live_models(connection)
    context = JobContext(connection, settings, progress, force, configs or {}, judged or {})
    jobs = [load_job(kind) for kind in kinds]
    reports: list[JobReport] = []
    staged: list[StagedModel] = []
    for job in jobs:
        task = job.task(context)  # planned now, as it may learn from what was staged before it
        if not (force or task.always) and is_current(live.get(task.kind), task):
            reports.append(_report_unchanged(live[task.kind]))
            continue
        begun = time.perf_counter()
        output = task.stage()
        if isinstance(output, JobOutput):
            reports.append(_report_refused(task, live.get(task.kind), output))
            continue
        staged.append(with_provenance(output, context))
        context.staged[task.kind] = staged[-1]
        reports.append(_report(staged[-1], time.perf_counter() - begun))
    if staged:
        publish(connection, staged)
        prune_artefacts(connection, settings.models_folder)
        _track(connection, tracked, staged)
    return reports


def _track(connection: Connection, tracked: Tracker | None, staged: Sequence[StagedModel]) -> None:
    if tracked is None:
        return
    models, keys = list_models(connection), {model.key for model in staged}
    for model in models:
        if model.key in keys:
            tracked.log(model, models)


def is_current(current: PublishedModel | None, task: JobTask) -> bool:
    """Return whether a live version was made from the same data in the same way."""
    if current is None or current.stale:
        return False
    given = {name: value for name, value in current.config.items() if name != TUNED_KEY}
    return current.data_hash == task.data_hash and given == task.config


def _report_unchanged(current: PublishedModel) -> JobReport:
    return JobReport(
        kind=current.kind,
        version=current.version,
        slot=current.slot,
        unchanged=True,
        metrics=current.metrics,
    )


def _report_refused(task: JobTask, current: PublishedModel | None, output: JobOutput) -> JobReport:
    _log.info("model refused", extra={"kind": task.kind, "reason": output.refusal})
    return JobReport(
        kind=task.kind,
        version=0 if current is None else current.version,
        slot=None if current is None else current.slot,
        unchanged=False,
        metrics=output.metrics,
        refusal=output.refusal,
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
