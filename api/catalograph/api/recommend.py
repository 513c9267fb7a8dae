"""Lists of recommendations: read in one statement, explained, and noted as served."""

from collections.abc import Sequence

import strawberry

from catalograph.api.auth import own_user
from catalograph.api.context import Context
from catalograph.api.inputs import check_first, check_key, check_user_key
from catalograph.api.reasons import apportion
from catalograph.api.types.catalog import Product
from catalograph.api.types.recommendation import (
    Intent,
    Model,
    PopularityReason,
    Recommendation,
    RecommendationList,
    SimilarityReason,
    reason_of,
)
from catalograph.errors import NotPublishedError
from catalograph.store import read
from catalograph.store.read import BEHAVIOUR, ModelRow, Ranking, Rules


async def recommend_to_user(
    context: Context, user_key: str | None, first: int, rules: Rules
) -> RecommendationList:
    """Recommend to one shopper; the most popular products where nothing is known of them.

    Raises:
        NotPublishedError: there is no live preference model.
        InvalidInputError: an argument is out of range or no user key.
        ForbiddenError: the user key is not the caller's.
    """
    user = own_user(context, None if user_key is None else check_user_key(user_key))
    ranking = await read.recommendations(context.connection, user, check_first(first), rules)
    model = _live(ranking.model)
    if ranking.popular:
        return _served(context, "recommendations.popular", None, _popular(ranking))
    return _served(context, "recommendations", model, _explained(ranking, model, None))


async def recommend_to_product(
    context: Context, key: str, intent: Intent, first: int
) -> RecommendationList:
    """Recommend products for one product.

    Raises:
        NotPublishedError: there is no live model to tell.
        NotFoundError: no such product.
        InvalidInputError: an argument is out of range or no product key.
    """
    check_key("key", key, "Product")
    surface = f"productRecommendations.{intent.value}"
    if intent is Intent.COMPLEMENTARY:
        ranking = await read.complementary_products(context.connection, key, check_first(first))
        model = _live(ranking.model)
        return _served(context, surface, model, _explained(ranking, model, BEHAVIOUR))
    ranking = await read.related_products(context.connection, key, check_first(first))
    if ranking.text_model is not None and not ranking.items:
        return _served(context, surface, ranking.text_model, _nearest(ranking))
    model = _live(ranking.model)
    return _served(context, surface, model, _explained(ranking, model, None))


def _live(model: ModelRow | None) -> ModelRow:
    if model is None:
        raise NotPublishedError(
            "There is no live preference model. Run `catalograph embed preference`."
        )
    return model


def _explained(
    ranking: Ranking, model: ModelRow, parts: tuple[str, ...] | None
) -> list[Recommendation]:
    return [
        Recommendation(
            position=position,
            product=Product.of(item.product),
            score=item.score,
            reasons=[
                reason_of(reason, item.product)
                for reason in apportion(item, model, ranking.facts, ranking.products, parts)
            ],
        )
        for position, item in enumerate(ranking.items)
    ]


def _popular(ranking: Ranking) -> list[Recommendation]:
    return [
        Recommendation(
            position=position,
            product=Product.of(row.product),
            score=(share := row.shoppers / max(ranking.users, 1)),
            reasons=[
                PopularityReason(
                    contribution=share,
                    text=f"Chosen by {row.shoppers:,} of {ranking.users:,} shoppers.",
                    shoppers=row.shoppers,
                )
            ],
        )
        for position, row in enumerate(ranking.popular)
    ]


def _nearest(ranking: Ranking) -> list[Recommendation]:
    return [
        Recommendation(
            position=position,
            product=Product.of(row.product),
            score=row.similarity,
            reasons=[
                SimilarityReason(contribution=row.similarity, text="Its text says much the same.")
            ],
        )
        for position, row in enumerate(ranking.nearest)
    ]


def _served(
    context: Context, surface: str, model: ModelRow | None, items: Sequence[Recommendation]
) -> RecommendationList:
    id_ = context.services.served.record(
        surface, [item.product.key for item in items], model.key if model else None
    )
    return RecommendationList(
        served_id=strawberry.ID(id_),
        model=Model.of(model) if model else None,
        items=list(items),
    )
