"""`catalograph schema apply | show | check | hash`: constraints, indexes and their versions."""

from typing import Annotated, Any

import typer

_app = typer.Typer(help="Constraints, indexes and their versions.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(_app, name="schema")


@_app.command()
def apply(json: Json = False) -> None:
    """Apply the migrations the graph lacks; run it as often as you like."""
    from catalograph.settings import load_settings
    from catalograph.store import connect, migrate

    settings = load_settings()
    with connect(settings) as connection:
        _print_state(migrate(connection, settings.user_secret_fingerprint), json=json)


@_app.command()
def check(json: Json = False) -> None:
    """Tell whether the graph has every migration and index; exit 1 if not."""
    from catalograph.settings import load_settings
    from catalograph.store import check_schema, connect

    settings = load_settings()
    with connect(settings) as connection:
        state = check_schema(connection, settings.user_secret_fingerprint)
    _print_state(state, json=json)
    raise typer.Exit(0 if state.current else 1)


@_app.command()
def show(json: Json = False) -> None:
    """Print the migrations as Cypher; needs no server."""
    from catalograph.cli.output import print_json
    from catalograph.schema.ddl import MIGRATIONS

    if json:
        print_json([vars(step) for step in MIGRATIONS])
        return
    for step in MIGRATIONS:
        print(f"// {step.version}. {step.summary}")
        print(";\n".join(step.statements) + ";")


@_app.command("hash")
def hash_(json: Json = False) -> None:
    """Print a hash of what the graph says, equal for graphs that say the same."""
    from catalograph.cli.output import print_json
    from catalograph.settings import load_settings
    from catalograph.store import connect, content_hash

    with connect(load_settings()) as connection:
        digest = content_hash(connection)
    if json:
        print_json({"content_hash": digest})
    else:
        print(digest)


def _print_state(state: Any, *, json: bool) -> None:
    from catalograph.cli.output import print_json, print_table

    pending = [f"{m.version}. {m.summary}" for m in state.pending]
    row = {
        "version": state.version,
        "needed": state.needed,
        "pending": pending,
        "not_online": list(state.not_online),
    }
    if json:
        print_json(row)
        return
    print_table("Schema", ["", ""], [(k, v or "none") for k, v in row.items()])
    if pending:
        print("Apply what is pending with: catalograph schema apply")
