"""`catalograph cypher`: a free or saved Cypher query, checked by the analysts' gate."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from catalograph.store import AsyncConnection
    from catalograph.store.analyst import SavedQuery, StatementResult

T = TypeVar("T")
_CALLER = "command line"
"""Name of the command's callers in the database's list of transactions."""


class Format(StrEnum):
    """Output format of an answer."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("cypher")(cypher)


def cypher(
    query: Annotated[
        str | None, typer.Argument(help="The statement; `-` or nothing reads standard input.")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="File that holds the statement.")] = None,
    saved: Annotated[str | None, typer.Option(help="Name of a saved query.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the saved queries.")] = False,
    param: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", help="A parameter, as JSON or as text; may be repeated."
        ),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Rows at most.")] = 100,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds at most.")] = 30.0,
    explain: Annotated[bool, typer.Option("--explain", help="Show the plan, do not run.")] = False,
) -> None:
    """Ask the graph in Cypher; only statements that read are let through."""
    from catalograph.cli.output import print_json
    from catalograph.store.analyst import (
        StatementLimits,
        ask_statement,
        explain_statement,
        saved_query,
    )

    if as_json:
        format_ = Format.JSON
    if list_:
        _print_library(format_)
        return
    chosen = saved_query(saved) if saved else None
    text = chosen.text if chosen else _statement(query, file)
    given = _parameters(param or [], chosen)
    if chosen:
        given = chosen.fill(given)
    if explain:
        lines = _run_connected(lambda c: explain_statement(c, text, given, caller=_CALLER))
        if as_json:
            print_json({"plan": lines})
        else:
            typer.echo("\n".join(lines))
        return
    limits = StatementLimits(timeout, limit)
    answer = _run_connected(lambda c: ask_statement(c, text, given, limits, caller=_CALLER))
    _print_answer(chosen.explain_empty(answer, given) if chosen else answer, format_)


def _statement(query: str | None, file: Path | None) -> str:
    """Return the statement from the argument, the file or standard input."""
    import sys

    if file is not None and query is None:
        try:
            return file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as exc:
            raise typer.BadParameter(f"cannot be read: {exc}", param_hint="--file") from exc
    if file is not None:
        raise typer.BadParameter("Give the statement or --file, not both.")
    return sys.stdin.read() if query in (None, "-") else str(query)


def _parameters(given: list[str], saved: "SavedQuery | None") -> dict[str, Any]:
    """Read NAME=VALUE pairs; a value is JSON where it parses, unless the saved query wants text."""
    import orjson

    texts = {p.name for p in saved.parameters if p.type == "STRING"} if saved else set()
    values: dict[str, Any] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"'{pair}' is not NAME=VALUE", param_hint="--param")
        try:
            values[name] = value if name in texts else orjson.loads(value)
        except orjson.JSONDecodeError:
            values[name] = value
    return values


def _run_connected(work: "Callable[[AsyncConnection], Coroutine[Any, Any, T]]") -> T:
    import asyncio

    from catalograph.settings import load_settings
    from catalograph.store import AsyncConnection, resolve_address

    async def run() -> T:
        connection = AsyncConnection(resolve_address(load_settings()))
        try:
            return await work(connection)
        finally:
            await connection.close()

    return asyncio.run(run())


def _print_library(format_: Format) -> None:
    from dataclasses import asdict

    from catalograph.cli.output import print_json, print_table
    from catalograph.store.analyst import saved_queries

    queries = saved_queries()
    if format_ is Format.JSON:
        print_json([asdict(query) for query in queries])
        return
    rows = [
        (q.name, q.question, " ".join(f"{p.name}{'' if p.required else '?'}" for p in q.parameters))
        for q in queries
    ]
    _print_rows(("name", "question", "parameters"), rows, format_, "Saved queries", print_table)


def _print_answer(answer: "StatementResult", format_: Format) -> None:
    from dataclasses import asdict

    from catalograph.cli.output import print_json, print_table
    from catalograph.store.analyst import csv_cell

    if format_ is Format.JSON:
        print_json(asdict(answer))
        return
    rows = [tuple(csv_cell(value) for value in row) for row in answer.rows]
    _print_rows(answer.columns, rows, format_, "", print_table)
    for notice in answer.notifications:
        typer.echo(f"{notice.title}: {notice.description}", err=True)
    more = ", and more that are not shown (--limit)" if answer.truncated else ""
    count = "1 row" if len(rows) == 1 else f"{len(rows):,} rows"
    typer.echo(f"{count}{more}, {answer.milliseconds:,.0f} ms", err=True)


def _print_rows(columns: Any, rows: Any, format_: Format, title: str, table: Any) -> None:
    import csv
    import sys

    if format_ is Format.CSV:
        csv.writer(sys.stdout, lineterminator="\n").writerows([columns, *rows])
    else:
        table(title, columns, rows)
