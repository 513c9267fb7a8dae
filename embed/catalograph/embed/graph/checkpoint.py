"""Checkpoints of a network: one file, which a kill leaves as it was before."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from catalograph.errors import ConfigError

__all__ = ["Checkpoint", "load_checkpoint", "save_checkpoint"]

_FILE = "checkpoint.pt"
# A resumed training may go on for longer; everything else makes another model.
_MAY_CHANGE = ("epochs", "seconds", "patience")


@dataclass(frozen=True)
class Checkpoint:
    """Where a training stands.

    Attributes:
        config: what it was begun with.
        data: hash of what it learns from.
        maps: keys by number of what the vectors belong to.
        state: parameters, the optimiser, the best parameters so far and the history. Random
            numbers follow from seed and epoch, so there is no state of theirs.
    """

    config: Mapping[str, Any]
    data: str
    maps: Mapping[str, tuple[str, ...]]
    state: Mapping[str, Any]


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint aside and rename it."""
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f"{_FILE}.tmp"
    with aside.open("wb") as stream:
        torch.save(
            {
                "config": dict(checkpoint.config),
                "data": checkpoint.data,
                "maps": {name: list(keys) for name, keys in checkpoint.maps.items()},
                "state": dict(checkpoint.state),
            },
            stream,
        )
        stream.flush()
        os.fsync(stream.fileno())
    aside.replace(folder / _FILE)


def load_checkpoint(folder: Path, config: Mapping[str, Any], data: str) -> Checkpoint | None:
    """Read the checkpoint of a folder; None if it has none.

    Raises:
        ConfigError: it is of another configuration or of other data.
    """
    file = folder / _FILE
    if not file.is_file():
        return None
    body = torch.load(file, map_location="cpu", weights_only=True)
    other = {
        name: (body["config"].get(name), value)
        for name, value in config.items()
        if name not in _MAY_CHANGE and body["config"].get(name) != value
    }
    if body["data"] != data:
        other["data"] = (body["data"][:12], data[:12])
    if other:
        told = ", ".join(f"{name} {was!r}, now {now!r}" for name, (was, now) in other.items())
        raise ConfigError(
            f"The checkpoint in {folder} is of another training: {told}. Train with what it was "
            "begun with, or give another folder.",
            folder=str(folder),
        )
    maps = {name: tuple(keys) for name, keys in body["maps"].items()}
    return Checkpoint(body["config"], body["data"], maps, body["state"])
