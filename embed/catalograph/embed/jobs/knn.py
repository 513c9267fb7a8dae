"""The job that joins each product to its nearest ones."""

from catalograph.embed.gds import KnnConfig, nearest_products
from catalograph.embed.gds.similar import vector_model
from catalograph.embed.jobs.task import JobContext, JobKind, JobOutput, JobTask, of_card
from catalograph.store import stage_edges

KIND = JobKind.KNN


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
