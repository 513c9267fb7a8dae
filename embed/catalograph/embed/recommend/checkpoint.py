"""A fitted KG-EASE kept whole: its inverse, what that was made of, and the keys of both.

On disk it is a folder. `model.json` names the other files, and is replaced last and at once, so
whoever is killed while saving leaves the older model whole. Who the users were is not kept: the
model needs how many users two products share, and no more.
"""

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from catalograph.embed.recommend.data import RecommendData, RelationFacts
from catalograph.embed.recommend.gram import gram_of
from catalograph.embed.recommend.kgease import (
    Grams,
    KGEase,
    KGEaseConfig,
    fact_features,
    fit_kg_ease,
)
from catalograph.embed.recommend.matrices import Csr, Floats, incidence
from catalograph.errors import EmbedError

__all__ = ["EntityKeys", "FittedModel", "load_model", "save_model"]

_FORMAT = 1
_MANIFEST = "model.json"


@dataclass(frozen=True)
class EntityKeys:
    """Keys of what a model numbers; empty where it was learned from bare numbers."""

    items: Sequence[str] = ()
    """Key of each item."""
    tails: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By relation, the key of each tail."""


@dataclass(frozen=True)
class FittedModel:
    """A fitted KG-EASE together with what its matrix A was made of."""

    P: Floats
    """float [items, items], symmetric: the inverse of A."""
    config: KGEaseConfig
    interactions: Csr
    """XᵀX, users weighted, CSR [items, items]."""
    relations: Mapping[str, RelationFacts]
    """Facts by relation, those without a weight too."""
    names: EntityKeys = field(default_factory=EntityKeys)

    @classmethod
    def of(cls, fit: KGEase, data: RecommendData, names: EntityKeys | None = None) -> "FittedModel":
        """Put a fit and the data that it was fitted on together."""
        relations = {name: data.relations[name] for name in sorted(data.relations)}
        return cls(fit.P, fit.config, fit.grams.interactions, relations, names or EntityKeys())

    @property
    def n_items(self) -> int:
        """How many items there are."""
        return int(self.P.shape[0])

    @cached_property
    def scale(self) -> Floats:
        """What the weights of each target are multiplied by, float [items]."""
        return self._scorer.scale

    def score(self, rows: Csr) -> Floats:
        """Score all items as the fit does: float [users, items]."""
        return self._scorer.score(rows)

    @cached_property
    def _scorer(self) -> KGEase:
        # Scoring needs no relation's matrix, and making them again would take longer than all else.
        return KGEase(self.P, self.config, Grams(self.n_items, self.interactions, {}))

    @cached_property
    def features(self) -> Mapping[str, Csr]:
        """F by name of the relations that count, in the order of their names."""
        return {
            name: self.features_of(relation)
            for name, relation in self.relations.items()
            if relation.facts.nnz and self.config.weight(name) > 0
        }

    @cached_property
    def holders(self) -> Mapping[str, Csr]:
        """The transpose of F by relation, CSR [tails, items]: who has a tail."""
        return {name: sp.csr_array(F.T) for name, F in self.features.items()}

    def features_of(self, relation: RelationFacts) -> Csr:
        """F of a relation, as the fit makes it."""
        return fact_features(relation, self.config.dtype)

    def refit(self, interactions: Csr, relations: Mapping[str, RelationFacts]) -> KGEase:
        """Fit anew, with the same configuration, on other counts and facts.

        Raises:
            EmbedError: the matrix is not positive definite in this precision.
        """
        n = self.n_items
        grams = {
            name: gram_of(self.features_of(relation))
            for name, relation in relations.items()
            if relation.facts.nnz and self.config.weight(name) > 0
        }
        nobody = np.empty(0, np.int64)
        no_data = RecommendData(incidence(nobody, nobody, (0, n)))  # `grams` stands for it
        return fit_kg_ease(no_data, self.config, grams=Grams(n, interactions, grams))


def save_model(model: FittedModel, folder: Path) -> Path:
    """Keep a model in a folder; a model that is there already is replaced at once.

    Args:
        model: what to keep.
        folder: made when missing.

    Returns:
        The folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mark = secrets.token_hex(4)  # no name of the older model's is used again
    files = {"inverse": f"P-{mark}.npy", "counts": f"facts-{mark}.npz", "keys": f"keys-{mark}.json"}
    np.save(folder / files["inverse"], model.P, allow_pickle=False)
    np.savez(folder / files["counts"], allow_pickle=False, **_arrays(model))
    keys = {
        "items": list(model.names.items),
        "tails": {name: list(keys) for name, keys in model.names.tails.items()},
    }
    (folder / files["keys"]).write_text(json.dumps(keys), encoding="utf-8")
    shapes = {name: list(relation.facts.shape) for name, relation in model.relations.items()}
    manifest = {
        "format": _FORMAT,
        "algorithm": "KG-EASE",
        "items": model.n_items,
        "config": asdict(model.config),
        "relations": shapes,
        "files": files,
    }
    draft = folder / f".{_MANIFEST}.{mark}"
    draft.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    for name in files.values():
        _to_disk(folder / name)
    _to_disk(draft)
    draft.replace(folder / _MANIFEST)
    _drop_others(folder, set(files.values()))
    return folder


