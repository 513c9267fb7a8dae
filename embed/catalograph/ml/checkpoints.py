"""Files and folders of trainings that are whole whatever is killed, and belong to one training."""

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from catalograph.artefacts import replace_folder
from catalograph.errors import ConfigError

__all__ = ["replace_folder", "require_same_training", "write_atomically"]


@contextmanager
def write_atomically(file: Path) -> Iterator[IO[bytes]]:
    """Write a file aside, sync it and rename it, so that a kill leaves the older one as it was.

    What is raised in the block leaves the older file, too. One process may write it at a time.
    """
    aside = file.with_name(f"{file.name}.tmp")
    with aside.open("wb") as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())
    aside.replace(file)


def require_same_training(
    folder: Path,
    begun: Mapping[str, Any],
    wanted: Mapping[str, Any],
    may_change: Collection[str] = (),
) -> None:
    """Raise unless a checkpoint is of the training that is to go on.

    Args:
        folder: of the checkpoint.
        begun: what it was begun with, by name.
        wanted: what is asked for now.
        may_change: names that may differ, such as for how long it goes on.

    Raises:
        ConfigError: something else differs; tells both values.
    """
    other = {
        name: (begun.get(name), value)
        for name, value in wanted.items()
        if name not in may_change and begun.get(name) != value
    }
    if other:
        told = ", ".join(f"{name} {was!r}, now {now!r}" for name, (was, now) in other.items())
        raise ConfigError(
            f"The checkpoint in {folder} is of another training: {told}. Train with what it was "
            "begun with, or give another folder.",
            folder=str(folder),
        )
