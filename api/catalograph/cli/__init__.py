"""The `catalograph` command: one verb tree.

Modules here import nothing but typer at their top, so that `--help` stays quick; each command
parses, builds the settings, calls one library function and prints.
"""

import sys
from typing import Annotated

import typer

from catalograph.cli import (
    api_key,
    assistant,
    backup,
    chat,
    complete,
    cypher,
    demo,
    embed,
    erase,
    eval,
    export,
    federate,
    ingest,
    learn,
    mcp,
    opinions,
    privacy,
    quarantine,
    report,
    resolve,
    review,
    runs,
    schema,
    serve,
    server,
    train,
    what_if,
    write,
)
from catalograph.errors import CatalographError, MissingExtraError

__all__ = ["app", "main"]

app = typer.Typer(
    name="catalograph",
    help="A knowledge platform for commerce on Neo4j.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for _module in (
    demo,
    server,
    backup,
    schema,
    ingest,
    runs,
    quarantine,
    resolve,
    review,
    complete,
    embed,
    learn,
    federate,
    train,
    eval,
    report,
    what_if,
    opinions,
    write,
    erase,
    privacy,
    cypher,
    export,
    serve,
    chat,
    assistant,
    mcp,
    api_key,
):
    _module.register(app)


EXIT_CODES = {
    0: "The command did what it was asked.",
    1: "It failed, with one line `Error: …` on standard error; or it is a check "
    "(`status`, `doctor`, `schema check`) whose answer is no.",
    2: "Wrong usage: an unknown option, a missing argument, a value out of range.",
    130: "Stopped by Ctrl-C; the same command goes on where it was.",
}
"""Exit codes and their meaning."""


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"catalograph {version('catalograph')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """A knowledge platform for commerce on Neo4j."""


def main() -> None:
    """Run the command line; the process exits with one of `EXIT_CODES`."""
    try:
        _run()
    except CatalographError as exc:
        sys.stderr.write(f"Error: {exc}\n")
        raise SystemExit(1) from exc
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. Run the same command again to go on.\n")
        raise SystemExit(130) from None  # the shell's code for SIGINT: 128 + 2


def _run() -> None:
    """Run the command; if an optional package is missing, name the extra that has it."""
    try:
        app()
    except ModuleNotFoundError as exc:
        from catalograph.cli.extras import extra_of

        extra = extra_of(exc.name or "")
        if extra is None:
            raise
        raise MissingExtraError(extra, str(exc.name)) from exc
