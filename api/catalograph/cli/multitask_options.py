"""Options that `train multitask` and `eval multitask` share."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from catalograph.evaluation.multitask import TaskFiles
    from catalograph.ingest.multitask.settings import MultitaskSettings
    from catalograph.ingest.multitask.train import MultitaskOptions
    from catalograph.ingest.multitask.tuning import SearchOptions

Files = list[Path] | None
Values = Annotated[
    Files,
    typer.Option(
        "--values", help="Labelled values, as for `train extractor` and `train ner`; repeatable."
    ),
]
Categories = Annotated[
    Files, typer.Option("--categories", help="Feeds with a title and a category; repeatable.")
]
Reviews = Annotated[
    Files, typer.Option("--reviews", help="Feeds of reviews with stars or a label; repeatable.")
]
Pairs = Annotated[
    Files, typer.Option("--pairs", help="Labelled pairs, as for `train matcher`; repeatable.")
]
Most = Annotated[
    int, typer.Option("--most", min=50, help="Training examples of a task at most, by hash.")
]
Encoder = Annotated[
    str | None, typer.Option("--encoder", help="A transformers model: a name or a folder.")
]
Epochs = Annotated[int, typer.Option("--epochs", min=1, help="Passes over the examples at most.")]
Length = Annotated[int, typer.Option("--length", min=8, help="Subwords of a text at most.")]
Frozen = Annotated[
    int,
    typer.Option(
        "--frozen-layers",
        min=-1,
        help="Lowest layers that are not trained, beside the embeddings; -1 trains everything.",
    ),
]
Augment = Annotated[
    float,
    typer.Option("--augment", min=0, max=1, help="Share of values swapped and of words dropped."),
]
Pretraining = Annotated[
    bool,
    typer.Option(
        "--pretraining/--no-pretraining",
        help="Learn first which texts belong together: titles and descriptions, search words and "
        "clicked titles.",
    ),
]
Fgm = Annotated[
    float, typer.Option("--fgm", min=0, help="Length of the adversarial step; 0 for none.")
]
Extractor = Annotated[
    str,
    typer.Option(
        "--extractor", help="Today's extractor to be better than: dictionary, crf or cascade."
    ),
]
Tune = Annotated[bool, typer.Option("--tune", help="Search settings on validation first.")]
Trials = Annotated[int, typer.Option("--trials", min=1, help="Trials of the search.")]
Minutes = Annotated[
    float | None, typer.Option("--minutes", min=0.1, help="Longest search for settings.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Of everything random.")]


def make_settings(*, encoder: str | None, pretraining: bool, **named: Any) -> "MultitaskSettings":
    """Return the settings that the options give."""
    from catalograph.ingest.multitask.settings import MultitaskSettings

    if encoder is not None:
        named["encoder"] = encoder
    return MultitaskSettings(pretraining=pretraining, **named)


def task_files(
    values: Files, categories: Files, reviews: Files, pairs: Files
) -> "dict[str, TaskFiles]":
    """Return the files to learn from by task."""
    from catalograph.evaluation.multitask import TaskFiles
    from catalograph.ingest.multitask.tasks import TASKS

    given = (values, categories, reviews, pairs)
    return {name: TaskFiles(tuple(paths or ())) for name, paths in zip(TASKS, given, strict=True)}


def add_test_files(
    files: "dict[str, TaskFiles]", values_test: Files, pairs_valid: Files, pairs_test: Files
) -> "dict[str, TaskFiles]":
    """Return the files with those to measure on."""
    from dataclasses import replace

    from catalograph.ingest.multitask.tasks import MATCHING, TAGGING

    tagging = replace(files[TAGGING], test=tuple(values_test or ()))
    valid, test = tuple(pairs_valid or ()), tuple(pairs_test or ())
    return {**files, TAGGING: tagging, MATCHING: replace(files[MATCHING], valid=valid, test=test)}


def search_options(
    tune: bool,
    trials: int,
    minutes: float | None,
) -> "SearchOptions | None":
    """Return how to search settings; None where they are not searched."""
    from catalograph.ingest.multitask.tuning import SearchOptions

    return SearchOptions(trials, minutes) if tune else None


def make_options(
    tasks: Sequence[Any],
    sources: "dict[str, str]",
    *,
    extractor: str,
    search: "SearchOptions | None",
    force: bool = False,
) -> "MultitaskOptions":
    """Return the options of a training; the rival matcher gets its text encoder."""
    from catalograph.ingest.multitask.tasks import MATCHING
    from catalograph.ingest.multitask.train import MultitaskOptions
    from catalograph.ingest.resolve.scorer import load_encode
    from catalograph.ml.onnx import ENGLISH_MODEL, fetch_model
    from catalograph.settings import load_settings

    encode, size = None, 0
    if any(task.name == MATCHING for task in tasks):
        settings = load_settings()
        encode = load_encode(settings, None)
        folder = fetch_model(settings, ENGLISH_MODEL)
        size = (folder / f"{ENGLISH_MODEL.file}.onnx").stat().st_size
    return MultitaskOptions(search, extractor, encode, size, force, sources)
