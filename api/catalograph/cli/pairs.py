"""Output of pairs of products that wait for a decision, for `resolve` and `review`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from catalograph.ingest.resolve.pair_review import DecisionReport, PairReview

_SHOWN = 80


def print_pairs(pairs: "Sequence[PairReview]", waiting: int) -> None:
    """Print pairs with their titles and why they are doubtful."""
    from catalograph.cli.output import print_table

    rows = [
        [
            pair.key,
            "\n".join(_describe(p.key, p.title, p.gtins) for p in pair.products),
            f"{pair.score:.3f}",
            "\n".join(
                [
                    pair.reason,
                    ", ".join(f"{name} {value:.2f}" for name, value in pair.similarities.items()),
                    *pair.doubts,
                ]
            ),
        ]
        for pair in pairs
    ]
    print_table(
        f"{waiting:,} pairs of products wait for a decision",
        ["pair", "products", "score", "why it is doubtful"],
        rows,
    )


def print_decisions(report: "DecisionReport", *, accept: bool) -> None:
    """Print what decisions changed."""
    word = "accepted" if accept else "rejected"
    typer.echo(f"{report.decided:,} {word}, {report.waiting:,} pairs left.")
    for products in report.clusters:
        typer.echo(f"One product: {', '.join(products)}.")
    for pair, reason in report.left:
        typer.echo(f"No longer one product: {pair} ({reason}).")


def _describe(key: str, title: str, gtins: Sequence[str]) -> str:
    numbers = f" [{', '.join(gtins)}]" if gtins else ""
    return f"{key}: {title[:_SHOWN]}{numbers}"
