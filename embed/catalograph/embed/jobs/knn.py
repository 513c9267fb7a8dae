"""The job that joins each product to its nearest ones."""

from typing import Annotated

import typer

from catalograph.embed.gds import KnnConfig, nearest_products
from catalograph.embed.gds.similar import vector_model
from catalograph.embed.jobs.task import Job, JobContext, JobOutput, JobTask, of_card
from catalograph.store import stage_edges

KIND = "knn"


def configure(
    vectors: Annotated[
        str, typer.Option("--vectors", help="Kind of the live model whose vectors are compared.")
    ] = "structure",
    neighbours: Annotated[
        int, typer.Option("--neighbours", min=1, help="Edges from each product.")
    ] = 10,
) -> KnnConfig:
    """Return the configuration that the options of the command give."""
    return KnnConfig(vectors=vectors, neighbours=neighbours)


def task(context: JobContext) -> JobTask:
    """Compare the vectors of the live model that the configuration names."""
    config = context.config_as_live(KIND, of_card(KnnConfig))
    model = vector_model(context.connection, config.vectors)
    # A version's number is never used again, so it stands for the vectors it made.
    data_hash = f"{model.key} of {model.data_hash}"

    def learn() -> JobOutput:
        context.progress(KIND, "running in Neo4j")
        edges = nearest_products(context.connection, model, config)
        context.progress(KIND, "writing edges")
        return JobOutput(lambda card: stage_edges(context.connection, edges, card, KIND))

    return JobTask(KIND, config.as_dict(), data_hash, learn)


JOB = Job("Edges from each product to its nearest ones.", task, configure)
