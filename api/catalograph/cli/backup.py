"""`catalograph backup | restore`: the managed database and its home folder in one file."""

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(backup)
    app.command()(restore)


def backup(
    file: Annotated[Path, typer.Argument(help="Archive to write; it must not exist yet.")],
    as_json: Json = False,
) -> None:
    """Write the managed database, the secrets and the review queue into one archive.

    The server stops while the database is dumped and is started again unless it was down. The
    archive holds the user secret: keep it as private as the home folder.
    """
    from catalograph.cli.output import print_json
    from catalograph.settings import load_settings
    from catalograph.store.backup import write_backup

    manifest = write_backup(load_settings(), file)
    if as_json:
        print_json({"file": str(file), **manifest.model_dump(mode="json")})
        return
    typer.echo(
        f"{file}: {manifest.nodes:,} nodes and {manifest.relations:,} relations, schema version "
        f"{manifest.schema_version}, with {', '.join(m.name for m in manifest.members)}."
    )


def restore(
    file: Annotated[Path, typer.Argument(help="Archive of `catalograph backup`.")],
    force: Annotated[
        bool,
        typer.Option("--force", help="Replace the data that is there; it is moved aside."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Restore an archive into the home folder, after checking all of it.

    The archive is loaded and started beside the present data first. A server that runs is stopped
    for the exchange and started again; one that is down stays down.
    """
    from catalograph.cli.output import print_json
    from catalograph.settings import load_settings
    from catalograph.store.backup import restore_backup

    done = restore_backup(load_settings(), file, force=force)
    if as_json:
        print_json(
            {
                "restored": str(file),
                "moved_to": done.before and str(done.before),
                "running": done.running,
                **done.manifest.model_dump(mode="json"),
            }
        )
        return
    typer.echo(
        f"{file} of {done.manifest.created:%Y-%m-%d %H:%M} is restored: {done.manifest.nodes:,} "
        f"nodes and {done.manifest.relations:,} relations."
    )
    if done.before:
        typer.echo(f"What was there before is in {done.before}. Remove it when you are content.")
    if not done.running:
        typer.echo("Start the server with: catalograph up")
