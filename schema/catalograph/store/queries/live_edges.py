"""Edges of versions in one process: mapped from their artefacts, with placements since read.

Each statement of a list tells which version it is of and how many products were placed so far.
Where this process knows less, that list is ranked in the graph, and the rest is read in the
background.
"""

import asyncio
import contextvars
import logging
import time
from collections.abc import Callable
from pathlib import Path

from catalograph.errors import ArtefactError, StoreError
from catalograph.store.connection.connect import AsyncConnection
from catalograph.store.models.edge_artefact import load_edges
from catalograph.store.queries.edge_ranking import EdgeState, GraphEdge, ServedEdges

_log = logging.getLogger(__name__)
MOST_PLACED = 2_000
"""Number of placed products above which the statement ranks until the next version is published:
some 800,000 edges of their own in each process."""
_PLACED_AT_ONCE = 50
_PAUSE_SECONDS = 10.0
"""Time after which an artefact that could not be used is looked at again."""
_KEPT = 2
"""Number of versions in memory: the live one, and the one before or in a trial beside it."""


class LiveEdges:
    """Keeps the edges of the versions in use up to date with the graph.

    Args:
        connection: connection to the database.
        models: folder of all artefacts.
        clock: clock in seconds.
    """

    def __init__(
        self,
        connection: AsyncConnection,
        models: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.models = models
        self._connection = connection
        self._clock = clock
        self._served: dict[str, ServedEdges] = {}
        self._retry_at: dict[str, float] = {}
        """When an artefact that could not be used is looked at again, by its hash."""
        self._reading: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether there are edges of any version, so that it is worth to ask for the state."""
        return bool(self._served)

    def find(self, state: EdgeState) -> ServedEdges | None:
        """Return the edges in this state; None if they are not here, and then read them."""
        wanted = state.artefact_hash
        if wanted is None or self._clock() < self._retry_at.get(wanted, float("-inf")):
            self._served.clear()
            return None
        served = self._served.get(wanted)
        if served is not None and served.placement >= state.placement:
            return served
        if self._reading is None or self._reading.done():
            # In a context of its own, as what it reads is not that request's.
            self._reading = asyncio.create_task(
                self._read(state, wanted), context=contextvars.Context()
            )
        return None

    async def settle(self) -> None:
        """Wait until a reading that was begun has ended."""
        if self._reading is not None:
            await asyncio.wait([self._reading])

    async def _read(self, state: EdgeState, wanted: str) -> None:
        try:
            served = self._served.get(wanted)
            if served is None:
                # In a thread: comparing the hashes reads all files.
                artefact = await asyncio.to_thread(load_edges, self.models, state.model, wanted)
                served = ServedEdges(artefact, state.published)
            served = await self._read_placed(served, state.slot)
        except ArtefactError as exc:
            self._served.pop(wanted, None)
            self._retry_at = {wanted: self._clock() + _PAUSE_SECONDS}
            _log.warning("a preference model is ranked by the graph", extra={"why": str(exc)})
        except StoreError as exc:
            _log.warning("placements were not read", extra={"error": type(exc).__name__})
        else:
            while len(self._served) >= _KEPT and wanted not in self._served:
                del self._served[next(iter(self._served))]
            self._served[wanted] = served

    async def _read_placed(self, served: ServedEdges, slot: str) -> ServedEdges:
        """Return the edges with all placements that the graph knows now.

        Raises:
            ArtefactError: there are too many of them.
        """
        known, since = None, served.placement
        while True:
            [row] = await self._connection.read(
                "read_placed_edges", since=since, slot=slot, most=_PLACED_AT_ONCE
            )
            # Later placements may be among the edges already; they are read again next time.
            known = row["placement"] if known is None else known
            placed = row["placed"]
            if placed:
                since = placed[-1][1]
                edges = [GraphEdge(*edge) for edge in row["edges"]]
                served = served.with_changes(since, [key for key, _ in placed], edges)
            if served.changed > MOST_PLACED:
                raise ArtefactError(f"{served.changed:,} products were placed since its publish.")
            if len(placed) < _PLACED_AT_ONCE:
                return served.with_changes(known, [], [])
