"""The lists of the demo: as served, measured on last visits, and explained in plain words."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import fsum

import numpy as np

from catalograph.api.reason_texts import ENGLISH, text_of
from catalograph.api.reasons import (
    Contribution,
    DirectContribution,
    IndirectContribution,
    ReasonBreakdown,
    SharedFactContribution,
)
from catalograph.errors import NotPublishedError
from catalograph.ingest.simulator import (
    SOURCE,
    Shopper,
    ShopProduct,
    SimulatedEvent,
    Simulation,
    Taste,
)
from catalograph.ml.metrics import average_metrics
from catalograph.schema import EventKind, keys
from catalograph.settings import Settings
from catalograph.store import (
    AsyncConnection,
    resolve_address,
)
from catalograph.store.queries import api_queries
from catalograph.store.queries.api_queries import (
    ProductRow,
    Ranking,
)

LIST_LENGTH = 10
"""Length of the measured lists."""
SHOWN_SHOPPERS, SHOWN_ITEMS, SHOWN_EVENTS = 3, 5, 4
TOLD_REASONS = 20
"""Reasons of an item, before similar ones are merged."""
_ASKED_AT_ONCE = 8


@dataclass(frozen=True)
class ShownReason:
    """A reason in plain words, and its contribution to the score."""

    contribution: float
    text: str


@dataclass(frozen=True)
class ShownItem:
    """A recommended product; the contributions add up to the score."""

    key: str
    title: str
    score: float
    to_taste: bool
    reasons: tuple[ShownReason, ...]
    in_short: tuple[ShownReason, ...]
    """The same with similar reasons merged; they add up to the score as well."""


@dataclass(frozen=True)
class ShownShopper:
    """A simulated shopper with the planted taste and the recommended items."""

    id: str
    key: str
    taste: str
    lately: tuple[str, ...]
    items: tuple[ShownItem, ...]


@dataclass(frozen=True)
class ListQuality:
    """Quality of lists, measured on the last visits, which no model has learned from."""

    model: str
    metrics: Mapping[str, float]
    """Fractions: ndcg, recall and the like at 10, and the share of items to the planted taste."""
    n: int
    """Shoppers."""


async def served_rankings(settings: Settings, shoppers: Sequence[Shopper]) -> dict[str, Ranking]:
    """Return the list of each shopper, as the API would serve it."""
    connection = AsyncConnection(resolve_address(settings))
    gate = asyncio.Semaphore(_ASKED_AT_ONCE)

    async def ask(shopper: Shopper) -> Ranking:
        async with gate:
            key = keys.user_key(SOURCE, shopper.id, settings.user_hmac_key)
            return await api_queries.read_recommendations(
                connection, api_queries.History(key), LIST_LENGTH
            )

    try:
        rankings = await asyncio.gather(*map(ask, shoppers))
    finally:
        await connection.close()
    return {shopper.id: ranking for shopper, ranking in zip(shoppers, rankings, strict=True)}


def measure_lists(
    model: str,
    simulation: Simulation,
    lists: Mapping[str, Sequence[str]],
    by_id: Mapping[str, ShopProduct],
    k: int = LIST_LENGTH,
) -> ListQuality:
    """Measure how well lists predict last visits, and the share of items that match the taste.

    Args:
        model: name of the model that made the lists.
        simulation: simulation with the last visits and the tastes.
        lists: product ids by shopper, best first.
        by_id: products of the catalogue, by id.
        k: length of the measured part of each list.
    """
    wanted = {shopper: products for shopper, products in simulation.to_find().items() if products}
    hits = np.zeros((len(wanted), k), dtype=bool)
    for n, (shopper, products) in enumerate(wanted.items()):
        shown = lists[shopper][:k]
        hits[n, : len(shown)] = [product in products for product in shown]
    positives = np.array([len(products) for products in wanted.values()])
    metrics = average_metrics(hits, positives)
    shown_tastes = [
        shopper.taste.fits(by_id[product])
        for shopper in simulation.shoppers
        for product in lists[shopper.id][:k]
    ]
    metrics[f"to_taste@{k}"] = float(np.mean(shown_tastes)) if shown_tastes else 0.0
    return ListQuality(model, metrics, len(wanted))


def popular_lists(simulation: Simulation, k: int) -> dict[str, list[str]]:
    """Return for each shopper the most viewed products, without those already seen."""
    seen: dict[str, set[str]] = {shopper.id: set() for shopper in simulation.shoppers}
    for event in simulation.events:
        if event.product is not None:
            seen[event.shopper].add(event.product)
    counts = Counter(product for products in seen.values() for product in sorted(products))
    ranked = sorted(counts, key=lambda product: (-counts[product], product))
    return {
        shopper: list(islice((p for p in ranked if p not in products), k))
        for shopper, products in seen.items()
    }


def shown_shoppers(
    simulation: Simulation,
    rankings: Mapping[str, Ranking],
    by_key: Mapping[str, ShopProduct],
    settings: Settings,
) -> tuple[ShownShopper, ...]:
    """Return the first buyers with their lists."""
    histories: dict[str, list[SimulatedEvent]] = {}
    for event in simulation.events:
        histories.setdefault(event.shopper, []).append(event)
    return tuple(
        ShownShopper(
            id=shopper.id,
            key=keys.user_key(SOURCE, shopper.id, settings.user_hmac_key),
            taste=_taste_words(shopper.taste),
            lately=_latest_products(histories[shopper.id], by_key),
            items=_shown_items(
                shopper.taste, rankings[shopper.id], by_key, settings.api.reason_shoppers
            ),
        )
        for shopper in first_buyers(simulation)
    )


def first_buyers(simulation: Simulation) -> tuple[Shopper, ...]:
    """Return the first shoppers who bought something: a fixed rule against cherry-picking."""
    buyers = {e.shopper for e in simulation.events if e.kind is EventKind.PURCHASE}
    found = (shopper for shopper in simulation.shoppers if shopper.id in buyers)
    return tuple(islice(found, SHOWN_SHOPPERS))


def _shown_items(
    taste: Taste, ranking: Ranking, by_key: Mapping[str, ShopProduct], named_shoppers: int
) -> tuple[ShownItem, ...]:
    if ranking.model is None:
        raise NotPublishedError(
            "There is no live preference model. Run `catalograph embed preference`."
        )
    breakdown = ReasonBreakdown(
        ranking.model, ranking.facts, ranking.products, named_shoppers=named_shoppers
    )
    shown = []
    for item in ranking.items[:SHOWN_ITEMS]:
        reasons = breakdown.reasons(item, TOLD_REASONS)
        shown.append(
            ShownItem(
                key=item.product["key"],
                title=item.product["title"] or item.product["key"],
                score=item.score,
                to_taste=taste.fits(by_key[item.product["key"]]),
                reasons=tuple(_word_reason(reason, item.product) for reason in reasons),
                in_short=_summarise_reasons(reasons, item.product),
            )
        )
    return tuple(shown)


def _word_reason(reason: Contribution, item: ProductRow) -> ShownReason:
    """Return a reason in the words of the API."""
    return ShownReason(reason.contribution, text_of(reason, item["key"]).write(ENGLISH))


def _summarise_reasons(
    reasons: Sequence[Contribution], item: ProductRow
) -> tuple[ShownReason, ...]:
    """Merge similar reasons: all from other shoppers, all from the same fact.

    The strongest come first, then the API's own sum of the others.
    """
    alike: dict[tuple[str, str, bool], list[Contribution]] = {}
    for reason in reasons:
        # Reasons for and against an item are not merged.
        group = (type(reason).__name__, _subject(reason), reason.contribution > 0)
        alike.setdefault(group, []).append(reason)
    told: list[ShownReason] = []
    summed: list[ShownReason] = []
    for group_of_reasons in alike.values():
        # Reasons come strongest first, so the text of the first is shown.
        text = _word_reason(group_of_reasons[0], item).text
        if more := len(group_of_reasons) - 1:
            text = f"{text.removesuffix('.')}; likewise {more} more of this shopper's products."
        total = fsum(reason.contribution for reason in group_of_reasons)
        direct = isinstance(group_of_reasons[0], DirectContribution)
        (told if direct else summed).append(ShownReason(total, text))
    told.sort(key=lambda reason: -abs(reason.contribution))
    return (*told, *summed)


def _subject(reason: Contribution) -> str:
    match reason:
        case SharedFactContribution(fact=fact):
            return fact.key
        case IndirectContribution(part=part):
            return part or ""
        case _:
            return ""


def _latest_products(
    history: Sequence[SimulatedEvent], by_key: Mapping[str, ShopProduct]
) -> tuple[str, ...]:
    """Return the last products with the strongest event of each, latest first."""
    titles = {product.id: product.title for product in by_key.values()}
    furthest: dict[str, EventKind] = {}
    for event in reversed(history):
        if event.product is not None:
            before = furthest.get(event.product, EventKind.VIEW)
            furthest[event.product] = max(before, event.kind, key=_DONE.index)
    return tuple(
        f"{_VERBS[kind]} “{titles[product]}”"
        for product, kind in islice(furthest.items(), SHOWN_EVENTS)
    )


_VERBS = {
    EventKind.VIEW: "viewed",
    EventKind.CLICK: "clicked on",
    EventKind.SHARE: "shared",
    EventKind.CART: "put into the basket",
    EventKind.PURCHASE: "bought",
}
_DONE = list(_VERBS)


def _taste_words(taste: Taste) -> str:
    words = [" and ".join(path[-1] for path in taste.categories)]
    if taste.brand is not None:
        words.append(f"the brand {taste.brand}")
    if taste.prices is not None:
        words.append(f"prices from {taste.prices[0]:,.2f} to {taste.prices[1]:,.2f}")
    return "; ".join(word for word in words if word)
