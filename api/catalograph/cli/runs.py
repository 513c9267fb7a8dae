"""`catalograph runs`: list, follow, stop, resume and roll back runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalograph.cli.new_passages import embed_written_passages

if TYPE_CHECKING:
    from catalograph.settings import Settings
    from catalograph.store import RunRecord, Writer

_Id = Annotated[str, typer.Argument(help="Id as `catalograph runs list` names it.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_SECONDS = 1.0

_app = typer.Typer(
    help="List, watch, cancel, resume and roll back runs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_app, name="runs")


@_app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 20,
    as_json: _AsJson = False,
) -> None:
    """List the latest runs, and models that wait for retraining."""
    from catalograph.cli.output import print_json, print_table
    from catalograph.settings import load_settings
    from catalograph.store import list_runs, open_to_read, stale_models

    with open_to_read(load_settings()) as connection:
        runs = list_runs(connection, limit)
        stale = stale_models(connection)
    if as_json:
        print_json({"runs": runs, "stale_models": stale})
        return
    columns = ("run", "kind", "status", "started", "rows", "written", "unchanged")
    print_table(
        "Runs",
        columns,
        [
            (
                run.id,
                run.kind,
                run.status,
                f"{run.started:%Y-%m-%d %H:%M:%S}" if run.started else "",
                *(_count(run, name) for name in columns[4:]),
            )
            for run in runs
        ],
    )
    for kind in stale:
        typer.echo(f"The {kind} model learned from an erased user: catalograph embed {kind}")


@_app.command()
def show(
    id: _Id,
    follow: Annotated[bool, typer.Option("--follow", help="Until it ends.")] = False,
    as_json: _AsJson = False,
) -> None:
    """Show a run: status, progress, arguments, report."""
    import time

    from catalograph.cli.output import print_json
    from catalograph.settings import load_settings
    from catalograph.store import open_to_read, read_run

    with open_to_read(load_settings()) as connection:
        run = read_run(connection, id)
        while follow and run.status == "running":
            if not as_json:
                typer.echo(_line(run))
            time.sleep(_SECONDS)
            run = read_run(connection, id)
    if as_json:
        print_json(run)
        return
    typer.echo(_line(run))
    for name, said in (("arguments", run.arguments), ("counts", run.counts)):
        for key, value in said.items():
            typer.echo(f"{name}.{key}: {value}")
    for message in run.counts.get("products", {}).get("messages", ()):
        typer.echo(message)
    if run.error:
        typer.echo(f"error: {run.error}")


@_app.command()
def cancel(id: _Id, as_json: _AsJson = False) -> None:
    """Ask a run to stop at its next batch; what it has written stays."""
    from catalograph.cli.output import print_json
    from catalograph.store import cancel_run

    with _store() as (writer, _):
        cancel_run(writer.connection, id)
    if as_json:
        print_json({"run": id, "cancelling": True})
        return
    typer.echo(f"Run {id} stops at its next batch.")


@_app.command()
def resume(id: _Id, as_json: _AsJson = False) -> None:
    """Run the same again: what was written is unchanged and quick, the rest follows."""
    from catalograph.cli.output import print_json
    from catalograph.store import LEARN, read_run

    with _store() as (writer, settings):
        found = read_run(writer.connection, id)
        report = None if found.kind == LEARN else repeat_run(found, writer, settings)
        if found.kind == "documents":
            embed_written_passages(writer.connection, settings)
    if report is None:
        from catalograph.cli.learn import run_learning
        from catalograph.embed.learn import LearnOptions

        run_learning(LearnOptions.of(dict(found.arguments)), as_json)
        return
    if as_json:
        print_json(report.as_dict())
        return
    typer.echo(
        f"Run {report.run}: {report.rows:,} rows, {report.written:,} written, "
        f"{report.unchanged:,} unchanged, {report.rejected:,} rejected."
    )


@_app.command()
def rollback(id: _Id, as_json: _AsJson = False) -> None:
    """Make the graph what it was before a run; what it added goes, the rest is restored."""
    from catalograph.cli.output import print_json
    from catalograph.store import read_run, roll_back_run

    with _store() as (writer, settings):
        done = roll_back_run(writer, id)
        if read_run(writer.connection, id).kind == "documents":
            embed_written_passages(writer.connection, settings)
    if as_json:
        print_json(done)
    elif done.run is None:
        typer.echo(f"Run {id} is rolled back already.")
    else:
        typer.echo(
            f"Run {id} is rolled back: {done.removed:,} records it had added are gone, "
            f"{done.restored:,} are what they were."
        )


@_app.command()
def prune(
    keep_days: Annotated[int, typer.Option(min=0, help="Days that runs can be rolled back.")] = 30,
    as_json: _AsJson = False,
) -> None:
    """Drop what older runs kept for their roll-back."""
    from catalograph.cli.output import print_json
    from catalograph.store import prune_runs

    with _store() as (writer, _):
        dropped = prune_runs(writer.connection, keep_days)
    if as_json:
        print_json({"dropped": dropped})
    else:
        typer.echo(f"{dropped:,} earlier states of records dropped.")


def repeat_run(run: "RunRecord", writer: "Writer", settings: "Settings") -> Any:
    """Call an ingest with the arguments of a run."""
    import orjson

    from catalograph import ingest
    from catalograph.errors import InvalidInputError
    from catalograph.ingest.mapping import parse_mapping

    arguments = dict(run.arguments)
    paths = arguments.pop("paths", [])
    if not paths or "-" in paths:
        raise InvalidInputError(
            f"Run {run.id} ({run.kind}) did not read files that could be read again. Give its "
            "command once more."
        )
    if run.kind == "triples":
        return ingest.ingest_triples(paths[0], writer, settings, source=arguments.get("source"))
    if run.kind == "documents":
        options = ingest.DocumentOptions.of(arguments)
        return ingest.ingest_documents([Path(path) for path in paths], writer, settings, options)
    call = {
        "catalog": ingest.ingest_catalog,
        "reviews": ingest.ingest_reviews,
        "events": ingest.ingest_events,
        "orders": ingest.ingest_orders,
    }[run.kind]
    feeds = ingest.feed_paths(paths, arguments.pop("query", None))
    said = arguments.pop("mapping", None)
    if arguments.get("rejected"):
        arguments["rejected"] = Path(arguments["rejected"])
    if engine := arguments.get("engine"):
        from catalograph.ingest.spark import SparkEngine, SparkOptions

        arguments["engine"] = SparkEngine(settings, SparkOptions.of(engine))
    # JSON is valid YAML; it leaves out the kind, as a default.
    mapping = said and parse_mapping(orjson.dumps({"kind": run.kind} | said).decode(), run.id)
    return call(feeds, writer, settings, mapping, **arguments)


def _line(run: "RunRecord") -> str:
    said = run.progress
    share = f", {said['share']:.0%} of {said.get('doing')}" if "share" in said else ""
    return (
        f"{run.id} {run.kind}: {run.status}{share}, {_count(run, 'rows')} rows, "
        f"{_count(run, 'written')} written, {_count(run, 'unchanged')} unchanged"
    )


def _count(run: "RunRecord", name: str) -> int:
    """Return a count of the run's report, or of its progress while there is no report."""
    return int(run.counts.get(name, run.progress.get(name, 0)))


@contextmanager
def _store() -> "Iterator[tuple[Writer, Settings]]":
    from catalograph.settings import load_settings
    from catalograph.store import open_store

    settings = load_settings()
    with open_store(settings) as writer:
        yield writer, settings
