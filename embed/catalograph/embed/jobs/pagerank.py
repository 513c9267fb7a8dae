"""The job that ranks products, brands, categories and values."""

from catalograph.embed.gds import PageRankConfig, rank_nodes
from catalograph.embed.jobs.gds import plan_values
from catalograph.embed.jobs.task import Job, JobContext, JobTask


def configure() -> PageRankConfig:
    """Return the configuration that the options of the command give."""
    return PageRankConfig()


def task(context: JobContext) -> JobTask:
    """Run the algorithm over the snapshot inside Neo4j."""
    return plan_values(context, "pagerank", PageRankConfig, rank_nodes)


JOB = Job("How central products, brands, categories and values are.", task, configure)
