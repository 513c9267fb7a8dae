"""SQLite files in the user's home folder: readable by the user only, shared by processes."""

import os
import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Self


def open_private(path: Path, schema: str, wait: float = 30.0) -> sqlite3.Connection:
    """Open a database file; create it with mode 0600 if it is new.

    Args:
        path: path of the file; its folder is created too.
        schema: SQL statements, each with `IF NOT EXISTS`.
        wait: time limit to wait for another writing process, in seconds.

    Returns:
        A connection in autocommit mode that several threads may use in turn, and that waits for
        other processes' writes.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    opened = sqlite3.connect(path, timeout=wait, isolation_level=None, check_same_thread=False)
    opened.row_factory = sqlite3.Row
    try:
        opened.execute("PRAGMA journal_mode = WAL")
        # Deleted data must not stay readable in free pages.
        opened.execute("PRAGMA secure_delete = ON")
        opened.executescript(schema)
    except sqlite3.Error:
        opened.close()
        raise
    return opened


class PrivateDatabase:
    """A private database file; a context manager."""

    def __init__(self, path: Path, schema: str) -> None:
        self._database = open_private(path, schema)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()
