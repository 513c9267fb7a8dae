"""`catalograph eval …`: measure the project's models on public data."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from catalograph.cli import (
    eval_answer,
    eval_aspects,
    eval_classify,
    eval_cold_start,
    eval_complete,
    eval_content,
    eval_deidentify,
    eval_explain,
    eval_extract,
    eval_intent,
    eval_link,
    eval_lm,
    eval_mapping,
    eval_match,
    eval_multitask,
    eval_ner,
    eval_normalise,
    eval_private,
    eval_query,
    eval_rank,
    eval_relations,
    eval_rerank,
    eval_retrieval,
    eval_search,
    eval_sequence,
    eval_transfer,
)

_MODELS = typer.Option(
    None,
    "--models",
    help="Models to run, comma-separated or repeated. Default: all but light-gcn and "
    "relational-attention, networks that train for minutes.",
)
_MINUTES = typer.Option(15.0, "--minutes", min=0.0, help="Longest training of each network.")
_STORE = typer.Option(
    None, "--store", help="File to keep tuned numbers in. Default: one in the user's cache."
)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    group = typer.Typer(
        help="Measure models on public data.", no_args_is_help=True, rich_markup_mode=None
    )
    group.callback()(_group)
    group.command("recommend")(recommend)
    for part in (
        eval_extract,
        eval_ner,
        eval_aspects,
        eval_relations,
        eval_classify,
        eval_match,
        eval_multitask,
        eval_mapping,
        eval_complete,
        eval_normalise,
        eval_link,
        eval_explain,
        eval_cold_start,
        eval_transfer,
        eval_rerank,
        eval_rank,
        eval_search,
        eval_answer,
        eval_query,
        eval_intent,
        eval_lm,
        eval_retrieval,
        eval_content,
        eval_sequence,
        eval_private,
        eval_deidentify,
    ):
        part.register(group)
    app.add_typer(group, name="eval")


def _group() -> None:
    """Measure models on public data; `search`, `query` and `retrieval` start a database."""


def recommend(
    folder: Path = typer.Argument(..., metavar="DIR", help="Folder with train and test files."),
    models: list[str] | None = _MODELS,
    k: int = typer.Option(10, min=1, help="Length of the lists."),
    tune: bool = typer.Option(False, "--tune", help="Tune on a split of train first; store it."),
    seed: int = typer.Option(0, min=0, help="Of validation, shuffling and the networks."),
    minutes: float = _MINUTES,
    store: Path | None = _STORE,
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> None:
    """Rank all products for each test user, and measure the lists."""
    from catalograph.embed import recommend as library
    from catalograph.evaluation import recommendation

    data = library.read_folder(folder)
    for note in data.notes:
        _say(note)
    wanted = [name for given in models or [] for name in given.split(",") if name]
    chosen, left_out = recommendation.models_for(data, wanted)
    if left_out:
        _say(f"Left out, as the facts they need are not there: {', '.join(left_out)}.")
    if tune:
        search = library.Search(k=k, seed=seed, progress=_say)
        _say(f"Stored in {recommendation.tune_and_store(data, chosen, search, store)}")
    tuned = library.find_tuned(data, store)
    with _join_processes(chosen) as prints:
        rows = recommendation.evaluate(
            data,
            chosen,
            k=k,
            seed=seed,
            tuned=tuned,
            minutes=minutes,
            on_row=_say_row,
            progress=_say,
        )
        if prints:
            _print(folder, k, seed, rows, as_json=as_json)


@contextmanager
def _join_processes(models: Sequence[str]) -> Iterator[bool]:
    """Join the processes that torchrun started, for networks; yield whether this one prints."""
    from catalograph.evaluation.recommendation import NETWORKS

    if not set(models) & set(NETWORKS):
        yield True
        return
    from catalograph.embed import graph

    with graph.process_group(graph.choose_device("auto")):
        yield graph.is_first()


def _print(folder: Path, k: int, seed: int, rows: list[Any], *, as_json: bool) -> None:
    from dataclasses import asdict

    from catalograph.cli.output import print_json, print_table

    if as_json:
        body = [asdict(row) for row in rows]
        print_json({"command": "eval recommend", "data": str(folder), "seed": seed, "rows": body})
        return
    names = list(rows[0].metrics) if rows else []
    users = f"{rows[0].n:,} users, " if rows else ""
    title = f"{folder.name} @{k} in per cent, {users}seed {seed}"
    table = [[row.model, *(f"{100 * row.metrics[name]:.2f}" for name in names)] for row in rows]
    print_table(title, ["model", *(name.partition("@")[0] for name in names)], table)
    for row in rows:
        told = [f"{name} {_value(value)}" for name, value in row.config.items()]
        print(
            f"{row.model}: {'; '.join([f'{row.seconds:.1f} s', f'{row.peak_mb:.0f} MiB', *told])}"
        )


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {number:g}" for name, number in value.items()) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _say_row(row: Any) -> None:
    _say(f"{row.model}: {row.seconds:.1f} s")


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
