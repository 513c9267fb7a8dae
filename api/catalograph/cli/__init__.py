"""The `catalograph` command: one verb tree.

Modules here import nothing but typer at their top, so that `--help` stays quick; each command
parses, builds the settings, calls one library function and prints.
"""

import sys

import typer

from catalograph.cli import (
    api_key,
    backup,
    complete,
    cypher,
    demo,
    embed,
    erase,
    eval,
    ingest,
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
)
from catalograph.errors import CatalographError

__all__ = ["app", "main"]

app = typer.Typer(
    name="catalograph",
    help="A knowledge platform for commerce on Neo4j.",
    no_args_is_help=True,
    add_completion=False,
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
    train,
    eval,
    report,
    what_if,
    erase,
    cypher,
    serve,
    api_key,
):
    _module.register(app)


def main() -> None:
    """Run the command line; exit 0 on success, 1 on a failure, 2 on wrong usage."""
    try:
        app()
    except CatalographError as exc:
        sys.stderr.write(f"Error: {exc}\n")
        raise SystemExit(1) from exc
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. Run the same command again to go on.\n")
        raise SystemExit(130) from None
