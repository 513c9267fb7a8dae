"""Checkpoints of a training: a folder that is whole at any moment, whatever is killed.

Each state is a file of its own, `state-<epoch>.pt`, with the names of entities and relations in it;
`latest.json` names the one that counts. Both are written aside, synced and renamed.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from catalograph.embed.kge.config import KgeConfig
from catalograph.embed.kge.triples import Vocabulary
from catalograph.errors import ConfigError

_LATEST = "latest.json"
# A resumed training may go on for longer; everything else makes another model.
_MAY_CHANGE = ("epochs", "patience")


def save_checkpoint(
    folder: Path, epoch: int, config: KgeConfig, vocabulary: Vocabulary, state: Mapping[str, Any]
) -> None:
    """Write a state and let it count; older ones are deleted after."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"state-{epoch:06d}.pt"
    names = {"entities": list(vocabulary.entities), "relations": list(vocabulary.relations)}
    body = {"config": config.as_dict(), "vocabulary": names, **state}
    aside = file.with_suffix(".tmp")
    with aside.open("wb") as stream:
        torch.save(body, stream)
        stream.flush()
        os.fsync(stream.fileno())
    aside.replace(file)
    latest = {"file": file.name, "epoch": epoch, "history": state["history"]}
    aside = folder / f"{_LATEST}.tmp"
    with aside.open("w", encoding="utf-8") as text:
        json.dump(latest, text)
        text.flush()
        os.fsync(text.fileno())
    aside.replace(folder / _LATEST)
    for older in folder.glob("state-*"):
        if older != file:
            with suppress(FileNotFoundError):
                older.unlink()


def load_checkpoint(
    folder: Path, config: KgeConfig, vocabulary: Vocabulary
) -> dict[str, Any] | None:
    """The state that counts; None if the folder has none.

    Raises:
        ConfigError: it is of another configuration or of other entities.
    """
    latest = folder / _LATEST
    if not latest.is_file():
        return None
    file = folder / json.loads(latest.read_text(encoding="utf-8"))["file"]
    state: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
    stored, wanted = state.pop("config"), config.as_dict()
    other = {
        name: (stored.get(name), value)
        for name, value in wanted.items()
        if name not in _MAY_CHANGE and stored.get(name) != value
    }
    if other:
        told = ", ".join(f"{name} {was!r}, now {now!r}" for name, (was, now) in other.items())
        raise ConfigError(
            f"The checkpoint in {folder} is of another training: {told}. Train with what it was "
            "begun with, or give another folder.",
            folder=str(folder),
        )
    names = state.pop("vocabulary")
    if (tuple(names["entities"]), tuple(names["relations"])) != (
        vocabulary.entities,
        vocabulary.relations,
    ):
        raise ConfigError(
            f"The checkpoint in {folder} is of {len(names['entities'])} entities and "
            f"{len(names['relations'])} relations that are not the {len(vocabulary.entities)} and "
            f"{len(vocabulary.relations)} of this data. Give another folder.",
            folder=str(folder),
        )
    return state
