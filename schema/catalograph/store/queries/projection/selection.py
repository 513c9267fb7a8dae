"""Selected fields, pages and filters of a query, independent of GraphQL."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition of a page: its name in the allow-list and its value."""

    name: str
    value: Any


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
    """

    limit: int
    sort: str = "KEY"
    after: tuple[Any, ...] | None = None
    backwards: bool = False
    filters: tuple[Filter, ...] = ()
    total: bool = False


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
