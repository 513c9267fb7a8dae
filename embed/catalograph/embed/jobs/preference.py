"""The job that learns item-item weights."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalograph.embed.jobs.task import Job, JobContext, JobOutput, JobTask
from catalograph.embed.preconditions import lack_connections
from catalograph.schema.model_kinds import CONTENDERS
from catalograph.store import (
    export_purchase_context,
    export_texts,
    read_vectors,
    shows_imputed,
    stage_edges,
)

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


Processes = Annotated[
    int,
    typer.Option(
        "--processes", min=1, help="Processes that solve the many systems of a large catalogue."
    ),
]


def configure(output: Output = None, processes: Processes = 1) -> "PreferenceConfig":
    """Return the configuration that the options of the command give."""
    from catalograph.embed.preference import PreferenceConfig

    return PreferenceConfig(save=output, processes=processes)


def task(context: JobContext) -> JobTask:
    """Tune and fit KG-EASE on the snapshot; also when nothing changed, if a folder wants it."""
    from catalograph.embed.complements import learn_complements
    from catalograph.embed.contenders import find_vector_learners
    from catalograph.embed.further_counts import counts_folder, read_further_counts
    from catalograph.embed.preference import PreferenceConfig, learn_preferences

    config = context.config(KIND, PreferenceConfig())
    snapshot = context.snapshot
    versions = context.versions(CONTENDERS)
    # A version's number is never used again, so it stands for the vectors it made.
    learners = find_vector_learners(context)
    others = read_further_counts(counts_folder(context.settings), snapshot.products)
    data_hash = " ".join(
        [snapshot.data_hash, *(model.key for model in versions.values()), *learners]
    )
    if others is not None:
        data_hash += f" {others.digest}"

    def learn() -> JobOutput:
        texts = export_texts(context.connection)
        titles = dict(zip(texts.keys, texts.titles, strict=True))
        found = learn_preferences(
            snapshot,
            config,
            lambda line: context.progress(KIND, line),
            titles,
            {kind: read_vectors(context.connection, model) for kind, model in versions.items()},
            learners,
            None if others is None else others.matrix,
        )
        context.progress(KIND, "choosing complements")
        purchases = export_purchase_context(context.connection)
        complements = learn_complements(snapshot, found.edges, purchases, titles)
        # Of facts that only imputation supports, the graph alone tells.
        shown = shows_imputed(context.connection)
        edges = replace(found.edges, features=None) if shown else found.edges
        context.progress(KIND, "writing edges")
        return JobOutput(
            lambda card: stage_edges(
                context.connection,
                edges,
                card,
                artefacts=context.settings.models_folder,
                complements=complements,
            ),
            found.metrics,
            found.tuned,
        )

    return JobTask(KIND, config.as_dict(), data_hash, learn, always=config.save is not None)


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
