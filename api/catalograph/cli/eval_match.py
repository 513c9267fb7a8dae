"""`catalograph eval match`: pairs of offers of the same product."""

from pathlib import Path

import typer

from catalograph.cli.encoder import HELP
from catalograph.cli.eval_output import JSON, print_rows, say

_TRAIN = typer.Option([], "--train", help="Labelled pairs to learn from; may be repeated.")
_VALID = typer.Option([], "--valid", help="More of them; may be repeated.")


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("match")(match)


def match(
    train: list[Path] = _TRAIN,
    valid: list[Path] = _VALID,
    test: Path = typer.Option(..., "--test", help="Labelled pairs to measure on."),
    blocking: bool = typer.Option(False, "--blocking", help="Measure blocking on all files."),
    encoder: str | None = typer.Option(None, "--encoder", help=HELP),
    plain: bool = typer.Option(False, "--no-encoder", help="Use no text encoder."),
    seed: int = typer.Option(0, min=0, help="Of the folds and the trees."),
    seeds: int = typer.Option(1, min=1, help="How many seeds, from --seed on; their mean too."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Match pairs of offers by trees over string, number and embedding features."""
    from catalograph.errors import InvalidInputError
    from catalograph.evaluation.matching import (
        evaluate_blocking,
        evaluate_match,
    )
    from catalograph.ingest.resolve.scorer import load_encode
    from catalograph.settings import load_settings

    files = [*train, *valid, test]
    if blocking:
        print_rows("eval match", files, seed, evaluate_blocking(files), as_json=as_json)
        return
    if not train:
        raise InvalidInputError("There is nothing to learn from; name files with --train.")
    encode = None
    if not plain:
        encode = load_encode(load_settings(), encoder)
    chosen = range(seed, seed + seeds)
    rows = evaluate_match(train, valid, test, encode=encode, seeds=chosen, progress=say)
    print_rows("eval match", files, seed, rows, as_json=as_json)
