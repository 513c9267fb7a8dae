"""The job that learns item-item weights."""

from catalograph.embed.jobs.task import JobContext, JobKind, JobOutput, JobTask
from catalograph.embed.preference import PreferenceConfig, learn_preferences
from catalograph.store import stage_edges

KIND = JobKind.PREFERENCE


def task(context: JobContext) -> JobTask:
    """Tune and fit KG-EASE on the snapshot."""
    config = context.config(KIND, PreferenceConfig())
    snapshot = context.snapshot

    def learn() -> JobOutput:
        found = learn_preferences(snapshot, config, lambda line: context.progress(KIND, line))
        context.progress(KIND, "writing edges")
        return JobOutput(
            lambda card: stage_edges(context.connection, found.edges, card),
            found.metrics,
            found.tuned,
        )

    return JobTask(KIND, config.as_dict(), snapshot.data_hash, learn)
