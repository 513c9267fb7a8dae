"""The file of API keys, which changes while the server runs."""

import fcntl
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from catalograph.api.auth.keys import read_keys
from catalograph.api.auth.principal import Principal
from catalograph.errors import ConfigError, ConflictError, NotFoundError

_log = logging.getLogger(__name__)
SETTING = "CATALOGRAPH_API__AUTH__API_KEY_FILE"


class KeyFile:
    """API keys in a file. A change of the file counts in every worker at its next request.

    The file is changed in place, since a container may have mounted it by itself.

    Args:
        path: path of the file.

    Raises:
        ConfigError: the file cannot be read, or a line has a wrong form.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, ...] = ()
        self._keys: dict[str, Principal] = {}
        try:
            self._read()
        except OSError as exc:
            raise ConfigError(f"{SETTING} '{path}': {exc.strerror}.") from exc

    def keys(self) -> dict[str, Principal]:
        """Return the caller of each hash, by the file as it is now.

        While the file is away or wrong, the keys read last stay valid.
        """
        if self._signature() != self._seen:
            try:
                self._read()
            except (OSError, ConfigError) as exc:  # once for each change
                _log.error("%s '%s' is not read; earlier keys stay: %s", SETTING, self.path, exc)
        return self._keys

    def add(self, line: str) -> None:
        """Append a line, as `new_key` returns it.

        Raises:
            ConflictError: there is a key of that name, or the file cannot be written.
        """

        def append(lines: list[str]) -> list[str]:
            try:
                read_keys([*lines, line])
            except ConfigError as exc:
                raise ConflictError(str(exc)) from exc
            return [*lines, line]

        self._change(append)

    def remove(self, name: str) -> None:
        """Remove the line of a key.

        Raises:
            NotFoundError: the file has no key of that name.
            ConflictError: it is the last key of the file, or the file cannot be written.
        """

        def drop(lines: list[str]) -> list[str]:
            kept = [line for line in lines if line.split()[:1] != [name]]
            if len(kept) == len(lines):
                raise NotFoundError(f"The file of API keys has no key '{name[:80]}'.")
            if not read_keys(kept):
                raise ConflictError(
                    f"'{name}' is the last key of the file; without one nobody could sign in. "
                    "Make another one first."
                )
            return kept

        self._change(drop)

    def _signature(self) -> tuple[int, ...]:
        try:
            found = self.path.stat()
        except OSError:
            return ()
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _read(self) -> None:
        self._seen = self._signature()
        with self._open_locked("r", fcntl.LOCK_SH) as stream:
            self._keys = read_keys(stream.read().splitlines())

    def _change(self, change: Callable[[list[str]], Sequence[str]]) -> None:
        try:
            with self._open_locked("r+", fcntl.LOCK_EX) as stream:
                lines = change(stream.read().splitlines())
                stream.seek(0)
                stream.write("".join(f"{line}\n" for line in lines))
                stream.truncate()
        except OSError as exc:
            raise ConflictError(
                f"The server cannot write {SETTING} '{self.path}': {exc.strerror}."
            ) from exc
        self._read()

    @contextmanager
    def _open_locked(self, mode: str, lock: int) -> Iterator[IO[str]]:
        with self.path.open(mode, encoding="utf-8") as stream:
            fcntl.flock(stream, lock)
            yield stream
