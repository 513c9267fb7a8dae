"""Analytical reads of the graph: trends, overviews, profiles, neighbourhoods and paths."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalograph.store.connection.connect import (
    AsyncConnection,
    Row,
)
from catalograph.store.models.export import INTERACTION_KINDS
from catalograph.store.queries.api_queries import Rules, read_products
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
"""Relations in a neighbourhood; none of them leads to a shopper."""
PATH_RELATIONS = tuple(name for name in DRAWN if name != "VALUE_OF")
"""Relations of a path unless others are named: two colours have nothing in common by that."""
NAMES = 10
"""Number of brands, categories and values in a shopper's profile."""
CHOSEN = 50
"""Largest number of products in a shopper's profile."""
TOPICS = 5
"""Number of aspects shown for a week."""


async def trending(
    connection: AsyncConnection,
    windows: tuple[datetime, datetime, datetime],
    first: int,
    selection: Selection,
    rules: Rules | None = None,
) -> list[Row]:
    """Read products whose events grew from the earlier of two time windows to the later.

    Where too few have events, the most central others by the live PageRank fill the list up.

    Args:
        connection: connection to the database.
        windows: start of the earlier one, end of it and start of the later one, end of that.
        first: largest number of products.
        selection: fields to read of products.
        rules: filters of the list.
    """
    rules = rules or Rules()
    start, middle, end = windows
    return await read_products(
        connection,
        "read_trending",
        selection,
        rules.filters,
        rules.prices,
        start=start,
        middle=middle,
        end=end,
        kinds=list(INTERACTION_KINDS),
        first=first,
    )


async def overview(
    connection: AsyncConnection,
    *,
    brand: str | None,
    category: str | None,
    since: datetime,
    until: datetime,
) -> Mapping[str, Any]:
    """Read key figures of a brand or a category."""
    [row] = await connection.read(
        "read_overview",
        brand=brand,
        category=category,
        since=since,
        until=until,
        topics=TOPICS,
    )
    return row


async def profile(connection: AsyncConnection, user: str) -> Row | None:
    """Read a shopper's profile from their events and reviews; None for an unknown shopper."""
    rows = await connection.read(
        "read_profile", user=user, kinds=list(INTERACTION_KINDS), first=NAMES, chosen=CHOSEN
    )
    return rows[0] if rows else None


@dataclass(frozen=True, slots=True)
class EdgeConditions:
    """Which edges of a drawing are read.

    Attributes:
        relations: relations that may be followed.
        least: smallest confidence of a fact; 0 for any.
        imputed: True for facts that imputation alone supports, False for all others, None for both.
        outgoing: whether edges from the node are read; only of a neighbourhood.
        incoming: whether edges to the node are read; only of a neighbourhood.
    """

    relations: tuple[str, ...] = DRAWN
    least: float = 0.0
    imputed: bool | None = None
    outgoing: bool = True
    incoming: bool = True


async def neighbourhood(
    connection: AsyncConnection, label: str, key: str, first: int, edges: EdgeConditions
) -> Row | None:
    """Read a node with its neighbours; None if there is no such node."""
    rows = await connection.read(
        "read_neighbourhood",
        {"label": label},
        key=key,
        relations=list(edges.relations),
        outgoing=edges.outgoing,
        incoming=edges.incoming,
        least=edges.least,
        imputed=edges.imputed,
        first=first,
    )
    return rows[0] if rows else None


async def paths(
    connection: AsyncConnection, head: str, tail: str, first: int, edges: EdgeConditions
) -> list[Row]:
    """Read the shortest paths between two nodes, at most four steps long."""
    return await connection.read(
        "read_paths",
        head=head,
        tail=tail,
        relations=list(edges.relations),
        least=edges.least,
        imputed=edges.imputed,
        first=first,
    )
