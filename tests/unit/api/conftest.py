"""The API without a database: requests that are refused before any statement."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from catalograph.api import create_app
from catalograph.settings import Settings, load_settings

Serve = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Name the event loop of the async tests."""
    return "asyncio"


@pytest.fixture
def away(tmp_path: Path) -> Callable[..., Settings]:
    """Return a function that makes settings of the group `api`, with the database away."""

    def build(**api: Any) -> Settings:
        nowhere = {"uri": "bolt://127.0.0.1:1", "password": "none"}
        return load_settings(
            home=tmp_path, user_secret="a secret of the tests", neo4j=nowhere, api=api
        )

    return build


@pytest.fixture
def serve(away: Callable[..., Settings]) -> Serve:
    """Return a function that opens a client of an API without a database."""

    @asynccontextmanager
    async def open_client(**api: Any) -> AsyncIterator[httpx.AsyncClient]:
        app = create_app(away(**api))
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://127.0.0.1"
            ) as client,
        ):
            yield client

    return open_client
