"""`catalograph embed`: learn vectors and item-item weights from the graph, publish, roll back."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalograph.cli import embed_card, embed_gds, embed_graph, embed_kge, embed_plausibility

if TYPE_CHECKING:
    from catalograph.embed.jobs import Progress
    from catalograph.store import Connection, Skipped

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Force = Annotated[bool, typer.Option("--force", help="Learn again, even from the same data.")]

Save = Annotated[
    Path | None,
    typer.Option("--save", metavar="FOLDER", help="Keep the model for `what-if`; implies --force."),
]

commands = typer.Typer(
    name="embed",
    help="Learn vectors and item-item weights from the graph and publish them.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for part in (embed_gds, embed_graph, embed_kge, embed_plausibility, embed_card):
        part.register(commands)
    app.add_typer(commands)


@commands.command()
def text(force: Force = False, as_json: Json = False) -> None:
    """Vectors of titles, brands, descriptions."""
    run_kinds(("text",), force, as_json)


@commands.command()
def structure(force: Force = False, as_json: Json = False) -> None:
    """Vectors of the graph around products (FastRP)."""
    run_kinds(("structure",), force, as_json)


@commands.command()
def preference(force: Force = False, save: Save = None, as_json: Json = False) -> None:
    """Item-item weights, with their parts (KG-EASE)."""
    configs = {}
    if save is not None:
        from catalograph.embed.preference import PreferenceConfig

        configs["preference"] = PreferenceConfig(save=save)
    run_kinds(("preference",), force or save is not None, as_json, configs)


@commands.command("all")
def everything(force: Force = False, as_json: Json = False) -> None:
    """All three, live at the same moment."""
    run_kinds(("text", "structure", "preference"), force, as_json)


@commands.command()
def models(as_json: Json = False) -> None:
    """List the versions that are or were live."""
    from catalograph.cli.output import print_json, print_table
    from catalograph.store import list_models

    with open_graph() as (connection, _):
        found = list_models(connection)
    if as_json:
        print_json({"models": found})
        return
    print_table(
        "Models",
        ("model", "state", "dimension", "made", "seconds", "quality"),
        [
            (
                model.key,
                "live" if model.live else "kept" if model.slot else "gone",
                model.dimension or "",
                f"{model.created:%Y-%m-%d %H:%M}",
                f"{model.seconds:.1f}",
                _quality(model.metrics),
            )
            for model in found
        ],
    )


@commands.command()
def rollback(
    kind: Annotated[str, typer.Argument(help="Of the model: text, structure, preference, …")],
    as_json: Json = False,
) -> None:
    """Go back to the version before the live one.

    Doing it once more comes back to the later one.
    """
    from catalograph.cli.output import print_json
    from catalograph.store import roll_back

    with open_graph() as (connection, _):
        model = roll_back(connection, kind)
    if as_json:
        print_json(model)
    else:
        typer.echo(f"{model.key} of {model.created:%Y-%m-%d %H:%M} is live again.")


def run_kinds(
    kinds: Sequence[str], force: bool, as_json: bool, configs: Mapping[str, Any] | None = None
) -> None:
    """Learn these kinds and say what came of it."""
    from catalograph.cli.output import print_json, print_table
    from catalograph.embed.jobs import JobKind, run_jobs

    with open_graph() as (connection, settings), shown() as progress:
        chosen = [JobKind(kind) for kind in kinds]
        given = {JobKind(kind): config for kind, config in (configs or {}).items()}
        reports = run_jobs(
            connection, settings, chosen, force=force, progress=progress, configs=given
        )
    if as_json:
        print_json({"jobs": reports})
        return
    rows = [
        (
            report.kind,
            report.version,
            "unchanged" if report.unchanged else "published",
            report.written,
            _skipped(report.skipped),
            f"{report.seconds:.1f}",
            _quality(report.metrics),
        )
        for report in reports
    ]
    columns = ("kind", "version", "result", "written", "skipped", "seconds", "quality")
    print_table("Embedding", columns, rows)


@contextmanager
def open_graph() -> "Iterator[tuple[Connection, Any]]":
    """A connection to a graph whose schema is up to date, and the settings."""
    from catalograph.settings import load_settings
    from catalograph.store import connect, migrate

    settings = load_settings()
    with connect(settings) as connection:
        migrate(connection, settings.user_secret_fingerprint)
        yield connection, settings


@contextmanager
def shown() -> "Iterator[Progress]":
    """One line on standard error that says what is being done."""
    from rich.console import Console

    with Console(stderr=True).status("starting") as line:
        yield lambda kind, doing: line.update(f"{kind}: {doing}")


def _skipped(skipped: "Skipped") -> str:
    """How many were not taken, by reason."""
    from dataclasses import asdict

    found = {reason.replace("_", " "): n for reason, n in asdict(skipped).items() if n}
    return ", ".join(f"{n} {reason}" for reason, n in found.items()) or "0"


def _quality(metrics: Mapping[str, float]) -> str:
    """The one metric that fits a table; `--json` has them all."""
    return ", ".join(
        f"{name} {100 * value:.2f} %" for name, value in metrics.items() if "ndcg" in name
    )
