"""The artefact of a ranker: a folder under `home`, which servers map into memory.

```
home/models/ranker/<version>/ranker.json    model, names of the features, hash of each array
home/models/ranker/<version>/NAME.npy       arrays of the model, the click rates and the student
```

The hash of the artefact is that of `ranker.json`, which holds the hashes of all other files. The
graph holds it, so a server ranks by the very files that were published, or not at all.
"""

import hashlib
import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from catalograph.errors import CatalographError, NotPublishedError
from catalograph.ml.checkpoints import replace_folder
from catalograph.ml.search_ranking.click_rates import ClickRates
from catalograph.ml.search_ranking.features import FEATURES, candidate_features
from catalograph.ml.search_ranking.models import (
    FeatureModel,
    Floats,
    StudentTowers,
    load_model,
)
from catalograph.schema.ranking import SearchCandidate

_CARD = "ranker.json"
_FORMAT = 1
"""Version of the files and features; an artefact of another one is not read."""


@dataclass(frozen=True)
class SearchRanker:
    """A trained second stage.

    Attributes:
        name: name of the candidate that won on validation.
        kind: kind of the model, see `models.load_model`.
        model: model of the features.
        clicks: click rates of the log.
        towers: student of the text ranker; None where it was not trained or did not help.
    """

    name: str
    kind: str
    model: FeatureModel
    clicks: ClickRates
    towers: StudentTowers | None = None

    def features(
        self,
        query: str,
        vector: Sequence[float] | None,
        candidates: Sequence[SearchCandidate],
    ) -> Floats:
        """Return the features of candidates; see `candidate_features`."""
        towers = self.towers
        student = None if towers is None else lambda keys: towers.score(vector, list(keys))
        return candidate_features(query, candidates, self.clicks, student)

    def score(
        self,
        query: str,
        vector: Sequence[float] | None,
        candidates: Sequence[SearchCandidate],
    ) -> Floats:
        """Return the scores of candidates, float64 [n]; arguments as of `CandidateRanker.rank`."""
        return self.model.score(self.features(query, vector, candidates))


def artefact_folder(home: Path, model: str) -> Path:
    """Return the folder of a version, by its key `model:ranker:<version>`."""
    _, kind, version = model.split(":")
    return home / "models" / kind / str(int(version))


def save_artefact(home: Path, model: str, ranker: SearchRanker) -> str:
    """Write the files of a version; return the hash of the artefact."""
    arrays = {f"model_{name}": array for name, array in ranker.model.arrays.items()}
    arrays |= {"clicks_hashes": ranker.clicks.hashes, "clicks_rates": ranker.clicks.rates}
    if ranker.towers is not None:
        arrays |= {f"student_{name}": array for name, array in ranker.towers.arrays.items()}
    with replace_folder(artefact_folder(home, model)) as draft:
        for name, array in arrays.items():
            np.save(draft / f"{name}.npy", array, allow_pickle=False)
        card = {
            "format": _FORMAT,
            "model": model,
            "name": ranker.name,
            "kind": ranker.kind,
            "features": list(FEATURES),
            "files": {name: _hash((draft / f"{name}.npy").read_bytes()) for name in arrays},
        }
        text = orjson.dumps(card, option=orjson.OPT_INDENT_2)
        (draft / _CARD).write_bytes(text)
    return _hash(text)


def load_artefact(home: Path, model: str, artefact_hash: str) -> SearchRanker:
    """Map the files of a version into memory, and check them.

    Raises:
        NotPublishedError: the artefact is missing, damaged, or of another version of this code.
    """
    folder = artefact_folder(home, model)
    try:
        text = (folder / _CARD).read_bytes()
        if _hash(text) != artefact_hash:
            raise _unusable(model, folder, "it is not the published one")
        card = orjson.loads(text)
        if (card["format"], card["features"]) != (_FORMAT, list(FEATURES)):
            raise _unusable(model, folder, "it was made by another version of this program")
        arrays: dict[str, Any] = {}
        for name, expected in card["files"].items():
            file = folder / f"{name}.npy"
            if _hash(file.read_bytes()) != expected:
                raise _unusable(model, folder, f"{file.name} is damaged")
            arrays[name] = np.load(file, mmap_mode="r", allow_pickle=False)
        return _ranker(card, arrays)
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise _unusable(model, folder, str(exc)) from exc


def remove_artefacts(home: Path, kind: str, kept: Collection[str]) -> None:
    """Remove the files of all versions of a kind but those with these keys."""
    folders = {artefact_folder(home, model).name for model in kept}
    for folder in (home / "models" / kind).glob("*"):
        if folder.name not in folders:
            shutil.rmtree(folder, ignore_errors=True)


def _ranker(card: dict[str, Any], arrays: dict[str, Any]) -> SearchRanker:
    def of(prefix: str) -> dict[str, Any]:
        return {
            name.removeprefix(prefix): array
            for name, array in arrays.items()
            if name.startswith(prefix)
        }

    student = of("student_")
    return SearchRanker(
        card["name"],
        card["kind"],
        load_model(card["kind"], of("model_")),
        ClickRates(**of("clicks_")),
        StudentTowers(**student) if student else None,
    )


def _hash(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=32).hexdigest()


def _unusable(model: str, folder: Path, reason: str) -> CatalographError:
    return NotPublishedError(
        f"The artefact of {model} in {folder} cannot be used: {reason}. Copy the folder from where "
        "it was trained, or train again: catalograph embed ranker.",
        model=model,
    )
