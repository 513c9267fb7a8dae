"""`catalograph train toxicity`: learn to tell abusive texts from labelled ones."""

from pathlib import Path

import typer

from catalograph.cli.eval_output import JSON

_FILES = typer.Argument(..., metavar="FILE…", help="Labelled texts, as `eval toxicity` reads them.")


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("toxicity")(toxicity)


def toxicity(
    files: list[Path] = _FILES,
    output: Path = typer.Option(..., "--output", help="File to keep the model in."),
    seed: int = typer.Option(0, min=0, help="Of the solver."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Learn to tell abusive texts, in any language.

    Generated texts are checked by the model that CATALOGRAPH_API__TOXICITY names.
    """
    from catalograph.assistant.content import train_toxicity
    from catalograph.cli.output import print_json
    from catalograph.evaluation.toxicity import read_abuse

    rows = [row for file in files for row in read_abuse(file)]
    model = train_toxicity([row.text for row in rows], [row.abusive for row in rows], seed)
    model.save(output)
    abusive = sum(row.abusive for row in rows)
    if as_json:
        print_json({"out": str(output), "rows": len(rows), "abusive": abusive})
        return
    print(f"Learned from {len(rows):,} texts, {abusive:,} of them abusive; kept in {output}.")
