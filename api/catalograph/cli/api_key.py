"""`catalograph api-key`: API keys for callers."""

from typing import Annotated

import typer

from catalograph.cli.options import Json


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    group = typer.Typer(help="Keys that the API lets in.", no_args_is_help=True)
    group.command("new")(new)
    group.callback()(_group)
    app.add_typer(group, name="api-key")


def _group() -> None:
    """Keys that the API lets in."""


def new(
    name: Annotated[str, typer.Argument(help="Of whoever gets the key; shown in logs.")],
    scopes: Annotated[
        str, typer.Option(help="What the key may do, joined by commas.")
    ] = "catalog:read,recommend:read,events:write",
    user: Annotated[
        str | None, typer.Option(help="User key, if it is one shopper's (catalograph user-key).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make an API key: it is shown once, with the line for CATALOGRAPH_API__AUTH__API_KEY_FILE."""
    from catalograph.api.auth import new_key
    from catalograph.cli.output import print_json

    key, line = new_key(name, scopes.split(","), user)
    if as_json:
        print_json({"name": name, "key": key, "line": line})
        return
    print(f"Key, shown this once: {key}")
    print(f"Line for the key file: {line}")
