"""The artefact of a ranker: arrays of the model, the click rates and the student."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalograph.artefacts import load_artefact, save_artefact
from catalograph.errors import ArtefactError, NotPublishedError
from catalograph.ml.search_ranking.click_rates import ClickRates
from catalograph.ml.search_ranking.features import FEATURES, candidate_features
from catalograph.ml.search_ranking.models import (
    FeatureModel,
    Floats,
    StudentTowers,
    load_model,
)
from catalograph.schema.ranking import SearchCandidate

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


def save_ranker(models: Path, model: str, ranker: SearchRanker) -> str:
    """Write the files of a version to the folder of all artefacts; return their hash."""
    arrays = {f"model_{name}": array for name, array in ranker.model.arrays.items()}
    arrays |= {"clicks_hashes": ranker.clicks.hashes, "clicks_rates": ranker.clicks.rates}
    if ranker.towers is not None:
        arrays |= {f"student_{name}": array for name, array in ranker.towers.arrays.items()}
    card = {
        "format": _FORMAT,
        "name": ranker.name,
        "kind": ranker.kind,
        "features": list(FEATURES),
    }
    return save_artefact(models, model, card, arrays)


def load_ranker(models: Path, model: str, artefact_hash: str) -> SearchRanker:
    """Map the files of a version into memory, and check them.

    Raises:
        NotPublishedError: the artefact is missing, damaged, or of another version of this code.
    """
    try:
        card, arrays = load_artefact(models, model, artefact_hash)
        if (card["format"], card["features"]) == (_FORMAT, list(FEATURES)):
            return _ranker(card, arrays)
    except (ArtefactError, ValueError, KeyError, TypeError) as exc:
        raise NotPublishedError(str(exc), model=model) from exc
    raise NotPublishedError(
        f"The artefact of {model} cannot be used: it was made by another version of this program. "
        "Train again: catalograph embed ranker.",
        model=model,
    )


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
