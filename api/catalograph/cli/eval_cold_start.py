"""`catalograph eval cold-start`: products without events, and users with few."""

from pathlib import Path

import typer

from catalograph.cli.eval_output import JSON, print_scenarios, say


def register(group: typer.Typer) -> None:
    """Add this module's command to the group of evaluations."""
    group.command("cold-start")(cold_start)


def cold_start(
    folder: Path = typer.Argument(..., metavar="DIR", help="Folder as for `eval recommend`."),
    k: int = typer.Option(10, min=1, help="Length of the lists."),
    splits: int = typer.Option(5, min=1, help="Number of splits to average over."),
    seed: int = typer.Option(0, min=0, help="Of the first split; the others follow."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Recommend products without events and to users with few; one row a scenario and model."""
    from catalograph.embed import recommend as library
    from catalograph.evaluation.cold_start import evaluate_cold_start

    data = library.read_folder(folder)
    rows = evaluate_cold_start(
        data,
        k=k,
        seeds=range(seed, seed + splits),
        search=library.Search(steps=(3.0,), k=k, progress=say),
        on_row=lambda row: say(f"{row.model}: {next(iter(row.metrics.values())):.4f}"),
    )
    print_scenarios("eval cold-start", [folder], seed, rows, as_json=as_json)
