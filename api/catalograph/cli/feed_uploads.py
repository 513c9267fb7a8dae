"""Uploaded feeds: files in a folder of the user, each with an id that cannot be guessed."""

import asyncio
import re
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from catalograph.errors import InvalidInputError, LimitExceededError, NotFoundError
from catalograph.schema.feeds import UploadedFile

_MIB = 1024**2
_DAY = 86_400.0
_NAME = re.compile(r"[^\W_][^/\\\x00-\x1f\x7f]{0,119}\Z")
_ID = re.compile(r"[0-9a-f]{32}\Z")
_PART = ".part"


class Uploads:
    """The uploaded feeds of a server.

    Args:
        folder: folder that holds them, shared by the workers of a machine.
        file_mb: MiB of one file at most.
        total_mb: MiB of all files at most.
        keep_days: days that a file is kept.
    """

    def __init__(self, folder: Path, *, file_mb: float, total_mb: float, keep_days: float) -> None:
        self.file_bytes = int(file_mb * _MIB)
        self._total_bytes = int(total_mb * _MIB)
        self._keep_seconds = keep_days * _DAY
        self._folder = folder

    async def receive(
        self, name: str, size: int | None, chunks: AsyncIterator[bytes]
    ) -> UploadedFile:
        """Store a file.

        Args:
            name: its file name.
            size: its declared size; None if it is not known.
            chunks: its bytes.

        Raises:
            InvalidInputError: the name is none of a file, or the file is empty.
            LimitExceededError: it is too large, or there are too many.
        """
        self._check_name(name)
        self._check_size(size or 0)
        await asyncio.to_thread(self._check_room, size or 0)
        id_ = secrets.token_hex(16)
        folder = self._folder / id_
        await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True)
        part = folder / f"{name}{_PART}"
        written = 0
        try:
            with await asyncio.to_thread(part.open, "xb") as file:
                async for chunk in chunks:
                    written += len(chunk)
                    self._check_size(written)
                    await asyncio.to_thread(file.write, chunk)
            if not written:
                raise InvalidInputError("The file is empty.")
            await asyncio.to_thread(self._check_room, 0)
            part.rename(folder / name)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return UploadedFile(id=id_, name=name, bytes=written)

    def find(self, id_: str) -> Path:
        """Return the path of a file.

        Raises:
            NotFoundError: there is none with this id.
        """
        files: list[Path] = []
        if _ID.match(id_):
            folder = self._folder / id_
            files = [path for path in folder.glob("*") if path.suffix != _PART]
        if not files:
            raise NotFoundError(
                f"There is no upload '{id_[:40]}'. Uploads are kept for "
                f"{self._keep_seconds / _DAY:g} days; upload the file again."
            )
        return files[0]

    def remove(self, id_: str) -> None:
        """Delete a file.

        Raises:
            NotFoundError: there is none with this id.
        """
        shutil.rmtree(self.find(id_).parent)

    def remove_old(self) -> None:
        """Delete files that were kept long enough."""
        remove_old_folders(self._folder, self._keep_seconds)

    def _check_name(self, name: str) -> None:
        if not _NAME.match(name) or name.endswith(_PART):
            raise InvalidInputError(
                f"'{name[:80]}' is no name of a feed's file. Give a name such as shop.csv: at most "
                "120 characters, without folders, that begins with a letter or a digit."
            )

    def _check_size(self, size: int) -> None:
        if size > self.file_bytes:
            raise LimitExceededError(
                f"A feed has at most {self.file_bytes / _MIB:g} MiB "
                "(CATALOGRAPH_API__FEEDS__UPLOAD_MB). Compress it with gzip, or bring it in parts."
            )

    def _check_room(self, size: int) -> None:
        self.remove_old()
        used = sum(path.stat().st_size for path in _files(self._folder))
        if used + size > self._total_bytes:
            raise LimitExceededError(
                f"The uploads together have at most {self._total_bytes / _MIB:g} MiB "
                "(CATALOGRAPH_API__FEEDS__STORED_MB). Delete some."
            )


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.glob("*/*") if path.is_file())


def remove_old_folders(folder: Path, seconds: float) -> None:
    """Delete the folders in a folder that have not changed for some seconds."""
    before = time.time() - seconds
    for old in folder.glob("*"):
        if old.stat().st_mtime < before:
            shutil.rmtree(old, ignore_errors=True)
