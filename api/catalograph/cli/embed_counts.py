"""`catalograph embed count-events`: counts of shoppers from events outside the graph."""

from pathlib import Path
from typing import Annotated

import typer

from catalograph.cli.embed_common import Json


def register(group: typer.Typer) -> None:
    """Add this module's commands."""
    group.command("count-events")(count_events)


def count_events(
    events: Annotated[
        str, typer.Argument(help="Parquet, CSV or JSON lines; also a pattern: 'events/*.parquet'.")
    ],
    shopper: Annotated[str, typer.Option(help="Column with the shopper's id.")] = "user_id",
    product: Annotated[str, typer.Option(help="Column with the product's id.")] = "product_id",
    source: Annotated[
        str | None,
        typer.Option(help="Catalogue that the ids belong to; without, they are keys of products."),
    ] = None,
    per_shopper: Annotated[
        int, typer.Option(min=1, help="Products of a shopper that count at most.")
    ] = 500,
    memory: Annotated[str, typer.Option(help="Limit of memory, such as 4GB.")] = "1GB",
    name: Annotated[
        str | None, typer.Option(help="Name of the counts; the same name replaces them.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="File to write instead, such as one of a part.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Count who chose each product and each two, for `embed preference`; needs no server.

    Shoppers whose events are also in the graph would count twice. Counts in a file of the folder
    `counts` of the home folder are learned from until the file is removed.
    """
    from catalograph.cli.output import print_json
    from catalograph.embed.event_counts import count_events as count
    from catalograph.embed.further_counts import counts_folder
    from catalograph.settings import load_settings

    found = count(
        events, shopper=shopper, product=product, source=source, most=per_shopper, memory=memory
    )
    stem = name or Path(events.replace("*", "")).name.partition(".")[0] or "events"
    file = output or counts_folder(load_settings()) / f"{stem}.npz"
    found.save(file)
    summary = {
        "file": str(file),
        "shoppers": found.n_shoppers,
        "products": len(found.keys),
        "pairs": (found.pairs.nnz - len(found.keys)) // 2,
    }
    if as_json:
        print_json(summary)
        return
    typer.echo(
        f"{summary['shoppers']:,} shoppers of {summary['products']:,} products and "
        f"{summary['pairs']:,} pairs of products, in {file}"
    )
