"""`catalograph up | down | status | doctor`: the managed Neo4j."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from catalograph.settings import Settings
    from catalograph.store import Capabilities

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(up)
    app.command()(down)
    app.command()(status)
    app.command()(doctor)


def up(as_json: Json = False) -> None:
    """Start the managed Neo4j and leave it running; says so if it runs already.

    The first start downloads its parts.
    """
    from catalograph.cli.output import print_json
    from catalograph.settings import load_settings
    from catalograph.store import managed_server

    settings = load_settings()
    managed_server.assemble(settings, progress=_show_download)
    info, started = managed_server.start_server(settings)
    if as_json:
        print_json({"started": started, **_facts(info)})
        return
    _print_facts("Neo4j is up." if started else "Neo4j is already up.", _facts(info))


def down(as_json: Json = False) -> None:
    """Stop the managed Neo4j; its data stays."""
    from catalograph.cli.output import print_json
    from catalograph.settings import load_settings
    from catalograph.store import managed_server

    stopped = managed_server.stop_server(load_settings())
    if as_json:
        print_json({"stopped": stopped})
        return
    typer.echo("Neo4j is down." if stopped else "Neo4j was not running.")


def status(as_json: Json = False) -> None:
    """Say whether the managed Neo4j, or a demo's, runs, and where; exit 1 if neither does.

    With CATALOGRAPH_NEO4J__URI set, that server is asked.
    """
    from catalograph.cli.output import print_json
    from catalograph.settings import load_settings
    from catalograph.store import managed_server

    settings = load_settings()
    if settings.neo4j.uri is not None:
        _external_status(settings, as_json)
        return
    info = managed_server.status(settings)
    facts = _facts(info) if info else {}
    if as_json:
        print_json({"running": info is not None, **facts})
    elif info and managed_server.is_demo(settings, info):
        _print_facts("The demo's Neo4j is up, and ends with the demo.", facts)
    elif info:
        _print_facts("Neo4j is up.", facts)
    else:
        typer.echo("Neo4j is not running. Start it with: catalograph up")
    if info is None:
        raise typer.Exit(1)


def _external_status(settings: "Settings", as_json: bool) -> None:
    """Print whether the server of CATALOGRAPH_NEO4J__URI accepts our login; exit 1 if not."""
    from catalograph.cli.output import print_json
    from catalograph.errors import StoreError
    from catalograph.store import connect, read_capabilities

    fault = ""
    facts: dict[str, object] = {"bolt": settings.neo4j.uri, "user": settings.neo4j.user}
    try:
        with connect(settings, read_only=True) as connection:
            facts |= _describe_offer(read_capabilities(connection))
    except StoreError as exc:
        fault = str(exc)
    if as_json:
        print_json({"running": not fault, **facts, **({"error": fault} if fault else {})})
    elif fault:
        typer.echo(fault, err=True)
    else:
        _print_facts("Neo4j is up, as CATALOGRAPH_NEO4J__URI names it.", facts)
    if fault:
        raise typer.Exit(1)


def _describe_offer(found: "Capabilities") -> dict[str, object]:
    """Return what a server offers and permits, for people and programs."""
    return {
        "writable": found.writable,
        "refusal": found.refusal or None,
        "edition": found.edition,
        "servers": found.servers,
        "roles": None if found.roles is None else list(found.roles),
        "features": list(found.features),
    }


def doctor(as_json: Json = False) -> None:
    """Check Java, jars, server, versions, indexes, records, memory, disk, ports; print remedies."""
    from dataclasses import asdict

    from catalograph.cli.output import print_json, print_table
    from catalograph.settings import load_settings
    from catalograph.store import managed_server

    checks = managed_server.diagnose(load_settings())
    healthy = all(check.ok for check in checks)
    if as_json:
        print_json({"ok": healthy, "checks": [asdict(check) for check in checks]})
    else:
        rows = [(c.name, "ok" if c.ok else "FAILS", c.detail, c.remedy) for c in checks]
        print_table("Doctor", ("check", "result", "found", "remedy"), rows)
    if not healthy:
        raise typer.Exit(1)


def _facts(info: Any) -> dict[str, object]:
    """Return the public facts of a server: the place of its password, never the password."""
    return {
        "bolt": info.uri,
        "browser": info.browser_url,
        "user": info.user,
        "password_file": str(info.password_file),
        "data": str(info.data_dir),
        "pid": info.pid,
    }


def _print_facts(title: str, facts: Mapping[str, object]) -> None:
    typer.echo(title)
    for name, value in facts.items():
        shown = {None: "none", True: "yes", False: "no"}.get(value, value)  # type: ignore[call-overload]
        if isinstance(value, list):
            shown = ", ".join(value) or "none"
        typer.echo(f"  {name.replace('_', ' '):<14}{shown}")


def _show_download(done: int, total: int) -> None:
    """Show a counter of the downloaded parts in one line on standard error, on a terminal only."""
    import sys

    if sys.stderr.isatty():
        typer.echo(f"\rFetching Neo4j: {done} of {total}", err=True, nl=done == total)
