"""`catalograph eval complete`: imputation of missing values, measured by hiding known ones."""

from pathlib import Path
from typing import Any

import typer

from catalograph.cli.eval_output import JSON, say
from catalograph.cli.fact_learner import Embedding, make_fact_learner

_MAPPING = typer.Option(None, "--mapping", help="Shipped mapping, or a file. Default: by content.")
_FIELDS = typer.Option(
    None, "--attribute", help="brand, category or an attribute; may be repeated. Default: 12."
)
_VECTORS = typer.Option(
    True, "--encoder/--no-encoder", help="Vectors by the text model, or latent ones of the words."
)


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("complete")(complete)


def complete(
    catalog: Path = typer.Option(..., "--catalog", help="A catalogue file."),
    mapping: str | None = _MAPPING,
    attribute: list[str] | None = _FIELDS,
    hide: float = typer.Option(0.2, min=0.01, max=0.9, help="Share of known values to hide."),
    min_confidence: float = typer.Option(0.8, min=0, max=1, help="Of the guesses that count."),
    seed: int = typer.Option(0, min=0, help="Of what is hidden."),
    encoder: bool = _VECTORS,
    embedding: Embedding = None,
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Hide known brands, categories and attributes; guess them by each method."""
    from dataclasses import asdict, replace

    from catalograph.cli.output import print_json, print_table
    from catalograph.evaluation.completion import evaluate
    from catalograph.ingest.complete import read_catalogue

    catalogue = read_catalogue(catalog, mapping)
    if encoder:
        say("encoding texts")
        catalogue = replace(catalogue, vectors=_vectors(catalogue.texts))
    rows = evaluate(
        catalogue,
        fields=attribute or (),
        hide=hide,
        seed=seed,
        min_confidence=min_confidence,
        progress=say,
        learner=make_fact_learner(embedding, say),
    )
    if as_json:
        body = [asdict(row) for row in rows]
        print_json({"command": "eval complete", "data": str(catalog), "seed": seed, "rows": body})
        return
    names = list(rows[0].metrics)
    table = [
        (row.config["attribute"], row.model, row.n, *(f"{100 * row.metrics[m]:.2f}" for m in names))
        for row in rows
    ]
    title = f"{catalog.name}, per cent, at confidence {min_confidence:g}, seed {seed}"
    print_table(title, ("attribute", "method", "hidden", *names), table)


def _vectors(texts: tuple[str, ...]) -> Any:
    """Return vectors by the text model of the settings."""
    from catalograph.ml.encoders import load_encoder
    from catalograph.settings import load_settings

    return load_encoder(load_settings()).encode_documents(texts)
