"""Reasons of the lists that a graph's live model serves: whether they add up, and of what kind."""

import asyncio
import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from catalograph.api.reasons import ReasonBreakdown
from catalograph.errors import EvaluationDataError, NotPublishedError
from catalograph.ml.profiling import BenchmarkRow, Profiler
from catalograph.settings import Settings
from catalograph.store import AsyncConnection, connect, resolve_address
from catalograph.store.models.export import INTERACTION_KINDS, LIKED_RATING
from catalograph.store.queries import api_queries
from catalograph.store.queries.api_queries import History, Ranking

_ASKED_AT_ONCE = 4


def measure_served_reasons(settings: Settings, users: int, k: int, seed: int) -> BenchmarkRow:
    """Read the lists of some shoppers as the API does, and account for their scores.

    Args:
        settings: settings of the graph.
        users: number of shoppers with an interaction, drawn at random.
        k: length of the lists.
        seed: seed of the draw.

    Returns:
        Shares of the kinds of reason in the sum of the absolute contributions, as
        `evaluate_explain` returns them; `other_share` is the share of the edges that are summed.

    Raises:
        EvaluationDataError: no shopper has an interaction, or no list has an item.
        NotPublishedError: there is no live preference model.
    """
    with Profiler() as watch:
        shoppers = _draw_shoppers(settings, users, seed)
        rankings = asyncio.run(_read_rankings(settings, shoppers, k))
        sizes: Counter[str] = Counter()
        alone = every = 0.0
        gaps: list[float] = []
        covered: list[bool] = []
        for ranking in rankings:
            if ranking.model is None:
                raise NotPublishedError(
                    "There is no live preference model. Run `catalograph embed preference`."
                )
            breakdown = ReasonBreakdown(
                ranking.model,
                ranking.facts,
                ranking.products,
                named_shoppers=settings.api.reason_shoppers,
            )
            for item in ranking.items:
                sizes.update(breakdown.sizes(item))
                one, all_ = breakdown.nothing_shared(item)
                alone, every = alone + one, every + all_
                parts = [part for edge in item.edges for part in edge.parts]
                gaps.append(abs(item.score - math.fsum([item.rest_weight, *parts])))
                covered.append(bool(breakdown.groups(item, 1)))
    if not gaps:
        raise EvaluationDataError(
            f"None of {len(shoppers):,} shoppers gets a list from the live model; expected one."
        )
    other = sizes.pop("other")
    whole = sum(sizes.values())
    metrics = {
        "max_sum_error": max(gaps),
        "coverage": float(np.mean(covered)),
        **{f"{kind}_share": size / whole for kind, size in sizes.items()},
        "nothing_shared_share": alone / every,
        "other_share": other / (whole + other),
    }
    return watch.row("served", metrics, len(gaps), {"users": len(shoppers), "k": k})


def _draw_shoppers(settings: Settings, users: int, seed: int) -> list[str]:
    with connect(settings) as connection:
        rows = connection.read(
            "export_interactions",
            kinds=list(INTERACTION_KINDS),
            minimum_rating=LIKED_RATING,
            until=None,
        )
        found = sorted(row["user"] for row in rows if row["products"])
    if not found:
        raise EvaluationDataError("No shopper of the graph has an interaction; expected one.")
    chosen = np.random.default_rng(seed).permutation(len(found))[:users]
    return [found[n] for n in chosen]


async def _read_rankings(settings: Settings, shoppers: Sequence[str], k: int) -> list[Ranking]:
    connection = AsyncConnection(resolve_address(settings))
    gate = asyncio.Semaphore(_ASKED_AT_ONCE)

    async def read(shopper: str) -> Ranking:
        async with gate:
            return await api_queries.read_recommendations(connection, History(shopper), k)

    try:
        return await asyncio.gather(*map(read, shoppers))
    finally:
        await connection.close()
