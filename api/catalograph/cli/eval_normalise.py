"""`catalograph eval normalise`: how well values are read and brought into canonical form."""

from pathlib import Path

import typer

from catalograph.cli.eval_output import JSON, TRAIN


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("normalise")(normalise)


def normalise(
    file: Path | None = typer.Argument(
        None,
        metavar="[FILE]",
        help="Offers with normalised values, or YAML columns with the reading of each cell.",
    ),
    train: list[Path] | None = typer.Option(None, "--train", help=TRAIN),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Read and normalise values; without --train each fifth is read by what the others teach.

    Without a file, or with a YAML file, whole columns of times, numbers, prices, trade item
    numbers, placeholders and texts are read; those of the package are in seven languages and more.
    """
    from dataclasses import asdict

    from catalograph.cli.output import print_json, print_table

    columns = file is None or file.suffix in (".yaml", ".yml")
    if file is None or columns:
        from catalograph.evaluation.value_cases import evaluate_values

        rows = evaluate_values(file)
    else:
        from catalograph.evaluation.normalisation import evaluate_normalise

        rows = evaluate_normalise(file, train or ())
    name = "packaged columns" if file is None else str(file)
    if as_json:
        body = [asdict(row) for row in rows]
        print_json({"command": "eval normalise", "data": name, "seed": 0, "rows": body})
        return
    names = list(rows[0].metrics)
    table = [
        (*row.config.values(), row.n, *(f"{100 * row.metrics[name]:.2f}" for name in names))
        for row in rows
    ]
    count = "cells" if columns else "offers"
    print_table(f"{name}, per cent", (*rows[0].config, count, *names), table)
