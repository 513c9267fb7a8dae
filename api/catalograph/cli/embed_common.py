"""What the commands of `catalograph embed` have in common."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from catalograph.embed.jobs import JobReport, Progress
    from catalograph.store import Connection, SkippedCounts

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Force = Annotated[bool, typer.Option("--force", help="Learn again, even from the same data.")]


def run_kinds(
    kinds: Sequence[str], force: bool, as_json: bool, configs: Mapping[str, Any] | None = None
) -> None:
    """Learn these kinds and say what came of it."""
    from catalograph.cli.output import print_json, print_table

    with lead_processes():
        reports = learn_kinds(kinds, force, configs)
    refusals = [report.refusal for report in reports if report.refusal is not None]
    if as_json:
        print_json({"jobs": reports})
        raise typer.Exit(1 if refusals else 0)
    rows = [
        (
            report.kind,
            report.version,
            _result(report),
            report.written,
            _format_skipped(report.skipped),
            f"{report.seconds:.1f}",
            metric_summary(report.metrics),
        )
        for report in reports
    ]
    columns = ("kind", "version", "result", "written", "skipped", "seconds", "quality")
    print_table("Embedding", columns, rows)
    if refusals:
        typer.echo("\n".join(refusals), err=True)
        raise typer.Exit(1)


def learn_kinds(
    kinds: Sequence[str], force: bool, configs: Mapping[str, Any] | None = None
) -> "list[JobReport]":
    """Learn these kinds as a recorded run; return what came of each."""
    from catalograph.embed.jobs import run_jobs
    from catalograph.store import EMBED, record_training_run

    arguments = {"kinds": list(kinds), "force": force}
    with (
        open_graph() as (connection, settings),
        record_training_run(connection, EMBED, arguments) as run,
        show_progress() as progress,
    ):

        def say(kind: str, doing: str) -> None:
            run.note(f"{kind}: {doing}")
            progress(kind, doing)

        reports = run_jobs(connection, settings, kinds, force=force, progress=say, configs=configs)
        run.counts["kinds"] = [
            {"kind": report.kind, "version": report.version, "unchanged": report.unchanged}
            for report in reports
        ]
    return reports


@contextmanager
def lead_processes() -> Iterator[None]:
    """Lead the other processes that torchrun started; in one of these, follow and exit."""
    from catalograph.settings import is_under_torchrun, load_settings

    if not is_under_torchrun():
        yield
        return
    from catalograph.embed.followers import follow
    from catalograph.embed.processes import join_processes

    with join_processes(load_settings().embed.device or "auto") as leads:
        if not leads:
            follow()
            raise typer.Exit
        yield


def _result(report: "JobReport") -> str:
    if report.refusal is not None:
        return "not published"
    return "unchanged" if report.unchanged else "published"


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
def open_graph_to_read() -> "Iterator[tuple[Connection, Any]]":
    """A connection to a graph that nothing is written to, and the settings."""
    from catalograph.settings import load_settings
    from catalograph.store import open_to_read

    settings = load_settings()
    with open_to_read(settings) as connection:
        yield connection, settings


@contextmanager
def show_progress() -> "Iterator[Progress]":
    """One line on standard error that says what is being done."""
    from catalograph.cli.progress import ProgressLine

    with ProgressLine() as line:
        yield lambda kind, doing: line.update(f"{kind}: {doing}")


def _format_skipped(skipped: "SkippedCounts") -> str:
    """How many were not taken, by reason."""
    from dataclasses import asdict

    found = {reason.replace("_", " "): n for reason, n in asdict(skipped).items() if n}
    return ", ".join(f"{n} {reason}" for reason, n in found.items()) or "0"


def metric_summary(metrics: Mapping[str, float]) -> str:
    """The one metric that fits a table; `--json` has them all."""
    return ", ".join(
        f"{name} {100 * value:.2f} %" for name, value in metrics.items() if "ndcg" in name
    )
