"""`catalograph ingest bulk`: feeds into an empty graph, by way of Neo4j's importer."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalograph.cli import engine_options
from catalograph.cli.ingest_preview import print_proposal
from catalograph.cli.ingest_report import print_report
from catalograph.cli.ingest_session import AsJson, show_progress
from catalograph.cli.language import Lang

if TYPE_CHECKING:
    from catalograph.ingest.bulk_load import BulkFeed, BulkReport
    from catalograph.ingest.mapping import Kind
    from catalograph.settings import Settings

_NONE_GIVEN = "Name at least one feed: --catalog FILE, --reviews FILE or --events FILE."


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(bulk)


def _files(kind: str) -> Any:
    said = "a catalogue" if kind == "catalog" else kind
    return typer.Option(f"--{kind}", help=f"File of {said}; repeatable.")


def _mapping(kind: str) -> Any:
    text = f"Mapping of --{kind}: a shipped one's name or a YAML file. Default: by the columns."
    return typer.Option(f"--{kind}-mapping", help=text)


def _source(kind: str) -> Any:
    text = f"Name of the feed of --{kind}. Default: the mapping's."
    return typer.Option(f"--{kind}-source", help=text)


_Files = list[str] | None
_Name = str | None
_ProductSource = Annotated[
    str | None,
    typer.Option(
        "--product-source",
        help="Name of the catalogue whose products reviews and events name. Default: the "
        "mapping's, else the one of the load that knows their ids.",
    ),
]
_Guess = Annotated[
    bool,
    typer.Option(
        "--guess", help="Print a proposed mapping for the first file of each kind, and stop."
    ),
]
_Language = Annotated[
    list[str] | None,
    typer.Option(help="Preferred language of columns for several, such as `en`; repeatable."),
]
_Currency = Annotated[
    list[str] | None,
    typer.Option(help="Preferred currency of columns for several, such as `EUR`; repeatable."),
]
_Encoding = Annotated[
    str | None, typer.Option(help="Encoding of the text of all files. Default: detected.")
]
_NoDictionary = Annotated[
    bool,
    typer.Option("--no-dictionary", help="Read texts by rules alone, as a stream does."),
]
_Aspects = Annotated[
    str | None,
    typer.Option(
        help="Read what reviews speak of: `rules`, or a folder of `train aspects`. "
        "Default: CATALOGRAPH_TEXTS__ASPECTS."
    ),
]
_Processes = Annotated[
    int, typer.Option(min=1, help="Number of processes that read rows into files.")
]
_Compress = Annotated[
    bool,
    typer.Option(
        "--compress",
        help="Store facts of one record in less space, as `resolve compress` does; quicker.",
    ),
]


def bulk(
    catalog: Annotated[_Files, _files("catalog")] = None,
    catalog_mapping: Annotated[_Name, _mapping("catalog")] = None,
    catalog_source: Annotated[_Name, _source("catalog")] = None,
    reviews: Annotated[_Files, _files("reviews")] = None,
    reviews_mapping: Annotated[_Name, _mapping("reviews")] = None,
    reviews_source: Annotated[_Name, _source("reviews")] = None,
    events: Annotated[_Files, _files("events")] = None,
    events_mapping: Annotated[_Name, _mapping("events")] = None,
    events_source: Annotated[_Name, _source("events")] = None,
    product_source: _ProductSource = None,
    guess: _Guess = False,
    language: _Language = None,
    currency: _Currency = None,
    encoding: _Encoding = None,
    no_dictionary: _NoDictionary = False,
    aspects: _Aspects = None,
    processes: _Processes = 1,
    compress: _Compress = False,
    engine: engine_options.Engine = "here",
    master: engine_options.Master = "local[2]",
    partitions: engine_options.Partitions = None,
    packages: engine_options.Packages = None,
    spark_conf: engine_options.Conf = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Load feeds into an empty graph by Neo4j's importer; for feeds of many rows.

    The managed server only. It stops while Neo4j imports the files, and runs afterwards. The graph
    is the one that `ingest catalog`, `reviews` and `events` would write.
    """
    given = (
        _feed("catalog", catalog, catalog_mapping, catalog_source),
        _feed("reviews", reviews, reviews_mapping, reviews_source),
        _feed("events", events, events_mapping, events_source),
    )
    feeds = [feed for feed in given if feed is not None]
    if not feeds:
        raise typer.BadParameter(_NONE_GIVEN)
    options: dict[str, Any] = {"product_source": product_source, "encoding": encoding}
    options |= {"language": language or (), "currency": currency or ()}
    if guess:
        _print_proposals(feeds, options, as_json, lang)
        return
    options |= {"learn": not no_dictionary, "processes": processes, "compress": compress}
    options["engine"] = engine_options.make_engine(
        engine, master, partitions, packages, spark_conf, aspects=aspects
    )
    _load(feeds, options, aspects, as_json, lang)


def _load(
    feeds: "list[BulkFeed]",
    options: dict[str, Any],
    aspects: str | None,
    as_json: bool,
    lang: Any,
) -> None:
    from catalograph.ingest.aspects import load_aspect_reader
    from catalograph.ingest.bulk_load import load_in_bulk
    from catalograph.settings import load_settings

    settings = load_settings()
    reader = load_aspect_reader(settings.texts.aspects if aspects is None else aspects)
    with show_progress() as progress:
        options |= {"aspects": reader, "progress": progress}
        report = load_in_bulk(feeds, settings, **options)
    _print(report, settings, as_json, lang)


def _feed(
    kind: "Kind", files: list[str] | None, mapping: str | None, source: str | None
) -> "BulkFeed | None":
    from catalograph.ingest import find_mapping
    from catalograph.ingest.bulk_load import BulkFeed

    if not files:
        for name, given in ((f"--{kind}-mapping", mapping), (f"--{kind}-source", source)):
            if given is not None:
                raise typer.BadParameter(f"{name} is for files of --{kind}, and there are none.")
        return None
    return BulkFeed(kind, tuple(files), None if mapping is None else find_mapping(mapping), source)


def _print_proposals(
    feeds: "list[BulkFeed]", options: dict[str, Any], as_json: bool, lang: Any
) -> None:
    for feed in feeds:
        typer.echo(f"# {feed.paths[0]}, as {feed.kind}", err=True)
        with show_progress() as progress:
            print_proposal(
                *(feed.kind, feed.paths[0], None, {**options, "source": feed.source}, as_json),
                preview=False,
                lang=lang,
                progress=progress,
            )


def _print(report: "BulkReport", settings: "Settings", as_json: bool, lang: Any) -> None:
    from catalograph.cli.output import print_json

    if as_json:
        print_json(report.as_dict())
        return
    for feed in report.feeds:
        print_report(feed, False, lang)
    graph = report.graph
    typer.echo(
        f"{graph.nodes:,} nodes and {graph.edges:,} edges in {report.seconds:,.0f} s, "
        f"{report.rows_per_second:,.0f} rows a second: {report.files_seconds:,.0f} s for the "
        f"files, {report.merge_seconds:,.0f} s for shared nodes, {graph.import_seconds:,.0f} s for "
        f"the import, {graph.schema_seconds:,.0f} s for the start and the indexes"
    )
    if settings.texts.model_dump(exclude={"aspects"}, exclude_defaults=True):
        typer.echo("Models have not read the texts yet. Run: catalograph ingest texts", err=True)
