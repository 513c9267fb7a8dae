"""`catalograph report`: one HTML page on a model."""

from pathlib import Path

import typer

from catalograph.cli.options import Json


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("report")(report)


def report(
    model: str = typer.Argument(..., help="A kind, for its live version, or a version's key."),
    evaluation: list[Path] | None = typer.Option(
        None, "--evaluation", help="What `catalograph eval … --json` printed; may be repeated."
    ),
    output: Path = typer.Option(Path("report.html"), "--output", help="File to write."),
    quick: bool = typer.Option(False, "--quick", help="Do not measure what relations are worth."),
    as_json: Json = False,
) -> None:
    """Write a page: learning, quality beside published figures, worth of facts, map."""
    from catalograph.cli.output import print_json
    from catalograph.cli.progress import ProgressLine
    from catalograph.embed import report as library
    from catalograph.settings import load_settings
    from catalograph.store import open_to_read

    with open_to_read(load_settings()) as connection, ProgressLine() as line:
        page = library.report(
            connection, model, evaluation or (), measure=not quick, progress=line.update
        )
    output.write_text(page, encoding="utf-8")
    if as_json:
        print_json({"model": model, "file": str(output)})
    else:
        typer.echo(f"Written to {output}.")
