"""Output of commands: a table for people, one JSON object for programs."""

from collections.abc import Iterable, Sequence
from typing import Any


def print_json(value: Any) -> None:
    """Print one JSON object on standard output."""
    import orjson

    print(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode())


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table on standard output; numbers are right-aligned.

    Texts are printed as they are: a title such as `[red]` is not markup. Ids and other words are
    never broken, so that they can be copied: in a narrow terminal the table is wider than its
    lines, and into a file or pipe it is as wide as it needs to be.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.measure import Measurement
    from rich.table import Table

    body = [list(row) for row in rows]
    table = Table(title=escape(title), title_justify="left")
    for n, name in enumerate(columns):
        numeric = bool(body) and all(isinstance(row[n], int | float) for row in body)
        words = all(len(str(row[n]).split()) <= 1 for row in body)
        table.add_column(
            name, justify="right" if numeric else "left", overflow="fold", no_wrap=words
        )
    for row in body:
        table.add_row(*(f"{v:,}" if isinstance(v, int) else escape(str(v)) for v in row))
    # Keys such as `product:a:1` are no emoji.
    console = Console(emoji=False)
    # Off a terminal rich would assume 80 columns and cut the table.
    needed = Measurement.get(console, console.options.update(max_width=_WIDEST), table)
    if console.is_terminal:
        console.width = max(console.width, needed.minimum)
    else:
        console.width = needed.maximum
    console.print(table)


_WIDEST = 100_000
