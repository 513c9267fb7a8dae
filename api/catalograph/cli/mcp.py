"""`catalograph mcp`: the API as tools for one agent, on standard input and output."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from catalograph.api.auth import Principal
    from catalograph.settings import Settings

_SCOPES = ("catalog:read", "recommend:read")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("mcp")(mcp)


def mcp(
    api_key: Annotated[
        str | None,
        typer.Option(
            envvar="CATALOGRAPH_MCP_API_KEY",
            help="API key of the caller, whose scopes and rate limit then hold.",
        ),
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="Without a key: a scope of the caller; may be repeated. "
            f"Default: {' and '.join(_SCOPES)}. cypher:read adds the tool read-cypher.",
        ),
    ] = None,
) -> None:
    """Serve an agent by the Model Context Protocol on standard input and output.

    By HTTP, `catalograph serve` does so at /mcp with CATALOGRAPH_API__MCP=true.
    """
    import asyncio

    from catalograph import log
    from catalograph.cli.light import import_store
    from catalograph.settings import load_settings

    if api_key is not None and scope:
        raise typer.BadParameter("Give --api-key or --scope, not both.", param_hint="--scope")
    import_store()
    settings = load_settings()
    scopes = scope or list(_SCOPES)
    cypher = settings.api.cypher or (api_key is None and "cypher:read" in scopes)
    api = settings.api.model_copy(update={"mcp": True, "cypher": cypher})
    settings = settings.model_copy(update={"api": api})
    log.configure(settings.log, others=True)
    asyncio.run(_serve(settings, api_key, scopes))


async def _serve(settings: "Settings", api_key: str | None, scopes: list[str]) -> None:
    from catalograph.cli.workers import served_app

    app = served_app(settings)
    principal = await _find_caller(settings, api_key, scopes)
    async with app.router.lifespan_context(app):
        await app.state.agents.serve_stdio(principal, app.state.services)


async def _find_caller(settings: "Settings", api_key: str | None, scopes: list[str]) -> "Principal":
    """Return the caller.

    Raises:
        UnauthenticatedError: there is no such API key.
        ConfigError: there is no such scope, or the server has no API keys.
    """
    from catalograph.api.auth import ALL_SCOPES, Authenticator, Principal
    from catalograph.errors import ConfigError

    if api_key is None:
        if unknown := set(scopes) - ALL_SCOPES:
            raise ConfigError(
                f"--scope has {', '.join(sorted(unknown))}; there are "
                f"{', '.join(sorted(ALL_SCOPES))}."
            )
        return Principal("stdio", frozenset(scopes))
    principal = await Authenticator(settings).authenticate({"x-api-key": api_key})
    if not principal.known:
        raise ConfigError(
            "There are no API keys to check --api-key by. Set CATALOGRAPH_API__AUTH__API_KEY_FILE, "
            "or give --scope in its place."
        )
    return principal
