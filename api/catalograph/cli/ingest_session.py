"""What the commands of `ingest` share: the store, and progress on the terminal."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from catalograph.ingest import Progress
    from catalograph.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Write nothing; say what would be.")]
Rejected = Annotated[
    Path | None,
    typer.Option(
        "--rejected",
        help="File for rejected rows, with line and reason. "
        "Default: FILE.rejected.jsonl in the working folder; none in a dry run.",
    ),
]
AllowShrink = Annotated[
    bool,
    typer.Option("--allow-shrink", help="Withdraw them even if they are more than a snapshot may."),
]


@contextmanager
def open_writer(settings: "Settings", *, dry_run: bool) -> "Iterator[Any]":
    """Open the store; a dry run needs none."""
    from catalograph.errors import MissingSettingError, StoreUnavailableError
    from catalograph.ingest import DryRunWriter
    from catalograph.store import open_store

    with ExitStack() as stack:
        try:
            store: Any = stack.enter_context(open_store(settings, read_only=dry_run))
        except (StoreUnavailableError, MissingSettingError):
            if not dry_run:
                raise
            typer.echo("No database answers: every valid record counts as new.", err=True)
            store = DryRunWriter()
        yield store


@contextmanager
def show_progress() -> "Iterator[Progress]":
    """Show a bar with rate and time left on standard error; off a terminal, a line now and then."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from catalograph.cli.progress import ProgressLine

    console = Console(stderr=True)
    if not console.is_terminal:
        with ProgressLine() as line:
            yield lambda doing, share, rows: line.update(f"{doing}: {share:.0%}, {rows:,} rows")
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %  {task.fields[rows]:,} rows, {task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        tasks: dict[str, Any] = {}

        def notify(doing: str, share: float, rows: int) -> None:
            if doing not in tasks:
                tasks[doing] = bars.add_task(doing, total=1.0, rows=0, rate="")
            elapsed = bars.tasks[tasks[doing]].elapsed or 0.0
            rate = f"{rows / elapsed:,.0f}/s" if elapsed else ""
            bars.update(tasks[doing], completed=share, rows=rows, rate=rate)

        yield notify
