"""Bookmarks: later reads see what was written, whichever server of a cluster answers them.

A read replica may be behind the server that took a write. Each write gives a bookmark; a read that
carries it waits until its server has caught up. The driver's bookmark managers carry them within a
connection pool. The folder of this module carries them between pools: those of a process, of the
workers of `catalograph serve`, and of the command line of the same home folder.

A single server (`bolt://`) always shows what it committed, so it needs none of this.
"""

import contextlib
import hashlib
import logging
import os
import secrets
import time
from pathlib import Path

import neo4j

_log = logging.getLogger(__name__)
_KEPT_SECONDS = 600.0
"""A replica that is further behind than this is not waited for."""


class BookmarkFolder:
    """The bookmarks of all writers of a home folder; each has a file of its own."""

    def __init__(self, home: Path, uri: str, database: str) -> None:
        """Name the folder; it is created with the first write."""
        name = hashlib.blake2b(f"{uri}\n{database}".encode(), digest_size=8).hexdigest()
        self.folder = home / "bookmarks" / name
        self._own = self.folder / f"{os.getpid()}-{secrets.token_hex(8)}"
        self._changed = 0
        self._known = neo4j.Bookmarks.from_raw_values(())
        self._failed = False

    def put(self, bookmarks: neo4j.Bookmarks) -> None:
        """Replace the bookmarks of this writer."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = self._own.with_suffix(".draft")
            draft.write_text("\n".join(sorted(bookmarks.raw_values)))
            draft.replace(self._own)
        except OSError as exc:
            if not self._failed:
                _log.warning("other processes may read older data", extra={"error": str(exc)})
            self._failed = True

    def get(self) -> neo4j.Bookmarks:
        """Return the bookmarks of all writers."""
        try:
            changed = self.folder.stat().st_mtime_ns
        except OSError:
            return self._known
        if changed != self._changed:
            # Taken before the files are read: a change meanwhile is read the next time.
            self._changed = changed
            self._known = neo4j.Bookmarks.from_raw_values(self._read())
        return self._known

    def close(self) -> None:
        """Remove the files of writers whose bookmarks nobody needs any more."""
        with contextlib.suppress(OSError):
            for file in self.folder.iterdir():
                if time.time() - file.stat().st_mtime > _KEPT_SECONDS:
                    file.unlink(missing_ok=True)

    def _read(self) -> set[str]:
        found: set[str] = set()
        for file in self.folder.iterdir():
            with contextlib.suppress(OSError):
                if not file.suffix and time.time() - file.stat().st_mtime < _KEPT_SECONDS:
                    found.update(file.read_text().split())
        return found


def is_routed(uri: str) -> bool:
    """Return whether the driver chooses a server of a cluster for each transaction."""
    return uri.startswith("neo4j")
