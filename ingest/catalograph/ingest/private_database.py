"""SQLite files in the user's home folder: readable by the user only, shared by processes."""

import os
import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Self


def open_private(path: Path, schema: str, wait: float = 30.0) -> sqlite3.Connection:
    """Open a database file, made with mode 0600 where it is new.

    Args:
        path: the file; its folder is made, too.
        schema: statements, each `IF NOT EXISTS`.
        wait: seconds to wait for another process that writes.

    Returns:
        A connection in autocommit mode that may be handed from thread to thread, and that waits
        for other processes' writes.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    opened = sqlite3.connect(path, timeout=wait, isolation_level=None, check_same_thread=False)
    opened.row_factory = sqlite3.Row
    try:
        opened.execute("PRAGMA journal_mode = WAL")
        # What is deleted must not stay readable in free pages.
        opened.execute("PRAGMA secure_delete = ON")
        opened.executescript(schema)
    except sqlite3.Error:
        opened.close()
        raise
    return opened


class PrivateDatabase:
    """Such a file, open for a `with` block."""

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
