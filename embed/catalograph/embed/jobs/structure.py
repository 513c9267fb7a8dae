"""The job that embeds products by what they are joined to."""

import time

from catalograph.embed.jobs.task import JobContext, JobKind, Task
from catalograph.embed.structure import StructureConfig, embed_structure
from catalograph.store import ModelCard, StagedModel, stage_vectors

KIND = JobKind.STRUCTURE


def task(context: JobContext) -> Task:
    """Run FastRP over the snapshot."""
    config = context.config(KIND, StructureConfig())
    snapshot = context.snapshot

    def stage() -> StagedModel:
        begun = time.perf_counter()
        context.progress(KIND, "running FastRP in Neo4j")
        table = embed_structure(context.connection, snapshot, config)
        card = ModelCard(config.as_dict(), snapshot.data_hash, seconds=time.perf_counter() - begun)
        context.progress(KIND, "writing vectors")
        return stage_vectors(context.connection, KIND, table, card)

    return Task(KIND, config.as_dict(), snapshot.data_hash, stage)
