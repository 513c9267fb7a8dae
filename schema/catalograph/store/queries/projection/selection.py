"""Selected fields, pages and filters of a query, independent of GraphQL."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition of a page.

    Attributes:
        name: name in the allow-list.
        value: value; cursors are signed with it.
        known: what was read of the value before, so that the condition takes it instead and its
            name with `known_` before it.
    """

    name: str
    value: Any
    known: Any = None


@dataclass(frozen=True, slots=True)
class PriceBasis:
    """Currency in which the prices of a list are compared.

    Attributes:
        currency: ISO 4217 code; None for the most frequent one of the list.
        rates: amount of each currency for one unit of a common base; a price in another currency
            is compared only if both currencies have a rate.
    """

    currency: str | None = None
    rates: Mapping[str, float] = field(default_factory=dict)


ANY_CURRENCY = PriceBasis()
"""Comparison of prices in the most frequent currency of a list."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Requested part of a long list.

    Attributes:
        limit: largest number of rows.
        sort: name of a sort order in the list's specification.
        after: sort key values of the row before the first one; None for the start.
        backwards: whether to read from the end.
        filters: conditions; all must hold.
        total: whether to count all rows that meet the conditions.
        prices: currency in which prices are compared.
        report_currency: whether to return that currency.
    """

    limit: int
    sort: str = "KEY"
    after: tuple[Any, ...] | None = None
    backwards: bool = False
    filters: tuple[Filter, ...] = ()
    total: bool = False
    prices: PriceBasis = ANY_CURRENCY
    report_currency: bool = False


@dataclass(frozen=True, slots=True)
class FieldSelection:
    """One selected field of a node.

    Attributes:
        name: name in the allow-list.
        slot: name in the rows; differs from `name` if the same field is read twice.
        of: selection of the nodes that it leads to; None for a value.
        page: requested page of those nodes, for a long list.
    """

    name: str
    slot: str
    of: "Selection | None" = None
    page: PageRequest | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Selected fields of a node, with the name of its type in the allow-list."""

    type: str
    fields: tuple[FieldSelection, ...] = ()
