"""`catalograph schema apply | show | check | hash | roles`: constraints, indexes, access."""

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
    from catalograph.store import connect, enforce_keys, migrate

    settings = load_settings()
    with connect(settings) as connection:
        state = migrate(connection, settings.user_secret_fingerprint)
        enforced = enforce_keys(connection)
    _print_state(state, json=json, keys_enforced=enforced)


@_app.command()
def check(json: Json = False) -> None:
    """Tell whether the graph has every migration and index; exit 1 if not."""
    from catalograph.settings import load_settings
    from catalograph.store import check_schema, connect

    settings = load_settings()
    with connect(settings, read_only=True) as connection:
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


@_app.command()
def roles(
    user: Annotated[
        list[str] | None, typer.Option("--user", help="Existing user to give it to; repeatable.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Run the statements.")] = False,
    json: Json = False,
) -> None:
    """Print the statements for a database role of analysts, or run them; needs Enterprise or Aura.

    CATALOGRAPH_NEO4J__ANALYST_USER names the user that statements of analysts are then run as.
    """
    from catalograph.cli.output import print_json
    from catalograph.settings import load_settings
    from catalograph.store import connect
    from catalograph.store.analyst import create_role, role_statements

    settings = load_settings()
    users = tuple(user or ())
    if apply:
        with connect(settings) as connection:
            create_role(connection, users)
    texts = role_statements(settings.neo4j.database, users)
    if json:
        print_json({"applied": apply, "statements": list(texts)})
    else:
        print("The role is there." if apply else ";\n".join(texts) + ";")


def _print_state(state: Any, *, json: bool, keys_enforced: bool | None = None) -> None:
    from catalograph.cli.output import print_json, print_table

    pending = [f"{m.version}. {m.summary}" for m in state.pending]
    row = {
        "version": state.version,
        "needed": state.needed,
        "pending": pending,
        "not_online": list(state.not_online),
    }
    if keys_enforced is not None:
        row["keys_enforced"] = keys_enforced
    if json:
        print_json(row)
        return
    print_table("Schema", ["", ""], [(k, _show_value(v)) for k, v in row.items()])
    if pending:
        print("Apply what is pending with: catalograph schema apply")


def _show_value(value: Any) -> Any:
    if isinstance(value, bool):
        return "by the database" if value else "by this project alone"
    return value or "none"
