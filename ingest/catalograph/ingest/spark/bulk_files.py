"""Import files of a bulk load between Spark's executors and the folder of the load."""

from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile

from catalograph.store.bulk.bulk_writer import BulkPart
from catalograph.store.bulk.references import list_references


def ship_catalogues(session: Any, part: BulkPart) -> Callable[[], str] | None:
    """Send what the finished parts of a load describe to the executors.

    Reviews and events look up there which catalogue knows their products.

    Args:
        session: session of Spark.
        part: opener of the writers of the feed.

    Returns:
        A function that returns the folder of an executor with these parts; None for a catalogue,
        which looks nothing up, and where no part is finished.
    """
    found = list_references(part.folder)
    if part.kind == "catalog" or not found:
        return None
    # Executors of a cluster fetch it when they need it, so it stays until the load ends.
    archive = part.folder / f".catalogues-{part.kind}.zip"
    with ZipFile(archive, "w", ZIP_STORED) as packed:
        for path in found:
            packed.write(path, path.relative_to(part.folder))
    session.sparkContext.addArchive(str(archive))
    return partial(_find_archive, archive.name)


def receive_files(pieces: Any, part: BulkPart) -> None:
    """Write the import files that executors made into the folder of a load.

    Args:
        pieces: their pieces in Spark, of which one partition at a time is held here.
        part: opener of the writers of the feed.
    """
    folders: dict[int, Path] = {}
    for piece in pieces.toLocalIterator():
        folder = folders.get(piece.part)
        if folder is None:
            folder = folders[piece.part] = _make_folder(part)
        with (folder / piece.name).open("ab") as stream:
            stream.write(piece.content)


def _make_folder(part: BulkPart) -> Path:
    names = (part.folder / f"{part.kind}-spark-{n}" for n in count())
    folder = next(path for path in names if not path.exists())
    folder.mkdir(mode=0o700)
    return folder


def _find_archive(name: str) -> str:
    """Return the folder into which Spark unpacked an archive, in an executor."""
    from pyspark import SparkFiles

    return str(SparkFiles.get(name))
