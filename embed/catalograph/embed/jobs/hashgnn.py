"""The job that embeds products by hashing what is around them."""

from catalograph.embed.gds import HashGnnConfig, embed_hashgnn
from catalograph.embed.jobs.gds import plan_vectors
from catalograph.embed.jobs.options import Dimension
from catalograph.embed.jobs.task import Job, JobContext, JobTask, of_card
from catalograph.schema import EmbeddingTable
from catalograph.store import GraphSnapshot


def configure(dimension: Dimension = 128) -> HashGnnConfig:
    """Return the configuration that the options of the command give."""
    return HashGnnConfig(dimension=dimension)


def task(context: JobContext) -> JobTask:
    """Run the algorithm over the snapshot inside Neo4j."""
    return plan_vectors(context, "hashgnn", HashGnnConfig, embed_hashgnn)


def relearn(context: JobContext, snapshot: GraphSnapshot) -> EmbeddingTable:
    """Run the algorithm over another snapshot, with the settings of the live version."""
    config = context.config_as_live("hashgnn", of_card(HashGnnConfig))
    return embed_hashgnn(context.connection, snapshot, config)


JOB = Job("Vectors hashed from what is around products.", task, configure, relearn=relearn)
