"""`catalograph eval mapping`: proposed mappings, measured on feeds with their right mapping."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from catalograph.cli.eval_output import JSON

if TYPE_CHECKING:
    from catalograph.ml.profiling import BenchmarkRow

_SHOWN = 2
"""Number of losses of a case to print; the JSON output has more."""


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("mapping")(mapping)


def mapping(
    folder: Path = typer.Argument(
        ..., metavar="DIR", help="Feeds, each with its right mapping beside it: FEED.yaml."
    ),
    only: str | None = typer.Option(None, "--only", help="Part of the names of cases to measure."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Propose a mapping for each feed, and compare what it reads with what the right one reads."""
    from dataclasses import asdict

    from catalograph.cli.output import print_json
    from catalograph.evaluation.mapping import evaluate_mapping

    rows = evaluate_mapping(folder, only)
    if as_json:
        body = [asdict(row) for row in rows]
        print_json({"command": "eval mapping", "data": str(folder), "seed": 0, "rows": body})
        return
    _print_table(folder, rows)
    for row in rows:
        if row.config["by"] == "case":
            _print_faults(row)


def _print_table(folder: Path, rows: "list[BenchmarkRow]") -> None:
    from catalograph.cli.output import print_table

    shares = ("fields_right", "refusals_right")
    counts = ("silent_losses", "extra_fields", "rejected_rows")
    table = [
        (
            row.config["by"],
            row.config["name"],
            row.n,
            *(f"{100 * row.metrics[n]:.1f} %" if n in row.metrics else "" for n in shares),
            *(f"{row.metrics[n]:,.0f}" for n in counts),
        )
        for row in rows
    ]
    print_table(str(folder), ("by", "name", "cases", *shares, *counts), table)


def _print_faults(row: "BenchmarkRow") -> None:
    config = row.config
    error = config.get("error", "")
    faults = [] if error else [f"{n}: {example}" for n, example in config.get("wrong", {}).items()]
    if "should_refuse" in config:
        words = ", ".join(" or ".join(words) for words in config["should_refuse"])
        faults.append(f"the error does not name {words}: {error}" if error else "is not refused")
    elif error and not config["refusals"]:
        faults.append(f"is refused: {error}")
    losses = config.get("losses", [])
    faults += losses[:_SHOWN]
    if row.metrics["silent_losses"] > len(losses[:_SHOWN]):
        faults.append(f"{row.metrics['silent_losses'] - len(losses[:_SHOWN]):,.0f} further losses")
    for fault in faults:
        typer.echo(f"{config['name']}: {fault}")
