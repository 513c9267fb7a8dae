"""`catalograph ingest documents`: texts of the shop into the graph."""

from pathlib import Path
from typing import Annotated

import typer

from catalograph.cli.ingest_report import print_report
from catalograph.cli.ingest_session import (
    AllowShrink,
    AsJson,
    DryRun,
    Rejected,
    open_writer,
    show_progress,
)
from catalograph.cli.language import Lang
from catalograph.cli.new_passages import embed_written_passages

_About = Annotated[
    list[str] | None,
    typer.Option(
        "--about",
        help="What all of them are about: brand:<name>, category:<name> > <name> or "
        "product:<source>:<id>; repeatable.",
    ),
]
_DocumentKind = Annotated[
    str | None,
    typer.Option(
        "--kind",
        help="policy, faq, manual, news or other, for documents that do not say it themselves.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(documents)


def documents(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="Files or folders: Markdown, HTML, PDF, text; questions and answers, or documents "
            "as rows, in JSON, JSONL, CSV or another form of feeds."
        ),
    ],
    source: Annotated[str, typer.Option(help="Name of the feed.")] = "documents",
    kind: _DocumentKind = None,
    about: _About = None,
    language: Annotated[
        str | None, typer.Option(help="Language, such as `en` or `zh`. Default: by the text.")
    ] = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
    rejected: Rejected = None,
    snapshot: Annotated[
        bool,
        typer.Option(
            "--snapshot",
            help="These are all documents of the source: withdraw those that are missing.",
        ),
    ] = False,
    allow_shrink: AllowShrink = False,
    lang: Lang = None,
) -> None:
    """Read policies, questions and answers, manuals, news; cut them into passages."""
    from catalograph.errors import InvalidInputError
    from catalograph.ingest import DocumentOptions, ingest_documents
    from catalograph.schema.service import DocumentKind
    from catalograph.settings import load_settings

    if kind is not None and kind not in set(DocumentKind):
        raise InvalidInputError(f"'{kind}' is none of {', '.join(DocumentKind)}.")
    options = DocumentOptions(
        source=source,
        kind=None if kind is None else DocumentKind(kind),
        language=language,
        about=tuple(about or ()),
        snapshot=snapshot,
        allow_shrink=allow_shrink,
        dry_run=dry_run,
        rejected=rejected,
    )
    settings = load_settings()
    with open_writer(settings, dry_run=dry_run) as store, show_progress() as progress:
        report = ingest_documents(paths, store, settings, options, progress)
        if not dry_run:
            embed_written_passages(store.connection, settings)
    print_report(report, as_json, lang)
    if report.refused:
        raise typer.Exit(1)
