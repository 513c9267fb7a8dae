"""Relay's connections. Their values are written by `answers`; these classes are the schema."""

from enum import Enum
from typing import Annotated, Generic, TypeVar

import strawberry

from catalograph.api.decorators import describe_argument

T = TypeVar("T")

First = Annotated[
    int | None, describe_argument("How many from the beginning, 1 to 100; or give `last`.")
]
After = Annotated[str | None, describe_argument("With `first`: cursor to go on behind.")]
Last = Annotated[int | None, describe_argument("How many from the end, 1 to 100; or give `first`.")]
Before = Annotated[str | None, describe_argument("With `last`: cursor to go on before.")]


@strawberry.type(description="Where a page of a connection begins and ends.")
class PageInfo:
    """Relay's page info."""

    has_next_page: bool = strawberry.field(
        description="Whether there is more after this page; read backwards, whether a cursor was "
        "given."
    )
    has_previous_page: bool = strawberry.field(
        description="Whether there is more before this page; read forwards, whether a cursor was "
        "given."
    )
    start_cursor: str | None = strawberry.field(description="Cursor of the first edge.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last edge.")


@strawberry.type(description="A node in a page, with its cursor.")
class Edge(Generic[T]):
    """Relay's edge."""

    cursor: str = strawberry.field(
        description="Opaque; pass as `after` to go on behind it, as `before` to go on before it."
    )
    node: T = strawberry.field(description="The node.")


@strawberry.type(name="Connection", description="A page of a list.")
class RelayConnection(Generic[T]):
    """Relay's connection."""

    edges: list[Edge[T]] = strawberry.field(description="Nodes with their cursors.")
    nodes: list[T] = strawberry.field(description="The nodes alone.")
    page_info: PageInfo = strawberry.field(description="Where the page begins and ends.")
    total_count: int = strawberry.field(description="How many there are on all pages; counted.")


@strawberry.enum(description="Order of products; equal ones by key.")
class ProductSort(Enum):
    """Orders of products."""

    KEY = strawberry.enum_value("KEY", description="By key.")
    TITLE = strawberry.enum_value("TITLE", description="By title.")
    PRICE_ASC = strawberry.enum_value("PRICE_ASC", description="Cheapest first, without last.")
    PRICE_DESC = strawberry.enum_value("PRICE_DESC", description="Dearest first, without last.")
    POPULARITY = strawberry.enum_value("POPULARITY", description="As the catalogue states it.")
    NEWEST = strawberry.enum_value("NEWEST", description="Latest on the market first.")
    RATING = strawberry.enum_value("RATING", description="Best mean rating first.")


@strawberry.enum(description="Order of reviews; equal ones by key.")
class ReviewSort(Enum):
    """Orders of reviews."""

    KEY = strawberry.enum_value("KEY", description="By key.")
    NEWEST = strawberry.enum_value("NEWEST", description="Newest first.")
    OLDEST = strawberry.enum_value("OLDEST", description="Oldest first.")
    RATING = strawberry.enum_value("RATING", description="Most stars first.")
    HELPFUL = strawberry.enum_value("HELPFUL", description="Found helpful by most first.")


@strawberry.enum(description="Order of events; equal ones by key.")
class EventSort(Enum):
    """Orders of events."""

    KEY = strawberry.enum_value("KEY", description="By key.")
    NEWEST = strawberry.enum_value("NEWEST", description="Newest first.")
    OLDEST = strawberry.enum_value("OLDEST", description="Oldest first.")


@strawberry.enum(description="Order of models and runs; equal ones by key.")
class RecordSort(Enum):
    """Orders of what was made."""

    KEY = strawberry.enum_value("KEY", description="By key.")
    NEWEST = strawberry.enum_value("NEWEST", description="Newest first.")
