"""Fields of the Query type about the graph as a whole."""

from datetime import datetime
from typing import Annotated

import strawberry

from catalograph.api.answers import Ready
from catalograph.api.context import Info
from catalograph.api.described import about, answered
from catalograph.api.insights import (
    answer_neighbourhood,
    answer_overview,
    answer_paths,
    answer_profile,
    answer_trending,
)
from catalograph.api.types.insights import Drawing, Overview, Trend, UserProfile

_Count = Annotated[int, about("How many at most: 1 to 100.")]
_Weeks = Annotated[int, about("How many weeks back, 1 to 104.")]


@strawberry.type
class InsightsQuery:
    """What the graph says as a whole."""

    @answered(
        "Products whose events grew from one window of days to the next, with what reviews of the "
        "later one think.",
        list[Trend],
    )
    async def trending(
        self,
        info: Info,
        first: _Count,
        days: Annotated[int, about("Length of each window, 1 to 366.")] = 7,
        until: Annotated[datetime | None, about("End of the later window; null for now.")] = None,
    ) -> Ready:
        """Compare the windows."""
        return await answer_trending(info, first, days, until)

    @answered("A brand in numbers: prices, ratings, share of events, weeks.", Overview)
    async def brand_overview(
        self, info: Info, key: Annotated[str, about("`brand:<name>`.")], weeks: _Weeks = 26
    ) -> Ready:
        """Count."""
        return await answer_overview(info, weeks, brand=key)

    @answered("A category in numbers, narrower categories included.", Overview)
    async def category_overview(
        self, info: Info, key: Annotated[str, about("`category:<path>`.")], weeks: _Weeks = 26
    ) -> Ready:
        """Count."""
        return await answer_overview(info, weeks, category=key)

    @answered(
        "What a shopper's events and reviews say of them; null for an unknown one.",
        UserProfile | None,
        scope="user:read",
    )
    async def user_profile(
        self,
        info: Info,
        user_key: Annotated[
            str | None, about("`user:<source>:<pseudonym>`; null for the caller's own.")
        ] = None,
    ) -> Ready | None:
        """Count."""
        return await answer_profile(info, user_key)

    @answered(
        "A product, brand, category, attribute or value with what it is joined to, for drawing; "
        "null where there is none.",
        Drawing | None,
    )
    async def neighbourhood(
        self, info: Info, key: Annotated[str, about("Key of the node.")], first: _Count
    ) -> Ready | None:
        """Follow its relations."""
        return await answer_neighbourhood(info, key, first)

    @answered("The shortest paths between two products, at most four steps long.", list[Drawing])
    async def paths(
        self,
        info: Info,
        from_: Annotated[str, strawberry.argument(name="from", description="Key of a product.")],
        to: Annotated[str, about("Key of another.")],
        first: _Count,
    ) -> Ready:
        """Follow facts."""
        return await answer_paths(info, from_, to, first)
