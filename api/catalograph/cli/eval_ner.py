"""`catalograph eval ner`: brands and product types in Chinese titles."""

from pathlib import Path

import typer

from catalograph.cli.eval_output import JSON, TEST, TRAIN, print_rows, say

_GAZETTEERS = typer.Option([], "--gazetteer", help="Files with a name a line; may be repeated.")
_UNLABELLED = typer.Option([], "--unlabelled", help="Files of raw text; may be repeated.")


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("ner")(ner)


def ner(
    train: list[Path] = typer.Option(..., "--train", help=TRAIN),
    test: Path = typer.Option(..., "--test", help=TEST),
    gazetteers: list[Path] = _GAZETTEERS,
    unlabelled: list[Path] = _UNLABELLED,
    models: list[str] = typer.Option([], "--model", help="crf, crf mean. Default: both."),
    calibrated: bool = typer.Option(False, "--calibrated", help="Calibrate; takes twice as long."),
    seed: int = typer.Option(0, min=0, help="Of the groups of characters."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Recognise entities in Chinese titles, counted apart by whether train holds the title."""
    from catalograph.errors import InvalidInputError
    from catalograph.evaluation.ner import (
        MODELS,
        evaluate_ner,
    )

    unknown = [name for name in models if name not in MODELS]
    if unknown:
        raise InvalidInputError(f"There is no model '{unknown[0]}'; expected {', '.join(MODELS)}.")
    rows = evaluate_ner(
        train, test, gazetteers=gazetteers, unlabelled=unlabelled, models=models or list(MODELS),
        calibrated=calibrated, seed=seed, progress=say,
    )  # fmt: skip
    print_rows("eval ner", [*train, test], seed, rows, as_json=as_json)
