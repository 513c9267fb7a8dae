"""`catalograph eval ner`: brands and product types in Chinese titles."""

from pathlib import Path

import typer

from catalograph.cli.eval_output import JSON, TRAIN, print_rows, say

_TEST = typer.Option(None, "--test", help="File to measure on. Default: cross-validation on train.")
_GAZETTEERS = typer.Option([], "--gazetteer", help="Files with a name a line; may be repeated.")
_MODELS = typer.Option(
    [], "--model", help="crf, crf mean, gazetteers (no training). Default: the first two."
)
_UNLABELLED = typer.Option([], "--unlabelled", help="Files of raw text; may be repeated.")


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("ner")(ner)


def ner(
    train: list[Path] = typer.Option(..., "--train", help=TRAIN),
    test: Path | None = _TEST,
    folds: int = typer.Option(5, "--folds", min=2, help="Of the cross-validation."),
    gazetteers: list[Path] = _GAZETTEERS,
    unlabelled: list[Path] = _UNLABELLED,
    models: list[str] = _MODELS,
    calibrated: bool = typer.Option(False, "--calibrated", help="Calibrate; takes twice as long."),
    seed: int = typer.Option(0, min=0, help="Of the groups of characters."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Recognise entities in Chinese titles, counted apart by whether train holds the title.

    Files are tagged character by character, or JSON lines with `text` and `spans`.
    """
    from catalograph.errors import InvalidInputError
    from catalograph.evaluation.ner import DEFAULT_MODELS, MODELS, NerTask, evaluate_ner

    unknown = [name for name in models if name not in MODELS]
    if unknown:
        raise InvalidInputError(f"There is no model '{unknown[0]}'; expected {', '.join(MODELS)}.")
    task = NerTask(
        train, test, folds, gazetteers, unlabelled, models or DEFAULT_MODELS, calibrated, seed
    )
    rows = evaluate_ner(task, say)
    data = [*train, test] if test else train
    print_rows("eval ner", data, seed, rows, as_json=as_json)
