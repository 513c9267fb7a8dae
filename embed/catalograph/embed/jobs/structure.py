"""The job that embeds products by what they are joined to."""

from catalograph.embed.jobs.task import Job, JobContext, JobOutput, JobTask
from catalograph.embed.preconditions import lack_connections
from catalograph.embed.structure import StructureConfig, refresh_structure
from catalograph.schema import EmbeddingTable
from catalograph.store import GraphSnapshot, marked_vectors, stage_vectors

KIND = "structure"


def task(context: JobContext) -> JobTask:
    """Run FastRP over what changed since the live version; over all of it when forced."""
    config = context.config(KIND, StructureConfig())
    snapshot = context.snapshot

    def learn() -> JobOutput:
        known = {}
        if not context.force:
            known = marked_vectors(context.connection, KIND, config.as_dict())
        context.progress(KIND, "running FastRP in Neo4j")
        found = refresh_structure(context.connection, snapshot, config, known)
        context.progress(KIND, "writing vectors")
        return JobOutput(
            lambda card: stage_vectors(
                context.connection, KIND, found.table, card, marks=found.marks
            ),
            {"embedded": found.embedded},
        )

    return JobTask(KIND, config.as_dict(), snapshot.data_hash, learn)


def relearn(context: JobContext, snapshot: GraphSnapshot) -> EmbeddingTable:
    """Run FastRP over all of a snapshot."""
    return refresh_structure(context.connection, snapshot, StructureConfig(), {}).table


JOB = Job(
    "Vectors of the graph around products (FastRP).",
    task,
    lack=lack_connections,
    relearn=relearn,
)
