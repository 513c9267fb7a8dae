"""`catalograph train aspects`: learn to extract aspects and sentiment from reviews."""

from pathlib import Path

import typer

from catalograph.cli.encoder import HELP
from catalograph.cli.eval_output import JSON, say
from catalograph.cli.options import accept_old_names

_FILES = typer.Argument(
    ..., metavar="FILE…", help="ASTE or ACOS files; feeds of Chinese reviews with a label."
)


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("aspects", cls=accept_old_names(out="output"))(aspects)


def aspects(
    files: list[Path] = _FILES,
    output: Path = typer.Option(..., "--output", help="Folder to keep the model in."),
    encoder: str | None = typer.Option(None, "--encoder", help=HELP),
    epochs: int = typer.Option(12, min=1, help="Passes over the English sentences."),
    seed: int = typer.Option(0, min=0, help="Of weights and order."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Learn aspects, opinions and sentiment of English, and sentiment of Chinese."""
    from catalograph.cli.output import print_json
    from catalograph.errors import MissingExtraError
    from catalograph.ingest.language.training import train_aspects
    from catalograph.ml.encoders import trainable_folder

    try:
        from catalograph.ingest.language.opinion_model import OpinionConfig
    except ModuleNotFoundError as exc:
        raise MissingExtraError("extract", exc.name or "torch") from exc
    config = OpinionConfig(epochs=epochs, seed=seed)
    learned = train_aspects(
        files, output, encoder=trainable_folder(encoder), config=config, progress=say
    )
    if as_json:
        print_json({"out": str(output), "learned": learned})
    else:
        told = ", ".join(f"{count:,} sentences ({name})" for name, count in learned.items())
        typer.echo(f"Learned from {told}; kept in {output}.")
