"""Lists of recommendations: read in one statement, explained, and logged as served."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

import orjson
import strawberry

from catalograph.api.context import Context, Info
from catalograph.api.execution import CompletedValue, ObjectPlan, object_plan
from catalograph.api.fallback_cache import FallbackKey
from catalograph.api.inputs import check_first, check_key
from catalograph.api.interleaving import draft_teams
from catalograph.api.reasons import ReasonBreakdown
from catalograph.api.types.catalog import Product
from catalograph.api.types.reasons import (
    Reason,
    ShortReason,
    lone_short_reason,
    popularity_reason,
    private_popularity_reason,
    reason_of,
    short_reason_of,
    similarity_reason,
)
from catalograph.api.types.recommendation import (
    Intent,
    LazyReasons,
    Model,
    Recommendation,
    RecommendationList,
)
from catalograph.errors import NotPublishedError
from catalograph.store.queries import api_queries
from catalograph.store.queries.api_queries import (
    COMPLEMENTARY,
    History,
    ModelRow,
    ProductRow,
    RankedRow,
    Ranking,
    Rules,
)
from catalograph.store.queries.artefact_ranking import rank_for_history
from catalograph.store.queries.projection import Selection


async def recommend_to_user(
    info: Info, history: History, first: int, rules: Rules
) -> CompletedValue:
    """Recommend products by a history; the most popular products where there is none.

    Raises:
        NotPublishedError: there is no live preference model.
        InvalidInputError: an argument is out of range.
    """
    context, plan = info.context, object_plan(info)
    selection = plan.selections.get("Product", Selection("Product"))

    async def compute() -> RecommendationList:
        read = partial(
            rank_for_history,
            context.connection,
            context.services.edges,
            history,
            check_first(first),
            rules,
            selection,
        )
        ranking = await read()
        model = live_model(ranking.model)
        if ranking.popular:
            return _log_served(context, "recommendations.popular", None, _popular(ranking))
        rival = await read(model=model.rival) if model.rival else None
        if rival is not None and rival.model is not None and rival.items:
            return _log_interleaved(context, (ranking, model), (rival, rival.model), first)
        return _log_served(
            context, "recommendations", model, explain_items(context, ranking, model)
        )

    return await _answer(info, plan, history.user or context.principal.user_key, compute)


async def recommend_to_product(info: Info, key: str, intent: Intent, first: int) -> CompletedValue:
    """Recommend products for one product.

    Raises:
        NotPublishedError: there is no live model.
        NotFoundError: there is no such product.
        InvalidInputError: an argument is out of range, or the key is not a product key.
    """
    check_key("key", key, "Product")
    context, plan = info.context, object_plan(info)
    selection = plan.selections.get("Product", Selection("Product"))
    surface = f"productRecommendations.{intent.value}"
    limit = check_first(first)

    async def compute() -> RecommendationList:
        connection = context.connection
        if intent is Intent.COMPLEMENTARY:
            ranking = await api_queries.read_complementary_products(
                connection, key, limit, selection
            )
            model = live_model(ranking.model)
            return _log_served(
                context, surface, model, explain_items(context, ranking, model, COMPLEMENTARY)
            )
        ranking = await api_queries.read_related_products(connection, key, limit, selection)
        if ranking.text_model is not None and not ranking.items:
            return _log_served(context, surface, ranking.text_model, _nearest(ranking))
        model = live_model(ranking.model)
        return _log_served(context, surface, model, explain_items(context, ranking, model))

    return await _answer(info, plan, None, compute)


async def _answer(
    info: Info,
    plan: ObjectPlan,
    user: str | None,
    fresh: Callable[[], Awaitable[RecommendationList]],
) -> CompletedValue:
    """Return a fresh list, or, while the database is away, the last one marked as stale."""

    async def write() -> dict[str, Any]:
        return cast(dict[str, Any], plan.shape(await fresh()))

    def mark(data: dict[str, Any]) -> dict[str, Any]:
        # Picks `stale` under any response key: it is the only True of this empty list.
        empty = RecommendationList(served_id=strawberry.ID(""), model=None, items=[], stale=True)
        return data | {name: told for name, told in plan.shape(empty).items() if told is True}

    stale = info.context.services.stale
    return CompletedValue(await stale.answer(_request_of(info), user, write, mark))


def live_model(model: ModelRow | None) -> ModelRow:
    """Return the live preference model.

    Raises:
        NotPublishedError: there is none.
    """
    if model is None:
        raise NotPublishedError(
            "There is no live preference model. Run `catalograph embed preference`."
        )
    return model


def explain_items(
    context: Context, ranking: Ranking, model: ModelRow, parts: tuple[str, ...] | None = None
) -> list[Recommendation]:
    """Return the items of a ranking, each with its reasons; by some parts of the model or all."""
    named = context.services.settings.reason_shoppers
    breakdown = ReasonBreakdown(model, ranking.facts, ranking.products, parts, named)
    return [
        Recommendation(
            position=position,
            product=cast(Product, item.product),
            score=item.score,
            lazy=LazyReasons(
                partial(_reasons_of, breakdown, item), partial(_short_reasons_of, breakdown, item)
            ),
        )
        for position, item in enumerate(ranking.items)
    ]


def _reasons_of(breakdown: ReasonBreakdown, item: RankedRow, first: int) -> list[Reason]:
    return [reason_of(reason, item.product) for reason in breakdown.reasons(item, first)]


def _short_reasons_of(breakdown: ReasonBreakdown, item: RankedRow, first: int) -> list[ShortReason]:
    return [short_reason_of(group, item.product) for group in breakdown.groups(item, first)]


def _popular(ranking: Ranking) -> list[Recommendation]:
    return [
        _item(
            position,
            row.product,
            private_popularity_reason(row.scale)
            if row.shoppers is None
            else popularity_reason(row.shoppers, ranking.users),
        )
        for position, row in enumerate(ranking.popular)
    ]


def _nearest(ranking: Ranking) -> list[Recommendation]:
    return [
        _item(position, row.product, similarity_reason(row.similarity))
        for position, row in enumerate(ranking.nearest)
    ]


def _item(position: int, product: ProductRow, reason: Reason) -> Recommendation:
    """Return an item with one reason, which is its score."""
    return Recommendation(
        position=position,
        product=cast(Product, product),
        score=reason.contribution,
        lazy=LazyReasons(lambda first: [reason], lambda first: [lone_short_reason(reason)]),
    )


def _log_interleaved(
    context: Context,
    live: tuple[Ranking, ModelRow],
    rival: tuple[Ranking, ModelRow],
    first: int,
) -> RecommendationList:
    """Return the lists of two versions in one, for a trial; the answer names the live version."""
    explained = [
        {_key_of(item): item for item in explain_items(context, ranking, model)}
        for ranking, model in (live, rival)
    ]
    drafted = draft_teams((list(explained[0]), list(explained[1])), first)
    models = [live[1], rival[1]]
    items = [replace(explained[team][key], position=n) for n, (key, team) in enumerate(drafted)]
    return _log_served(
        context, "recommendations", live[1], items, models, [team for _, team in drafted]
    )


def _key_of(item: Recommendation) -> str:
    return cast(dict[str, str], item.product)["key"]


def _log_served(
    context: Context,
    surface: str,
    model: ModelRow | None,
    items: Sequence[Recommendation],
    models: Sequence[ModelRow] = (),
    teams: Sequence[int] = (),
) -> RecommendationList:
    """Log a list and return it.

    Args:
        context: context of the request.
        surface: field that serves it, as logged.
        model: version that the answer names; None if no model ranked the items.
        items: items in the order to show.
        models: versions of an interleaved list.
        teams: index into `models` of each item of an interleaved list.
    """
    ranked_by = [one.key for one in models or ([model] if model else [])]
    placed_by = [ranked_by[team] for team in teams]
    id_ = context.services.served.record(
        surface, [_key_of(item) for item in items], ranked_by, placed_by
    )
    return RecommendationList(
        served_id=strawberry.ID(id_),
        model=Model.of(model) if model else None,
        items=list(items),
    )


def _request_of(info: Info) -> FallbackKey:
    """Return the cache key of a field's request."""
    raw = info._raw_info  # noqa: SLF001 - the one way from a resolver to the document
    operation, principal = raw.operation, info.context.principal
    return FallbackKey(
        principal.subject if principal.known else None,
        info.field_name,
        operation.loc.source.body if operation.loc else "",
        f"{operation.name.value if operation.name else ''}/{info.path.key}",
        orjson.dumps(info.variable_values, default=str, option=orjson.OPT_SORT_KEYS),
    )
