"""Export the shop's log of searches: what was shown for a query, and what shoppers did with it."""

from collections.abc import Mapping
from dataclasses import dataclass

from catalograph.store.connection.connect import Connection
from catalograph.store.models.export import INTERACTION_KINDS


@dataclass(frozen=True)
class LoggedSearch:
    """A search with the responses of a shopper.

    Attributes:
        key: key of the served list, or of the query event.
        query: search words.
        time: time of the search, in milliseconds since 1970.
        items: keys of the products in the order shown; empty where no served list tells.
        first: place of the first item in the whole list, from 0.
        responses: kinds of events on each product, by its key.
        shopper: key of the only shopper who responded; None where that is not one known shopper.
    """

    key: str
    query: str
    time: int
    items: tuple[str, ...]
    first: int
    responses: Mapping[str, frozenset[str]]
    shopper: str | None = None


def export_search_log(connection: Connection) -> list[LoggedSearch]:
    """Read the served lists of searches and the query events that refer to none, oldest first."""
    lists = [
        LoggedSearch(
            row["key"],
            row["query"],
            row["time"],
            tuple(row["items"]),
            row["first"],
            _by_product(row["responses"]),
            row["shoppers"][0] or None if len(row["shoppers"]) == 1 else None,
        )
        for row in connection.read("export_search_lists")
    ]
    alone = [
        LoggedSearch(
            row["key"],
            row["query"],
            row["time"],
            (),
            0,
            _by_product(row["responses"]),
            row["shopper"],
        )
        for row in connection.read("export_query_events", kinds=list(INTERACTION_KINDS))
    ]
    return sorted(lists + alone, key=lambda search: (search.time, search.key))


def _by_product(pairs: list[list[str]]) -> dict[str, frozenset[str]]:
    kinds: dict[str, set[str]] = {}
    for product, kind in pairs:
        kinds.setdefault(product, set()).add(kind)
    return {product: frozenset(found) for product, found in kinds.items()}
