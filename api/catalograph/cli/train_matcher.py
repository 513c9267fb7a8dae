"""`catalograph train matcher`: learn to match pairs of offers of the same product."""

from pathlib import Path

import typer

from catalograph.cli.encoder import HELP
from catalograph.cli.eval_output import JSON, say
from catalograph.cli.options import accept_old_names

_TRAIN = typer.Option(..., "--train", help="Labelled pairs to learn from; may be repeated.")
_VALID = typer.Option([], "--valid", help="More of them; may be repeated.")


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("matcher", cls=accept_old_names(out="output"))(matcher)


def matcher(
    train: list[Path] = _TRAIN,
    valid: list[Path] = _VALID,
    output: Path = typer.Option(..., "--output", help="Folder to keep the matcher in."),
    encoder: str | None = typer.Option(None, "--encoder", help=HELP),
    plain: bool = typer.Option(False, "--no-encoder", help="Use no text encoder."),
    seed: int = typer.Option(0, min=0, help="Of the folds and the trees."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Learn a pair scorer for `catalograph resolve run --model`, with a model card."""
    from catalograph.cli.output import print_json
    from catalograph.evaluation.matching import train_matcher
    from catalograph.ingest.resolve.scorer import load_encode
    from catalograph.settings import load_settings

    encode = None
    if not plain:
        encode = load_encode(load_settings(), encoder)
    card = train_matcher(
        [*train, *valid], output, encode=encode, encoder=encoder, seed=seed, progress=say
    )
    if as_json:
        print_json(card)
    else:
        typer.echo(f"Kept in {output}: {card['pairs']:,} pairs, F1 {card['cross_fitted_f1']:.4f}.")
