"""The ranker of a server: loads the artefact of a version when it is first asked for."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path

from catalograph.errors import NotPublishedError
from catalograph.ml.search_ranking.artefact import SearchRanker, load_ranker
from catalograph.schema.ranking import SearchCandidate

RETRY_SECONDS = 60.0
"""Seconds after which an artefact that could not be used is looked at again."""
_KEPT = 2
"""Number of versions in memory: the live one and the one before."""


class ArtefactRanker:
    """A `catalograph.schema.ranking.CandidateRanker` that ranks by artefacts under a folder.

    Safe to call from any thread.

    Args:
        models: folder of all artefacts.
    """

    def __init__(self, models: Path) -> None:
        self._models = models
        self._lock = threading.Lock()
        self._loaded: dict[tuple[str, str], SearchRanker] = {}
        self._failed: dict[tuple[str, str], tuple[float, str]] = {}

    def rank(
        self,
        model: str,
        artefact_hash: str,
        query: str,
        vector: Sequence[float] | None,
        candidates: Sequence[SearchCandidate],
    ) -> Sequence[float]:
        """Return a score of each candidate; higher is better.

        Raises:
            NotPublishedError: the artefact is missing here, or is not the published one.
        """
        ranker = self._find(model, artefact_hash)
        scores: list[float] = ranker.score(query, vector, candidates).tolist()
        return scores

    def _find(self, model: str, artefact_hash: str) -> SearchRanker:
        key = (model, artefact_hash)
        with self._lock:
            found = self._loaded.get(key)
            if found is not None:
                return found
            failed, reason = self._failed.get(key, (-RETRY_SECONDS, ""))
            if time.monotonic() - failed < RETRY_SECONDS:
                raise NotPublishedError(reason, model=model)
            try:
                found = load_ranker(self._models, model, artefact_hash)
            except NotPublishedError as exc:
                self._failed = {key: (time.monotonic(), str(exc))}
                raise
            while len(self._loaded) >= _KEPT:
                del self._loaded[next(iter(self._loaded))]
            self._loaded[key] = found
            return found
