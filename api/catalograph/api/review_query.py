"""Fields of the Query type about the review queue."""

import asyncio
from typing import Annotated

import strawberry

from catalograph.api.context import Info
from catalograph.api.decorators import describe_argument, resolved_field
from catalograph.api.execution import CompletedValue, answer_object
from catalograph.api.inputs import check_first
from catalograph.api.mutations.review import find_desk
from catalograph.api.types.review import SCOPE, ReviewQueuePage, ReviewQueueProgress
from catalograph.schema.review import ReviewFilter, ReviewState

Kind = Annotated[str | None, describe_argument("Only this kind: `value`, `pair`, …")]
Category = Annotated[str | None, describe_argument("Only this category, by name.")]
Attribute = Annotated[str | None, describe_argument("Only this attribute.")]


@strawberry.type
class ReviewQuery:
    """Fields of the Query type about the review queue."""

    @resolved_field(
        "What waits for a decision of a person, the least certain first, or what is decided.",
        ReviewQueuePage,
        scope=SCOPE,
    )
    async def review_queue(
        self,
        info: Info,
        kind: Kind = None,
        category: Category = None,
        attribute: Attribute = None,
        state: Annotated[
            ReviewState, describe_argument("Whether to list what waits, or what is decided.")
        ] = ReviewState.WAITING,
        first: Annotated[int, describe_argument("How many at most: 1 to 100.")] = 20,
        after: Annotated[str | None, describe_argument("Cursor to go on behind.")] = None,
    ) -> CompletedValue:
        """Read a page."""
        desk = find_desk(info.context)
        chosen = ReviewFilter(kind, category, attribute)
        wanted = ReviewState(state.value)
        # In a thread: the desk is not asynchronous.
        async with info.context.connection.guard():
            page = await asyncio.to_thread(
                desk.list_cases, chosen, wanted, check_first(first), after
            )
        return answer_object(info, ReviewQueuePage.of(page, after))

    @resolved_field(
        "How far the review is, and how far reviewers agree.", ReviewQueueProgress, scope=SCOPE
    )
    async def review_progress(self, info: Info) -> CompletedValue:
        """Count."""
        desk = find_desk(info.context)
        async with info.context.connection.guard():
            progress = await asyncio.to_thread(desk.read_progress)
        return answer_object(info, ReviewQueueProgress.of(progress))
