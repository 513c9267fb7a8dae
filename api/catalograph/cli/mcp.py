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
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="Scope of the caller; may be repeated. "
            f"Default: {' and '.join(_SCOPES)}. cypher:read adds the tool read-cypher.",
        ),
    ] = None,
) -> None:
    """Serve an agent by the Model Context Protocol on standard input and output.

    With CATALOGRAPH_API__MCP_KEY set, the caller has the scopes and the rate limit of that API key.
    By HTTP, `catalograph serve` offers the same at /mcp with CATALOGRAPH_API__MCP=true.
    """
    import asyncio

    from catalograph import log
    from catalograph.cli.light import import_store
    from catalograph.settings import load_settings

    import_store()
    settings = load_settings()
    if settings.api.mcp_key is not None and scope:
        raise typer.BadParameter(
            "CATALOGRAPH_API__MCP_KEY is set, and has its own scopes.", param_hint="--scope"
        )
    log.configure(settings.log, others=True)
    asyncio.run(_serve(settings, scope or list(_SCOPES)))


async def _serve(settings: "Settings", scopes: list[str]) -> None:
    from catalograph.cli.workers import served_app

    principal = await _find_caller(settings, scopes)
    cypher = settings.api.cypher or (
        settings.api.mcp_key is None and "cypher:read" in principal.scopes
    )
    api = settings.api.model_copy(update={"mcp": True, "cypher": cypher})
    app = served_app(settings.model_copy(update={"api": api}))
    async with app.router.lifespan_context(app):
        await app.state.agents.serve_stdio(principal, app.state.services)


async def _find_caller(settings: "Settings", scopes: list[str]) -> "Principal":
    """Return the caller.

    Raises:
        UnauthenticatedError: the settings have no such API key.
        ConfigError: there is no such scope, or the settings have no API keys.
    """
    from catalograph.api.auth import ALL_SCOPES, Authenticator, Principal
    from catalograph.errors import ConfigError

    key = settings.api.mcp_key
    if key is None:
        if unknown := set(scopes) - ALL_SCOPES:
            raise ConfigError(
                f"--scope has {', '.join(sorted(unknown))}; there are "
                f"{', '.join(sorted(ALL_SCOPES))}."
            )
        return Principal("stdio", frozenset(scopes))
    principal = await Authenticator(settings).authenticate({"x-api-key": key.get_secret_value()})
    if not principal.known:
        raise ConfigError(
            "There are no API keys to check CATALOGRAPH_API__MCP_KEY by. Set "
            "CATALOGRAPH_API__AUTH__API_KEY_FILE, or leave the key out and give --scope."
        )
    return principal
