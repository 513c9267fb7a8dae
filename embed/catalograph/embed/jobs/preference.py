"""The job that learns item-item weights."""

import time

from catalograph.embed.jobs.task import FOUND, JobContext, JobKind, Task
from catalograph.embed.preference import PreferenceConfig, learn_preferences
from catalograph.store import ModelCard, StagedModel, stage_edges

KIND = JobKind.PREFERENCE


def task(context: JobContext) -> Task:
    """Tune and fit KG-EASE on the snapshot."""
    config = context.config(KIND, PreferenceConfig())
    snapshot = context.snapshot

    def stage() -> StagedModel:
        begun = time.perf_counter()
        found = learn_preferences(snapshot, config, lambda line: context.progress(KIND, line))
        card = ModelCard(
            config.as_dict() | {FOUND: found.tuned},
            snapshot.data_hash,
            metrics=found.metrics,
            seconds=time.perf_counter() - begun,
        )
        context.progress(KIND, "writing edges")
        return stage_edges(context.connection, found.edges, card)

    return Task(KIND, config.as_dict(), snapshot.data_hash, stage)
