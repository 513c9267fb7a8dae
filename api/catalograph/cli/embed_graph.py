"""`catalograph embed graph`: a graph network over events and facts."""

from pathlib import Path
from typing import Annotated

import typer

from catalograph.cli.embed_common import Dimension, Force, Json, run_kinds

Minutes = Annotated[float, typer.Option("--minutes", min=0.0, help="Longest training.")]
Checkpoint = Annotated[
    Path | None,
    typer.Option(
        "--checkpoint", metavar="FOLDER", help="Keep the training there; the same one goes on."
    ),
]


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("graph")(graph)


def graph(
    dimension: Dimension = 64,
    minutes: Minutes = 15.0,
    seed: Annotated[int, typer.Option(min=0, help="Of everything that is drawn.")] = 0,
    checkpoint: Checkpoint = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Vectors of a relational attention network (DGL)."""
    from catalograph.embed.graph import AttentionConfig, GraphJobConfig

    training = AttentionConfig(dimension=dimension, seconds=60 * minutes, seed=seed)
    config = GraphJobConfig(training, checkpoint=checkpoint)
    run_kinds(("graph",), force, as_json, {"graph": config})
