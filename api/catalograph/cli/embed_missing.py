"""`catalograph embed missing`: likely facts that nobody stated."""

from typing import Annotated

import typer

from catalograph.cli.embed_common import Json, open_graph_to_read
from catalograph.cli.options import accept_old_names


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("missing", cls=accept_old_names(first="limit"))(missing)


def missing(
    relation: Annotated[
        str, typer.Argument(help="Such as HAS_BRAND, IN_CATEGORY or HAS_VALUE:colour.")
    ],
    limit: Annotated[int, typer.Option("--limit", min=1, help="Proposals a product.")] = 1,
    as_json: Json = False,
) -> None:
    """Facts that the live knowledge graph embedding thinks likely and nobody said."""
    from catalograph.cli.output import print_json, print_table
    from catalograph.embed.facts import predict_missing
    from catalograph.store import export_snapshot

    with open_graph_to_read() as (connection, _):
        found = predict_missing(connection, export_snapshot(connection), relation, limit)
    if as_json:
        print_json({"proposals": found})
        return
    best = sorted(found, key=lambda proposal: -proposal.score)
    rows = [(p.head, p.relation, p.tail, f"{p.score:.3f}") for p in best]
    print_table("Proposals, best first", ("product", "relation", "tail", "score"), rows)
