"""`catalograph eval multitask`: one model for several tasks beside single and today's models."""

from pathlib import Path
from typing import Annotated

import typer

from catalograph.cli.eval_output import JSON, print_rows, say
from catalograph.cli.multitask_options import (
    Augment,
    Categories,
    Encoder,
    Epochs,
    Extractor,
    Fgm,
    Files,
    Frozen,
    Length,
    Minutes,
    Most,
    Pairs,
    Pretraining,
    Reviews,
    Seed,
    Trials,
    Tune,
    Values,
    add_test_files,
    make_options,
    make_settings,
    search_options,
    task_files,
)


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("multitask")(multitask)


def multitask(
    output: Path = typer.Option(..., "--output", help="Folder to keep the model in."),
    values: Values = None,
    values_test: Annotated[
        Files, typer.Option("--values-test", help="Labelled values to measure on.")
    ] = None,
    categories: Categories = None,
    depth: int = typer.Option(1, min=1, help="How many parts of a path of categories count."),
    reviews: Reviews = None,
    pairs: Pairs = None,
    pairs_valid: Annotated[
        Files, typer.Option("--pairs-valid", help="Pairs to validate on.")
    ] = None,
    pairs_test: Annotated[Files, typer.Option("--pairs-test", help="Pairs to measure on.")] = None,
    most: Most = 4_000,
    encoder: Encoder = None,
    epochs: Epochs = 5,
    length: Length = 64,
    frozen_layers: Frozen = 1,
    augment: Augment = 0.1,
    pretraining: Pretraining = True,
    fgm: Fgm = 0.0,
    extractor: Extractor = "cascade",
    tune: Tune = False,
    trials: Trials = 8,
    minutes: Minutes = None,
    seed: Seed = 0,
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Measure one model for several tasks, models of one task, and today's models.

    Without test files, a fifth of the examples is the test, chosen by hash.
    """
    from catalograph.evaluation.multitask import (
        evaluate_multitask,
        read_file_tasks,
        read_text_pairs,
    )

    files = task_files(values, categories, reviews, pairs)
    files = add_test_files(files, values_test, pairs_valid, pairs_test)
    tasks, sources = read_file_tasks(files, most, depth=depth)
    settings = make_settings(
        encoder=encoder,
        pretraining=pretraining,
        epochs=epochs,
        length=length,
        frozen_layers=frozen_layers,
        augment=augment,
        fgm=fgm,
        seed=seed,
    )
    search = search_options(tune, trials, minutes)
    options = make_options(tasks, sources, extractor=extractor, search=search)
    texts = read_text_pairs(categories or [])
    rows = evaluate_multitask(tasks, texts, output, settings, options, say)
    data = [path for given in files.values() for path in (*given.train, *given.valid, *given.test)]
    print_rows("eval multitask", data, seed, rows, as_json=as_json)
