"""Output of pairs of products that wait for a decision, and of decisions about them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from catalograph.ingest.resolve.pair_review import PairReview
    from catalograph.schema.review import ReviewCase
    from catalograph.store import Connection

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


def describe_pairs(connection: "Connection", cases: "Sequence[ReviewCase]") -> dict[str, Any]:
    """Return what decisions about pairs changed: clusters, and products that left theirs."""
    from catalograph.ingest.review.pairs import read_leavers
    from catalograph.store.queries.resolve import ClusterKind, clusters_of
    from catalograph.store.queries.review_queue import read_items

    if not cases:
        return {}
    products = {side.key for case in cases for side in case.sides}
    clusters = clusters_of(connection, products, ClusterKind.SAME).values()
    items = read_items(connection, [case.key for case in cases])
    return {
        "clusters": [cluster.products for cluster in clusters],
        "left": [leaver for item in items.values() for leaver in read_leavers(item)],
    }


def print_pair_decisions(pairs: Mapping[str, Any]) -> None:
    """Print what `describe_pairs` returned."""
    for products in pairs.get("clusters", ()):
        typer.echo(f"One product: {', '.join(products)}.")
    for pair, reason in pairs.get("left", ()):
        typer.echo(f"No longer one product: {pair} ({reason}).")


def _describe(key: str, title: str, gtins: Sequence[str]) -> str:
    numbers = f" [{', '.join(gtins)}]" if gtins else ""
    return f"{key}: {title[:_SHOWN]}{numbers}"
