"""`catalograph eval aspects`: aspects of reviews and the sentiment about each."""

from pathlib import Path

import typer

from catalograph.cli.encoder import HELP
from catalograph.cli.eval_output import JSON, TEST, TRAIN, print_rows, say


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("aspects")(aspects)


def aspects(
    train: list[Path] = typer.Option(..., "--train", help=TRAIN),
    test: Path = typer.Option(..., "--test", help=TEST),
    models: list[str] = typer.Option([], "--model", help="rules, grid. Default: both."),
    encoder: str | None = typer.Option(None, "--encoder", help=HELP),
    epochs: int = typer.Option(12, min=1, help="Passes over the training sentences."),
    seed: int = typer.Option(0, min=0, help="Of weights and order."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Read aspects, opinions and sentiment; files in the ASTE or the ACOS form."""
    from catalograph.errors import InvalidInputError, MissingExtraError
    from catalograph.ml.encoders import trainable_folder

    try:
        from catalograph.evaluation.aspects import (
            MODELS,
            evaluate_aspects,
        )
        from catalograph.ingest.language.opinion_model import OpinionConfig
    except ModuleNotFoundError as exc:
        raise MissingExtraError("extract", exc.name or "torch") from exc
    unknown = [name for name in models if name not in MODELS]
    if unknown:
        raise InvalidInputError(f"There is no model '{unknown[0]}'; expected {', '.join(MODELS)}.")
    rows = evaluate_aspects(
        train, test, encoder=trainable_folder(encoder), models=models or MODELS,
        config=OpinionConfig(epochs=epochs, seed=seed), progress=say,
    )  # fmt: skip
    print_rows("eval aspects", [*train, test], seed, rows, as_json=as_json)
