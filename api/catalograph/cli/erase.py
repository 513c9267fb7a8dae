"""`catalograph erase`: delete users with all their data and models learned from it, and orphans."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from catalograph.settings import Settings
    from catalograph.store import Connection

_app = typer.Typer(
    help="Erase people's data.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_app, name="erase")


@_app.callback()
def group() -> None:
    """Erase people's data."""


@_app.command()
def user(
    source: Annotated[str, typer.Argument(help="Source that the user's id is of.")],
    id: Annotated[str, typer.Argument(help="The user's id there.")],
    defer: Annotated[
        bool,
        typer.Option(
            "--defer",
            help="Leave models that learned from the user for `catalograph embed`; until then they "
            "are marked stale.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Erase a user: reviews, events, what runs and caches kept of them; retrain models.

    Transaction logs of the managed Neo4j still hold what was deleted: until the one
    in use has 16 MB and a checkpoint follows. Backups and the feeds themselves are not searched.
    """
    from catalograph.cli.output import print_json
    from catalograph.schema import keys
    from catalograph.settings import load_settings
    from catalograph.store import count_orphans, erase_user, open_store, prune_artefacts

    settings = load_settings()
    key = keys.user_key(source, id, settings.user_hmac_key)
    with open_store(settings) as store:
        erased = erase_user(store, key, lambda subjects: purge_files(settings, subjects))
        prune_artefacts(store.connection, settings.models_folder)
        learned = [] if defer else _learn(store.connection, settings, erased.stale)
        orphans = count_orphans(store.connection, source).without_product
    stale = [kind for kind in erased.stale if kind not in learned]
    if as_json:
        records = len(erased.records)
        print_json({"records": records, "learned": learned, "stale": stale, "orphans": orphans})
        return
    typer.echo(f"{len(erased.records):,} reviews and events erased.")
    for kind in learned:
        typer.echo(f"The {kind} model was retrained.")
    for kind in stale:
        typer.echo(f"The {kind} model learned from this user: catalograph embed {kind}")
    if orphans:
        typer.echo(
            f"{orphans:,} reviews and events of {source} lost their product, and perhaps their "
            f"user, who may be this one: catalograph erase orphans {source}"
        )


@_app.command()
def orphans(
    source: Annotated[
        str | None, typer.Argument(help="Source that the records are of. Default: all.")
    ] = None,
    without_user: Annotated[
        bool,
        typer.Option(
            "--without-user",
            help="Erase records without a user as well; those of anonymous shoppers are among "
            "them. Needs SOURCE.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Erase reviews and events that lost their product; ingesting their feed again restores them.

    `catalograph doctor` counts them. Whose they were is not known, so `erase user` leaves them.
    """
    from catalograph.cli.output import print_json
    from catalograph.errors import InvalidInputError
    from catalograph.settings import load_settings
    from catalograph.store import erase_orphans, open_store

    if without_user and source is None:
        raise InvalidInputError(
            "--without-user takes anonymous shoppers' records, too. Name the SOURCE to erase in."
        )
    settings = load_settings()
    with open_store(settings) as store:
        erased = erase_orphans(
            store,
            source,
            without_user=without_user,
            purge=lambda subjects: purge_files(settings, subjects),
        )
    if as_json:
        print_json({"records": len(erased)})
        return
    typer.echo(f"{len(erased):,} reviews and events erased.")


def purge_files(settings: "Settings", subjects: Sequence[str]) -> None:
    """Remove data of these users and records from quarantine, caches and recordings."""
    from catalograph.ingest.llm.cache import purge_cache
    from catalograph.ingest.llm.replay import purge_recording
    from catalograph.ingest.quarantine import purge_quarantine

    purge_quarantine(settings, subjects)
    purge_cache(settings, subjects)
    for recording in (settings.llm.record, settings.llm.replay):
        if recording is not None:
            purge_recording(recording, subjects)


def _learn(connection: "Connection", settings: "Settings", kinds: Sequence[str]) -> list[str]:
    """Train models of these kinds again, which clears the slots of the versions before."""
    if not kinds:
        return []
    from catalograph.embed.jobs import DEPENDENT_KINDS, run_jobs

    learned: list[str] = []
    # Dependent kinds learn from what the others have published, so they come second.
    for step in (
        [kind for kind in kinds if kind not in DEPENDENT_KINDS],
        [kind for kind in kinds if kind in DEPENDENT_KINDS],
    ):
        reports = run_jobs(connection, settings, step, force=True)
        learned += [report.kind for report in reports if report.refusal is None]
    return learned
