"""Readiness probe: database, schema, indexes, and the models in use."""

import asyncio
from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from catalograph.api.context import Services
from catalograph.errors import StoreError
from catalograph.schema import TextEncoder
from catalograph.schema.ddl import MIGRATIONS
from catalograph.store.queries import api_queries


class ReadinessProbe:
    """Answers `/readyz`; concurrent requests share one probe of the database.

    The probe goes on when its callers disconnect: a server that has just started plans each
    statement again, and a probe that is cancelled every time would never finish.
    """

    def __init__(self) -> None:
        self._looking: asyncio.Task[api_queries.Readiness] | None = None

    async def readyz(self, request: Request) -> Response:
        """Answer whether requests can be served, with reasons if not; no host or port is named."""
        services: Services = request.app.state.services
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(api_queries.read_readiness(services.connection))
        try:
            async with asyncio.timeout(services.settings.ready_timeout):
                # Shielded, as other callers wait for the same probe.
                found = await asyncio.shield(self._looking)
                # In a thread: an encoder that follows the live model may read its name and load it.
                made = await asyncio.to_thread(_dimension, services.encoder)
        except (StoreError, TimeoutError):
            reasons = ["The database does not answer."]
            return JSONResponse({"status": "unavailable", "reasons": reasons}, 503)
        reasons = list(_reasons(made, found))
        body = {
            "status": "unavailable" if reasons else "ready",
            "reasons": reasons,
            "models": found.models,
            "search": "full-text and vector" if services.encoder else "full-text",
        }
        return JSONResponse(body, 503 if reasons else 200)


def _dimension(encoder: TextEncoder | None) -> int | None:
    return None if encoder is None else encoder.dimension


def _reasons(made: int | None, found: api_queries.Readiness) -> Iterator[str]:
    for name in found.unready_indexes:
        yield f"Index {name} is not online."
    needed = MIGRATIONS[-1].version
    if found.schema_version != needed:
        has = "no schema" if found.schema_version is None else f"schema {found.schema_version}"
        yield f"The graph has {has}, needed is {needed}: run `catalograph schema apply`."
    live = found.text_dimension
    if made is not None and live is not None and made != live:
        yield (
            f"The live text model has {live} dimensions, this server's encoder {made}: set "
            "CATALOGRAPH_EMBED__TEXT_MODEL to its model, or run `catalograph embed text`."
        )
