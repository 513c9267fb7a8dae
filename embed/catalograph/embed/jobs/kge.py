"""The job that learns vectors of nodes and relations from facts."""

from catalograph.embed.facts import FactsConfig, learn_facts
from catalograph.embed.jobs.task import JobContext, JobKind, Learned, Task
from catalograph.store import stage_vectors

KIND = JobKind.KGE


def task(context: JobContext) -> Task:
    """Train on the snapshot's facts, interactions and parents of categories."""
    config = context.config_as_live(KIND, FactsConfig.of)
    snapshot = context.snapshot

    def learn() -> Learned:
        device = context.settings.embed.device or "auto"
        found = learn_facts(snapshot, config, device, lambda line: context.progress(KIND, line))
        context.progress(KIND, "writing vectors")
        return Learned(
            lambda card: stage_vectors(
                context.connection, KIND, found.table, card, relations=found.relations
            ),
            found.metrics,
        )

    return Task(KIND, config.as_dict(), snapshot.data_hash, learn)
