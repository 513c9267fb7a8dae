"""Versions in one process: mapped from their artefacts, with what changed since read.

Each statement of a list tells which version it is of, how many products were placed and how many
changes of products there were so far. Where this process knows less, it reads the rest; if that
takes long, the list is ranked in the graph meanwhile.
"""

import asyncio
import contextvars
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from catalograph.errors import ArtefactError, StoreError
from catalograph.schema.model_kinds import value_property
from catalograph.store.connection.connect import AsyncConnection
from catalograph.store.models.edge_artefact import load_edges
from catalograph.store.models.fact_artefact import named_labels
from catalograph.store.queries.edge_ranking import EdgeState, GraphEdge, ServedEdges
from catalograph.store.queries.live_facts import LiveFacts
from catalograph.store.queries.product_rows import ProductRows

_log = logging.getLogger(__name__)
MOST_PLACED = 2_000
"""Number of placed products above which the statement ranks until the next version is published:
some 800,000 edges of their own in each process."""
MOST_CHANGED = 5_000
"""The same for products whose facts changed: some 50 MB in each process."""
_PLACED_AT_ONCE = 50
_CHANGED_AT_ONCE = 50
_WAIT_SECONDS = 0.05
"""Time for which a list waits for what changed, before the graph ranks it."""
_PAUSE_SECONDS = 30.0
"""Time after which an artefact that could not be used is looked at again."""
_KEPT = 2
"""Number of versions in memory: the live one, and the one before or in a trial beside it."""


class ServedVersion(NamedTuple):
    """A version in this process.

    Attributes:
        edges: edges by which it ranks.
        facts: facts that its reasons cite.
        rows: products as lists show them.
    """

    edges: ServedEdges
    facts: LiveFacts
    rows: ProductRows


class LiveEdges:
    """Keeps the versions in use up to date with the graph.

    Args:
        connection: connection to the database.
        models: folder of all artefacts.
        max_seconds: age at most of what lists show of a product, for changes that nobody announces.
        clock: clock in seconds.
    """

    def __init__(
        self,
        connection: AsyncConnection,
        models: Path,
        max_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.models = models
        self._connection = connection
        self._clock = clock
        self._new_rows = partial(ProductRows, max_seconds, clock)
        self._served: dict[str, ServedVersion] = {}
        self._retry_at: dict[str, float] = {}
        """When an artefact that could not be used is looked at again, by its hash."""
        self._reading: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether there are edges of any version, so that it is worth to ask for the state."""
        return bool(self._served)

    def find(self, state: EdgeState) -> ServedVersion | None:
        """Return the version in this state; None if it is not here, and then read it."""
        wanted = state.artefact_hash
        if wanted is None or self._clock() < self._retry_at.get(wanted, float("-inf")):
            self._served.clear()
            return None
        served = self._served.get(wanted)
        if (
            served is not None
            and served.edges.placement >= state.placement
            and served.facts.changes >= state.changes
        ):
            return served
        if self._reading is None or self._reading.done():
            # In a context of its own, as what it reads is not that request's.
            self._reading = asyncio.create_task(
                self._read(state, wanted), context=contextvars.Context()
            )
        return None

    async def catch_up(self, state: EdgeState) -> ServedVersion | None:
        """Return the version in this state; wait a moment if only changes are to be read."""
        served = self.find(state)
        if served is None and state.artefact_hash in self._served and self._reading is not None:
            await asyncio.wait([self._reading], timeout=_WAIT_SECONDS)
            served = self.find(state)
        return served

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
                edges = ServedEdges(artefact, state.published)
                served = ServedVersion(edges, LiveFacts(artefact.facts), self._new_rows())
            await self._read_changed(served, state.slot)
            served = await self._read_placed(served, state.slot)
        except ArtefactError as exc:
            self._served.pop(wanted, None)
            self._retry_at = {wanted: self._clock() + _PAUSE_SECONDS}
            _log.warning("a preference model is ranked by the graph", extra={"why": str(exc)})
        except StoreError as exc:
            _log.warning("changes were not read", extra={"error": type(exc).__name__})
        else:
            while len(self._served) >= _KEPT and wanted not in self._served:
                del self._served[next(iter(self._served))]
            self._served[wanted] = served

    async def _read_changed(self, served: ServedVersion, slot: str) -> None:
        """Read the facts of the products that changed since what is known.

        Raises:
            ArtefactError: there are too many of them.
        """
        facts, rows = served.facts, served.rows
        [row] = await self._connection.read("read_changes_since", since=facts.changes)
        entries = row["entries"]
        # The outbox drops old entries; what they may have told is looked for in the graph.
        complete = len(entries) == row["changes"] - facts.changes
        named = [products for products, _, _ in entries]
        if complete and None not in named:
            rows.forget(key for products in named for key in products)
        else:
            rows.clear()
        await self._read_facts(served, row["products"], slot)
        still = set(row["products"])
        facts.remove({key for _, removed, _ in entries for key in removed} - still)
        if not complete:
            listed = await self._connection.read("export_products")
            facts.remove_unlisted({product["key"] for product in listed})
        if not complete or any(renamed for _, _, renamed in entries):
            names: dict[str, str] = {}
            for label in named_labels():
                found = await self._connection.read("export_node_names", {"label": label})
                names |= {node["key"]: node["name"] for node in found if node["name"]}
            await asyncio.to_thread(facts.rename, names)
        facts.changes = row["changes"]

    async def _read_facts(self, served: ServedVersion, keys: Sequence[str], slot: str) -> None:
        for start in range(0, len(keys), _CHANGED_AT_ONCE):
            served.facts.replace(
                await self._connection.read(
                    "read_product_facts",
                    keys=list(keys[start : start + _CHANGED_AT_ONCE]),
                    slot=slot,
                    footing=value_property("preference", slot),  # type: ignore[arg-type]
                )
            )
            if served.facts.changed > MOST_CHANGED:
                raise ArtefactError(
                    f"The facts of {served.facts.changed:,} products changed since its publish."
                )

    async def _read_placed(self, served: ServedVersion, slot: str) -> ServedVersion:
        """Return the version with all placements that the graph knows now.

        Raises:
            ArtefactError: there are too many of them.
        """
        known, since = None, served.edges.placement
        while True:
            [row] = await self._connection.read(
                "read_placed_edges", since=since, slot=slot, most=_PLACED_AT_ONCE
            )
            # Later placements may be among the edges already; they are read again next time.
            known = row["placement"] if known is None else known
            placed = row["placed"]
            edges = served.edges
            if placed:
                since = placed[-1][1]
                read = [GraphEdge(*edge) for edge in row["edges"]]
                edges = edges.with_changes(since, [key for key, _ in placed], read)
                # A product with a place may be shown again.
                await self._read_facts(served, [key for key, _ in placed], slot)
            if edges.changed > MOST_PLACED:
                raise ArtefactError(f"{edges.changed:,} products were placed since its publish.")
            if len(placed) < _PLACED_AT_ONCE:
                return served._replace(edges=edges.with_changes(known, [], []))
            served = served._replace(edges=edges)
