"""The job that learns vectors of nodes and relations from facts."""

from catalograph.embed.facts import FactsConfig, learn_facts
from catalograph.embed.jobs.task import JobContext, JobKind, JobOutput, JobTask
from catalograph.store import stage_vectors

KIND = JobKind.KGE


def task(context: JobContext) -> JobTask:
    """Train on the snapshot's facts, interactions and parents of categories."""
    config = context.config_as_live(KIND, FactsConfig.of)
    snapshot = context.snapshot

    def learn() -> JobOutput:
        device = context.settings.embed.device or "auto"
        found = learn_facts(snapshot, config, device, lambda line: context.progress(KIND, line))
        context.progress(KIND, "writing vectors")
        return JobOutput(
            lambda card: stage_vectors(
                context.connection, KIND, found.table, card, relations=found.relations
            ),
            found.metrics,
        )

    return JobTask(KIND, config.as_dict(), snapshot.data_hash, learn)
