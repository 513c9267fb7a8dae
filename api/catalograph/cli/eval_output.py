"""Output of evaluations: JSON or tables."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

TRAIN = "Files to learn from; may be repeated."
TEST = "File to measure on."
JSON = "Print one JSON object."


def print_rows(
    command: str, data: Sequence[Path], seed: int, rows: Sequence[Any], *, as_json: bool
) -> None:
    """Print the rows as one JSON object, or a table of metric by model in per cent."""
    from dataclasses import asdict

    from catalograph.cli.output import print_json, print_table

    if as_json:
        body = [asdict(row) for row in rows]
        files = ", ".join(map(str, data))
        print_json({"command": command, "data": files, "seed": seed, "rows": body})
        return
    names = list(dict.fromkeys(name for row in rows for name in row.metrics))
    table = [
        [name, *(f"{100 * row.metrics[name]:.2f}" if name in row.metrics else "" for row in rows)]
        for name in names
    ]
    title = f"{command}, per cent of {rows[0].n:,}, seed {seed}" if rows else command
    print_table(title, ["metric", *(row.model for row in rows)], table)
    for row in rows:
        told = "; ".join(f"{name} {value}" for name, value in row.config.items())
        print(f"{row.model}: {row.seconds:.1f} s; {row.peak_mb:.0f} MiB; {told}")


def print_scenarios(
    command: str, data: Sequence[Path], seed: int, rows: Sequence[Any], *, as_json: bool
) -> None:
    """Print the rows as one JSON object, or a table with a line for each, in per cent."""
    from catalograph.cli.output import print_table

    if as_json or not rows:
        print_rows(command, data, seed, rows, as_json=as_json)
        return
    names = list(rows[0].metrics)
    table = [[r.model, *(f"{100 * r.metrics[name]:.2f}" for name in names), r.n] for r in rows]
    print_table(f"{command}, per cent, seed {seed}", ["model", *names, "n"], table)


def say(line: str) -> None:
    """Print progress on standard error."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
