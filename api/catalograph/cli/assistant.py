"""`catalograph assistant`: what the assistant could not answer, for review."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalograph.cli.options import Json

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEADS = ("time", "turn", "read as", "status", "handed over", "helpful", "comment")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="What the assistant could not answer.")
    group.command("unanswered")(list_unanswered)
    app.add_typer(group, name="assistant")


def list_unanswered(
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days back.")] = 28,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Turns at most.")] = 100,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="File of rows for `train intent`, with a blank `intent` each."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """List turns without an answer, left to a person, or found unhelpful; newest first.

    In the file, fill in the `intent` of the rows that you decide, or `none`; `catalograph train
    intent` learns from these and passes over the others.
    """
    import asyncio
    from datetime import UTC, datetime, timedelta

    from catalograph.cli.output import print_json, print_table
    from catalograph.settings import load_settings
    from catalograph.store import AsyncConnection, resolve_address
    from catalograph.store.ledger.conversations import read_unanswered_turns

    async def read() -> "Sequence[dict[str, Any]]":
        connection = AsyncConnection(resolve_address(load_settings()))
        try:
            since = datetime.now(UTC) - timedelta(days=days)
            return await read_unanswered_turns(connection, since, limit)
        finally:
            await connection.close()

    rows = asyncio.run(read())
    if output is not None:
        _write_rows(rows, output)
    if as_json:
        print_json([{**row, "time": row["time"].isoformat()} for row in rows])
        return
    table = [
        (
            f"{row['time']:%Y-%m-%d %H:%M}", row["text"], " ".join(row["intents"]), row["status"],
            row["hand_over"] or "", {None: "", True: "yes", False: "no"}[row["helpful"]],
            row["comment"] or "",
        )
        for row in rows
    ]  # fmt: skip
    print_table("Unanswered turns", _HEADS, table)


def _write_rows(rows: "Sequence[dict[str, Any]]", file: Path) -> None:
    """Write a row for each text, tab separated, with what it was read as.

    Raises:
        ConfigError: the file cannot be written.
    """
    import csv

    from catalograph.errors import ConfigError

    texts = {" ".join(row["text"].split()): row for row in rows}
    try:
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.writer(opened, delimiter="\t", lineterminator="\n")
            writer.writerow(("utterance", "intent", "read_as", "status", "language"))
            for text, row in texts.items():
                read_as = " ".join(row["intents"])
                writer.writerow((text, "", read_as, row["status"], row["language"]))
    except OSError as exc:
        raise ConfigError(f"--output '{file}' cannot be written: {exc.strerror}.") from exc
