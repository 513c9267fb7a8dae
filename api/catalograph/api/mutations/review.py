"""Mutations of the review queue: claim items, decide them, take decisions back."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import strawberry

from catalograph.api.context import Context
from catalograph.api.mutations.results import Conflict, InvalidInput, NotFound, prefix_errors
from catalograph.api.types.review import ReviewQueueItem
from catalograph.errors import InvalidInputError
from catalograph.schema.keys import clean
from catalograph.schema.review import (
    MAX_BATCH,
    MAX_REVIEWER,
    ReviewDecisionRequest,
    ReviewDesk,
    ReviewFilter,
    ReviewVerdict,
)

_REVIEWER = (
    "Name of the reviewer, where callers have no credentials; else the caller's own is taken."
)


@strawberry.input(description="Which items to hold.")
class ClaimReviewItemsInput:
    """Input of `claimReviewItems`."""

    kind: str | None = strawberry.field(default=None, description="Only this kind.")
    category: str | None = strawberry.field(default=None, description="Only this category.")
    attribute: str | None = strawberry.field(default=None, description="Only this attribute.")
    first: int = strawberry.field(default=10, description="How many at most, 1 to 100.")
    reviewer: str | None = strawberry.field(default=None, description=_REVIEWER)


@strawberry.input(description="Items whose claims end.")
class ReleaseReviewItemsInput:
    """Input of `releaseReviewItems`."""

    keys: list[str] = strawberry.field(description="Keys of the items, at most 200.")
    reviewer: str | None = strawberry.field(default=None, description=_REVIEWER)


@strawberry.input(description="A decision about an item.")
class ReviewDecisionInput:
    """One decision."""

    key: str = strawberry.field(description="The item, `review-item:<hash>`.")
    verdict: ReviewVerdict = strawberry.field(description="What the reviewer says.")
    correction: str | None = strawberry.field(
        default=None, description="The right value, for `CORRECT`; of a category its path, a > b."
    )


@strawberry.input(description="Decisions to record, all or none.")
class DecideReviewItemsInput:
    """Input of `decideReviewItems`."""

    decisions: list[ReviewDecisionInput] = strawberry.field(description="At most 200.")
    reviewer: str | None = strawberry.field(default=None, description=_REVIEWER)


@strawberry.input(description="Items whose decisions of this reviewer are taken back.")
class UndoReviewInput:
    """Input of `undoReview`."""

    keys: list[str] = strawberry.field(description="Keys of the items, at most 200.")
    reviewer: str | None = strawberry.field(default=None, description=_REVIEWER)


@strawberry.type(description="Items that a reviewer holds.")
class ClaimedReviewItems:
    """Outcome of a claim."""

    items: list[ReviewQueueItem] = strawberry.field(
        description="The items, the least certain first; nobody else gets them until the claim "
        "ends."
    )
    reviewer: str = strawberry.field(description="Name under which they are held.")


@strawberry.type(description="Claims that ended.")
class ReleasedReviewItems:
    """Outcome of a release."""

    released: int = strawberry.field(description="How many there were.")


@strawberry.type(description="Items as they are after decisions.")
class DecidedReviewItems:
    """Outcome of decisions."""

    items: list[ReviewQueueItem] = strawberry.field(description="The items.")


@strawberry.type(description="Items as they are after decisions were taken back.")
class UndoneReviewItems:
    """Outcome of an undo."""

    items: list[ReviewQueueItem] = strawberry.field(
        description="The items; the reviewer holds them again."
    )


ClaimReviewItemsResult = Annotated[
    ClaimedReviewItems | InvalidInput | NotFound | Conflict,
    strawberry.union("ClaimReviewItemsResult", description="Items that are held, or why not."),
]
ReleaseReviewItemsResult = Annotated[
    ReleasedReviewItems | InvalidInput | NotFound | Conflict,
    strawberry.union("ReleaseReviewItemsResult", description="Claims that ended, or why not."),
]
DecideReviewItemsResult = Annotated[
    DecidedReviewItems | InvalidInput | NotFound | Conflict,
    strawberry.union("DecideReviewItemsResult", description="Items decided, or why not."),
]
UndoReviewResult = Annotated[
    UndoneReviewItems | InvalidInput | NotFound | Conflict,
    strawberry.union("UndoReviewResult", description="Decisions taken back, or why not."),
]


def find_desk(context: Context) -> ReviewDesk:
    """Return the review desk of this server.

    Raises:
        InvalidInputError: it has none.
    """
    if context.services.review is None:
        raise InvalidInputError("This server has no review queue.")
    return context.services.review


async def claim_review_items(context: Context, given: ClaimReviewItemsInput) -> ClaimedReviewItems:
    """Hold items for a reviewer.

    Raises:
        InvalidInputError: a filter, the number or the reviewer's name is out of range.
    """
    desk = find_desk(context)
    with prefix_errors("input"):
        reviewer = _reviewer(context, given.reviewer)
        if not 1 <= given.first <= 100:
            with prefix_errors("first"):
                raise InvalidInputError(f"'first' is {given.first}; expected 1 to 100.")
        chosen = ReviewFilter(given.kind, given.category, given.attribute)
        # In threads: the desk is not asynchronous.
        async with context.connection.guard():
            cases = await asyncio.to_thread(desk.claim, chosen, reviewer, given.first)
    return ClaimedReviewItems(items=[ReviewQueueItem.of(case) for case in cases], reviewer=reviewer)


async def release_review_items(
    context: Context, given: ReleaseReviewItemsInput
) -> ReleasedReviewItems:
    """End claims of a reviewer.

    Raises:
        InvalidInputError: there are too many keys, or the reviewer's name is out of range.
    """
    desk = find_desk(context)
    with prefix_errors("input"):
        reviewer = _reviewer(context, given.reviewer)
        keys = _keys(given.keys)
        async with context.connection.guard():
            released = await asyncio.to_thread(desk.release, keys, reviewer)
    return ReleasedReviewItems(released=released)


async def decide_review_items(
    context: Context, given: DecideReviewItemsInput
) -> DecidedReviewItems:
    """Record decisions, with what they change in the graph.

    Raises:
        InvalidInputError: a decision is malformed.
        NotFoundError: there is no such item.
        ConflictError: another reviewer holds an item.
    """
    desk = find_desk(context)
    with prefix_errors("input"):
        reviewer = _reviewer(context, given.reviewer)
        with prefix_errors("decisions"):
            _check_number(len(given.decisions))
            if len({one.key for one in given.decisions}) < len(given.decisions):
                raise InvalidInputError("An item is decided twice in one request.")
            requests = [
                ReviewDecisionRequest(one.key, ReviewVerdict(one.verdict.value), one.correction)
                for one in given.decisions
            ]
            async with context.connection.guard():
                cases = await asyncio.to_thread(desk.decide, requests, reviewer)
    await context.services.answers.catch_up()
    return DecidedReviewItems(items=[ReviewQueueItem.of(case) for case in cases])


async def undo_review(context: Context, given: UndoReviewInput) -> UndoneReviewItems:
    """Take decisions of a reviewer back, with what they changed in the graph.

    Raises:
        InvalidInputError: there are too many keys, or the reviewer's name is out of range.
        NotFoundError: there is no such item.
        ConflictError: the reviewer has not decided an item.
    """
    desk = find_desk(context)
    with prefix_errors("input"):
        reviewer = _reviewer(context, given.reviewer)
        keys = _keys(given.keys)
        async with context.connection.guard():
            cases = await asyncio.to_thread(desk.undo, keys, reviewer)
    await context.services.answers.catch_up()
    return UndoneReviewItems(items=[ReviewQueueItem.of(case) for case in cases])


def _reviewer(context: Context, given: str | None) -> str:
    """Return who decides: a caller with credentials decides under its own name only."""
    if context.principal.known:
        return context.principal.subject[:MAX_REVIEWER]
    name = clean(given or "")
    if not 1 <= len(name) <= MAX_REVIEWER:
        with prefix_errors("reviewer"):
            raise InvalidInputError(
                f"'reviewer' is missing or too long: callers without credentials give a name of 1 "
                f"to {MAX_REVIEWER} characters."
            )
    return name


def _keys(keys: Sequence[str]) -> list[str]:
    with prefix_errors("keys"):
        _check_number(len(keys))
    return list(dict.fromkeys(keys))


def _check_number(count: int) -> None:
    if not 1 <= count <= MAX_BATCH:
        raise InvalidInputError(f"There are {count} items; expected 1 to {MAX_BATCH}.")
