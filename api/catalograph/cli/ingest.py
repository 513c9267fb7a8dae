"""`catalograph ingest`: feeds into the graph."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from catalograph.ingest import IngestReport, Progress

_Files = Annotated[
    list[str], typer.Argument(help="JSONL, CSV, TSV or Parquet, gzipped or not; - is stdin.")
]
_MappingName = Annotated[
    str | None,
    typer.Option("--mapping", help="A shipped mapping's name or a YAML file, for all files."),
]
_Guess = Annotated[
    bool, typer.Option("--guess", help="Print a proposed mapping for the first file, and stop.")
]
_AsJson = Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Write nothing; say what would be.")]
_Rejected = Annotated[
    Path | None,
    typer.Option(
        "--rejected",
        help="File for rejected rows, with line and reason. "
        "Default: FILE.rejected.jsonl in the working folder; none in a dry run.",
    ),
]

_app = typer.Typer(help="Read feeds into the graph.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_app, name="ingest")


@_app.command()
def catalog(
    files: _Files,
    mapping: _MappingName = None,
    guess: _Guess = False,
    as_json: _AsJson = False,
    dry_run: _DryRun = False,
    rejected: _Rejected = None,
) -> None:
    """Read product catalogues."""
    _ingest("catalog", files, mapping, guess, as_json, dry_run=dry_run, rejected=rejected)


@_app.command()
def reviews(
    files: _Files,
    mapping: _MappingName = None,
    guess: _Guess = False,
    as_json: _AsJson = False,
    dry_run: _DryRun = False,
    rejected: _Rejected = None,
) -> None:
    """Read reviews; user ids become pseudonyms."""
    _ingest("reviews", files, mapping, guess, as_json, dry_run=dry_run, rejected=rejected)


@_app.command()
def events(
    files: _Files,
    mapping: _MappingName = None,
    guess: _Guess = False,
    as_json: _AsJson = False,
    dry_run: _DryRun = False,
    rejected: _Rejected = None,
) -> None:
    """Read events: query, view, click, cart, purchase, review, share."""
    _ingest("events", files, mapping, guess, as_json, dry_run=dry_run, rejected=rejected)


@_app.command()
def triples(
    folder: Annotated[Path, typer.Argument(help="Holds kg.tsv, product.tsv and name tables.")],
    source: Annotated[
        str | None, typer.Option(help="Name of the feed. Default: the folder's name.")
    ] = None,
    as_json: _AsJson = False,
    dry_run: _DryRun = False,
    rejected: _Rejected = None,
) -> None:
    """Read knowledge-graph triples and the purchases to train on; test.tsv is never read."""
    from catalograph.ingest import ingest_triples
    from catalograph.settings import load_settings
    from catalograph.store import open_store

    settings = load_settings()
    with open_store(settings) as store, _progress() as progress:
        report = ingest_triples(
            folder,
            store,
            settings,
            source=source,
            dry_run=dry_run,
            progress=progress,
            rejected=rejected,
        )
    _show(report, as_json)


def _ingest(
    kind: Literal["catalog", "reviews", "events"],
    files: list[str],
    mapping: str | None,
    guess: bool,
    as_json: bool,
    **options: Any,
) -> None:
    from catalograph import ingest
    from catalograph.settings import load_settings
    from catalograph.store import open_store

    if guess:
        typer.echo(ingest.dump_mapping(ingest.propose_mapping(files[0], kind)), nl=False)
        return
    run = {
        "catalog": ingest.ingest_catalog,
        "reviews": ingest.ingest_reviews,
        "events": ingest.ingest_events,
    }[kind]
    settings = load_settings()
    chosen = None if mapping is None else ingest.find_mapping(mapping)
    with open_store(settings) as store, _progress() as progress:
        report = run(files, store, settings, chosen, progress=progress, **options)
    _show(report, as_json)


@contextmanager
def _progress() -> "Iterator[Progress | None]":
    """A bar with rate and time left on standard error, when that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
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


def _show(report: "IngestReport", as_json: bool) -> None:
    from catalograph.cli.output import print_json, print_table

    if as_json:
        print_json(report.as_dict())
        return
    title = f"{report.kind}: dry run, nothing written" if report.dry_run else report.kind
    would = "would be written" if report.dry_run else "written"
    print_table(
        f"ingest {title}",
        ["rows", would, "unchanged", "superseded", "rejected", "values dropped", "triples"],
        [
            [
                report.rows,
                report.written,
                report.unchanged,
                report.superseded,
                report.rejected,
                report.value_rejections,
                report.triples,
            ]
        ],
    )
    for name, mapping in report.files:
        typer.echo(f"{name}: mapping {mapping}")
    for reason, count in list(report.reasons.items())[:10]:
        typer.echo(f"{count:,} × {reason}")
    for path in report.rejected_files:
        typer.echo(f"What was rejected, and why: {path}")
    typer.echo(
        f"{report.seconds:,.1f} s, {report.rows_per_second:,.0f} rows a second, "
        f"{report.peak_mb:,.0f} MiB at most"
    )
