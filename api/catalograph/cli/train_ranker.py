"""`catalograph train ranker`: learn to rank products for queries."""

from pathlib import Path

import typer

from catalograph.cli.eval_output import JSON, say
from catalograph.cli.eval_rank import CATALOG, KGE, QRELS


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("ranker")(ranker)


def ranker(
    catalog: Path = typer.Option(..., "--catalog", help=CATALOG),
    qrels: Path = typer.Option(..., "--qrels", help=QRELS),
    output: Path = typer.Option(..., "--output", help="Folder to keep the ranker in."),
    fusion: str = typer.Option("late", help="early, late, interactive or none."),
    loss: str = typer.Option("in-batch", help="pointwise or in-batch."),
    adapter: str = typer.Option("none", help="none, lora, prefix or bottleneck."),
    fgm: float = typer.Option(0.0, min=0, help="Length of the adversarial step; 0 for none."),
    epochs: int | None = typer.Option(None, min=0, help="Passes over the queries at most."),
    kge: Path | None = typer.Option(None, "--kge", help=KGE),
    seed: int = typer.Option(0, min=0, help="Of everything random."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Train a ranker of text and graph, and its student, from judged queries.

    What serves is learned from the shop's log: `catalograph embed ranker`.

    A training that was stopped goes on when the same command is run again.
    """
    from typing import Any, cast

    from catalograph.cli.output import print_json
    from catalograph.embed.ranker.persistence import Files, train_ranker
    from catalograph.embed.ranker.settings import RankerSettings, StudentSettings
    from catalograph.ml.encoders import load_encoder
    from catalograph.settings import load_settings

    names: Any = {"fusion": fusion, "loss": loss, "adapter": adapter, "fgm": fgm, "seed": seed}
    if epochs is not None:
        names["epochs"] = epochs
    settings = RankerSettings(**names)
    encoder = load_encoder(load_settings())
    card = train_ranker(
        Files(catalog, qrels, kge), output, encoder, settings, StudentSettings(seed=seed), say
    )
    if as_json:
        print_json(card)
        return
    last = cast(list[dict[str, float]], card["metrics"]["history"])[-1]
    told = ", ".join(f"{name} {value:.4g}" for name, value in last.items())
    print(f"Kept in {output}; {told}.")
