"""Learned data of products that an ingest changed, without training again."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from catalograph.settings import Settings
    from catalograph.store import Writer

_PLACED_AT_MOST = 1_000
"""Maximum number of changed products to place; with more, a new training is quicker."""


def place_changed_products(store: "Writer", since: datetime) -> list[str]:
    """Place the products that changed since then in the live preference model, if they are few.

    Returns:
        Keys of the changed products; empty if they are many.
    """
    from catalograph.store.models.incremental_placement import place_products

    changed = list(store.changed_products(since))
    if len(changed) > _PLACED_AT_MOST:
        typer.echo(
            f"{len(changed):,} products changed: run `catalograph embed text` and "
            "`catalograph embed preference`",
            err=True,
        )
        return []
    if placed := place_products(store.connection, changed):
        typer.echo(f"{len(placed):,} products can be recommended by their facts", err=True)
    return changed


def embed_changed_products(store: "Writer", settings: "Settings", changed: Sequence[str]) -> None:
    """Give changed products their vectors in the live text model, if its encoder is known."""
    from catalograph.embed.text import embed_products, live_text_model
    from catalograph.errors import DownloadError, MissingExtraError
    from catalograph.ml.encoders import load_encoder
    from catalograph.ml.onnx import ONNX_MODELS
    from catalograph.store import live_text_encoder

    # The encoder is loaded only where it is needed, as that takes a second and memory.
    name = live_text_encoder(store.connection) if changed else None
    known = (*ONNX_MODELS, settings.embed.text_model)
    if name not in known or live_text_model(store.connection, name) is None:
        return
    try:
        encoder = load_encoder(settings, name=name)
    except (MissingExtraError, DownloadError) as exc:
        typer.echo(f"{len(changed):,} products are not found by meaning yet: {exc}", err=True)
        return
    if embedded := embed_products(store.connection, encoder, name, changed):
        typer.echo(f"{len(embedded):,} products are found by meaning", err=True)
