"""`catalograph quarantine`: records that could not be written (dead letters), and their replay."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from catalograph.ingest.quarantine import Quarantine, Replayer, Stage
    from catalograph.store import Writer

_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_SHOWN = 80

_app = typer.Typer(
    help="List, show and replay what could not be written.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_app, name="quarantine")


@_app.command("list")
def list_(
    reason: Annotated[str | None, typer.Option(help="Of this reason only.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 50,
    as_json: _AsJson = False,
) -> None:
    """List entries, those that failed last first."""
    from catalograph.cli.output import print_json, print_table

    with _quarantine() as quarantine:
        entries = quarantine.find(reason=reason, limit=limit)
        reasons = quarantine.count()
    if as_json:
        rows = [{"id": e.id, "reason": e.reason, "feed": e.feed, "key": e.key} for e in entries]
        print_json({"reasons": reasons, "entries": rows})
        return
    print_table(
        f"{sum(reasons.values()):,} in quarantine",
        ("id", "stage", "feed", "key", "reason", "attempts", "detail"),
        [
            (e.id, e.stage, e.feed or e.source, e.key, e.reason, e.attempts, e.detail[:_SHOWN])
            for e in entries
        ],
    )
    for name, count in reasons.items():
        typer.echo(f"{count:,} × {name}")


@_app.command()
def show(
    id: Annotated[str, typer.Argument(help="Id as `quarantine list` names it.")],
    as_json: _AsJson = False,
) -> None:
    """Show an entry with its payload."""
    from dataclasses import asdict

    from catalograph.cli.output import print_json

    with _quarantine() as quarantine:
        (entry,) = quarantine.find(ids=[id])
    said = {"id": entry.id} | asdict(entry)
    if as_json:
        print_json(said)
        return
    for name, value in said.items():
        if value is not None:
            typer.echo(f"{name}: {value}")


@_app.command()
def replay(
    ids: Annotated[list[str] | None, typer.Argument(help="Which; or --all.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All entries.")] = False,
    mapping: Annotated[
        str | None, typer.Option(help="Read rows with this mapping: a shipped name or YAML file.")
    ] = None,
    extractor: Annotated[
        Path | None, typer.Option(help="Read texts with this folder of `train extractor`.")
    ] = None,
    llm: Annotated[bool, typer.Option("--llm", help="Ask the language model about texts.")] = False,
    as_json: _AsJson = False,
) -> None:
    """Try entries again; what comes good leaves the quarantine."""
    from catalograph.cli.extractor_options import ExtractorOptions
    from catalograph.cli.output import print_json
    from catalograph.errors import InvalidInputError
    from catalograph.ingest.reextract import text_replayer
    from catalograph.settings import load_settings
    from catalograph.store import open_store

    if bool(ids) == everything:
        raise InvalidInputError("Name the entries to replay, or give --all.")
    settings = load_settings()
    with (
        _quarantine() as quarantine,
        open_store(settings) as store,
        ExtractorOptions(settings, store) as reading,
    ):
        entries = quarantine.find(ids=ids or ())
        run = store.start_run("replay", {"entries": [entry.id for entry in entries]})
        replayers = _replayers(store, run, mapping)
        if extractor or llm:
            reader = reading.reader({"extractor": extractor, "llm": llm})
            make = reading.stage_maker(reader, run)
            replayers["text"] = text_replayer(store.connection, make)
        done = quarantine.replay(entries, replayers)
        counts = {"repaired": done.repaired, "failed": done.failed, "left": done.left}
        store.finish_run(run, counts)
    if as_json:
        print_json(counts)
        return
    typer.echo(
        f"{done.repaired:,} were repaired, {done.failed:,} failed again, {done.left:,} were left."
    )


def _replayers(store: "Writer", run: str, mapping: str | None) -> "dict[Stage, Replayer]":
    """Return the replayer of each stage that needs no reader of texts."""
    from catalograph.errors import MappingError
    from catalograph.ingest import CatalogMapping, find_mapping
    from catalograph.ingest.replay import row_replayer

    chosen = None if mapping is None else find_mapping(mapping)
    if chosen is not None and not isinstance(chosen, CatalogMapping):
        raise MappingError(
            f"The mapping '{mapping}' is for {chosen.kind}, but only rows of catalogues are "
            "replayed. Name a catalogue's mapping."
        )
    return {"row": row_replayer(store, run, chosen)}


def _quarantine() -> "Quarantine":
    from catalograph.ingest.quarantine import open_quarantine
    from catalograph.settings import load_settings

    return open_quarantine(load_settings())
