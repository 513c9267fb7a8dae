"""The ASGI application: GraphQL, health, and the Studio."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import strawberry
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from catalograph.api.analyst import CypherGate, cypher_routes
from catalograph.api.answer_cache import AnswerCache
from catalograph.api.arrival import BodyReader
from catalograph.api.attribute_filters import PlainValues
from catalograph.api.auth import Authenticator
from catalograph.api.context import Services
from catalograph.api.cursors import CursorSigner
from catalograph.api.dashboards import load_dashboards
from catalograph.api.diagnostics import ServerDiagnostics
from catalograph.api.fallback_cache import FallbackCache
from catalograph.api.feed_files import UPLOADS, feed_routes
from catalograph.api.graphiql import graphiql_routes
from catalograph.api.limits import Documents
from catalograph.api.metrics import Metrics, metrics_page
from catalograph.api.mutations.idempotency import sweep_forever
from catalograph.api.persisted import load_persisted
from catalograph.api.prices import ShopPrices, load_exchange_rates
from catalograph.api.rates import open_rates
from catalograph.api.readiness import ReadinessProbe
from catalograph.api.request_logging import NoSpans, RequestLogging, Spans
from catalograph.api.schema import build_schema
from catalograph.api.second_stage import SecondStage
from catalograph.api.served_lists import ServedLog, prune_forever
from catalograph.api.studio import studio_manifest, studio_routes
from catalograph.api.subscriptions.connections import LiveConnections
from catalograph.api.subscriptions.endpoint import GraphQLEndpoint
from catalograph.assistant.content import ContentWriter, load_toxicity
from catalograph.assistant.intents import LiveIntents
from catalograph.assistant.query_understanding import LiveVocabulary
from catalograph.assistant.retrieval import PassageRetrieval
from catalograph.errors import ConfigError, MissingExtraError
from catalograph.log import log_unhandled
from catalograph.schema import TextEncoder
from catalograph.schema.feeds import FeedDesk
from catalograph.schema.protocols import ProductWriter, ReviewReader, ValueReader, WordingModel
from catalograph.schema.ranking import CandidateRanker
from catalograph.schema.review import ReviewDesk
from catalograph.settings import Settings, private_secret
from catalograph.store import AsyncConnection, Connection, resolve_address
from catalograph.store.queries.change_polling import read_outbox
from catalograph.store.queries.live_edges import LiveEdges

if TYPE_CHECKING:
    from catalograph.api.mcp import AgentEndpoint

_LOOK_SECONDS = 0.02
_LAST_LOOKS = 250
"""Number of looks, at shutdown, whether the statements of background work have ended."""


def create_app(
    settings: Settings,
    encoder: TextEncoder | None = None,
    products: ProductWriter | None = None,
    purge: Callable[[Sequence[str]], None] = lambda subjects: None,
    spans: Spans | None = None,
    reviews: ReviewReader | None = None,
    ranker: CandidateRanker | None = None,
    values: ValueReader | None = None,
    wording: WordingModel | None = None,
    feeds: FeedDesk | None = None,
    review: ReviewDesk | None = None,
) -> Starlette:
    """Build the application; it connects to the database at startup, and starts without one too.

    Args:
        settings: database address, folder of the cursors' secret, and access rules.
        encoder: encoder of search words; None for full-text search alone.
        products: writer of products; None for a server that does not accept products.
        purge: function that removes data of erased users and their records from files.
        spans: target of traces; None for the one in the settings.
        reviews: reader of what reviews mention; None to write them unread.
        ranker: ranker of the candidates of searches; None keeps the first stage's order.
        values: reader of attributes and values in filters; None takes their names as they are.
        wording: language model that words texts about products; None for templates alone.
        feeds: what brings in feeds; None for a server that takes none.
        review: review queue; None for a server without one.

    Raises:
        InvalidInputError: the file of the toxicity model is none.
        ConfigError: an API key, JWKS, manifest, rate, origin, dashboard or price table is wrong.
        MissingExtraError: tracing or the MCP server is set, and its extra is not installed.
    """
    metrics, spans = Metrics(), spans or _spans(settings)
    diagnostics = ServerDiagnostics(settings, metrics, Authenticator(settings))
    routes, agents = _entrances(settings, spans, diagnostics.authenticator)
    prices = _prices(settings)
    parts: dict[str, Any] = {
        "reviews": reviews,
        "wording": wording,
        "feeds": feeds,
        "review": review,
    }
    parts |= _read_parts(settings, metrics, ranker, values)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        given = (settings, encoder, products, purge, spans, prices, diagnostics)
        async with _services(*given) as services:
            app.state.services = replace(services, **parts)
            async with _beside_requests(app, agents, feeds):
                yield

    return Starlette(
        routes=[*routes, *_pages(settings, metrics)],
        middleware=_middleware(settings, metrics, spans),
        lifespan=lifespan,
    )


def _read_parts(
    settings: Settings,
    metrics: Metrics,
    ranker: CandidateRanker | None,
    values: ValueReader | None,
) -> dict[str, Any]:
    """Return services that come from files of the settings, or have a default, by field."""
    abuse = None if settings.api.toxicity is None else load_toxicity(settings.api.toxicity)
    return {
        "second_stage": None if ranker is None else SecondStage(ranker, metrics),
        "values": values or PlainValues(),
        "content": ContentWriter(toxicity=abuse),
        "dashboards": load_dashboards(settings.api.dashboards),
    }


@contextlib.asynccontextmanager
async def _beside_requests(
    app: Starlette, agents: "AgentEndpoint | None", feeds: FeedDesk | None
) -> AsyncIterator[None]:
    """Run the MCP server, and stop the runs of feeds when the server ends."""
    asyncio.get_running_loop().set_exception_handler(log_unhandled)
    app.state.agents = agents
    async with contextlib.AsyncExitStack() as stack:
        if feeds is not None:
            stack.push_async_callback(feeds.close)
        if agents is not None:
            await stack.enter_async_context(agents.running())
        yield


def _entrances(
    settings: Settings, spans: Spans, authenticator: Authenticator
) -> tuple[list[BaseRoute], "AgentEndpoint | None"]:
    """Return the routes of all that answers from the graph, and the MCP server, if it is on."""
    documents = Documents(settings.api)
    schema = build_schema(settings.api, documents, spans)
    endpoint = _endpoint(settings, authenticator, schema, documents)
    gate = CypherGate(settings.api) if settings.api.cypher else None
    agents = _agents(settings, authenticator, schema, documents, gate)
    routes: list[BaseRoute] = [
        Route("/graphql", endpoint, methods=["GET", "POST"]),
        WebSocketRoute("/graphql", endpoint),
        *cypher_routes(gate, authenticator),
        *feed_routes(authenticator, settings.api.request_timeout),
        *(() if agents is None else agents.routes),
    ]
    return routes, agents


def _pages(settings: Settings, metrics: Metrics) -> list[BaseRoute]:
    """Return the routes that tell how the server is, and the Studio."""
    return [
        Route("/healthz", _healthz),
        Route("/readyz", ReadinessProbe().readyz),
        Route("/metrics", partial(metrics_page, metrics, settings.api)),
        *(studio_routes(settings.api) if settings.api.studio else ()),
        *(graphiql_routes() if settings.api.introspection_on else ()),
    ]


def _middleware(settings: Settings, metrics: Metrics, spans: Spans) -> list[Middleware]:
    # Unknown host names are refused, against DNS rebinding by a web page. The first middleware is
    # the outermost: it also logs the requests that the others refuse.
    hosts = list(settings.api.allowed_hosts)
    return [
        Middleware(RequestLogging, metrics=metrics, spans=spans),
        Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False),
        Middleware(
            CORSMiddleware,
            allow_origins=settings.api.allowed_origins,
            allow_methods=["GET", "POST"],
            allow_headers=[
                "authorization",
                "content-type",
                "mcp-method",
                "mcp-name",
                "mcp-protocol-version",
                "x-api-key",
                "x-request-id",
            ],
            expose_headers=["etag", "retry-after", "x-request-id", "x-truncated"],
        ),
        Middleware(BodyReader, seconds=settings.api.request_timeout, streamed={UPLOADS}),
    ]


def _endpoint(
    settings: Settings,
    authenticator: Authenticator,
    schema: strawberry.Schema,
    documents: Documents,
) -> GraphQLEndpoint:
    if "*" in settings.api.allowed_origins:
        raise ConfigError(
            "CATALOGRAPH_API__ALLOWED_ORIGINS has '*', which would let every page call. Name the "
            "origins, such as https://shop.example.com."
        )
    manifests = settings.api.persisted
    if settings.api.trusted_only and settings.api.studio:
        manifests = (*manifests, studio_manifest())
    persisted = load_persisted(manifests, schema._schema, documents)  # noqa: SLF001
    return GraphQLEndpoint(schema, settings.api, authenticator, persisted)


def _agents(
    settings: Settings,
    authenticator: Authenticator,
    schema: strawberry.Schema,
    documents: Documents,
    gate: CypherGate | None,
) -> "AgentEndpoint | None":
    """Return the MCP server; None where the settings leave it out."""
    if not settings.api.mcp:
        return None
    try:
        from catalograph.api.mcp import AgentEndpoint, Operations
    except ModuleNotFoundError as exc:
        if not (exc.name or "").startswith("mcp"):
            raise
        raise MissingExtraError("mcp", "mcp") from exc
    return AgentEndpoint(settings.api, authenticator, Operations(schema, documents), gate)


def _prices(settings: Settings) -> ShopPrices:
    table = settings.api.exchange_rates
    exchange = None if table is None else load_exchange_rates(table)
    return ShopPrices(settings.api.currency, exchange)


def _spans(settings: Settings) -> Spans:
    if not settings.api.tracing:
        return NoSpans()
    from catalograph.api.tracing import open_tracing

    return open_tracing()


@contextlib.asynccontextmanager
async def _services(
    settings: Settings,
    encoder: TextEncoder | None,
    products: ProductWriter | None,
    purge: Callable[[Sequence[str]], None],
    spans: Spans,
    prices: ShopPrices,
    diagnostics: ServerDiagnostics,
) -> AsyncIterator[Services]:
    address, metrics = resolve_address(settings), diagnostics.metrics
    connection, blocking = AsyncConnection(address, _observer(metrics, spans)), Connection(address)
    metrics.pool_size.set(address.tuning.pool_size)
    served = ServedLog(connection, metrics.served_dropped.inc)
    answers = AnswerCache(settings.api.cache, partial(read_outbox, connection), metrics)
    edges = LiveEdges(connection, settings.models_folder, settings.api.cache.max_seconds)
    live = LiveConnections(connection, settings.api.live)
    wanted = settings.api.search
    vocabulary = LiveVocabulary(connection, wanted.vocabulary_seconds, wanted.popular_shoppers)
    rates = open_rates(settings)
    try:
        async with (
            _running(
                connection,
                served.run(),
                sweep_forever(connection),
                answers.run(),
                vocabulary.run(),
                prune_forever(connection, blocking, settings),
            ),
            live.running(),
        ):
            yield Services(
                connection,
                _cursors(settings),
                served,
                FallbackCache(settings.api, metrics),
                answers,
                edges if settings.api.artefacts else None,
                encoder,
                products,
                settings.api,
                blocking,
                live,
                vocabulary,
                LiveIntents(settings, settings.api.intents, encoder),
                PassageRetrieval(settings, encoder),
                purge,
                diagnostics,
                rates,
                settings.ingest.remove_personal_data,
                prices=prices,
            )
        await served.close()
    finally:
        await edges.settle()
        if rates is not None:
            rates.close()
        await connection.close()
        await asyncio.to_thread(blocking.close)
        spans.close()


def _cursors(settings: Settings) -> CursorSigner:
    return CursorSigner(private_secret(settings.home / "cursor-secret").encode())


def _observer(metrics: Metrics, spans: Spans) -> Callable[[str], AbstractContextManager[None]]:
    """Return the observer of statements, which gets the name of each."""

    @contextlib.contextmanager
    def observe(name: str) -> Iterator[None]:
        with spans.statement(name), metrics.statement(name):
            yield

    return observe


@contextlib.asynccontextmanager
async def _running(
    connection: AsyncConnection, *works: Coroutine[Any, Any, None]
) -> AsyncIterator[None]:
    """Run background work beside all requests, until the server ends."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        # A driver that is cancelled while it connects leaves its socket open.
        for _ in range(_LAST_LOOKS):
            if not connection.waiting:
                break
            await asyncio.sleep(_LOOK_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _healthz(request: Request) -> Response:
    """Answer the liveness probe."""
    return JSONResponse({"status": "ok"})
