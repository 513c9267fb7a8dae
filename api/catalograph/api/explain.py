"""Score of one product for a shopper, and lists with a changed history."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalograph.api.context import Info
from catalograph.api.execution import CompletedValue, object_plan
from catalograph.api.inputs import check_first, check_key
from catalograph.api.recommend import explain_items, live_model
from catalograph.api.types.recommendation import Model
from catalograph.store.queries.api_queries import (
    History,
    RankedRow,
    Rules,
)
from catalograph.store.queries.artefact_ranking import rank_for_history
from catalograph.store.queries.projection import Selection

_SEEN = Rules(seen=True, diversity=0.0)
"""Products that the shopper has interacted with can be explained as well; ranks are by score."""


@dataclass(frozen=True, slots=True)
class RankChange:
    """Rank of a product before and after; see `types.recommendation.Standing`."""

    product: Mapping[str, Any]
    score_before: float | None
    score_after: float | None
    rank_before: int | None
    rank_after: int | None


@dataclass(frozen=True, slots=True)
class WhatIfAnswer:
    """Answer of `whatIf`; see `types.recommendation.WhatIf`."""

    model: Model
    standings: list[RankChange]


async def answer_why(info: Info, key: str, history: History) -> CompletedValue | None:
    """Return one product's score for a shopper with its reasons; null when no path leads to it.

    Raises:
        NotPublishedError: there is no live preference model.
        InvalidInputError: the key is not a product key.
    """
    plan = object_plan(info)
    selection = plan.selections.get("Product", Selection("Product"))
    check_key("productKey", key, "Product")
    context = info.context
    ranking = await rank_for_history(
        context.connection, context.services.edges, history, 1, _SEEN, selection, only=key
    )
    items = explain_items(info.context, ranking, live_model(ranking.model))
    return CompletedValue(plan.shape(items[0])) if items else None


async def answer_what_if(info: Info, before: History, after: History, first: int) -> CompletedValue:
    """Rank with the present history and with the changed one; two statements.

    Raises:
        NotPublishedError: there is no live preference model.
        InvalidInputError: an argument is out of range.
    """
    plan = object_plan(info)
    selection = plan.selections.get("Product", Selection("Product"))
    check_first(first)
    context = info.context
    rankings = [
        await rank_for_history(
            context.connection, context.services.edges, one, first, _SEEN, selection
        )
        for one in (before, after)
    ]
    model = live_model(rankings[0].model)
    standings = _standings(rankings[0].items, rankings[1].items)
    return CompletedValue(plan.shape(WhatIfAnswer(Model.of(model), standings)))


def _standings(before: list[RankedRow], after: list[RankedRow]) -> list[RankChange]:
    """Return all products of either list, by rank after, then before."""
    old = {item.product["key"]: (n, item) for n, item in enumerate(before, 1)}
    new = {item.product["key"]: (n, item) for n, item in enumerate(after, 1)}
    found = []
    for key in [*new, *(key for key in old if key not in new)]:
        was, is_ = old.get(key), new.get(key)
        item = (is_ or was or (0, before[0]))[1]
        found.append(
            RankChange(
                item.product,
                was[1].score if was else None,
                is_[1].score if is_ else None,
                was[0] if was else None,
                is_[0] if is_ else None,
            )
        )
    return found
