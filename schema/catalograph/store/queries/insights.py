"""Reading what the graph says as a whole: trends, overviews, profiles, neighbourhoods and paths."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from catalograph.store.connection.connect import (
    AsyncConnection,
    Row,
)
from catalograph.store.models.export import INTERACTION_KINDS
from catalograph.store.queries.api_queries import read_products
from catalograph.store.queries.projection import Selection

DRAWN = (
    "HAS_BRAND",
    "IN_CATEGORY",
    "HAS_VALUE",
    "ALSO_BOUGHT",
    "ALSO_VIEWED",
    "BOUGHT_TOGETHER",
    "COMPATIBLE_WITH",
    "PART_OF",
    "USED_FOR",
    "CHILD_OF",
    "VALUE_OF",
)
"""Relations that a neighbourhood shows; none of them leads to a shopper."""
NAMES = 10
"""Brands, categories and values told of a shopper."""
TOPICS = 5
"""Aspects told of a week."""


async def trending(
    connection: AsyncConnection,
    windows: tuple[datetime, datetime, datetime],
    first: int,
    selection: Selection,
) -> list[Row]:
    """Products whose events grew from the earlier of two windows of time to the later."""
    start, middle, end = windows
    return await read_products(
        connection,
        "read_trending",
        selection,
        start=start,
        middle=middle,
        end=end,
        kinds=list(INTERACTION_KINDS),
        first=first,
    )


async def overview(
    connection: AsyncConnection, *, brand: str | None, category: str | None, since: datetime
) -> Mapping[str, Any]:
    """A brand or a category in numbers."""
    [row] = await connection.read(
        "read_overview", brand=brand, category=category, since=since, topics=TOPICS
    )
    return row


async def profile(connection: AsyncConnection, user: str) -> Row | None:
    """What a shopper's events and reviews say of them; None for an unknown one."""
    rows = await connection.read(
        "read_profile", user=user, kinds=list(INTERACTION_KINDS), first=NAMES
    )
    return rows[0] if rows else None


async def neighbourhood(
    connection: AsyncConnection, label: str, key: str, first: int
) -> Row | None:
    """A node and what it is joined to; None where there is none."""
    rows = await connection.read(
        "read_neighbourhood", {"label": label}, key=key, relations=list(DRAWN), first=first
    )
    return rows[0] if rows else None


async def paths(connection: AsyncConnection, head: str, tail: str, first: int) -> list[Row]:
    """The shortest paths between two products, at most four steps long."""
    return await connection.read("read_paths", head=head, tail=tail, first=first)
