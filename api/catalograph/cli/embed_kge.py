"""`catalograph embed kge` and `catalograph embed missing`: facts learned, and asked for more."""

from pathlib import Path
from typing import Annotated

import typer

from catalograph.cli.embed_common import Force, Json, open_graph, run_kinds
from catalograph.cli.options import accept_old_names


def register(group: typer.Typer) -> None:
    """Add this module's commands."""
    group.command("kge")(kge)
    group.command("missing", cls=accept_old_names(first="limit"))(missing)


def kge(
    model: Annotated[
        str, typer.Option("--model", help="transe, distmult, complex or rotate.")
    ] = "distmult",
    preset: Annotated[
        str | None, typer.Option("--preset", help="Named settings, in place of the model's own.")
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting, as dimension=64 or margin=2; may be repeated."),
    ] = None,
    minutes: Annotated[
        float | None, typer.Option("--minutes", min=0.0, help="Longest training.")
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", help="Folder to keep the training in.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from what that folder has.")
    ] = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Vectors of nodes and relations, learned from facts."""
    from catalograph.embed.facts import FactsConfig
    from catalograph.embed.kge import choose_config

    chosen = choose_config(model, "catalogue", preset, changes or ())
    config = FactsConfig(chosen, minutes=minutes, checkpoint=checkpoint, resume=resume)
    run_kinds(("kge",), force, as_json, {"kge": config})


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

    with open_graph() as (connection, _):
        found = predict_missing(connection, export_snapshot(connection), relation, limit)
    if as_json:
        print_json({"proposals": found})
        return
    best = sorted(found, key=lambda proposal: -proposal.score)
    rows = [(p.head, p.relation, p.tail, f"{p.score:.3f}") for p in best]
    print_table("Proposals, best first", ("product", "relation", "tail", "score"), rows)
