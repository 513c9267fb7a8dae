"""SQLite files in the user's home folder: readable by the user only, shared by processes."""

import os
import sqlite3
from pathlib import Path


def open_private(path: Path, schema: str) -> sqlite3.Connection:
    """Open a database file, made with mode 0600 where it is new.

    Args:
        path: the file; its folder is made, too.
        schema: statements, each `IF NOT EXISTS`.

    Returns:
        A connection in autocommit mode that may be handed from thread to thread, and that waits
        for other processes' writes.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    opened = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    opened.row_factory = sqlite3.Row
    opened.execute("PRAGMA journal_mode = WAL")
    # What is deleted must not stay readable in free pages.
    opened.execute("PRAGMA secure_delete = ON")
    opened.executescript(schema)
    return opened
