"""`catalograph embed count-events` and `count-searches`: counts of what is not in the graph."""

from pathlib import Path
from typing import Annotated

import typer

from catalograph.cli.embed_common import Json

Events = Annotated[
    str, typer.Argument(help="Parquet, CSV or JSON lines; also a pattern: 'events/*.parquet'.")
]
Source = Annotated[
    str | None,
    typer.Option(help="Catalogue that the ids belong to; without, they are keys of products."),
]
ProductColumn = Annotated[str, typer.Option(help="Column with the product's id.")]
Memory = Annotated[str, typer.Option(help="Limit of memory, such as 4GB.")]
CountsName = Annotated[
    str | None, typer.Option(help="Name of the counts; the same name replaces them.")
]
Output = Annotated[
    Path | None, typer.Option("--output", help="File to write instead, such as one of a part.")
]


def register(group: typer.Typer) -> None:
    """Add this module's commands."""
    group.command("count-events")(count_events)
    group.command("count-searches")(count_searches)


def count_events(
    events: Events,
    shopper: Annotated[str, typer.Option(help="Column with the shopper's id.")] = "user_id",
    product: ProductColumn = "product_id",
    source: Source = None,
    per_shopper: Annotated[
        int, typer.Option(min=1, help="Products of a shopper that count at most.")
    ] = 500,
    memory: Memory = "1GB",
    name: CountsName = None,
    output: Output = None,
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
    file = output or counts_folder(load_settings()) / _file_name(events, name)
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


def count_searches(
    events: Events,
    shown_list: Annotated[
        str, typer.Option("--list", help="Column with the id of the list that was shown.")
    ] = "list_id",
    query: Annotated[str, typer.Option(help="Column with the search words.")] = "query",
    product: ProductColumn = "product_id",
    place: Annotated[
        str, typer.Option(help="Column with the product's place in the list.")
    ] = "position",
    first_place: Annotated[int, typer.Option(min=0, help="Number of the first place.")] = 0,
    response: Annotated[
        str, typer.Option(help="Column with what the shopper did: click, cart, purchase or none.")
    ] = "response",
    source: Source = None,
    memory: Memory = "1GB",
    name: CountsName = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Count what searches showed and what was clicked, for `embed ranker`; needs no server.

    A row is a product of a list. Lists that are also in the graph would count twice. Counts in the
    folder `search-counts` of the home folder are learned from until the file is removed.
    """
    from catalograph.cli.output import print_json
    from catalograph.embed.event_counts import SearchColumns
    from catalograph.embed.event_counts import count_searches as count
    from catalograph.embed.further_counts import search_counts_folder
    from catalograph.settings import load_settings

    columns = SearchColumns(shown_list, query, product, place, response)
    found = count(events, columns, source=source, first=first_place, memory=memory)
    file = output or search_counts_folder(load_settings()) / _file_name(events, name)
    found.save(file)
    summary = {
        "file": str(file),
        "lists": found.n_lists,
        "queries": len(found.queries),
        "products": len(found.keys),
        "impressions": int(found.shown.sum()),
        "responses": int(found.clicked.sum()),
    }
    if as_json:
        print_json(summary)
        return
    typer.echo(
        f"{summary['lists']:,} lists of {summary['queries']:,} queries, with "
        f"{summary['impressions']:,} products shown and {summary['responses']:,} responses, in "
        f"{file}"
    )


def _file_name(events: str, name: str | None) -> str:
    return f"{name or Path(events.replace('*', '')).name.partition('.')[0] or 'events'}.npz"
