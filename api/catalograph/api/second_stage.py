"""The second stage of searches: asks the live ranker for scores, and keeps count of it."""

import asyncio
import logging
from collections.abc import Sequence

from catalograph.api.metrics import Metrics
from catalograph.errors import NotPublishedError
from catalograph.schema.ranking import WINDOW, CandidateRanker
from catalograph.store.queries.search_candidates import CandidateList

_log = logging.getLogger(__name__)


class SecondStage:
    """Re-ranks searches in one worker.

    Attributes:
        expected: whether the last search found a live ranker. Only a guess of which statement to
            send; each statement reads the live pointer itself.

    Args:
        ranker: ranker by published versions.
        metrics: figures of this process.
    """

    def __init__(self, ranker: CandidateRanker, metrics: Metrics) -> None:
        self._ranker = ranker
        self._metrics = metrics
        self.expected = False

    async def score(
        self, query: str, vector: Sequence[float] | None, found: CandidateList
    ) -> Sequence[float] | None:
        """Return the live ranker's scores of the first hundred candidates.

        None where there is no live ranker, or it cannot rank here; the latter is counted and
        logged.
        """
        if not found.candidates:
            return None
        live = found.ranker
        self.expected = live is not None
        if live is None:
            return None
        window = found.candidates[:WINDOW]
        try:
            # In a thread: it takes milliseconds of CPU and would block the event loop.
            with self._metrics.second_stage_seconds.time():
                scores = await asyncio.to_thread(
                    self._ranker.rank, live.key, live.artefact_hash, query, vector, window
                )
        except NotPublishedError as exc:
            self._metrics.second_stage.labels("unavailable").inc()
            _log.warning("searches keep the first stage's order: %s", exc)
            return None
        self._metrics.second_stage.labels("ranked").inc()
        return scores
