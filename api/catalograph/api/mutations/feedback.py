"""Feedback of a shopper on a recommendation, stored as an event that the recommender uses."""

from enum import Enum
from typing import Annotated

import strawberry

from catalograph.api.context import Context
from catalograph.api.mutations.events import (
    Pending,
    RecordEventInput,
    check_place,
    check_product,
    check_user,
    hash_of,
    interaction,
    write,
)
from catalograph.api.mutations.results import Conflict, InvalidInput, NotFound, prefix_errors
from catalograph.api.served_lists import served_key
from catalograph.errors import InvalidInputError, NotFoundError
from catalograph.schema import EventKind as Kind
from catalograph.store.ledger.feedback import read_served


@strawberry.enum(description="What a shopper did with a recommendation, or thinks of it.")
class FeedbackAction(Enum):
    """Actions; each maps to an event kind, so serving and training use it at once."""

    CLICKED = strawberry.enum_value("clicked", description="Looked at it. Counts as CLICK.")
    ADDED_TO_CART = strawberry.enum_value("added", description="Wants it. Counts as CART.")
    PURCHASED = strawberry.enum_value("purchased", description="Bought it. Counts as PURCHASE.")
    SHARED = strawberry.enum_value("shared", description="Told others. Counts as SHARE.")
    HELPFUL = strawberry.enum_value(
        "helpful", description="Finds it a good suggestion. Counts as LIKE, which is learned from."
    )
    DISMISSED = strawberry.enum_value(
        "dismissed",
        description="Waved it away. Counts as DISMISS: it is not shown again, and nothing is "
        "learned from what the shopper did with it before.",
    )
    NOT_HELPFUL = strawberry.enum_value(
        "not helpful", description="Finds it a bad suggestion. Counts as DISMISS."
    )


_KINDS = {
    FeedbackAction.CLICKED: Kind.CLICK,
    FeedbackAction.ADDED_TO_CART: Kind.CART,
    FeedbackAction.PURCHASED: Kind.PURCHASE,
    FeedbackAction.SHARED: Kind.SHARE,
    FeedbackAction.HELPFUL: Kind.LIKE,
    FeedbackAction.DISMISSED: Kind.DISMISS,
    FeedbackAction.NOT_HELPFUL: Kind.DISMISS,
}


@strawberry.input(description="Feedback on one item of a served list.")
class RecordFeedbackInput:
    """Input of `recordFeedback`."""

    served_id: str = strawberry.field(description="The list: `servedId` of that answer.")
    action: FeedbackAction = strawberry.field(description="What was done, or thought of it.")
    position: int | None = strawberry.field(
        default=None, description="Place of the item, from 0; this or `productKey` is needed."
    )
    product_key: str | None = strawberry.field(
        default=None, description="The item; this or `position` is needed."
    )
    user_key: str | None = strawberry.field(
        default=None,
        description="The shopper's pseudonym; null when anonymous: then it counts for the model's "
        "figures, but changes nobody's recommendations.",
    )


@strawberry.type(description="Feedback that is in the graph, as an event.")
class RecordedFeedback:
    """Outcome of feedback."""

    key: str = strawberry.field(description="Key of the event.")
    kind: Kind = strawberry.field(description="Kind of event that it counts as.")
    created: bool = strawberry.field(description="False when the same feedback was there already.")
    product_key: str = strawberry.field(description="The item.")
    position: int = strawberry.field(description="Its place in the list, from 0.")


RecordFeedbackResult = Annotated[
    RecordedFeedback | InvalidInput | NotFound | Conflict,
    strawberry.union("RecordFeedbackResult", description="What was recorded, or why not."),
]


async def record_feedback(
    context: Context, feedback: RecordFeedbackInput
) -> RecordedFeedback | InvalidInput | NotFound | Conflict:
    """Write feedback as an event; the same feedback again is the same event.

    Raises:
        InvalidInputError: it does not name an item of the list.
        NotFoundError: there is no such list.
    """
    with prefix_errors("input"):
        position, product = await _item(context, feedback)
        user, kind = feedback.user_key, _KINDS[feedback.action]
        owner = user if user is not None else product
        id_ = hash_of(feedback.served_id, product, user, feedback.action.name)
        record = interaction(
            RecordEventInput(
                source=owner.split(":", 2)[1],
                id=f"feedback-{id_}",
                kind=kind,
                user_key=user,
                product_key=product,
                served_id=feedback.served_id,
                position=position,
            )
        )
    [outcome] = await write(context, [Pending(("input",), record)])
    if isinstance(outcome, InvalidInput | NotFound | Conflict):
        return outcome
    return RecordedFeedback(
        key=outcome.key,
        kind=kind,
        created=outcome.created,
        product_key=product,
        position=position,
    )


async def _item(context: Context, feedback: RecordFeedbackInput) -> tuple[int, str]:
    """Return position and key of the item that the feedback is about."""
    if feedback.user_key is not None:
        check_user(feedback.user_key)
    if feedback.product_key is not None:
        check_product(feedback.product_key)
    check_place(feedback.served_id, feedback.position)
    position, product = feedback.position, feedback.product_key
    if position is None and product is None:
        with prefix_errors("position"):
            raise InvalidInputError("Feedback needs a 'position' or a 'productKey'.")
    key = served_key(feedback.served_id)
    await context.services.served.settle(key)
    items = await read_served(context.connection, key)
    if items is None:
        with prefix_errors("servedId"):
            raise NotFoundError(f"No list '{feedback.served_id}' was served.")
    if position is None:
        if product not in items:
            with prefix_errors("productKey"):
                raise InvalidInputError(f"The list did not show '{str(product)[:80]}'.")
        position = items.index(product)
    if position >= len(items) or product not in (None, items[position]):
        with prefix_errors("position"):
            raise InvalidInputError(
                f"Position {position} of the list, which has {len(items)} items, is not this one."
            )
    return position, items[position]
