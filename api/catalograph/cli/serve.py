"""`catalograph serve | user-key`: the GraphQL server and its pseudonymous user ids."""

from typing import TYPE_CHECKING, Annotated

import typer

from catalograph.cli.options import Json

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from catalograph.settings import Settings
    from catalograph.settings.api import ApiSettings
    from catalograph.store import Connection


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("serve")(serve)
    app.command("user-key")(user_key)


def serve(
    host: Annotated[
        str | None,
        typer.Option(help="Loopback address, or any once API keys or a JWKS are set."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port, 0 for a free one; default CATALOGRAPH_API__PORT.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="Processes; default CATALOGRAPH_API__WORKERS."),
    ] = None,
) -> None:
    """Serve GraphQL and the Studio, on this machine or, with API keys or a JWKS, beyond."""
    from catalograph import log
    from catalograph.cli.light import import_store
    from catalograph.settings import load_settings

    import_store()
    from catalograph.store import connect

    settings = load_settings()
    if workers is not None:
        api = settings.api.model_copy(update={"workers": workers})
        settings = settings.model_copy(update={"api": api})
    log.configure(settings.log, others=True)
    listening = open_socket(
        settings.api.host if host is None else host,
        settings.api.port if port is None else port,
        beyond=settings.api.auth.configured,
    )
    with connect(settings) as connection:
        # Without a database, fail here with one sentence, not in the middle of the server's start.
        prepare_graph(connection, settings)
    run_server(settings, listening)


def prepare_graph(connection: "Connection", settings: "Settings") -> None:
    """Apply the settings that concern the graph itself; say so where nothing may be written."""
    import sys

    from catalograph.store import read_capabilities, set_imputed_visibility

    if settings.neo4j.uri is not None or settings.server.read_only:
        found = read_capabilities(connection)
        if not found.writable:
            print(
                f"{found.refusal} Mutations, feeds, conversations and exports of shoppers' data "
                "are refused with READ_ONLY; lists that are served are not recorded.",
                file=sys.stderr,
                flush=True,
            )
            return
    set_imputed_visibility(connection, settings.ingest.imputed)


def user_key(
    source: Annotated[str, typer.Argument(help="Where the id comes from, as in the feed.")],
    id_: Annotated[str, typer.Argument(metavar="ID", help="The shopper's id there.")],
    as_json: Json = False,
) -> None:
    """Print the pseudonym of a shopper's id, as the API takes it."""
    from catalograph.cli.output import print_json
    from catalograph.schema import keys
    from catalograph.settings import load_settings

    key = keys.user_key(source, id_, load_settings().user_hmac_key)
    if as_json:
        print_json({"user_key": key})
    else:
        print(key)


def bindable(host: str, *, beyond: bool = False) -> str:
    """Return the address to bind for a host.

    Args:
        host: IP address, or `localhost`.
        beyond: whether other machines may reach it.

    Raises:
        ConfigError: the host is not an address, or other machines reach it but may not.
    """
    import ipaddress

    from catalograph.errors import ConfigError

    bare = host.strip().removeprefix("[").removesuffix("]")
    if bare.lower() == "localhost":
        return "127.0.0.1"
    try:
        allowed = ipaddress.ip_address(bare).is_loopback or beyond
    except ValueError:
        allowed = False
    if not allowed:
        raise ConfigError(
            f"'{host}' is no address of this machine alone. Serve on 127.0.0.1, ::1 or localhost; "
            "to be reached from other machines, set API keys or a JWKS first (docs/api.md)."
        )
    return bare


def open_socket(host: str, port: int, *, beyond: bool = False) -> "socket.socket":
    """Return a socket that listens on a loopback address, or on any address if `beyond`.

    Raises:
        ConfigError: other machines reach the address but may not, or the port is in use.
    """
    import socket

    from catalograph.errors import ConfigError

    address = bindable(host, beyond=beyond)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        listening = socket.create_server((address, port), family=family)
    except OSError as exc:
        raise ConfigError(
            f"Cannot serve on {address} port {port}: {exc.strerror}. "
            "Choose another with --port; 0 takes a free one."
        ) from exc
    # Each connection inherits it. The event loop sets it only on sockets that it made itself;
    # without it an answer waits 40 ms for the client's delayed acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def describe_access(api: "ApiSettings") -> str:
    """Return lines that say which callers may use the server, and for what."""
    auth = api.auth
    forms = []
    if auth.api_keys or auth.api_key_file:
        forms.append("API keys")
    if auth.jwks:
        forms.append(f"JSON web tokens for the audience '{auth.audience}'")
    scopes = ", ".join(auth.anonymous_scopes) or "nothing"
    manifests = len(api.persisted)
    documents = f"those of {manifests} manifests only" if api.trusted_only else "any"
    return "\n".join(
        [
            f"  authentication: {' and '.join(forms) or 'off'}",
            f"  without credentials: {scopes if auth.configured else 'everything'}",
            f"  documents: {documents}",
            f"  introspection and GraphiQL: {_on(api.introspection_on)}",
            f"  /cypher: {_on(api.cypher)}",
            f"  /mcp: {_on(api.mcp)}",
            f"  rate limit of a caller: {api.rate_in_force or 'none'}",
            f"  pages of other origins: {', '.join(api.allowed_origins) or 'none'}",
        ]
    )


def _on(value: bool) -> str:
    return "on" if value else "off"


def run_server(
    settings: "Settings",
    listening: "socket.socket",
    announce: "Callable[[str], None]" = lambda address: print(
        f"Serving {address} (GraphQL at /graphql). Stop with Ctrl-C.", flush=True
    ),
) -> None:
    """Serve on a socket until interrupted; first print the address and the access rules.

    Args:
        settings: address of the graph, and settings of the API.
        listening: listening socket.
        announce: callback that receives the address first.

    Raises:
        MissingExtraError: the extra `api` is not installed.
    """
    import sys

    from catalograph.cli.workers import run_workers
    from catalograph.errors import MissingExtraError

    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    announce(f"http://{shown}:{port}")
    print(describe_access(settings.api), file=sys.stderr, flush=True)
    try:
        with listening:
            run_workers(settings, listening)
    except ImportError as exc:
        raise MissingExtraError("api", exc.name or "uvicorn") from exc
