"""Reports of an ingest, for people and as JSON."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import typer

from catalograph.cli.language import message_language

if TYPE_CHECKING:
    from catalograph.ingest import IngestReport
    from catalograph.ingest.translation import MessageLanguage


def print_report(
    report: "IngestReport", as_json: bool, lang: "MessageLanguage | None" = None
) -> None:
    """Print the report of an ingest as a table with notes, or as one JSON object.

    Args:
        report: the report.
        as_json: whether to print JSON, which is English.
        lang: language of warnings and of how rows met their products; None by the locale.
    """
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
        print_texts(report.texts)
    _print_notes(report, message_language(lang))
    typer.echo(
        f"{report.seconds:,.1f} s, {report.rows_per_second:,.0f} rows a second, "
        f"{report.peak_mb:,.0f} MiB at most"
    )


def _print_notes(report: "IngestReport", lang: "MessageLanguage") -> None:
    """Print mappings, reasons, warnings and files of a report."""
    from catalograph.ingest.translation import translate

    for name, mapping in report.files:
        typer.echo(f"{name}: mapping {mapping}")
    if report.skipped:
        typer.echo(f"{report.skipped:,} rows skipped: the mapping leaves them out")
    for reason, count in list(report.reasons.items())[:10]:
        typer.echo(f"{count:,} × {reason}")
    for note, count in report.notes.items():
        typer.echo(f"{count:,} {note}")
    for message in report.products.get("messages", ()):
        typer.echo(translate(message, lang))
    for warning in report.warnings:
        typer.echo(f"{translate('Warning:', lang)} {translate(warning, lang)}", err=True)
    if report.vanished:
        typer.echo(f"{report.vanished:,} records are missing from the snapshot and withdrawn")
    if report.refused:
        typer.echo(report.refused, err=True)
    for path in report.rejected_files:
        typer.echo(f"What was rejected, and why: {path}")


def print_texts(counts: Mapping[str, Any]) -> None:
    """Print the counts of texts that extractors read."""
    shown = ", ".join(f"{value:,} {name.replace('_', ' ')}" for name, value in _flat(counts))
    typer.echo(f"Texts: {shown}")


def _flat(counts: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in counts.items():
        if isinstance(value, dict):
            yield from ((f"{name} {inner}", number) for inner, number in _flat(value))
        elif isinstance(value, int | float):
            yield name, value
