"""The job that embeds products by a relational attention network over events and facts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalograph.embed.jobs.options import Dimension
from catalograph.embed.jobs.task import Job, JobContext, JobOutput, JobTask
from catalograph.embed.preconditions import lack_shoppers, require_products
from catalograph.schema import EmbeddingTable
from catalograph.store import GraphSnapshot, stage_vectors

if TYPE_CHECKING:
    from catalograph.embed.graph import GraphJobConfig
    from catalograph.embed.learn.contest import Contest, ContestContext

KIND = "graph"


Minutes = Annotated[float, typer.Option("--minutes", min=0.0, help="Longest training.")]
Checkpoint = Annotated[
    Path | None,
    typer.Option(
        "--checkpoint", metavar="FOLDER", help="Keep the training there; the same one goes on."
    ),
]


def configure(
    dimension: Dimension = 64,
    minutes: Minutes = 15.0,
    seed: Annotated[int, typer.Option(min=0, help="Of everything that is drawn.")] = 0,
    checkpoint: Checkpoint = None,
) -> "GraphJobConfig":
    """Return the configuration that the options of the command give."""
    from catalograph.embed.graph import AttentionConfig, GraphJobConfig

    training = AttentionConfig(dimension=dimension, seconds=60 * minutes, seed=seed)
    return GraphJobConfig(training, checkpoint=checkpoint)


def task(context: JobContext) -> JobTask:
    """Train on the snapshot; the vectors of products have length one."""
    from catalograph.embed.graph import GraphJobConfig, TrainingOptions, fit_relational_attention
    from catalograph.embed.preference import recommend_data

    config = context.config(KIND, GraphJobConfig())
    snapshot = context.snapshot

    def learn() -> JobOutput:
        from catalograph.embed.processes import hand_out

        require_products(snapshot.products)
        given: dict[str, Any] = {
            "data": recommend_data(snapshot, config.attributes),
            "config": config.training,
            "device": context.settings.embed.device or "auto",
        }
        hand_out("graph", given | {"folder": config.checkpoint})
        trained = fit_relational_attention(
            **given,
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


def relearn(context: JobContext, snapshot: GraphSnapshot) -> EmbeddingTable:
    """Train on another snapshot, with the settings of the live version."""
    from catalograph.embed.graph import GraphJobConfig, TrainingOptions, fit_relational_attention
    from catalograph.embed.preference import recommend_data

    config = context.config_as_live(KIND, GraphJobConfig.of)
    trained = fit_relational_attention(
        recommend_data(snapshot, config.attributes),
        config.training,
        device=context.settings.embed.device or "auto",
        options=TrainingOptions(lambda line: context.progress(KIND, line)),
    )
    return EmbeddingTable(list(snapshot.products), trained.vectors.items)


def judge(context: "ContestContext") -> "Contest":
    """Judge settings found by a search against those of the live version, on the last days."""
    from catalograph.embed.learn.graph_contest import judge_networks

    return judge_networks(context)


JOB = Job(
    "Vectors of a relational attention network (DGL).",
    task,
    configure,
    lack=lack_shoppers,
    contest=judge,
    relearn=relearn,
)
