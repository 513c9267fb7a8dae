"""HTTP clients of a server, or of the API in this process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

_LOCAL = "http://127.0.0.1"
_TIMEOUT = 60.0


@asynccontextmanager
async def open_client(
    url: str | None, key: str | None = None, *, seconds: float = _TIMEOUT, **changes: Any
) -> "AsyncIterator[httpx.AsyncClient]":
    """Yield a client of a server, or of the API in this process without its access rules.

    Args:
        url: address of the server; None for the API in this process.
        key: API key for the server.
        seconds: time that an answer may take.
        changes: settings of the API in this process that differ from the configured ones.

    Raises:
        MissingExtraError: the extra `client` is not installed.
    """
    from catalograph.errors import MissingExtraError

    try:
        import httpx
    except ModuleNotFoundError as exc:
        raise MissingExtraError("client", "httpx") from exc
    if url is not None:
        headers = {} if key is None else {"x-api-key": key}
        base = url.rstrip("/").removesuffix("/graphql")
        async with httpx.AsyncClient(base_url=base, headers=headers, timeout=seconds) as client:
            yield client
        return
    from catalograph.cli.workers import served_app
    from catalograph.settings import load_settings

    settings = load_settings()
    # Whoever runs the command has the database's password, and so all scopes.
    api = settings.api.model_copy(update={"auth": type(settings.api.auth)(), **changes})
    app = served_app(settings.model_copy(update={"api": api}))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=_LOCAL, timeout=seconds) as client,
    ):
        yield client
