"""`catalograph train multitask`: one model for values, categories, sentiment and matching."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalograph.cli.eval_output import JSON, say
from catalograph.cli.multitask_options import (
    Augment,
    Categories,
    Encoder,
    Epochs,
    Extractor,
    Fgm,
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
    make_options,
    make_settings,
    search_options,
    task_files,
)

if TYPE_CHECKING:
    from catalograph.evaluation.multitask import TaskFiles


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("multitask")(multitask)


def multitask(
    output: Path = typer.Option(..., "--output", help="Folder to keep the model in."),
    task: list[str] | None = typer.Option(
        None, "--task", help="tagging, category, sentiment or matching; repeatable. Default: all."
    ),
    values: Values = None,
    categories: Categories = None,
    reviews: Reviews = None,
    pairs: Pairs = None,
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
    force: Annotated[
        bool, typer.Option("--force", help="Serve all heads, whatever their figures.")
    ] = False,
    seed: Seed = 0,
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Learn one model for several tasks, from the graph or from files.

    Without files it learns from what the graph asserts: values and categories of titles, stars of
    reviews, decided and identified pairs of products. A head is kept if it is better than today's
    model of its task, or as good and smaller; the card says why.

    A training that was stopped goes on when the same command is run again.
    """
    from catalograph.ingest.multitask.train import train_multitask

    files = task_files(values, categories, reviews, pairs)
    given = any(paths.train for paths in files.values())
    tasks, texts, sources = _read_files(files, most) if given else _read_graph(task, most)
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
    options = make_options(
        tasks,
        sources,
        extractor=extractor,
        search=search_options(tune, trials, minutes),
        force=force,
    )
    _say(train_multitask(tasks, texts, output, settings, options, say), output, as_json=as_json)


def _say(card: Mapping[str, Any], output: Path, *, as_json: bool) -> None:
    from catalograph.cli.output import print_json

    if as_json:
        print_json(card)
        return
    for name, one in card["tasks"].items():
        decision = one["decision"]
        print(f"{name}: {'kept' if decision['kept'] else 'not kept'}, {decision['reason']}.")
    print(f"Version {card['version']}; kept in {output}, see model/card.md.")


def _read_files(files: "Mapping[str, TaskFiles]", most: int) -> tuple[Any, Any, dict[str, str]]:
    """Return the tasks and pairs of texts that files have, and their names by task."""
    from catalograph.evaluation.multitask import read_file_tasks, read_text_pairs
    from catalograph.ingest.multitask.tasks import CATEGORY

    tasks, sources = read_file_tasks(files, most)
    return tasks, read_text_pairs(files[CATEGORY].train), sources


def _read_graph(wanted: list[str] | None, most: int) -> tuple[Any, Any, dict[str, str]]:
    """Return the tasks and pairs of texts that the graph has, and where they are from."""
    from catalograph.errors import ConfigError
    from catalograph.ingest.multitask.graph_data import read_graph_data
    from catalograph.ingest.multitask.tasks import TASKS
    from catalograph.schema.suggest import did_you_mean
    from catalograph.settings import load_settings
    from catalograph.store import open_store

    for name in wanted or ():
        if name not in TASKS:
            near = did_you_mean(name, TASKS)
            raise ConfigError(f"There is no task '{name}'; known: {', '.join(TASKS)}.{near}")
    with open_store(load_settings(), read_only=True) as store:
        data = read_graph_data(store.connection, wanted or TASKS, most)
    for name, why in data.lacking.items():
        say(f"{name} is left out: {why}")
    return data.tasks, data.pairs, dict(data.sources)
