"""The job that embeds products by random walks."""

from catalograph.embed.gds import Node2VecConfig, embed_node2vec
from catalograph.embed.jobs.gds import plan_vectors
from catalograph.embed.jobs.options import Dimension
from catalograph.embed.jobs.task import Job, JobContext, JobTask, of_card
from catalograph.schema import EmbeddingTable
from catalograph.store import GraphSnapshot


def configure(dimension: Dimension = 128) -> Node2VecConfig:
    """Return the configuration that the options of the command give."""
    return Node2VecConfig(dimension=dimension)


def task(context: JobContext) -> JobTask:
    """Run the algorithm over the snapshot inside Neo4j."""
    return plan_vectors(context, "node2vec", Node2VecConfig, embed_node2vec)


def relearn(context: JobContext, snapshot: GraphSnapshot) -> EmbeddingTable:
    """Run the algorithm over another snapshot, with the settings of the live version."""
    config = context.config_as_live("node2vec", of_card(Node2VecConfig))
    return embed_node2vec(context.connection, snapshot, config)


JOB = Job("Vectors of the company products keep on random walks.", task, configure, relearn=relearn)
