"""`catalograph embed`: learn vectors and item-item weights from the graph, publish, roll back."""

from typing import Annotated

import typer

from catalograph.cli import embed_card, embed_counts, embed_missing, embed_plausibility
from catalograph.cli.embed_common import (
    Force,
    Json,
    metric_summary,
    open_graph,
    open_graph_to_read,
    run_kinds,
)
from catalograph.cli.embed_jobs import JobGroup
from catalograph.cli.new_passages import embed_written_passages

commands = typer.Typer(
    name="embed",
    cls=JobGroup,
    help="Learn vectors and item-item weights from the graph and publish them.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for part in (embed_missing, embed_plausibility, embed_card, embed_counts):
        part.register(commands)
    app.add_typer(commands)


@commands.command("all")
def everything(force: Force = False, as_json: Json = False) -> None:
    """All three, live at the same moment."""
    from catalograph.embed.jobs import DEFAULT_KINDS

    run_kinds(DEFAULT_KINDS, force, as_json)


@commands.command()
def models(as_json: Json = False) -> None:
    """List the versions that are or were live."""
    from catalograph.cli.output import print_json, print_table
    from catalograph.store import list_models

    with open_graph_to_read() as (connection, _):
        found = list_models(connection)
    if as_json:
        print_json({"models": found})
        return
    print_table(
        "Models",
        ("model", "state", "dimension", "made", "seconds", "quality"),
        [
            (
                model.key,
                "live" if model.live else "kept" if model.slot else "gone",
                model.dimension or "",
                f"{model.created:%Y-%m-%d %H:%M}",
                f"{model.seconds:.1f}",
                metric_summary(model.metrics),
            )
            for model in found
        ],
    )


@commands.command()
def rollback(
    kind: Annotated[str, typer.Argument(help="Of the model: text, structure, preference, …")],
    as_json: Json = False,
) -> None:
    """Go back to the version before the live one; before the first ranker there was none.

    Doing it once more comes back to the later one.
    """
    from catalograph.cli.output import print_json
    from catalograph.schema.model_kinds import model_kind
    from catalograph.store import roll_back

    with open_graph() as (connection, settings):
        model = roll_back(connection, kind)
        if "Passage" in model_kind(kind).labels:
            embed_written_passages(connection, settings)
    if as_json:
        print_json(model)
    elif not model.live:
        typer.echo(f"{model.key} is live no more; a second roll-back makes it live again.")
    else:
        typer.echo(f"{model.key} of {model.created:%Y-%m-%d %H:%M} is live again.")
