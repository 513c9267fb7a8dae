"""A trained model: vectors by name, scores, and the folder it is stored in."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from catalograph.embed.kge.config import KgeConfig
from catalograph.embed.kge.models import KgeModel
from catalograph.embed.kge.triples import Floats, Ints, Vocabulary
from catalograph.errors import EmbedError

_MODEL, _VECTORS = "model.json", "vectors.npz"


@dataclass(frozen=True)
class TrainedKge:
    """The result of a training, on the CPU."""

    model: KgeModel
    vocabulary: Vocabulary
    seen: NDArray[np.bool_]
    """Whether training had a triple with the entity, for each entity."""
    history: tuple[dict[str, float], ...]
    """One entry per epoch: epoch, seconds, loss, learning_rate, and `valid_mrr` if measured."""

    @property
    def config(self) -> KgeConfig:
        """Configuration of the training."""
        return self.model.config

    @property
    def entity_vectors(self) -> Floats:
        """Vectors of the entities, [entities, width], width as in `KgeModel`."""
        vectors: Floats = self.model.entity.detach().numpy()
        return vectors

    @property
    def relation_vectors(self) -> Floats:
        """Vectors of the relations, [2R, width]: as composed with a head, then the inverses."""
        with torch.no_grad():
            vectors: Floats = self.model.relation_vectors().numpy()
        return vectors

    def score(self, heads: Ints, relations: Ints, tails: Ints) -> Floats:
        """Score triples by index, [n]; higher is more plausible, on no fixed scale.

        A relation may be an inverse one, `relation + R`, with the tail in place of the head.
        """
        h, r, t = (torch.from_numpy(np.ascontiguousarray(x)) for x in (heads, relations, tails))
        with torch.no_grad():
            model = self.model
            scores: Floats = model.pair_scores(model.queries(h, r), model.entity[t]).numpy()
        return scores

    def save(self, folder: Path) -> None:
        """Save the vectors, names, configuration and history in a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        about = {
            "config": self.config.as_dict(),
            "entities": self.vocabulary.entities,
            "relations": self.vocabulary.relations,
            "history": self.history,
        }
        (folder / _MODEL).write_text(json.dumps(about), encoding="utf-8")
        arrays: dict[str, Any] = {
            name: value.detach().numpy() for name, value in self.model.named_parameters()
        }
        np.savez(folder / _VECTORS, seen=self.seen, **arrays)


def load_kge(folder: Path) -> TrainedKge:
    """Load a model saved by `TrainedKge.save`.

    Raises:
        EmbedError: the folder has no model.
    """
    try:
        about: dict[str, Any] = json.loads((folder / _MODEL).read_text(encoding="utf-8"))
        arrays = dict(np.load(folder / _VECTORS))
    except FileNotFoundError as error:
        raise EmbedError(
            f"{folder} has no {Path(error.filename).name}; expected a folder that "
            "TrainedKge.save wrote.",
            folder=str(folder),
        ) from error
    vocabulary = Vocabulary(tuple(about["entities"]), tuple(about["relations"]))
    seen = arrays.pop("seen")
    model = KgeModel(
        KgeConfig(**about["config"]), len(vocabulary.entities), len(vocabulary.relations)
    )
    model.load_state_dict({name: torch.from_numpy(value) for name, value in arrays.items()})
    return TrainedKge(model, vocabulary, seen, tuple(about["history"]))
