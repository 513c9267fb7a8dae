"""`catalograph ingest`: feeds into the graph."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from catalograph.cli.registry_commands import ExtractorCommand, FeedCommand

if TYPE_CHECKING:
    from catalograph.cli.extractor_options import ExtractorOptions
    from catalograph.ingest import IngestReport, Progress
    from catalograph.ingest.extract.protocol import TextReader
    from catalograph.store import Writer

_Files = Annotated[list[str], typer.Argument(help="Feeds.")]
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
_Source = Annotated[
    str | None,
    typer.Option("--source", help="Name of the feed. Default: the mapping's."),
]
_Encoding = Annotated[
    str | None,
    typer.Option(
        "--encoding",
        help="Encoding of the text, such as `gb18030`, `big5` or `shift_jis`. "
        "Default: the mapping's, else detected.",
    ),
]
_NoDictionary = Annotated[
    bool,
    typer.Option(
        "--no-dictionary",
        help="Read texts by rules alone, without values learned from the feed, as a stream does.",
    ),
]
_Snapshot = Annotated[
    bool,
    typer.Option(
        "--snapshot",
        help="The files are all there is: withdraw the products that are missing from them.",
    ),
]
_AllowShrink = Annotated[
    bool,
    typer.Option("--allow-shrink", help="Withdraw them even if they are more than a snapshot may."),
]

_PLACED_AT_MOST = 1_000
"""Maximum number of changed products to place; with more, a new training is quicker."""

_app = typer.Typer(help="Read feeds into the graph.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_app, name="ingest")


@_app.command(cls=ExtractorCommand)
def catalog(
    context: typer.Context,
    files: _Files,
    mapping: _MappingName = None,
    guess: _Guess = False,
    as_json: _AsJson = False,
    dry_run: _DryRun = False,
    rejected: _Rejected = None,
    source: _Source = None,
    encoding: _Encoding = None,
    no_dictionary: _NoDictionary = False,
    snapshot: _Snapshot = False,
    allow_shrink: _AllowShrink = False,
) -> None:
    """Read product catalogues."""
    _ingest(
        "catalog",
        files,
        mapping,
        guess,
        as_json,
        reading=lambda texts: texts.find_reader(context.obj),
        dry_run=dry_run,
        rejected=rejected,
        source=source,
        encoding=encoding,
        learn=not no_dictionary,
        snapshot=snapshot,
        allow_shrink=allow_shrink,
    )


@_app.command(cls=FeedCommand)
def reviews(
    files: _Files,
    mapping: _MappingName = None,
    guess: _Guess = False,
    as_json: _AsJson = False,
    dry_run: _DryRun = False,
    rejected: _Rejected = None,
    source: _Source = None,
    encoding: _Encoding = None,
    aspects: Annotated[
        str | None,
        typer.Option(
            "--aspects",
            help="Read what reviews speak of: `rules`, or a folder of `train aspects`.",
        ),
    ] = None,
) -> None:
    """Read reviews; user ids become pseudonyms."""
    from catalograph.ingest.language.aspects import AspectReader

    options: dict[str, Any] = {"dry_run": dry_run, "rejected": rejected, "source": source}
    options["encoding"] = encoding
    if aspects is not None:
        rules = aspects == "rules"
        options["aspects"] = AspectReader() if rules else AspectReader.load(Path(aspects))
    _ingest("reviews", files, mapping, guess, as_json, **options)


@_app.command(cls=FeedCommand)
def events(
    files: _Files,
    mapping: _MappingName = None,
    guess: _Guess = False,
    as_json: _AsJson = False,
    dry_run: _DryRun = False,
    rejected: _Rejected = None,
    source: _Source = None,
    encoding: _Encoding = None,
) -> None:
    """Read events: query, view, click, cart, purchase, review, share, like, dismiss."""
    options: dict[str, Any] = {"dry_run": dry_run, "rejected": rejected, "source": source}
    options["encoding"] = encoding
    _ingest("events", files, mapping, guess, as_json, **options)


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


@_app.command(cls=ExtractorCommand)
def texts(
    context: typer.Context,
    source: _Source = None,
    as_json: _AsJson = False,
) -> None:
    """Read the texts of products that are in the graph, as far as something changed."""
    from catalograph.cli.extractor_options import ExtractorOptions
    from catalograph.cli.output import print_json
    from catalograph.ingest.reextract import read_feed_texts
    from catalograph.settings import load_settings
    from catalograph.store import open_store

    settings = load_settings()
    with (
        open_store(settings) as store,
        ExtractorOptions(settings, store) as reading,
        _progress() as notify,
    ):
        reader = reading.reader(context.obj)
        run = store.start_run("texts", {"source": source})
        stage = reading.stage(reader, run)
        report = read_feed_texts(store.connection, store, stage, run, source, notify)
        store.finish_run(run, report)
    if as_json:
        print_json({"run": run} | report)
        return
    _show_texts(report)


@_app.command()
def watch(
    folder: Annotated[Path, typer.Argument(help="New files in it are read and moved aside.")],
    mapping: _MappingName = None,
    source: _Source = None,
    no_dictionary: _NoDictionary = False,
    snapshot: _Snapshot = False,
    allow_shrink: _AllowShrink = False,
    settle: Annotated[
        float, typer.Option(help="Seconds a file must be unchanged to count as complete.", min=0)
    ] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="End when no file is left.")] = False,
) -> None:
    """Follow a folder; one JSON line for each file. Folders in it: catalog, reviews, events."""
    from catalograph.cli.output import print_json
    from catalograph.ingest import find_mapping
    from catalograph.ingest.signals import stop_on_signals
    from catalograph.ingest.watch import watch_folder
    from catalograph.settings import load_settings
    from catalograph.store import open_store

    settings = load_settings()
    chosen = None if mapping is None else find_mapping(mapping)
    stop = stop_on_signals()
    with open_store(settings) as store:
        for done in watch_folder(
            folder,
            store,
            settings,
            chosen,
            stop=stop.event,
            settle=settle,
            once=once,
            source=source,
            learn=not no_dictionary,
            snapshot=snapshot,
            allow_shrink=allow_shrink,
        ):
            report = done.report.as_dict() if done.report else None
            said = {"file": str(done.file), "moved": str(done.moved), "error": done.error}
            print_json(said | {"report": report})


@_app.command()
def stream(
    topic: Annotated[str, typer.Option(help="Name of the Kafka topic.")],
    mapping: Annotated[
        str, typer.Option(help="A shipped mapping's name or a YAML file; its kind is the topic's.")
    ],
    bootstrap: Annotated[
        str, typer.Option(help="Brokers as host:port, with commas between.")
    ] = "127.0.0.1:9092",
    kind: Annotated[
        str | None, typer.Option(help="catalog, reviews or events. Default: the mapping's.")
    ] = None,
    group: Annotated[str | None, typer.Option(help="Consumer group.")] = None,
    config: Annotated[
        list[str] | None,
        typer.Option("--config", help="A setting of librdkafka as NAME=VALUE; repeatable."),
    ] = None,
    source: _Source = None,
    until_end: Annotated[
        bool, typer.Option("--until-end", help="Stop at the last message there is at the start.")
    ] = False,
    as_json: _AsJson = False,
    rejected: _Rejected = None,
) -> None:
    """Read a Kafka topic of JSON messages, exactly once in effect; SIGTERM ends it in order.

    A message without value withdraws the record of its key. Texts are read by rules alone.
    """
    from catalograph.ingest import find_mapping
    from catalograph.ingest.feeds import with_source
    from catalograph.ingest.signals import stop_on_signals
    from catalograph.ingest.stream import StreamTopic, ingest_stream
    from catalograph.settings import load_settings
    from catalograph.store import open_store

    settings = load_settings()
    chosen = with_source(find_mapping(mapping), source)
    pairs = tuple((name, value) for name, _, value in (c.partition("=") for c in config or ()))
    stop = stop_on_signals()
    with open_store(settings) as store:
        report = ingest_stream(
            StreamTopic(topic, bootstrap, group, pairs),
            store,
            settings,
            chosen,
            kind or chosen.kind,
            until_end=until_end,
            rejected=rejected,
            stop=stop,
        )
    _show(report, as_json)


def _ingest(
    kind: Literal["catalog", "reviews", "events"],
    files: list[str],
    mapping: str | None,
    guess: bool,
    as_json: bool,
    reading: "Callable[[ExtractorOptions], TextReader | None]" = lambda _: None,
    **options: Any,
) -> None:
    from catalograph import ingest
    from catalograph.cli.extractor_options import ExtractorOptions
    from catalograph.ingest.quarantine import open_quarantine
    from catalograph.ingest.readers import ReadOptions
    from catalograph.settings import load_settings
    from catalograph.store import open_store

    if guess:
        reading_options = ReadOptions(encoding=options["encoding"])
        proposed = ingest.propose_mapping(files[0], kind, reading_options)
        typer.echo(ingest.dump_mapping(proposed), nl=False)
        return
    run = {
        "catalog": ingest.ingest_catalog,
        "reviews": ingest.ingest_reviews,
        "events": ingest.ingest_events,
    }[kind]
    settings = load_settings()
    chosen = None if mapping is None else ingest.find_mapping(mapping)
    with (
        open_store(settings) as store,
        open_quarantine(settings) as quarantine,
        ExtractorOptions(settings, store) as texts,
        _progress() as progress,
    ):
        options |= {"progress": progress, "quarantine": quarantine}
        reader = reading(texts)
        if reader is not None:
            options["texts"] = lambda run: texts.stage(reader, run)
        begun = datetime.now(UTC)
        report = run(files, store, settings, chosen, **options)
        if kind == "catalog" and report.run is not None:
            place_changed_products(store, begun)
    _show(report, as_json)
    if report.refused:
        raise typer.Exit(1)


def place_changed_products(store: "Writer", since: datetime) -> None:
    """Place the products that changed since then in the live preference model, if they are few."""
    from catalograph.store.models.incremental_placement import place_products

    changed = store.changed_products(since)
    if len(changed) > _PLACED_AT_MOST:
        typer.echo(
            f"{len(changed):,} products changed: run `catalograph embed preference`", err=True
        )
        return
    if placed := place_products(store.connection, changed):
        typer.echo(f"{len(placed):,} products can be recommended by their facts", err=True)


@contextmanager
def _progress() -> "Iterator[Progress]":
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


def _show(report: "IngestReport", as_json: bool) -> None:
    from catalograph.cli.output import print_json, print_table

    if as_json:
        print_json(report.as_dict())
        return
    title = f"{report.kind}: dry run, nothing written" if report.dry_run else report.kind
    would = "would be written" if report.dry_run else "written"
    print_table(
        f"ingest {title}",
        [
            "rows",
            would,
            "unchanged",
            "superseded",
            "withdrawn",
            "rejected",
            "values dropped",
            "triples",
        ],
        [
            [
                report.rows,
                report.written,
                report.unchanged,
                report.superseded,
                report.withdrawn,
                report.rejected,
                report.value_rejections,
                report.triples,
            ]
        ],
    )
    if report.texts:
        _show_texts(report.texts)
    for name, mapping in report.files:
        typer.echo(f"{name}: mapping {mapping}")
    for reason, count in list(report.reasons.items())[:10]:
        typer.echo(f"{count:,} × {reason}")
    for note, count in report.notes.items():
        typer.echo(f"{count:,} {note}")
    if report.vanished:
        typer.echo(f"{report.vanished:,} records are missing from the snapshot and withdrawn")
    if report.refused:
        typer.echo(report.refused, err=True)
    for path in report.rejected_files:
        typer.echo(f"What was rejected, and why: {path}")
    typer.echo(
        f"{report.seconds:,.1f} s, {report.rows_per_second:,.0f} rows a second, "
        f"{report.peak_mb:,.0f} MiB at most"
    )


def _show_texts(told: "Mapping[str, Any]") -> None:
    said = ", ".join(f"{value:,} {name.replace('_', ' ')}" for name, value in _flat(told))
    typer.echo(f"Texts: {said}")


def _flat(told: "Mapping[str, Any]") -> "Iterator[tuple[str, float]]":
    for name, value in told.items():
        if isinstance(value, dict):
            yield from ((f"{name} {inner}", number) for inner, number in _flat(value))
        elif isinstance(value, int | float):
            yield name, value
