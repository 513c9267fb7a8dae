"""The Subscription type: what changes, told as it does."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from catalograph.api.auth import own_user
from catalograph.api.context import Context, Info
from catalograph.api.decorators import describe_argument, subscription
from catalograph.api.inputs import check_first, check_key, check_user_key
from catalograph.api.mutations.conversation import SayInput
from catalograph.api.mutations.events import with_own_user
from catalograph.api.subscriptions.alerts import Alarm, AlarmKey
from catalograph.api.subscriptions.answering import AnswerProgress, stream_answer
from catalograph.api.subscriptions.change_poller import WatchTopic
from catalograph.api.subscriptions.connections import ALARM, MODEL, PRODUCT, RUN, USER
from catalograph.api.subscriptions.types import (
    NegativeShareAlert,
    Presence,
    ProductChange,
    PushedItem,
    RecommendationsChange,
    RunFigure,
    RunProgress,
)
from catalograph.errors import InvalidInputError, NotFoundError, StoreUnavailableError
from catalograph.schema.ontology import RunStatus
from catalograph.store import RunRecord
from catalograph.store.queries.api_queries import (
    History,
    ProductRow,
    Ranking,
)
from catalograph.store.queries.artefact_ranking import rank_for_history
from catalograph.store.queries.change_polling import ProductState

MAX_KEYS = 100
MAX_DAYS = 90
_PREFERENCE = "preference"
_log = logging.getLogger(__name__)


@strawberry.type(
    description="Changes, sent within about a second. Each subscription begins with how "
    "things stand, so that nothing is missed after a query; of changes that come faster than they "
    "are read, the newest state wins. Over graphql-transport-ws only."
)
class Subscription:
    """Root of all subscriptions."""

    @subscription(
        "Products whose facts or properties change, and first how each stands.",
        scope="catalog:read",
    )
    async def product_changed(
        self,
        info: Info,
        keys: Annotated[list[str], describe_argument(f"Keys of products, at most {MAX_KEYS}.")],
    ) -> AsyncGenerator[ProductChange, None]:
        """Tell of each change."""
        if not 1 <= len(keys) <= MAX_KEYS:
            raise InvalidInputError(f"'keys' has {len(keys):,} entries; it needs 1 to {MAX_KEYS}.")
        topics = [WatchTopic(PRODUCT, check_key("keys", key, "Product")) for key in keys]
        with info.context.services.live.hub.subscribe(topics) as subscriber:
            async for changes in subscriber.changes():
                for topic, state in changes.items():
                    yield _product_change(topic.key, state)

    @subscription(
        "A shopper's recommendations: the list as it is, and a new one whenever the shopper's "
        "events or reviews change or another model goes live. Without a live model nothing comes "
        "until there is one.",
        scope="recommend:read",
    )
    async def recommendations_changed(
        self,
        info: Info,
        user_key: Annotated[str, describe_argument("The shopper's pseudonym.")],
        first: Annotated[int, describe_argument("How many products; at most 100.")],
    ) -> AsyncGenerator[RecommendationsChange, None]:
        """Push each list."""
        check_first(first)
        own_user(info.context, check_user_key(user_key))
        topics = [WatchTopic(USER, user_key), WatchTopic(MODEL, _PREFERENCE)]
        with info.context.services.live.hub.subscribe(topics) as subscriber:
            # The first states of both come one after the other; a list is for both.
            seen: set[WatchTopic] = set()
            async for changes in subscriber.changes():
                seen.update(changes)
                if len(seen) == len(topics):
                    pushed = await _list(info.context, user_key, first)
                    if pushed is not None:
                        yield pushed

    @subscription(
        "A turn said to the assistant, as by `say`, with its answer while it is written: what was "
        "understood, the plans, each sentence with its sources, and the turn at the end. Then it "
        "ends.",
        scope="events:write",
    )
    async def answering(
        self, info: Info, input: Annotated[SayInput, describe_argument("The turn.")]
    ) -> AsyncGenerator[AnswerProgress, None]:
        """Stream the answer."""
        with_own_user(info.context, [input])
        async for step in stream_answer(info.context, input):
            yield step

    @subscription(
        "How a run fares, until it ends.",
        scope="operations:read",
    )
    async def run_progress(
        self, info: Info, key: Annotated[str, describe_argument("Key of the run, `run:<id>`.")]
    ) -> AsyncGenerator[RunProgress, None]:
        """Tell of each beat."""
        topic = WatchTopic(RUN, check_key("key", key, "Run"))
        with info.context.services.live.hub.subscribe([topic]) as subscriber:
            async for changes in subscriber.changes():
                run: RunRecord | None = changes[topic]
                if run is None:
                    raise NotFoundError(f"There is no run '{key[:80]}'.")
                yield _progress(key, run)
                if run.status != RunStatus.RUNNING:
                    return

    @subscription(
        "An alert when the share of negative reviews of a product, brand or category rises beyond "
        "its own history: in the last days against the year before, by Fisher's exact test at "
        "0.1 %, and by 5 points at least. A review is negative with 2 stars or fewer or, "
        "without stars, when it mentions more with a negative sentiment than with a positive one. "
        "With `topic` the share of reviews that complain of one aspect, among those that mention "
        "any, by 1 point at least. Once when it rises, and again only after it was calm (beyond "
        "5 % by the same test); at once where it is risen already.",
        scope="operations:read",
    )
    async def negative_share_alert(
        self,
        info: Info,
        product: Annotated[
            str | None, describe_argument("Key of a product; this, `brand` or `category`.")
        ] = None,
        brand: Annotated[str | None, describe_argument("Key of a brand.")] = None,
        category: Annotated[
            str | None, describe_argument("Key of a category, narrower ones included.")
        ] = None,
        topic: Annotated[
            str | None, describe_argument("Key of an aspect, such as `value:aspect=battery`.")
        ] = None,
        days: Annotated[
            int, describe_argument(f"Length of the recent window, 1 to {MAX_DAYS}.")
        ] = 7,
        minimum: Annotated[
            int,
            describe_argument(
                "Reviews there must be in the window, and before it, to tell; at least 5."
            ),
        ] = 10,
    ) -> AsyncGenerator[NegativeShareAlert, None]:
        """Tell of each rise."""
        subject = _subject(product, brand, category)
        if topic is not None:
            check_key("topic", topic, "Value")
        if not 1 <= days <= MAX_DAYS:
            raise InvalidInputError(f"'days' is {days}; it must be 1 to {MAX_DAYS}.")
        if not 5 <= minimum <= 1_000_000:
            raise InvalidInputError(f"'minimum' is {minimum}; it must be 5 or more.")
        watched = WatchTopic(ALARM, str(AlarmKey(subject, days, minimum, topic)))
        with info.context.services.live.hub.subscribe([watched]) as subscriber:
            async for changes in subscriber.changes():
                alarm: Alarm = changes[watched]
                if not alarm.known:
                    raise NotFoundError(f"There is no '{subject[:80]}'.")
                if alarm.raised:
                    yield _alert(subject, topic, days, alarm)


def _product_change(key: str, state: ProductState) -> ProductChange:
    if state.listed is None:
        presence = Presence.ABSENT
    else:
        presence = Presence.LISTED if state.listed else Presence.UNLISTED
    return ProductChange(key=key, presence=presence, changed=state.changed_at)


async def _list(context: Context, user_key: str, first: int) -> RecommendationsChange | None:
    """The list as it is now; waits while the database is away. None without a live model."""
    history = History(user_key)
    ranking: Ranking | None = None
    while ranking is None:
        try:
            ranking = await rank_for_history(
                context.connection, context.services.edges, history, first
            )
        except StoreUnavailableError as exc:
            _log.warning("a list waits for the database", extra={"error": type(exc).__name__})
            await asyncio.sleep(context.services.live.settings.poll_seconds)
    if ranking.model is None:
        return None
    rows: list[tuple[ProductRow, float | None]] = [
        *((item.product, item.score) for item in ranking.items),
        *((popular.product, None) for popular in ranking.popular),
    ]
    served = context.services.served.record(
        "recommendationsChanged", [product["key"] for product, _ in rows], [ranking.model.key]
    )
    return RecommendationsChange(
        user_key=user_key,
        served_id=strawberry.ID(served),
        model_version=ranking.model.version,
        popular=bool(ranking.popular),
        items=[
            PushedItem(position=n, product_key=product["key"], title=product["title"], score=score)
            for n, (product, score) in enumerate(rows)
        ],
    )


def _progress(key: str, run: RunRecord) -> RunProgress:
    return RunProgress(
        key=key,
        kind=run.kind,
        status=run.status,
        started=run.started,
        beat=run.beat,
        finished=run.finished,
        progress=[RunFigure(name=name, value=str(value)) for name, value in run.progress.items()],
    )


def _subject(product: str | None, brand: str | None, category: str | None) -> str:
    given = {"product": product, "brand": brand, "category": category}
    named = [(name, key) for name, key in given.items() if key is not None]
    if len(named) != 1:
        raise InvalidInputError("Give either 'product', 'brand' or 'category'.")
    [(name, key)] = named
    return check_key(name, key, name.capitalize())


def _alert(subject: str, topic: str | None, days: int, alarm: Alarm) -> NegativeShareAlert:
    shares = alarm.shares
    return NegativeShareAlert(
        subject=subject,
        topic=topic,
        days=days,
        recent=shares.recent,
        recent_negative=shares.recent_negative,
        earlier=shares.earlier,
        earlier_negative=shares.earlier_negative,
        recent_share=shares.recent_share,
        earlier_share=shares.earlier_share,
        probability=shares.probability(),
    )
