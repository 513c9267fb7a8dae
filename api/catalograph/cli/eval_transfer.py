"""`catalograph eval transfer`: recommendations in one catalogue by a model of another one."""

from pathlib import Path

import typer

from catalograph.cli.eval_output import JSON, print_scenarios, say


def register(group: typer.Typer) -> None:
    """Add this module's command to the group of evaluations."""
    group.command("transfer")(transfer)


def transfer(
    folder: Path = typer.Argument(..., metavar="DIR", help="Folder as for `eval recommend`."),
    k: int = typer.Option(10, min=1, help="Length of the lists."),
    seed: int = typer.Option(0, min=0, help="Of the split into two catalogues."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Split a catalogue in two that share facts alone; learn in one, recommend in the other."""
    from catalograph.embed import recommend as library
    from catalograph.evaluation.transfer import evaluate_transfer

    rows = evaluate_transfer(
        library.read_folder(folder),
        k=k,
        seed=seed,
        on_row=lambda row: say(f"{row.model}: {next(iter(row.metrics.values())):.4f}"),
    )
    print_scenarios("eval transfer", [folder], seed, rows, as_json=as_json)
