"""Fields of the Query type about the graph as a whole."""

from datetime import datetime
from typing import Annotated

import strawberry

from catalograph.api.context import Info
from catalograph.api.decorators import describe_argument, resolved_field
from catalograph.api.execution import CompletedValue
from catalograph.api.insights import (
    answer_neighbourhood,
    answer_overview,
    answer_paths,
    answer_profile,
    answer_trending,
)
from catalograph.api.types.insights import (
    Drawing,
    EdgeDirection,
    EdgeFilter,
    Overview,
    Trend,
    UserProfile,
)
from catalograph.api.types.product_filter import ProductFilter

_Count = Annotated[int, describe_argument("How many at most: 1 to 100.")]
_Weeks = Annotated[int, describe_argument("How many weeks back, 1 to 104.")]

_Edges = Annotated[EdgeFilter | None, describe_argument("Which edges to keep.")]
_Until = Annotated[datetime | None, describe_argument("End of the weeks; null for now.")]


@strawberry.type
class InsightsQuery:
    """Fields of the Query type about the graph as a whole."""

    @resolved_field(
        "Products whose events grew from one window of days to the next, with what reviews of the "
        "later one think. Where a version of `pagerank` is live and too few have events, the most "
        "central other products follow, with `recent` 0.",
        list[Trend],
    )
    async def trending(
        self,
        info: Info,
        first: _Count,
        days: Annotated[int, describe_argument("Length of each window, 1 to 366.")] = 7,
        until: Annotated[
            datetime | None, describe_argument("End of the later window; null for now.")
        ] = None,
        filter: Annotated[
            ProductFilter | None, describe_argument("Which products to keep.")
        ] = None,
    ) -> CompletedValue:
        """Answer `trending`."""
        return await answer_trending(info, first, days, until, filter)

    @resolved_field("A brand in numbers: prices, ratings, share of events, weeks.", Overview)
    async def brand_overview(
        self,
        info: Info,
        key: Annotated[str, describe_argument("`brand:<name>`.")],
        weeks: _Weeks = 26,
        until: _Until = None,
    ) -> CompletedValue:
        """Answer `brandOverview`."""
        return await answer_overview(info, weeks, until, brand=key)

    @resolved_field("A category in numbers, narrower categories included.", Overview)
    async def category_overview(
        self,
        info: Info,
        key: Annotated[str, describe_argument("`category:<path>`.")],
        weeks: _Weeks = 26,
        until: _Until = None,
    ) -> CompletedValue:
        """Answer `categoryOverview`."""
        return await answer_overview(info, weeks, until, category=key)

    @resolved_field(
        "What a shopper's events and reviews say of them; null for an unknown one.",
        UserProfile | None,
        scope="user:read",
    )
    async def user_profile(
        self,
        info: Info,
        user_key: Annotated[
            str | None, describe_argument("`user:<source>:<pseudonym>`; null for the caller's own.")
        ] = None,
    ) -> CompletedValue | None:
        """Answer `userProfile`."""
        return await answer_profile(info, user_key)

    @resolved_field(
        "A product, brand, category, attribute or value with what it is joined to, for drawing; "
        "null where there is none.",
        Drawing | None,
    )
    async def neighbourhood(
        self,
        info: Info,
        key: Annotated[str, describe_argument("Key of the node.")],
        first: _Count,
        direction: Annotated[
            EdgeDirection, describe_argument("Which edges are followed.")
        ] = EdgeDirection.BOTH,
        filter: _Edges = None,
    ) -> CompletedValue | None:
        """Answer `neighbourhood`."""
        return await answer_neighbourhood(info, key, first, direction, filter)

    @resolved_field(
        "The shortest paths between two products, brands, categories, attributes or values, at "
        "most four steps long; VALUE_OF only where the filter names it.",
        list[Drawing],
    )
    async def paths(
        self,
        info: Info,
        from_: Annotated[str, strawberry.argument(name="from", description="Key of a node.")],
        to: Annotated[str, describe_argument("Key of another.")],
        first: _Count,
        filter: _Edges = None,
    ) -> CompletedValue:
        """Answer `paths`."""
        return await answer_paths(info, from_, to, first, filter)
