"""Import files into the empty graph of the managed server.

The importer writes into a staging folder, which replaces the server's data only when it is
complete. So a load that fails before that, or is killed, leaves the graph as it was.
"""

import fcntl
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from catalograph.errors import BulkLoadError, CatalographError, ConfigError
from catalograph.settings import Settings
from catalograph.store.bulk.tables import ARRAY_DELIMITER, list_import_files
from catalograph.store.connection.address import resolve_address
from catalograph.store.connection.connect import Connection
from catalograph.store.connection.migrate import check_schema, create_schema
from catalograph.store.ledger.imputed_edges import set_imputed_visibility
from catalograph.store.ledger.outbox import announce_changes
from catalograph.store.managed_server.admin import import_database
from catalograph.store.managed_server.config import DATABASE
from catalograph.store.managed_server.instance import Instance
from catalograph.store.managed_server.machine import require_disk
from catalograph.store.managed_server.server import (
    exclusive,
    instance_of,
    pointing_at,
    start_locked,
)
from catalograph.store.managed_server.swap import (
    commit_swap,
    discard_staging,
    finish_swap,
    staging_folder,
)

_FILES = ".bulk-load"
_LOCK = ".bulk-load.lock"
_DATA = "server/data"
_SHOWN_LABELS = 3
_MIB = 1024 * 1024


@dataclass(frozen=True)
class ImportedGraph:
    """Result of an import.

    Attributes:
        nodes: number of nodes.
        edges: number of edges.
        import_seconds: time of Neo4j's importer.
        schema_seconds: time until all constraints and indexes were there.
    """

    nodes: int
    edges: int
    import_seconds: float
    schema_seconds: float


@contextmanager
def load_folder(settings: Settings) -> Iterator[Path]:
    """Provide an empty folder for the files of a load, which is removed at the end.

    What a killed load left there is removed first.

    Raises:
        BulkLoadError: another load of this home is running.
    """
    home = settings.home
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home / _LOCK).open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            raise BulkLoadError(
                f"Another bulk load into {home} is running. Wait for it, or end it."
            ) from exc
        folder = home / _FILES
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def require_empty_graph(settings: Settings) -> None:
    """Raise unless the graph is the managed server's and empty.

    Raises:
        ConfigError: the settings name another server.
        BulkLoadError: the graph holds something.
        MigrationError: the graph is newer than this code, or keyed with another secret.
    """
    if settings.neo4j.uri is not None:
        raise ConfigError(
            f"CATALOGRAPH_NEO4J__URI names another server, {settings.neo4j.uri}, and a bulk load "
            "writes the files of the managed one. Use `catalograph ingest catalog`, `reviews` and "
            "`events` for that server, or unset CATALOGRAPH_NEO4J__URI."
        )
    instance = instance_of(settings)
    with exclusive(instance):
        _check_empty(settings, instance)


def import_graph(settings: Settings, folder: Path, *, compressed: bool = False) -> ImportedGraph:
    """Import the files of a load into the empty graph; the server is running afterwards.

    Args:
        settings: settings with the home folder.
        folder: folder of the load, whose writers are closed.
        compressed: whether edges hold supports.

    Raises:
        BulkLoadError: the graph is not empty any more, or the importer fails; the graph is then
            as it was.
        ResourceError: the disk is too small.
    """
    instance, home = instance_of(settings), settings.home
    files = list_import_files(folder)
    size = sum(path.stat().st_size for path in files.paths)
    require_disk(home, 3 * size // _MIB + 500, "to import the graph")
    with exclusive(instance):
        _check_empty(settings, instance)
        was_running = instance.stop()
        started = time.monotonic()
        try:
            server = staging_folder(home) / "server"
            server.mkdir(mode=0o700)
            try:
                import_database(
                    *(settings, server, files.nodes, files.edges),
                    with_lines=files.with_lines,
                    array_delimiter=ARRAY_DELIMITER,
                )
            except BulkLoadError as exc:
                raise BulkLoadError(f"{exc}\nThe graph is as it was.") from exc
            commit_swap(home, [_DATA], ())
        except BaseException:
            discard_staging(home)
            if was_running:
                start_locked(settings, instance)
            raise
        imported = time.monotonic()
        before = finish_swap(home)
        if before is not None:  # the data of a graph that was empty
            shutil.rmtree(before, ignore_errors=True)
        nodes, edges = _complete(settings, instance, compressed=compressed)
    return ImportedGraph(
        nodes,
        edges,
        round(imported - started, 1),
        round(time.monotonic() - imported, 1),
    )


def _check_empty(settings: Settings, instance: Instance) -> None:
    if not (instance.folder / "data" / "databases" / DATABASE).is_dir():
        return
    info, started = start_locked(settings, instance)
    try:
        with Connection(resolve_address(pointing_at(info, settings))) as connection:
            check_schema(connection, settings.user_secret_fingerprint)
            found = list(connection.read("count_content"))
    finally:
        if started:
            instance.stop()
    if found:
        said = [f"{row['nodes']:,} {row['label']}" for row in found[:_SHOWN_LABELS]]
        raise BulkLoadError(
            f"The graph is not empty: it holds {', '.join(said)}"
            f"{' and more' if len(found) > _SHOWN_LABELS else ''}. A bulk load fills an empty "
            "graph only. Use `catalograph ingest catalog`, `reviews` and `events`, which add to "
            "it, or set CATALOGRAPH_HOME to a new folder."
        )


def _complete(settings: Settings, instance: Instance, *, compressed: bool) -> tuple[int, int]:
    """Start the server on the imported data and give the graph what an import cannot.

    Returns:
        Numbers of nodes and edges that were imported.
    """
    info, _ = start_locked(settings, instance)
    try:
        with Connection(resolve_address(pointing_at(info, settings))) as connection:
            [counts] = connection.read("count_graph")
            create_schema(connection, settings.user_secret_fingerprint)
            connection.write(lambda tx: tx.run("write_inlined_state", inlined=compressed))
            set_imputed_visibility(connection, settings.ingest.imputed)
            # A server of the API that ran meanwhile forgets the answers that it kept.
            connection.write(lambda tx: announce_changes(tx, None))
            return counts["nodes"], counts["relations"]
    except CatalographError as exc:
        raise BulkLoadError(
            f"{exc}\nThe graph is imported, but its indexes are not complete. Run: catalograph "
            "schema apply"
        ) from exc
