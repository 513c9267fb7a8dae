"""The job that learns vectors of nodes and relations from facts."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalograph.embed.jobs.task import Job, JobContext, JobOutput, JobTask
from catalograph.embed.preconditions import lack_facts
from catalograph.schema import EmbeddingTable
from catalograph.store import GraphSnapshot, stage_vectors

if TYPE_CHECKING:
    from catalograph.embed.facts import FactsConfig
    from catalograph.embed.learn.contest import Contest, ContestContext

KIND = "kge"


def configure(
    model: Annotated[
        str, typer.Option("--model", help="transe, distmult, complex or rotate.")
    ] = "distmult",
    preset: Annotated[
        str | None, typer.Option("--preset", help="Named settings, in place of the model's own.")
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting, as dimension=64 or margin=2; may be repeated."),
    ] = None,
    minutes: Annotated[
        float | None, typer.Option("--minutes", min=0.0, help="Longest training.")
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", help="Folder to keep the training in.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from what that folder has.")
    ] = False,
) -> "FactsConfig":
    """Return the configuration that the options of the command give."""
    from catalograph.embed.facts import FactsConfig
    from catalograph.embed.kge import choose_config

    chosen = choose_config(model, "catalogue", preset, changes or ())
    return FactsConfig(chosen, minutes=minutes, checkpoint=checkpoint, resume=resume)


def task(context: JobContext) -> JobTask:
    """Train on the snapshot's facts, interactions and parents of categories."""
    from catalograph.embed.facts import FactsConfig, learn_facts

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


def relearn(context: JobContext, snapshot: GraphSnapshot) -> EmbeddingTable:
    """Train on another snapshot, with the settings of the live version."""
    from catalograph.embed.facts import FactsConfig, learn_facts

    config = replace(context.config_as_live(KIND, FactsConfig.of), checkpoint=None, resume=False)
    device = context.settings.embed.device or "auto"
    return learn_facts(snapshot, config, device, lambda line: context.progress(KIND, line)).table


def judge(context: "ContestContext") -> "Contest":
    """Judge settings found by a search against those of the live version, on held-out facts."""
    from catalograph.embed.learn.facts_contest import judge_facts

    return judge_facts(context)


JOB = Job(
    "Vectors of nodes and relations, learned from facts.",
    task,
    configure,
    lack=lack_facts,
    contest=judge,
    relearn=relearn,
)
