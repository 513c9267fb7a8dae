"""The job that learns vectors of nodes and relations from facts."""

import time

from catalograph.embed.facts import FactsConfig, learn_facts
from catalograph.embed.jobs.task import JobContext, JobKind, Task
from catalograph.store import ModelCard, StagedModel, stage_vectors

KIND = JobKind.KGE


def task(context: JobContext) -> Task:
    """Train on the snapshot's facts, interactions and parents of categories."""
    config = context.config_as_live(KIND, FactsConfig.of)
    snapshot = context.snapshot

    def stage() -> StagedModel:
        begun = time.perf_counter()
        device = context.settings.embed.device or "auto"
        found = learn_facts(snapshot, config, device, lambda line: context.progress(KIND, line))
        card = ModelCard(
            config.as_dict(),
            snapshot.data_hash,
            metrics=found.metrics,
            seconds=time.perf_counter() - begun,
        )
        context.progress(KIND, "writing vectors")
        return stage_vectors(context.connection, KIND, found.table, card, relations=found.relations)

    return Task(KIND, config.as_dict(), snapshot.data_hash, stage)
