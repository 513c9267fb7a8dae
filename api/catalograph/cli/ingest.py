"""`catalograph ingest`: feeds into the graph."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from catalograph.cli import engine_options, ingest_bulk, ingest_documents
from catalograph.cli.ingest_preview import print_proposal
from catalograph.cli.ingest_report import print_report, print_texts
from catalograph.cli.ingest_session import (
    AllowShrink,
    AsJson,
    DryRun,
    Rejected,
    open_writer,
    show_progress,
)
from catalograph.cli.language import Lang
from catalograph.cli.registry_commands import ExtractorCommand, FeedCommand

if TYPE_CHECKING:
    from catalograph.cli.extractor_options import ExtractorOptions
    from catalograph.ingest.aspects import Aspects
    from catalograph.ingest.extract.protocol import TextReader
    from catalograph.ingest.translation import MessageLanguage

_Files = Annotated[
    list[str], typer.Argument(help="Feeds: files, or postgresql://user@host/name with --query.")
]
_Query = Annotated[
    str | None,
    typer.Option(
        "--query", help="SELECT whose rows are the feed, for a database. PGPASSWORD is respected."
    ),
]
_MappingName = Annotated[
    str | None,
    typer.Option("--mapping", help="A shipped mapping's name or a YAML file, for all files."),
]
_Guess = Annotated[
    bool,
    typer.Option(
        "--guess",
        help="Print a proposed mapping for the first file, with the reason of each line, and stop.",
    ),
]
_Preview = Annotated[
    bool,
    typer.Option(
        "--preview",
        help="Print the first five records of the first file, mapped without a database, and stop.",
    ),
]
_Source = Annotated[
    str | None,
    typer.Option("--source", help="Name of the feed. Default: the mapping's."),
]
_ProductSource = Annotated[
    str | None,
    typer.Option(
        "--product-source",
        help="Name of the catalogue whose products reviews and events name. "
        "Default: the mapping's, else the one in the graph that knows their ids.",
    ),
]
_Language = Annotated[
    list[str] | None,
    typer.Option(
        "--language",
        help="Preferred language of columns for several, such as `en` or `de_CH`; repeatable.",
    ),
]
_Currency = Annotated[
    list[str] | None,
    typer.Option(
        "--currency",
        help="Preferred currency of columns for several, such as `EUR`; repeatable.",
    ),
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

_Processes = Annotated[
    int,
    typer.Option(
        min=1,
        help="Number of processes that write, each its own records; texts are then read by rules "
        "and the feed's dictionary only.",
    ),
]
_Aspects = Annotated[
    str | None,
    typer.Option(
        "--aspects",
        help="Read what reviews speak of: `rules`, or a folder of `train aspects`. "
        "Default: CATALOGRAPH_TEXTS__ASPECTS.",
    ),
]

_app = typer.Typer(help="Read feeds into the graph.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    ingest_documents.register(_app)
    ingest_bulk.register(_app)
    app.add_typer(_app, name="ingest")


@_app.command(cls=ExtractorCommand)
def catalog(
    context: typer.Context,
    files: _Files,
    mapping: _MappingName = None,
    guess: _Guess = False,
    preview: _Preview = False,
    as_json: AsJson = False,
    dry_run: DryRun = False,
    rejected: Rejected = None,
    source: _Source = None,
    query: _Query = None,
    language: _Language = None,
    currency: _Currency = None,
    encoding: _Encoding = None,
    lang: Lang = None,
    no_dictionary: _NoDictionary = False,
    snapshot: _Snapshot = False,
    allow_shrink: AllowShrink = False,
    processes: _Processes = 1,
    engine: engine_options.Engine = "here",
    master: engine_options.Master = "local[2]",
    partitions: engine_options.Partitions = None,
    packages: engine_options.Packages = None,
    spark_conf: engine_options.Conf = None,
) -> None:
    """Read product catalogues."""
    made = engine_options.make_engine(
        engine, master, partitions, packages, spark_conf, reading=context.obj
    )
    _ingest(
        "catalog",
        files,
        mapping,
        guess,
        as_json,
        preview=preview,
        # The readers of an engine are made where they read.
        reading=lambda texts: None if made else texts.find_reader(context.obj),
        dry_run=dry_run,
        rejected=rejected,
        query=query,
        lang=lang,
        source=source,
        language=language or (),
        currency=currency or (),
        encoding=encoding,
        learn=not no_dictionary,
        snapshot=snapshot,
        allow_shrink=allow_shrink,
        processes=processes,
        engine=made,
    )


@_app.command(cls=FeedCommand)
def reviews(
    files: _Files,
    mapping: _MappingName = None,
    guess: _Guess = False,
    preview: _Preview = False,
    as_json: AsJson = False,
    dry_run: DryRun = False,
    rejected: Rejected = None,
    source: _Source = None,
    product_source: _ProductSource = None,
    query: _Query = None,
    encoding: _Encoding = None,
    lang: Lang = None,
    aspects: _Aspects = None,
    llm: Annotated[
        bool,
        typer.Option("--llm", help="Ask the language model of the settings what reviews speak of."),
    ] = False,
    engine: engine_options.Engine = "here",
    master: engine_options.Master = "local[2]",
    partitions: engine_options.Partitions = None,
    packages: engine_options.Packages = None,
    spark_conf: engine_options.Conf = None,
) -> None:
    """Read reviews; user ids become pseudonyms."""
    options: dict[str, Any] = {"dry_run": dry_run, "rejected": rejected, "encoding": encoding}
    options |= {"source": source, "product_source": product_source}
    if aspects is not None and llm:
        raise typer.BadParameter("Give either --aspects or --llm, as one of them reads a review.")
    options["aspects"] = _aspect_reader(aspects, llm=llm)
    options["engine"] = engine_options.make_engine(
        engine, master, partitions, packages, spark_conf, aspects="llm" if llm else aspects
    )
    options |= {"preview": preview, "query": query, "lang": lang}
    _ingest("reviews", files, mapping, guess, as_json, **options)


def _aspect_reader(name: str | None, *, llm: bool = False) -> "Aspects | None":
    """Return the reader of aspects that the option names, else that of the settings.

    Args:
        name: `rules`, or a folder of models.
        llm: True for the language model of the settings.
    """
    from catalograph.ingest.aspects import load_aspect_reader
    from catalograph.settings import load_settings

    settings = load_settings()
    if llm:
        from catalograph.ingest.llm import Gateway
        from catalograph.ingest.llm.aspects import LanguageModelAspects

        return LanguageModelAspects(Gateway(settings))
    return load_aspect_reader(settings.texts.aspects if name is None else name)


@_app.command(cls=FeedCommand)
def events(
    files: _Files,
    mapping: _MappingName = None,
    guess: _Guess = False,
    preview: _Preview = False,
    as_json: AsJson = False,
    dry_run: DryRun = False,
    rejected: Rejected = None,
    source: _Source = None,
    product_source: _ProductSource = None,
    query: _Query = None,
    encoding: _Encoding = None,
    lang: Lang = None,
    processes: _Processes = 1,
    engine: engine_options.Engine = "here",
    master: engine_options.Master = "local[2]",
    partitions: engine_options.Partitions = None,
    packages: engine_options.Packages = None,
    spark_conf: engine_options.Conf = None,
) -> None:
    """Read events: query, view, click, cart, purchase, review, share, like, dismiss."""
    options: dict[str, Any] = {"dry_run": dry_run, "rejected": rejected, "encoding": encoding}
    options |= {"source": source, "product_source": product_source}
    options |= {"preview": preview, "query": query, "lang": lang, "processes": processes}
    options["engine"] = engine_options.make_engine(engine, master, partitions, packages, spark_conf)
    _ingest("events", files, mapping, guess, as_json, **options)


@_app.command(cls=FeedCommand)
def orders(
    files: _Files,
    mapping: _MappingName = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
    rejected: Rejected = None,
    source: _Source = None,
    product_source: _ProductSource = None,
    query: _Query = None,
    lang: Lang = None,
) -> None:
    """Read orders with their shipments and returns; only their shopper can read them."""
    options: dict[str, Any] = {"dry_run": dry_run, "rejected": rejected, "source": source}
    options |= {"product_source": product_source, "query": query, "lang": lang}
    _ingest("orders", files, mapping, False, as_json, **options)


@_app.command()
def triples(
    folder: Annotated[Path, typer.Argument(help="Holds kg.tsv, product.tsv and name tables.")],
    source: Annotated[
        str | None, typer.Option(help="Name of the feed. Default: the folder's name.")
    ] = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
    rejected: Rejected = None,
) -> None:
    """Read knowledge-graph triples and the purchases to train on; test.tsv is never read."""
    from catalograph.ingest import ingest_triples
    from catalograph.settings import load_settings
    from catalograph.store import open_store

    settings = load_settings()
    with open_store(settings, read_only=dry_run) as store, show_progress() as progress:
        report = ingest_triples(
            folder,
            store,
            settings,
            source=source,
            dry_run=dry_run,
            progress=progress,
            rejected=rejected,
        )
    print_report(report, as_json)


@_app.command(cls=ExtractorCommand)
def texts(
    context: typer.Context,
    source: _Source = None,
    as_json: AsJson = False,
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
        show_progress() as notify,
    ):
        reader = reading.reader(context.obj)
        run = store.start_run("texts", {"source": source})
        stage = reading.stage(reader, run)
        report = read_feed_texts(store.connection, store, stage, run, source, notify)
        store.finish_run(run, report)
    if as_json:
        print_json({"run": run} | report)
        return
    print_texts(report)


@_app.command(cls=ExtractorCommand)
def watch(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="New files in it are read and moved aside.")],
    mapping: _MappingName = None,
    source: _Source = None,
    product_source: _ProductSource = None,
    language: _Language = None,
    currency: _Currency = None,
    no_dictionary: _NoDictionary = False,
    snapshot: _Snapshot = False,
    allow_shrink: AllowShrink = False,
    settle: Annotated[
        float, typer.Option(help="Seconds a file must be unchanged to count as complete.", min=0)
    ] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="End when no file is left.")] = False,
    aspects: _Aspects = None,
) -> None:
    """Follow a folder, with folders for catalog, reviews, events, orders; a JSON line a file."""
    from catalograph.cli.extractor_options import ExtractorOptions
    from catalograph.cli.output import print_json
    from catalograph.ingest import find_mapping
    from catalograph.ingest.signals import stop_on_signals
    from catalograph.ingest.watch import watch_folder
    from catalograph.settings import load_settings
    from catalograph.store import open_store

    settings = load_settings()
    chosen = None if mapping is None else find_mapping(mapping)
    stop = stop_on_signals()
    with open_store(settings) as store, ExtractorOptions(settings, store) as reading:
        for done in watch_folder(
            folder,
            store,
            settings,
            chosen,
            stop=stop.event,
            settle=settle,
            once=once,
            source=source,
            product_source=product_source,
            language=language or (),
            currency=currency or (),
            learn=not no_dictionary,
            snapshot=snapshot,
            allow_shrink=allow_shrink,
            texts=reading.find_stage_maker(context.obj),
            aspects=_aspect_reader(aspects),
        ):
            report = done.report.as_dict() if done.report else None
            said = {"file": str(done.file), "moved": str(done.moved), "error": done.error}
            print_json(said | {"report": report})


@_app.command(cls=ExtractorCommand)
def stream(
    context: typer.Context,
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
    product_source: _ProductSource = None,
    until_end: Annotated[
        bool, typer.Option("--until-end", help="Stop at the last message there is at the start.")
    ] = False,
    as_json: AsJson = False,
    rejected: Rejected = None,
    aspects: _Aspects = None,
) -> None:
    """Read a Kafka topic of JSON messages, exactly once in effect; SIGTERM ends it in order.

    A message without value withdraws the record of its key. Texts are read by rules, and by the
    extractors that are named.
    """
    from catalograph.cli.extractor_options import ExtractorOptions
    from catalograph.ingest import find_mapping
    from catalograph.ingest.feeds import with_product_source, with_source
    from catalograph.ingest.signals import stop_on_signals
    from catalograph.ingest.stream import StreamTopic, ingest_stream
    from catalograph.settings import load_settings
    from catalograph.store import open_store

    settings = load_settings()
    chosen = with_product_source(with_source(find_mapping(mapping), source), product_source)
    pairs = tuple((name, value) for name, _, value in (c.partition("=") for c in config or ()))
    stop = stop_on_signals()
    with open_store(settings) as store, ExtractorOptions(settings, store) as reading:
        report = ingest_stream(
            StreamTopic(topic, bootstrap, group, pairs),
            store,
            settings,
            chosen,
            kind or chosen.kind,
            until_end=until_end,
            rejected=rejected,
            stop=stop,
            texts=reading.find_stage_maker(context.obj),
            aspects=_aspect_reader(aspects),
        )
    print_report(report, as_json)


def _ingest(
    kind: Literal["catalog", "reviews", "events", "orders"],
    files: list[str],
    mapping: str | None,
    guess: bool,
    as_json: bool,
    *,
    preview: bool = False,
    reading: "Callable[[ExtractorOptions], TextReader | None]" = lambda _: None,
    query: str | None = None,
    lang: "MessageLanguage | None" = None,
    **options: Any,
) -> None:
    from catalograph import ingest
    from catalograph.cli.feed_writing import write_feeds
    from catalograph.settings import load_settings

    feeds = ingest.feed_paths(files, query)
    if guess or preview:
        with show_progress() as progress:
            print_proposal(
                *(kind, feeds[0], mapping, options, as_json),
                preview=preview,
                lang=lang,
                progress=progress,
            )
        return
    settings = load_settings()
    chosen = None if mapping is None else ingest.find_mapping(mapping)
    with (
        open_writer(settings, dry_run=options["dry_run"]) as store,
        show_progress() as progress,
    ):
        options["progress"] = progress
        report = write_feeds(kind, feeds, store, settings, chosen, reading, **options)
    print_report(report, as_json, lang)
    if report.refused:
        raise typer.Exit(1)
