"""Files of counts: arrays of integers and names, with the number of their format."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from catalograph.errors import EmbedError
from catalograph.ml.checkpoints import write_atomically

__all__ = ["open_counts", "save_counts"]


def save_counts(file: Path, format_: int, **arrays: Any) -> None:
    """Write a file, at once."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with write_atomically(file) as stream:
        np.savez_compressed(stream, format=np.array(format_), **arrays)


@contextmanager
def open_counts(file: Path, format_: int, what: str) -> Iterator[Any]:
    """Open a file; yields its arrays by name.

    Args:
        file: file that `save_counts` wrote.
        format_: number of the format that is read.
        what: what the file should hold, for the error.

    Raises:
        EmbedError: the file is missing, damaged or of another format.
    """
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            if int(arrays["format"]) != format_:
                raise EmbedError(
                    f"{file} holds counts of format {int(arrays['format'])}; this version "
                    f"reads format {format_}. Count again."
                )
            yield arrays
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as exc:
        raise EmbedError(f"{file} holds no {what} ({exc!r}). Count again.") from exc
