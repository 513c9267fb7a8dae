"""The job that embeds products by a relational attention network over events and facts."""

from catalograph.embed.graph import GraphJobConfig, TrainingOptions, fit_relational_attention
from catalograph.embed.jobs.task import JobContext, JobKind, JobOutput, JobTask
from catalograph.embed.preconditions import require_products
from catalograph.embed.preference import recommend_data
from catalograph.schema import EmbeddingTable
from catalograph.store import stage_vectors

KIND = JobKind.GRAPH


def task(context: JobContext) -> JobTask:
    """Train on the snapshot; the vectors of products have length one."""
    config = context.config(KIND, GraphJobConfig())
    snapshot = context.snapshot

    def learn() -> JobOutput:
        require_products(snapshot.products)
        trained = fit_relational_attention(
            recommend_data(snapshot, config.attributes),
            config.training,
            device=context.settings.embed.device or "auto",
            options=TrainingOptions(
                lambda line: context.progress(KIND, line),
                config.checkpoint,
                {"items": snapshot.products, "users": snapshot.users},
            ),
        )
        table = EmbeddingTable(list(snapshot.products), trained.vectors.items)
        history = [dict(entry) for entry in trained.history]
        context.progress(KIND, "writing vectors")
        return JobOutput(
            lambda card: stage_vectors(context.connection, KIND, table, card),
            {"history": history, **trained.as_dict()},
        )

    return JobTask(KIND, config.as_dict(), snapshot.data_hash, learn)
