"""`catalograph eval deidentify`: personal data in made texts."""

import typer

from catalograph.cli.eval_output import JSON, print_scenarios


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("deidentify")(deidentify)


def deidentify(
    count: int = typer.Option(4_000, "--texts", min=2, help="Number of texts to make."),
    seed: int = typer.Option(0, min=0, help="Of the texts."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Find names, addresses and numbers in made texts; recall and precision by kind."""
    from catalograph.evaluation.deidentification import evaluate_deidentification

    rows = evaluate_deidentification(count, seed)
    print_scenarios("eval deidentify", [], seed, rows, as_json=as_json)
