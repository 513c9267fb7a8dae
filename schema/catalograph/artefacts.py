"""Artefacts: versions of models that are folders of arrays, which servers map into memory.

```
MODELS/<kind>/<version>/artefact.json    card of the version, and the hash of each array
MODELS/<kind>/<version>/NAME.npy         arrays
```

The hash of an artefact is that of its `artefact.json`. The graph holds it, so a server uses the
very files that were published, or none.
"""

import hashlib
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from catalograph.errors import ArtefactError

_CARD = "artefact.json"
_FILES = "files"


def artefact_folder(models: Path, model: str) -> Path:
    """Return the folder of a version, by its key `model:<kind>:<version>`."""
    _, kind, version = model.split(":")
    return models / kind / str(int(version))


def save_artefact(
    models: Path, model: str, card: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
) -> str:
    """Write the files of a version, all at once or not at all.

    Args:
        models: folder of all artefacts.
        model: key of the version.
        card: what `load_artefact` returns beside the arrays, in JSON's types.
        arrays: arrays by name.

    Returns:
        The hash of the artefact.
    """
    with replace_folder(artefact_folder(models, model)) as draft:
        for name, array in arrays.items():
            np.save(_file(draft, name), array, allow_pickle=False)
        hashes = {name: _digest(_file(draft, name)) for name in arrays}
        told = {"model": model, **card, _FILES: hashes}
        (draft / _CARD).write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))
        return _digest(draft / _CARD)


def load_artefact(
    models: Path, model: str, artefact_hash: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the card of a version, and its arrays by name, mapped into memory.

    Raises:
        ArtefactError: the files are missing, or are not those with this hash.
    """
    folder = artefact_folder(models, model)
    try:
        if _digest(folder / _CARD) != artefact_hash:
            raise _unusable(model, folder, "it is not the published one")
        card: dict[str, Any] = orjson.loads((folder / _CARD).read_bytes())
        for name, expected in card[_FILES].items():
            if _digest(_file(folder, name)) != expected:
                raise _unusable(model, folder, f"{_file(folder, name).name} is damaged")
        # Seen as plain arrays, as each slice of a `memmap` costs several microseconds more.
        arrays = {
            name: np.load(_file(folder, name), mmap_mode="r", allow_pickle=False).view(np.ndarray)
            for name in card[_FILES]
        }
    except (OSError, ValueError) as exc:
        raise _unusable(model, folder, str(exc)) from exc
    return card, arrays


def remove_artefacts(models: Path, kind: str, kept: Collection[str]) -> None:
    """Remove the files of all versions of a kind but those with these keys.

    A process that has mapped them keeps what it maps.
    """
    folders = {artefact_folder(models, model).name for model in kept}
    for folder in (models / kind).glob("*"):
        if folder.name not in folders:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def replace_folder(folder: Path) -> Iterator[Path]:
    """Fill a new folder aside, which takes the place of the older one when the block ends.

    A kill, or what is raised in the block, leaves the older one as it was; what was left aside is
    deleted by the next call. Only a kill between removal and renaming leaves none.
    """
    aside = folder.with_name(f"{folder.name}.tmp")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    yield aside
    shutil.rmtree(folder, ignore_errors=True)
    aside.rename(folder)


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.npy"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=32)).hexdigest()


def _unusable(model: str, folder: Path, reason: str) -> ArtefactError:
    kind = model.split(":")[1]
    return ArtefactError(
        f"The artefact of {model} in {folder} cannot be used: {reason}. Copy the folder from where "
        f"it was made, or make it again: catalograph embed {kind}.",
        model=model,
    )
