"""The job that embeds products by hashing what is around them."""

from catalograph.embed.gds import HashGnnConfig, embed_hashgnn
from catalograph.embed.jobs.gds import plan_vectors
from catalograph.embed.jobs.options import Dimension
from catalograph.embed.jobs.task import Job, JobContext, JobTask


def configure(dimension: Dimension = 128) -> HashGnnConfig:
    """Return the configuration that the options of the command give."""
    return HashGnnConfig(dimension=dimension)


def task(context: JobContext) -> JobTask:
    """Run the algorithm over the snapshot inside Neo4j."""
    return plan_vectors(context, "hashgnn", HashGnnConfig, embed_hashgnn)


JOB = Job("Vectors hashed from what is around products.", task, configure)
