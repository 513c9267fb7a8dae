"""`catalograph eval sequence`: the next item of a shopper."""

from pathlib import Path

import typer

from catalograph.cli.eval_output import JSON, print_rows, say

_MODELS = typer.Option(
    None, "--models", help="Models to run, comma-separated or repeated. Default: all."
)
_FACTS = typer.Option(
    None, "--facts", help="Folder with kg.tsv and product.tsv, whose products are found by name."
)
_VALIDATION = typer.Option(
    False, "--validation", help="Find the last but one item instead of the last."
)


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("sequence")(sequence)


def sequence(
    folder: Path = typer.Argument(..., metavar="DIR", help="Folder with sequences.txt."),
    facts: Path | None = _FACTS,
    models: list[str] | None = _MODELS,
    k: int = typer.Option(10, min=1, help="Length of the lists."),
    validation: bool = _VALIDATION,
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Find each shopper's last item among all items that the shopper has not taken to before."""
    from catalograph.embed import recommend  # noqa: F401  it names the extra that is missing
    from catalograph.evaluation import sequence as library
    from catalograph.evaluation.sequence_folder import read_sequence_folder

    data = read_sequence_folder(folder, facts)
    if data.unnamed:
        say(f"{data.unnamed:,} items are not among the products of {facts}; they have no facts.")
    wanted = [name for given in models or [] for name in given.split(",") if name]
    chosen, left_out = library.sequence_models_for(data, wanted)
    if left_out:
        say(f"Left out, as the facts they need are not there: {', '.join(left_out)}.")
    rows = library.evaluate_sequence(
        data,
        chosen,
        k=k,
        validation=validation,
        on_row=lambda row: say(f"{row.model}: {row.seconds:.1f} s"),
    )
    print_rows("eval sequence", [folder], 0, rows, as_json=as_json)
