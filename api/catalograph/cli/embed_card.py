"""`catalograph embed card`: the card of a model as Markdown."""

from pathlib import Path
from typing import Annotated

import typer

from catalograph.cli.embed_common import Json, open_graph_to_read


def register(group: typer.Typer) -> None:
    """Add this module's commands."""
    group.command("card")(card)


def card(
    model: Annotated[
        str, typer.Argument(help="A kind, for its live version, or a version such as text:3.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", help="File to write; else it is printed.")
    ] = None,
    as_json: Json = False,
) -> None:
    """What made a model, from what, how good it is and what it cannot do."""
    from catalograph.cli.output import print_json
    from catalograph.embed.card import choose_model, render_card
    from catalograph.store import list_models

    with open_graph_to_read() as (connection, _):
        found = list_models(connection)
    chosen = choose_model(found, model)
    text = render_card(chosen, found)
    if output is not None:
        output.write_text(text, encoding="utf-8")
    if as_json:
        print_json({"model": chosen.key, "file": output and str(output), "card": text})
    elif output is None:
        typer.echo(text, nl=False)
