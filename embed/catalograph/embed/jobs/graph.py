"""The job that embeds products by a relational attention network over events and facts."""

import time

from catalograph.embed.graph import GraphJobConfig, Options, fit_relational_attention
from catalograph.embed.jobs.task import JobContext, JobKind, Task
from catalograph.embed.preference import recommend_data
from catalograph.errors import EmptySnapshotError
from catalograph.schema import EmbeddingTable
from catalograph.store import ModelCard, StagedModel, stage_vectors

KIND = JobKind.GRAPH


def task(context: JobContext) -> Task:
    """Train on the snapshot; the vectors of products have length one."""
    config = context.config(KIND, GraphJobConfig())
    snapshot = context.snapshot

    def stage() -> StagedModel:
        if not snapshot.products:
            raise EmptySnapshotError(
                "There are no listed products to embed. Load a catalogue with `catalograph ingest`."
            )
        begun = time.perf_counter()
        trained = fit_relational_attention(
            recommend_data(snapshot, config.attributes),
            config.training,
            device=context.settings.embed.device or "auto",
            options=Options(
                lambda line: context.progress(KIND, line),
                config.checkpoint,
                {"items": snapshot.products, "users": snapshot.users},
            ),
        )
        table = EmbeddingTable(list(snapshot.products), trained.vectors.items)
        history = [dict(entry) for entry in trained.history]
        card = ModelCard(
            config.as_dict(),
            snapshot.data_hash,
            metrics={"history": history, **trained.told()},
            seconds=time.perf_counter() - begun,
        )
        context.progress(KIND, "writing vectors")
        return stage_vectors(context.connection, KIND, table, card)

    return Task(KIND, config.as_dict(), snapshot.data_hash, stage)
