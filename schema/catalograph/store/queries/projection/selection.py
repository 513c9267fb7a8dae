"""What an answer asks for, in the words of the store."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition of a page: its name in the allow-list and its value."""

    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a long list to read.

    Attributes:
        limit: rows at most.
        sort: name of an order in the list's spec.
        after: values of the sort key behind which to begin; None for the beginning.
        backwards: read from the end, towards the beginning.
        filters: conditions; all must hold.
        total: whether to count all that the conditions leave.
    """

    limit: int
    sort: str = "KEY"
    after: tuple[Any, ...] | None = None
    backwards: bool = False
    filters: tuple[Filter, ...] = ()
    total: bool = False


@dataclass(frozen=True, slots=True)
class FieldSelection:
    """One field of a node.

    Attributes:
        name: in the allow-list.
        slot: its name in the rows; differs from `name` where the same field is read twice.
        of: what to read of the nodes it leads to; None for a value.
        page: which of them, where they are a page.
    """

    name: str
    slot: str
    of: "Selection | None" = None
    page: PageRequest | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Fields of a node, by the name of its type in the allow-list."""

    type: str
    fields: tuple[FieldSelection, ...] = ()
