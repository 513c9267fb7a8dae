"""`catalograph eval relations`: relations of products planted in text, and opinion triplets."""

from pathlib import Path

import typer

from catalograph.cli.encoder import HELP
from catalograph.cli.eval_output import JSON, TRAIN, print_rows, say

_PRODUCTS = typer.Option(
    None, "--products", help="Feed to plant relations into. Default: the example's products."
)


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("relations")(relations)


def relations(
    train: list[Path] = typer.Option([], "--train", help=TRAIN),
    test: Path | None = typer.Option(None, "--test", help="Labelled file to measure on."),
    products: Path | None = _PRODUCTS,
    encoder: str | None = typer.Option(None, "--encoder", help=HELP),
    seed: int = typer.Option(0, min=0, help="Of what is planted where, and of training."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Read relations: planted in real descriptions; with --train and --test, triplets too."""
    from catalograph.cli.example_data import example_file
    from catalograph.errors import InvalidInputError, MissingExtraError
    from catalograph.ml.encoders import trainable_folder

    if bool(train) != bool(test):
        raise InvalidInputError("--train and --test go together; give both, or neither.")
    try:
        from catalograph.evaluation.relations import evaluate_relations
    except ModuleNotFoundError as exc:
        raise MissingExtraError("extract", exc.name or "torch") from exc
    feed = products or example_file()
    rows = evaluate_relations(
        feed, train=train, test=test, encoder=trainable_folder(encoder) if train else "",
        seed=seed, progress=say,
    )  # fmt: skip
    data = [feed, *train] + ([test] if test else [])
    print_rows("eval relations", data, seed, rows, as_json=as_json)
