"""`catalograph eval normalise`: values in canonical form, measured on labelled offers."""

from pathlib import Path

import typer

from catalograph.cli.eval_output import JSON, TRAIN


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("normalise")(normalise)


def normalise(
    file: Path = typer.Argument(..., metavar="FILE", help="Offers with normalised values."),
    train: list[Path] | None = typer.Option(None, "--train", help=TRAIN),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Read and normalise values; without --train each fifth is read by what the others teach."""
    from dataclasses import asdict

    from catalograph.cli.output import print_json, print_table
    from catalograph.evaluation.normalisation import evaluate_normalise

    rows = evaluate_normalise(file, train or ())
    if as_json:
        body = [asdict(row) for row in rows]
        print_json({"command": "eval normalise", "data": str(file), "seed": 0, "rows": body})
        return
    names = list(rows[0].metrics)
    table = [
        (*row.config.values(), row.n, *(f"{100 * row.metrics[name]:.2f}" for name in names))
        for row in rows
    ]
    print_table(f"{file.name}, per cent", ("operation", "attribute", "offers", *names), table)
