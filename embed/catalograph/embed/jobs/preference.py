"""The job that learns item-item weights."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalograph.embed.jobs.task import Job, JobContext, JobOutput, JobTask
from catalograph.store import export_purchase_context, export_texts, stage_edges

if TYPE_CHECKING:
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
    from catalograph.embed.complements import learn_complements
    from catalograph.embed.preference import PreferenceConfig, learn_preferences

    config = context.config(KIND, PreferenceConfig())
    snapshot = context.snapshot

    def learn() -> JobOutput:
        texts = export_texts(context.connection)
        titles = dict(zip(texts.keys, texts.titles, strict=True))
        found = learn_preferences(
            snapshot, config, lambda line: context.progress(KIND, line), titles
        )
        context.progress(KIND, "choosing complements")
        purchases = export_purchase_context(context.connection)
        complements = learn_complements(snapshot, found.edges, purchases, titles)
        context.progress(KIND, "writing edges")
        return JobOutput(
            lambda card: stage_edges(
                context.connection, found.edges, card, complements=complements
            ),
            found.metrics,
            found.tuned,
        )

    return JobTask(
        KIND, config.as_dict(), snapshot.data_hash, learn, always=config.save is not None
    )


JOB = Job(
    "Item-item weights, with their parts (KG-EASE).",
    task,
    configure,
    old_options={"save": "output"},
)
