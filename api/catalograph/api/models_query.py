"""Fields of the Query type about models at work."""

import asyncio
from typing import Annotated

import strawberry

from catalograph.api.context import Info
from catalograph.api.decorators import describe_argument, field
from catalograph.api.inputs import check_first, check_key
from catalograph.api.types.models import AlikeProduct, MapPoint, ModelTrial, VectorMap
from catalograph.errors import InvalidInputError, NotPublishedError
from catalograph.store.models.embedding_map import map_embeddings
from catalograph.store.models.trial import read_trial

MAX_POINTS = 2_000
"""Most products of a map."""
_SCOPE = "operations:read"
_Kind = Annotated[str, describe_argument("Kind of model, such as text.")]


@strawberry.type
class ModelsQuery:
    """Fields of the Query type about models at work."""

    @field("The trial of a kind of model with its votes so far; null without one.", scope=_SCOPE)
    async def model_trial(self, info: Info, kind: _Kind) -> ModelTrial | None:
        """Read it."""
        connection = info.context.services.blocking
        async with info.context.connection.guard():
            trial = await asyncio.to_thread(read_trial, connection, kind)
        if trial is None:
            return None
        return ModelTrial(
            live=_version(trial.live),
            rival=_version(trial.rival),
            started=trial.started,
            lists=trial.lists,
            live_votes=trial.live_votes,
            rival_votes=trial.rival_votes,
        )

    @field(
        "A map of the products by the vectors of a live model; of many products a sample, the "
        "same for the same version.",
        scope=_SCOPE,
    )
    async def embedding_map(
        self,
        info: Info,
        kind: _Kind,
        first: Annotated[int, describe_argument("How many products at most: 1 to 2,000.")] = 500,
    ) -> VectorMap:
        """Compute it."""
        if not 1 <= first <= MAX_POINTS:
            raise InvalidInputError(f"'first' is {first}; it must be 1 to {MAX_POINTS:,}.")
        connection = info.context.services.blocking
        try:
            async with info.context.connection.guard():
                found = await asyncio.to_thread(map_embeddings, connection, kind, first)
        except NotPublishedError as exc:
            raise InvalidInputError(str(exc)) from exc
        points = [
            MapPoint(
                key=one.key, title=one.title, categories=list(one.categories), x=one.x, y=one.y
            )
            for one in found.points
        ]
        return VectorMap(
            version=found.version,
            products=found.products,
            shares=list(found.shares),
            points=points,
        )

    @field(
        "Products whose vectors of a live model are nearest to a product's, the nearest first.",
        scope=_SCOPE,
    )
    async def alike_products(
        self,
        info: Info,
        kind: _Kind,
        key: Annotated[str, describe_argument("`product:<source>:<id>`.")],
        first: Annotated[int, describe_argument("How many at most: 1 to 100.")] = 10,
    ) -> list[AlikeProduct]:
        """Find them."""
        rows = await info.context.connection.read(
            "find_alike_by_kind",
            kind=kind,
            key=check_key("key", key, "Product"),
            limit=check_first(first),
        )
        return [AlikeProduct(key=r["key"], title=r["title"], score=r["score"]) for r in rows]


def _version(key: str) -> int:
    """Return the version of a model's key, `model:<kind>:<version>`."""
    return int(key.rpartition(":")[2])
