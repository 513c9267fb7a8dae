"""Vectors of passages that a command has written, so that questions find them by meaning."""

from functools import partial
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from catalograph.settings import Settings
    from catalograph.store import Connection, PublishedModel


def embed_written_passages(connection: "Connection", settings: "Settings") -> None:
    """Give passages without a vector theirs; the first ones publish the kind.

    What hinders it is said: the passages are found by words then.
    """
    from catalograph.errors import DownloadError, MissingExtraError, WriteConflictError
    from catalograph.ml.passage_encoders import passage_encoders
    from catalograph.store import live_models

    live = live_models(connection)
    for kind, encoder in passage_encoders(settings).items():
        try:
            embedded = _embed_kind(connection, settings, kind, encoder, live.get(kind))
        except (MissingExtraError, DownloadError) as exc:
            typer.echo(f"Passages are found by words alone: {exc}", err=True)
            continue
        except WriteConflictError as exc:  # the documents are written; another command embeds them
            typer.echo(f"{exc} Then run `catalograph embed {kind}`.", err=True)
            continue
        if embedded:
            typer.echo(f"{embedded:,} passages are found by meaning ({kind})", err=True)


def _embed_kind(
    connection: "Connection",
    settings: "Settings",
    kind: str,
    encoder: str,
    model: "PublishedModel | None",
) -> int:
    from catalograph.embed.jobs import run_jobs
    from catalograph.embed.passages import embed_new_passages, passage_config, passages_of_kind
    from catalograph.ml.encoders import load_encoder
    from catalograph.store.models.passage_texts import export_passages

    if model is None:
        if not passages_of_kind(settings, kind, export_passages(connection)):
            return 0
        [report] = run_jobs(connection, settings, [kind])
        return report.written
    if dict(model.config) != passage_config(kind, encoder):
        typer.echo(
            f"New passages have no vectors: those of the others were made by "
            f"'{model.config.get('encoder')}', and the settings name '{encoder}'. "
            f"`catalograph embed {kind}` makes all anew.",
            err=True,
        )
        return 0
    load = partial(load_encoder, settings, name=encoder)
    return embed_new_passages(connection, settings, model, load)