def load_model(folder: Path) -> FittedModel:
    """Open a saved model; the inverse stays on disk and is read where it is needed.

    Raises:
        EmbedError: there is no model in the folder, or it is damaged or of another format.
    """
    path = folder / _MANIFEST
    if not path.is_file():
        raise EmbedError(
            f"{folder} holds no model ({_MANIFEST} is missing); save one with "
            "`catalograph embed preference --save FOLDER`."
        )
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if manifest["format"] != _FORMAT:
            raise EmbedError(
                f"{folder} holds a model of format {manifest['format']}; this version reads "
                f"format {_FORMAT}. Save it again."
            )
        return _open(folder, manifest)
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise EmbedError(f"The model in {folder} is damaged ({exc!r}); save it again.") from exc


def _open(folder: Path, manifest: Mapping[str, Any]) -> FittedModel:
    files, n = manifest["files"], manifest["items"]
    P = np.load(folder / files["inverse"], mmap_mode="r", allow_pickle=False)
    keys = json.loads((folder / files["keys"]).read_text(encoding="utf-8"))
    if P.shape != (n, n) or len(keys["items"]) not in (0, n):
        raise ValueError(f"{P.shape} inverse and {len(keys['items'])} keys for {n} items")
    with np.load(folder / files["counts"], allow_pickle=False) as arrays:
        interactions = _matrix(arrays, "interactions", (n, n))
        relations = {}
        for place, (name, shape) in enumerate(manifest["relations"].items()):
            own = arrays[f"{place}_tail_items"]
            facts = _matrix(arrays, str(place), tuple(shape))
            relations[name] = RelationFacts(facts, own if len(own) else None)
    config = KGEaseConfig(**manifest["config"])
    return FittedModel(P, config, interactions, relations, EntityKeys(**keys))


def _arrays(model: FittedModel) -> dict[str, Any]:
    """What is kept besides the inverse, by name; relations by their place."""
    arrays: dict[str, Any] = {}
    matrices = {str(n): relation.facts for n, relation in enumerate(model.relations.values())}
    for name, matrix in {"interactions": model.interactions, **matrices}.items():
        arrays[f"{name}_indptr"] = matrix.indptr
        arrays[f"{name}_indices"] = matrix.indices
        arrays[f"{name}_data"] = matrix.data
    for place, relation in enumerate(model.relations.values()):
        own = relation.tail_items
        arrays[f"{place}_tail_items"] = np.empty(0, np.int64) if own is None else own
    return arrays


def _matrix(arrays: Mapping[str, Any], name: str, shape: tuple[int, int]) -> Csr:
    parts = (arrays[f"{name}_data"], arrays[f"{name}_indices"], arrays[f"{name}_indptr"])
    matrix = sp.csr_array(parts, shape=shape)
    matrix.check_format(full_check=True)
    return matrix


def _to_disk(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def _drop_others(folder: Path, kept: set[str]) -> None:
    """Remove what earlier models left, whole or broken off."""
    for pattern in ("P-*.npy", "facts-*.npz", "keys-*.json", f".{_MANIFEST}.*"):
        for path in folder.glob(pattern):
            if path.name not in kept:
                path.unlink(missing_ok=True)
