"""`catalograph api-key`: keys that the API lets in."""

from typing import Annotated

import typer


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
) -> None:
    """Make an API key: it is shown once, with the line for CATALOGRAPH_API__AUTH__API_KEY_FILE."""
    from catalograph.api.auth import new_key

    key, line = new_key(name, scopes.split(","), user)
    print(f"Key, shown this once: {key}")
    print(f"Line for the key file: {line}")
