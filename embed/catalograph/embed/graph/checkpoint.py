"""Checkpoints of a network: one file, which a kill leaves as it was before."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from catalograph.ml.checkpoints import require_same_training, write_atomically

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
    with write_atomically(folder / _FILE) as stream:
        torch.save(
            {
                "config": dict(checkpoint.config),
                "data": checkpoint.data,
                "maps": {name: list(keys) for name, keys in checkpoint.maps.items()},
                "state": dict(checkpoint.state),
            },
            stream,
        )


def load_checkpoint(folder: Path, config: Mapping[str, Any], data: str) -> Checkpoint | None:
    """Read the checkpoint of a folder; None if it has none.

    Raises:
        ConfigError: it is of another configuration or of other data.
    """
    file = folder / _FILE
    if not file.is_file():
        return None
    body = torch.load(file, map_location="cpu", weights_only=True)
    begun = {**body["config"], "data": body["data"]}
    require_same_training(folder, begun, {**config, "data": data}, _MAY_CHANGE)
    maps = {name: tuple(keys) for name, keys in body["maps"].items()}
    return Checkpoint(body["config"], body["data"], maps, body["state"])
