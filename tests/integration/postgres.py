"""A real PostgreSQL for tests, from the packages of the system."""

import getpass
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.kafka import free_port

_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
_OWNER = "postgres" if getpass.getuser() == "root" else None
"""PostgreSQL refuses to run as root."""


def _run(name: str, *arguments: str) -> None:
    found = _PROGRAMS[-1] / name if _PROGRAMS else shutil.which(name)
    assert found, "these tests need PostgreSQL: install the package 'postgresql'"
    done = subprocess.run(
        [str(found), *arguments], user=_OWNER, capture_output=True, text=True, check=False, cwd="/"
    )
    assert done.returncode == 0, done.stderr


@contextmanager
def running_postgres() -> Iterator[str]:
    """Start a server of its own and give the address of an empty database."""
    # Not the tests' folder: its parents belong to root.
    with tempfile.TemporaryDirectory(prefix="catalograph-postgres-") as folder:
        if _OWNER is not None:
            shutil.chown(folder, _OWNER)
        data, port = f"{folder}/data", free_port()
        _run("initdb", "-D", data, "-U", "shop", "-A", "trust", "-E", "UTF8", "--no-sync")
        log, flags = f"{folder}/log", f"-p {port} -k {folder} -c fsync=off"
        _run("pg_ctl", "-D", data, "-l", log, "-o", flags, "-w", "start")
        try:
            yield f"postgresql://shop@127.0.0.1:{port}/postgres"
        finally:
            _run("pg_ctl", "-D", data, "-m", "immediate", "stop")
