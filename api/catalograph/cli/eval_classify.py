"""`catalograph eval classify`: the category of a product from its title."""

from pathlib import Path

import typer

from catalograph.cli.eval_output import JSON, TRAIN, print_rows

_TEST = typer.Option(None, "--test", help="File to measure on. Default: a fifth of train, by hash.")
_LABEL = typer.Option(None, "--label", help="Column of the label. Default: found by name.")


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("classify")(classify)


def classify(
    train: list[Path] = typer.Option(..., "--train", help=TRAIN),
    test: Path | None = _TEST,
    text: str | None = typer.Option(None, "--text", help="Column of the text."),
    label: str | None = _LABEL,
    depth: int = typer.Option(1, min=1, help="How many parts of a path of categories count."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Tell the category from the title."""
    from catalograph.evaluation.categories import evaluate_classify

    rows = evaluate_classify(train, test, text=text, label=label, depth=depth)
    data = [*train, test] if test else train
    print_rows("eval classify", data, 0, rows, as_json=as_json)
