"""`catalograph eval rerank`: costs and gains of diverse and less popular lists."""

from pathlib import Path

import typer

from catalograph.cli.eval_output import JSON, print_scenarios, say


def register(group: typer.Typer) -> None:
    """Add this module's command to the group of evaluations."""
    group.command("rerank")(rerank)


def rerank(
    folder: Path = typer.Argument(..., metavar="DIR", help="Folder as for `eval recommend`."),
    k: int = typer.Option(10, min=1, help="Length of the lists."),
    users: int = typer.Option(2_000, min=1, help="Users to rank for, drawn at random."),
    seed: int = typer.Option(0, min=0, help="Of that draw."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Rank with KG-EASE, then make the lists more diverse or less popular, and measure both."""
    from catalograph.embed import recommend as library
    from catalograph.evaluation.rerank import evaluate_rerank

    rows = evaluate_rerank(
        library.read_folder(folder),
        k=k,
        users=users,
        seed=seed,
        on_row=lambda row: say(f"{row.model}: {next(iter(row.metrics.values())):.4f}"),
    )
    print_scenarios("eval rerank", [folder], seed, rows, as_json=as_json)
