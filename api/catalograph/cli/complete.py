"""`catalograph complete`: impute missing facts, kept apart from asserted ones."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalograph.cli.fact_learner import Embedding, make_fact_learner

if TYPE_CHECKING:
    from catalograph.ingest.complete import CategoryScorer
    from catalograph.settings import Settings

MinConfidence = Annotated[
    float, typer.Option("--min-confidence", min=0, max=1, help="Less certain ones are left out.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Write nothing; say what would be.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Of what is hidden to calibrate.")]
Multitask = Annotated[
    Path | None,
    typer.Option(
        "--multitask",
        help="Folder of `train multitask`, whose category head guesses, too. Default: that of the "
        "settings.",
    ),
]
Review = Annotated[
    bool, typer.Option("--review", help="Put the imputed facts into the review queue.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

commands = typer.Typer(
    name="complete",
    help="Impute missing brands, categories and attribute values.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(commands)


@commands.callback()
def _group() -> None:
    """Impute missing brands, categories and attribute values."""


@commands.command()
def run(
    min_confidence: MinConfidence = 0.8,
    dry_run: DryRun = False,
    seed: Seed = 0,
    embedding: Embedding = None,
    multitask: Multitask = None,
    review: Review = False,
    as_json: Json = False,
) -> None:
    """Impute what is missing, withdraw what no longer holds."""
    from catalograph.cli.output import print_json, print_table
    from catalograph.ingest.complete.run import complete
    from catalograph.ingest.review.queue import ReviewQueue
    from catalograph.settings import load_settings
    from catalograph.store import live_models, open_store

    settings = load_settings()

    def say(doing: str) -> None:
        typer.echo(doing, err=True)

    learner = make_fact_learner(embedding, say)
    categories = _category_head(multitask, settings)
    with open_store(settings, read_only=dry_run) as store:
        encoder = None if "text" in live_models(store.connection) else _encoder(settings)
        done = complete(
            store,
            min_confidence=min_confidence,
            encoder=encoder,
            seed=seed,
            dry_run=dry_run,
            progress=say,
            learner=learner,
            categories=categories,
            ask=ReviewQueue(settings, store.connection).put if review else None,
        )
    if as_json:
        print_json(done)
        return
    rows = [(field, n, done.imputed.get(field, 0)) for field, n in done.missing.items()]
    print_table(f"{done.products:,} products", ("attribute", "missing", "imputed"), rows)
    typer.echo(
        f"{done.written:,} records {'to write' if dry_run else 'written'}, "
        f"{done.unchanged:,} unchanged, {done.withdrawn:,} withdrawn."
    )


def _category_head(folder: Path | None, settings: "Settings") -> "CategoryScorer | None":
    """Return the head that an option names, else that of the settings where it was kept."""
    named = settings.texts.multitask if folder is None else folder
    if named is None:
        return None
    from catalograph.ingest.multitask.model_folder import serves
    from catalograph.ingest.multitask.served import CategoryHead
    from catalograph.ingest.multitask.tasks import CATEGORY

    if folder is None and not serves(named, CATEGORY):
        return None
    return CategoryHead.load(named)


def _encoder(settings: Any) -> Any:
    """Return the text model; None without the extra, where latent word vectors replace it."""
    from catalograph.errors import MissingExtraError
    from catalograph.ml.encoders import load_encoder

    try:
        return load_encoder(settings)
    except MissingExtraError:
        return None
