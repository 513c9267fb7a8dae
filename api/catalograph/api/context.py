"""Context of a request: the services of the process, the caller and the operation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import strawberry

from catalograph.api.answer_cache import AnswerCache
from catalograph.api.attribute_filters import PlainValues
from catalograph.api.auth import Principal, require_scopes
from catalograph.api.cursors import CursorSigner
from catalograph.api.dashboards import Dashboard
from catalograph.api.diagnostics import ServerDiagnostics
from catalograph.api.fallback_cache import FallbackCache
from catalograph.api.limits import AdmittedOperation
from catalograph.api.prices import ShopPrices
from catalograph.api.rates import RateLimits
from catalograph.api.second_stage import SecondStage
from catalograph.api.served_lists import ServedLog
from catalograph.api.subscriptions.connections import LiveConnections
from catalograph.assistant.content import ContentWriter
from catalograph.assistant.intents import LiveIntents
from catalograph.assistant.query_understanding import LiveVocabulary
from catalograph.assistant.retrieval import PassageRetrieval
from catalograph.schema import TextEncoder
from catalograph.schema.feeds import FeedDesk
from catalograph.schema.protocols import ProductWriter, ReviewReader, ValueReader, WordingModel
from catalograph.schema.review import ReviewDesk
from catalograph.settings.api import ApiSettings
from catalograph.store import AsyncConnection, Connection
from catalograph.store.queries.live_edges import LiveEdges


@dataclass(frozen=True)
class Services:
    """Objects that live as long as the server.

    Attributes:
        connection: connection to the database.
        cursors: signer of cursors.
        served: log of served lists.
        stale: cache of lists for the time when the database is away.
        answers: cache of answers about the catalogue.
        edges: edges of the live preference model in this process; None to rank by the graph alone.
        encoder: encoder of query vectors; None for full-text search alone.
        products: writer of products; None for a server that does not accept products.
        reviews: reader of what reviews mention; None for a server that does not read them.
        rates: rate limits of callers; None for no limit.
        settings: settings of the server.
        blocking: connection to the same database for writers that are not asynchronous.
        live: source of changes for subscribers.
        purge: function that removes data of users and records from files outside the graph.
        anonymous_reviews: whether reviews are stored without the personal data in their texts.
        prices: settings of the shop that concern prices.
        vocabulary: names of the graph, by which search words are understood.
        intents: reader of turns.
        passages: search of passages.
        second_stage: second stage of searches; None keeps the first stage's order.
        values: reader of attributes and values in filters.
        content: writer of texts about products, by templates.
        diagnostics: figures and checks for operators.
        dashboards: pages of charts of saved queries.
        wording: language model that words texts where asked for; None if there is none.
        feeds: what brings in feeds; None for a server that takes none.
        review: review queue; None for a server without one.
    """

    connection: AsyncConnection
    cursors: CursorSigner
    served: ServedLog
    stale: FallbackCache
    answers: AnswerCache
    edges: LiveEdges | None
    encoder: TextEncoder | None
    products: ProductWriter | None
    settings: ApiSettings
    blocking: Connection
    live: LiveConnections
    vocabulary: LiveVocabulary
    intents: LiveIntents
    passages: PassageRetrieval
    purge: Callable[[Sequence[str]], None]
    diagnostics: ServerDiagnostics
    rates: RateLimits | None = None
    anonymous_reviews: bool = False
    reviews: ReviewReader | None = None
    prices: ShopPrices = field(default_factory=ShopPrices)
    second_stage: SecondStage | None = None
    values: ValueReader = field(default_factory=PlainValues)
    content: ContentWriter = field(default_factory=ContentWriter)
    wording: WordingModel | None = None
    dashboards: tuple[Dashboard, ...] = ()
    feeds: FeedDesk | None = None
    review: ReviewDesk | None = None


class Context:
    """Objects that live as long as a request, or as a web socket.

    Attributes:
        services: services of the process.
        principal: the caller.
        guarded: current operation with its measures and cost; None before it is checked.
        remaining: cost that the caller may still use in this window; None where there is no limit.
        connection_params: payload of a web socket's `connection_init`.
    """

    def __init__(self, services: Services, principal: Principal) -> None:
        self.services = services
        self.principal = principal
        self.guarded: AdmittedOperation | None = None
        self.remaining: int | None = None
        self.connection_params: object = None
        self.connection = services.connection


async def admit(context: Context, guarded: AdmittedOperation) -> None:
    """Store the operation, charge its cost, and refuse it if the caller may not run it.

    Raises:
        UnauthenticatedError: there are no credentials, and anonymous callers lack a scope.
        ForbiddenError: the caller lacks a scope.
        RateLimitedError: the caller has used up the rate limit.
    """
    context.guarded = guarded
    if context.services.rates is not None:
        subject = context.principal.subject
        context.remaining = await context.services.rates.charge(subject, guarded.cost)
    require_scopes(context.principal, guarded.operation.measure.needs)


Info = strawberry.Info[Context, None]
"""Strawberry's resolver info with this project's context."""
