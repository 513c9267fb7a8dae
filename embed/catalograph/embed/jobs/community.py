"""The job that finds communities."""

from typing import Annotated

import typer

from catalograph.embed.gds import CommunityConfig, find_communities, name_communities
from catalograph.embed.jobs.gds import plan_values
from catalograph.embed.jobs.task import Job, JobContext, JobTask


def configure(
    gamma: Annotated[
        float, typer.Option("--gamma", min=0.0, help="Above 1: more and smaller communities.")
    ] = 1.0,
) -> CommunityConfig:
    """Return the configuration that the options of the command give."""
    return CommunityConfig(gamma=gamma)


def task(context: JobContext) -> JobTask:
    """Run the algorithm over the snapshot inside Neo4j."""
    return plan_values(context, "community", CommunityConfig, find_communities, name_communities)


JOB = Job("Groups of what is tied together (Leiden).", task, configure)
