"""Answers about the graph as a whole, from `store.queries.insights`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import strawberry

from catalograph.api.auth import own_user
from catalograph.api.context import Info
from catalograph.api.cursors import global_id
from catalograph.api.execution import CompletedValue, answer_object, object_plan
from catalograph.api.inputs import check_first, check_key, check_time, check_user_key
from catalograph.api.personal_reads import note_read
from catalograph.api.search import rules_of
from catalograph.api.types.insights import (
    ChosenProduct,
    Counted,
    Drawing,
    DrawnEdge,
    DrawnNode,
    EdgeDirection,
    EdgeFilter,
    EventCount,
    Overview,
    PriceBands,
    StarCount,
    Topic,
    Trend,
    UserProfile,
    Week,
)
from catalograph.api.types.product_filter import ProductFilter
from catalograph.errors import InvalidInputError
from catalograph.schema.keys import assertion_key, label_of
from catalograph.store.queries import insights
from catalograph.store.queries.projection import Selection

MAX_DAYS = 366
MAX_WEEKS = 104
DRAWABLE = frozenset({"Product", "Brand", "Category", "Attribute", "Value"})


async def answer_trending(
    info: Info, first: int, days: int, until: datetime | None, filter_: ProductFilter | None
) -> CompletedValue:
    """Rank products by the growth of their events over the days before a time.

    Raises:
        InvalidInputError: an argument is out of range, or a key is not of its kind.
    """
    if not 1 <= days <= MAX_DAYS:
        raise InvalidInputError(f"'days' is {days}; it must be 1 to {MAX_DAYS}.")
    end = datetime.now(UTC) if until is None else check_time("until", until)
    window = timedelta(days=days)
    plan = object_plan(info)
    rows = await insights.trending(
        info.context.connection,
        (end - 2 * window, end - window, end),
        check_first(first),
        plan.selections.get("Product", Selection("Product")),
        await rules_of(info.context, filter_, in_stock=False, seen=False, diversity=None),
    )
    return CompletedValue(plan.shape([Trend(**row) for row in rows]))


async def answer_overview(
    info: Info,
    weeks: int,
    until: datetime | None,
    *,
    brand: str | None = None,
    category: str | None = None,
) -> CompletedValue:
    """Return the figures of a brand or a category.

    Raises:
        InvalidInputError: the key is not of its kind, or there are too many weeks.
    """
    if not 1 <= weeks <= MAX_WEEKS:
        raise InvalidInputError(f"'weeks' is {weeks}; it must be 1 to {MAX_WEEKS}.")
    if brand is not None:
        check_key("key", brand, "Brand")
    if category is not None:
        check_key("key", category, "Category")
    end = datetime.now(UTC) if until is None else check_time("until", until)
    row = await insights.overview(
        info.context.connection,
        brand=brand,
        category=category,
        since=end - timedelta(weeks=weeks),
        until=end,
    )
    return answer_object(info, overview_of(row, info.context.services.prices.currency))


def overview_of(row: Mapping[str, Any], currency: str | None = None) -> Overview:
    """Return the overview of a row.

    Args:
        row: row of the statement `insights.overview`.
        currency: currency of the shop; None for the most frequent one.
    """
    bands = [_price_bands(one) for one in row["prices"]]
    weeks = [_week(one) for one in row["weeks"]]
    ratings = [StarCount(**one) for one in row["ratings"]]
    rated = sum(one.count for one in ratings)
    opinions = [
        (week.week, week.positive / (week.positive + week.negative))
        for week in weeks
        if week.positive + week.negative
    ]
    return Overview(
        products=row["products"],
        prices=_main_bands(bands, currency),
        prices_by_currency=bands,
        ratings=ratings,
        average_rating=sum(o.stars * o.count for o in ratings) / rated if rated else None,
        events=row["events"],
        share_of_events=row["events"] / row["all_events"] if row["all_events"] else 0.0,
        weeks=weeks,
        events_trend=slope([(week.week, week.events) for week in weeks]),
        sentiment_trend=slope(opinions),
    )


def slope(points: Sequence[tuple[date, float]]) -> float | None:
    """Return the weekly growth of a value, by least squares; None below two weeks."""
    if len(points) < 2:
        return None
    weeks = [(day - points[0][0]).days / 7 for day, _ in points]
    return float(np.polyfit(weeks, [value for _, value in points], 1)[0])


async def answer_profile(info: Info, user_key: str | None) -> CompletedValue | None:
    """Return a summary of a shopper's events and reviews; null for an unknown shopper.

    Raises:
        InvalidInputError: the key is not a user key, or there is none.
        ForbiddenError: the key is another shopper's.
        UnauthenticatedError: the key is a shopper's, and there are no credentials.
    """
    user = own_user(info.context, None if user_key is None else check_user_key(user_key))
    if user is None:
        raise InvalidInputError("'userKey' is missing: these credentials are no shopper's.")
    row = await insights.profile(info.context.connection, user)
    if row is None:
        return None
    await note_read(info.context, "userProfile", user)
    counted = {
        name: [Counted(**one) for one in row[name]] for name in ("brands", "categories", "values")
    }
    chosen = [ChosenProduct(**one) for one in row["latest"]]
    bands = [_price_bands(one) for one in row["prices"]]
    main = _main_bands(bands, info.context.services.prices.currency)
    made = UserProfile(
        events=[EventCount(**one) for one in row["events"]],
        reviews=row["reviews"],
        average_rating=row["rating"],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        products=row["products"],
        prices=[] if main is None else [main.low, main.median, main.high],
        price_currency=None if main is None else main.currency_code,
        prices_by_currency=bands,
        chosen=chosen,
        **counted,
    )
    return answer_object(info, made)


async def answer_neighbourhood(
    info: Info, key: str, first: int, direction: EdgeDirection, filter_: EdgeFilter | None
) -> CompletedValue | None:
    """Return a node with its neighbours as a drawing; null where there is no such node.

    Raises:
        InvalidInputError: the key is not of a node that can be drawn, or a condition is wrong.
    """
    label = _check_drawable("key", key)
    edges = replace(
        _edge_conditions(filter_, insights.DRAWN),
        outgoing=direction is not EdgeDirection.INCOMING,
        incoming=direction is not EdgeDirection.OUTGOING,
    )
    connection = info.context.connection
    row = await insights.neighbourhood(connection, label, key, check_first(first), edges)
    if row is None:
        return None
    nodes = [row["node"], *row["neighbours"]]
    return answer_object(info, drawing(nodes, row["edges"], row["total"]))


async def answer_paths(
    info: Info, head: str, tail: str, first: int, filter_: EdgeFilter | None
) -> CompletedValue:
    """Return the shortest paths between two nodes as drawings.

    Raises:
        InvalidInputError: one cannot be drawn, or a condition is wrong.
    """
    _check_drawable("from", head)
    _check_drawable("to", tail)
    edges = _edge_conditions(filter_, insights.PATH_RELATIONS)
    rows = await insights.paths(info.context.connection, head, tail, check_first(first), edges)
    return answer_object(
        info, [drawing(row["nodes"], row["edges"], len(row["edges"])) for row in rows]
    )


def _check_drawable(argument: str, key: str) -> str:
    """Return the label of a node that can be drawn."""
    label = label_of(key)
    if label not in DRAWABLE:
        known = ", ".join(sorted(DRAWABLE))
        raise InvalidInputError(
            f"'{argument}' is '{key[:80]}'; keys of these can be drawn: {known}."
        )
    check_key(argument, key, label)
    return label


def _edge_conditions(
    given: EdgeFilter | None, relations: tuple[str, ...]
) -> insights.EdgeConditions:
    if given is None:
        return insights.EdgeConditions(relations)
    if given.relations is not None:
        unknown = [name for name in given.relations if name not in insights.DRAWN]
        if unknown:
            raise InvalidInputError(
                f"'relations' has '{unknown[0][:80]}'; it takes {', '.join(insights.DRAWN)}."
            )
        relations = tuple(given.relations)
    if not 0 <= given.min_confidence <= 1:
        raise InvalidInputError(f"'minConfidence' is {given.min_confidence}; it must be 0 to 1.")
    return insights.EdgeConditions(relations, given.min_confidence, given.imputed)


def drawing(
    nodes: Sequence[Mapping[str, Any]], edges: Sequence[Mapping[str, Any]], total: int
) -> Drawing:
    """Return a drawing; nodes and edges that occur twice are drawn once."""
    names = {node["key"]: node["name"] for node in nodes}
    once = {(edge["head"], edge["relation"], edge["tail"]): edge for edge in edges}
    return Drawing(
        nodes=[
            DrawnNode(
                id=strawberry.ID(global_id(key)), key=key, label=label_of(key) or "", name=name
            )
            for key, name in names.items()
        ],
        edges=[_drawn_edge(triple, once[triple]) for triple in sorted(once)],
        total_count=total,
    )


def _drawn_edge(triple: tuple[str, str, str], row: Mapping[str, Any]) -> DrawnEdge:
    head, relation, tail = triple
    stated = row["confidence"] is not None
    return DrawnEdge(
        head=head,
        relation=relation,
        tail=tail,
        confidence=row["confidence"],
        imputed=row["imputed"],
        assertion_id=strawberry.ID(global_id(assertion_key(*triple))) if stated else None,
    )


def _price_bands(row: Mapping[str, Any]) -> PriceBands:
    low, first, middle, third, high = row["quartiles"]
    return PriceBands(
        currency_code=row["currency"] or None,
        products=row["count"],
        low=low,
        first_quartile=first,
        median=middle,
        third_quartile=third,
        high=high,
    )


def _main_bands(bands: Sequence[PriceBands], currency: str | None) -> PriceBands | None:
    """Return the prices in the shop's currency, else those in the most frequent one."""
    own = [one for one in bands if one.currency_code == currency and currency is not None]
    return next(iter([*own, *bands]), None)


def _week(row: Mapping[str, Any]) -> Week:
    topics = [Topic(**topic) for topic in row["topics"]]
    return Week(**{**row, "week": date.fromisoformat(row["week"]), "topics": topics})
