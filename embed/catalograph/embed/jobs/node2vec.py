"""The job that embeds products by random walks."""

from catalograph.embed.gds import Node2VecConfig, embed_node2vec
from catalograph.embed.jobs.gds import plan_vectors
from catalograph.embed.jobs.options import Dimension
from catalograph.embed.jobs.task import Job, JobContext, JobTask


def configure(dimension: Dimension = 128) -> Node2VecConfig:
    """Return the configuration that the options of the command give."""
    return Node2VecConfig(dimension=dimension)


def task(context: JobContext) -> JobTask:
    """Run the algorithm over the snapshot inside Neo4j."""
    return plan_vectors(context, "node2vec", Node2VecConfig, embed_node2vec)


JOB = Job("Vectors of the company products keep on random walks.", task, configure)
