"""Checkpoints of a training: a folder that is whole at any moment, whatever is killed.

Each state is a file of its own, `state-<epoch>.pt`, with the names of entities and relations in it;
`latest.json` names the one that counts. Both are written aside, synced and renamed.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from catalograph.embed.kge.config import KgeConfig
from catalograph.embed.kge.triples import Vocabulary
from catalograph.errors import ConfigError
from catalograph.ml.checkpoints import require_same_training, write_atomically

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
    with write_atomically(file) as stream:
        torch.save(body, stream)
    latest = {"file": file.name, "epoch": epoch, "history": state["history"]}
    with write_atomically(folder / _LATEST) as stream:
        stream.write(json.dumps(latest).encode())
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
    begun = KgeConfig().as_dict() | state.pop("config")  # older ones lack what came later
    require_same_training(folder, begun, config.as_dict(), _MAY_CHANGE)
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
