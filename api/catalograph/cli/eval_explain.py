"""`catalograph eval explain`: additivity, kinds, number and faithfulness of reasons."""

from pathlib import Path

import typer

from catalograph.cli.eval_output import JSON, print_rows, say
from catalograph.errors import ConfigError

_FOLDER = typer.Argument(
    None, metavar="[DIR]", help="Folder with train and test files; none for the graph."
)
_REFITS = typer.Option(100, min=0, help="Users whose reasons are also deleted from the model.")
_GRAPH = typer.Option(False, "--graph", help="Account for the lists that the live model serves.")


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("explain")(explain)


def explain(
    folder: Path | None = _FOLDER,
    graph: bool = _GRAPH,
    users: int = typer.Option(500, min=1, help="Users to explain lists for, drawn at random."),
    refits: int = _REFITS,
    k: int = typer.Option(10, min=1, help="Length of the lists."),
    seed: int = typer.Option(0, min=0, help="Of every draw."),
    store: Path | None = typer.Option(None, "--store", help="File with tuned numbers."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Explain recommendations, delete what the reasons cite, and measure what is lost.

    With --graph, the reasons are those of the lists that the graph's live model serves; nothing is
    deleted.
    """
    if graph == (folder is not None):
        raise ConfigError(
            "Either a folder or --graph says what to explain: `eval explain DIR` fits a model on "
            "files, `eval explain --graph` reads the lists of the live model."
        )
    if folder is None:
        from catalograph.cli.served_reasons import measure_served_reasons
        from catalograph.settings import load_settings

        row = measure_served_reasons(load_settings(), users, k, seed)
        print_rows("eval explain", [Path("graph")], seed, [row], as_json=as_json)
        return
    from catalograph.embed import recommend as library
    from catalograph.evaluation.explanation import (
        ExplainSize,
        evaluate_explain,
    )

    data = library.read_folder(folder)
    for note in data.notes:
        say(note)
    size = ExplainSize(users=users, refits=refits, k=k, seed=seed)
    tuned = library.find_tuned(data, store)
    rows = evaluate_explain(data, size, tuned=tuned, progress=say)
    print_rows("eval explain", [folder], seed, rows, as_json=as_json)
