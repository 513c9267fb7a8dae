"""Score of one product for a shopper, and lists with a changed history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from catalograph.api.context import Context, Info
from catalograph.api.execution import CompletedValue, object_plan
from catalograph.api.inputs import check_first, check_key
from catalograph.api.reasons import ReasonBreakdown
from catalograph.api.recommend import explain_items, live_model
from catalograph.api.types.recommendation import Model
from catalograph.errors import InvalidInputError
from catalograph.schema.keys import label_of
from catalograph.store.queries.api_queries import (
    History,
    ProductRow,
    Ranking,
    Rules,
)
from catalograph.store.queries.artefact_ranking import rank_for_history
from catalograph.store.queries.projection import Selection

_SEEN = Rules(seen=True, diversity=0.0)
"""Products that the shopper has interacted with can be explained as well; ranks are by score."""


MAX_FACTS = 20
FACTS = ("Brand", "Category", "Value")
POOL = 200
"""Number of candidates of a list without some facts."""


@dataclass(frozen=True, slots=True)
class HistoryChange:
    """What is changed for `whatIf`.

    Attributes:
        before: the history as it is.
        after: the history as it would be.
        without_facts: keys of facts that count for nothing.
    """

    before: History
    after: History
    without_facts: frozenset[str] = frozenset()


class _Scored(NamedTuple):
    """An item of a list."""

    product: ProductRow
    score: float


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


def check_facts(keys: Sequence[str] | None) -> frozenset[str]:
    """Refuse too many facts, and what is no key of one.

    Raises:
        InvalidInputError: a key is of no brand, category or value, or there are too many.
    """
    given = list(keys or ())
    if len(given) > MAX_FACTS:
        raise InvalidInputError(f"'withoutFacts' has {len(given)} entries, at most {MAX_FACTS}.")
    for key in given:
        label = label_of(key)
        if label not in FACTS:
            raise InvalidInputError(
                f"'withoutFacts' has '{key[:80]}'; it takes keys of brands, categories and values."
            )
        check_key("withoutFacts", key, label)
    return frozenset(given)


async def answer_what_if(
    info: Info, change: HistoryChange, first: int, *, seen: bool
) -> CompletedValue:
    """Rank with the present history and with the changed one; two statements.

    Raises:
        NotPublishedError: there is no live preference model.
        InvalidInputError: an argument is out of range.
    """
    plan = object_plan(info)
    selection = plan.selections.get("Product", Selection("Product"))
    check_first(first)
    context = info.context
    # Without some facts, items from further down may come up.
    most = POOL if change.without_facts else first
    rules = replace(_SEEN, seen=seen)
    rankings = [
        await rank_for_history(context.connection, context.services.edges, one, n, rules, selection)
        for one, n in ((change.before, first), (change.after, most))
    ]
    model = live_model(rankings[0].model)
    after = _list_scored(context, rankings[1], change.without_facts)[:first]
    standings = _standings(_list_scored(context, rankings[0]), after)
    return CompletedValue(plan.shape(WhatIfAnswer(Model.of(model), standings)))


def _list_scored(
    context: Context, ranking: Ranking, without: frozenset[str] = frozenset()
) -> list[_Scored]:
    """Return the items of a ranking, best first, without what some facts add to their scores."""
    if not without or ranking.model is None:
        return [_Scored(item.product, item.score) for item in ranking.items]
    breakdown = ReasonBreakdown(ranking.model, ranking.facts, ranking.products)
    scored = [
        _Scored(item.product, item.score - breakdown.sum_of_facts(item, without))
        for item in ranking.items
    ]
    return sorted(scored, key=lambda one: (-one.score, one.product["key"]))


def _standings(before: list[_Scored], after: list[_Scored]) -> list[RankChange]:
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
