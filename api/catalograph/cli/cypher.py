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
_MODEL_SECONDS = 600.0
"""Seconds for two answers of a language model on a slow machine."""


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
    ask: Annotated[
        str | None,
        typer.Option(metavar="QUESTION", help="A question in words; its statement is shown."),
    ] = None,
    by_model: Annotated[
        bool,
        typer.Option("--by-model", help="With --ask: let the language model write, not a plan."),
    ] = False,
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
    from catalograph.store.analyst import StatementLimits, ask_statement, saved_query

    if as_json:
        format_ = Format.JSON
    if list_:
        _print_library(format_)
        return
    if ask is not None:
        if query is not None or file or saved or param or explain:
            raise typer.BadParameter(
                "It stands alone, with --by-model, --limit, --timeout and --format.",
                param_hint="--ask",
            )
        _print_asked(_ask_in_words(ask, by_model, limit, timeout), format_)
        return
    chosen = saved_query(saved) if saved else None
    text = chosen.text if chosen else _statement(query, file)
    given = _parameters(param or [], chosen)
    if chosen:
        given = chosen.fill(given)
    if explain:
        _print_plan(text, given, as_json=as_json)
        return
    limits = StatementLimits(timeout, limit)
    answer = _run_connected(lambda c: ask_statement(c, text, given, limits, caller=_CALLER))
    _print_answer(chosen.explain_empty(answer, given) if chosen else answer, format_)


def _print_plan(text: str, given: dict[str, Any], *, as_json: bool) -> None:
    from catalograph.cli.output import print_json
    from catalograph.store.analyst import explain_statement

    lines = _run_connected(lambda c: explain_statement(c, text, given, caller=_CALLER))
    if as_json:
        print_json({"plan": lines})
    else:
        typer.echo("\n".join(lines))


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


def _ask_in_words(question: str, by_model: bool, rows: int, seconds: float) -> dict[str, Any]:
    """Return the statement and rows of a question, by the API in this process."""
    import asyncio

    from catalograph.cli.light import import_store
    from catalograph.cli.local_client import open_client

    import_store()

    async def ask() -> dict[str, Any]:
        changes: dict[str, Any] = {"cypher": True, "cypher_rows": rows, "cypher_timeout": seconds}
        async with open_client(None, seconds=_MODEL_SECONDS + seconds, **changes) as client:
            body = {"ask": question, "byModel": by_model}
            answer: dict[str, Any] = (await client.post("/cypher", json=body)).json()
            return answer

    return asyncio.run(ask())


def _print_asked(found: dict[str, Any], format_: Format) -> None:
    """Print the statement of a question, and its rows or why there are none.

    Raises:
        StatementError: the question has no statement, or its statement failed.
    """
    from catalograph.cli.output import print_json
    from catalograph.errors import StatementInvalidError, StatementRefusedError
    from catalograph.store.analyst import Notification, StatementResult

    statement = found.pop("statement", None)
    if format_ is Format.JSON and "error" not in found:
        print_json({"statement": statement, **found})
        return
    if statement is not None:
        _print_statement(statement)
    if "error" in found:
        refused = found["error"]["code"] == "CYPHER_REFUSED"
        raise (StatementRefusedError if refused else StatementInvalidError)(
            found["error"]["message"]
        )
    notices = tuple(Notification(**one) for one in found.pop("notifications"))
    _print_answer(StatementResult(**found, notifications=notices), format_)


def _print_statement(statement: dict[str, Any]) -> None:
    import orjson

    if "writtenBy" in statement:
        typer.echo(f"// written by {statement['writtenBy']}", err=True)
    if statement.get("plan"):
        typer.echo(f"// plan: {orjson.dumps(statement['plan']).decode()}", err=True)
    for one in statement.get("corrections", ()):
        typer.echo(f"// corrected: {one}", err=True)
    typer.echo(statement["text"], err=True)
    for name, value in statement.get("parameters", {}).items():
        typer.echo(f"// ${name} = {orjson.dumps(value).decode()}", err=True)


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
