"""The job that learns item-item weights."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalograph.embed.jobs.task import Job, JobContext, JobOutput, JobTask
from catalograph.embed.preconditions import lack_connections
from catalograph.store import stage_edges

if TYPE_CHECKING:
    from catalograph.embed.learn.contest import Contest, ContestContext
    from catalograph.embed.preference import PreferenceConfig

KIND = "preference"


Output = Annotated[
    Path | None,
    typer.Option(
        "--output", metavar="FOLDER", help="Keep the model for `what-if`; implies --force."
    ),
]


def configure(output: Output = None) -> "PreferenceConfig":
    """Return the configuration that the options of the command give."""
    from catalograph.embed.preference import PreferenceConfig

    return PreferenceConfig(save=output)


def task(context: JobContext) -> JobTask:
    """Tune and fit KG-EASE on the snapshot; also when nothing changed, if a folder wants it."""
    from catalograph.embed.preference import PreferenceConfig, learn_preferences

    config = context.config(KIND, PreferenceConfig())
    snapshot = context.snapshot

    def learn() -> JobOutput:
        found = learn_preferences(snapshot, config, lambda line: context.progress(KIND, line))
        context.progress(KIND, "writing edges")
        return JobOutput(
            lambda card: stage_edges(
                context.connection, found.edges, card, KIND, context.settings.models_folder
            ),
            found.metrics,
            found.tuned,
        )

    return JobTask(
        KIND, config.as_dict(), snapshot.data_hash, learn, always=config.save is not None
    )


def judge(context: "ContestContext") -> "Contest":
    """Judge a challenger's lists against those of the live version, on the last days."""
    from catalograph.embed.learn.preference_contest import judge_preferences

    return judge_preferences(context)


JOB = Job(
    "Item-item weights, with their parts (KG-EASE).",
    task,
    configure,
    old_options={"save": "output"},
    lack=lack_connections,
    contest=judge,
    tried=True,
)
