"""Reviews by mutation; a review replaces the one of the same shopper and product."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import strawberry

from catalograph.api.context import Context
from catalograph.api.mutations.events import check_product, check_user, checked_key, hash_of
from catalograph.api.mutations.results import (
    Conflict,
    InvalidInput,
    NotFound,
    pass_gate,
    prefix_errors,
)
from catalograph.errors import ConflictError, InvalidInputError, NotFoundError
from catalograph.schema import InteractionRecord, Node, keys
from catalograph.schema.personal_data import remove_personal_data
from catalograph.store.ledger.feedback import ReviewResult, write_review


@strawberry.input(description="A shopper's words on a product.")
class WriteReviewInput:
    """Input of `writeReview`."""

    source: str = strawberry.field(description="Shop or site it was written in; lower case.")
    user_key: str = strawberry.field(
        description="The writer's pseudonym, `user:<source>:<32 hexadecimal digits>`."
    )
    product_key: str = strawberry.field(description="The product.")
    id: str | None = strawberry.field(
        default=None,
        description="Its id there. Null: a shopper has one review of a product, and a second one "
        "takes its place.",
    )
    rating: float | None = strawberry.field(
        default=None, description="Stars; this or a text is needed."
    )
    title: str | None = strawberry.field(default=None, description="Headline.")
    text: str | None = strawberry.field(default=None, description="Plain text.")
    time: datetime | None = strawberry.field(
        default=None, description="When it was written, with a time zone; null for now."
    )
    verified: bool | None = strawberry.field(
        default=None, description="Whether the purchase was verified."
    )


@strawberry.type(description="A review that is in the graph.")
class WrittenReview:
    """Outcome of a review."""

    key: str = strawberry.field(description="Key of the review.")
    created: bool = strawberry.field(description="False when it took the place of another.")
    changed: bool = strawberry.field(description="False when the same was there already.")


WriteReviewResult = Annotated[
    WrittenReview | InvalidInput | NotFound | Conflict,
    strawberry.union("WriteReviewResult", description="A review that was written, or why not."),
]


async def write_a_review(context: Context, review: WriteReviewInput) -> WrittenReview:
    """Write a review.

    Raises:
        InvalidInputError: the graph may not hold it.
        NotFoundError: there is no such product.
        ConflictError: the id is that of somebody else's review, or of another product's.
    """
    with prefix_errors("input"):
        record = _record(review, anonymous=context.services.anonymous_reviews)
        # In a thread: the writer of reviews is not asynchronous. It also deletes what it replaces.
        written = await asyncio.to_thread(_write, context, record)
        if written is None:
            with prefix_errors("productKey"):
                raise NotFoundError(f"There is no product '{review.product_key[:80]}'.")
        if written.foreign:
            with prefix_errors("id"):
                raise ConflictError(
                    f"The id '{record.node.properties['id']}' is that of another shopper's or "
                    "product's review. Give every review an id of its own, or none."
                )
    await context.services.answers.catch_up()
    return WrittenReview(key=record.node.key, created=written.created, changed=written.changed)


def _write(context: Context, record: InteractionRecord) -> ReviewResult | None:
    reader = context.services.reviews
    read = record if reader is None else reader.read(record)
    return write_review(context.services.blocking, read)


def _record(review: WriteReviewInput, *, anonymous: bool) -> InteractionRecord:
    user, product = check_user(review.user_key), check_product(review.product_key)
    title, text = ((part or "").strip() or None for part in (review.title, review.text))
    if anonymous:
        title, text = (part and remove_personal_data(part) for part in (title, text))
    if review.rating is None and text is None:
        with prefix_errors("rating"):
            raise InvalidInputError("A review needs a 'rating' or a 'text'.")
    # A hash, so that the key does not reveal the shopper.
    id_ = review.id if review.id is not None else f"of-{hash_of(user, product)}"
    properties = {
        "source": review.source,
        "id": keys.clean(id_),
        "content_hash": hash_of(review.rating, title, text, review.time, review.verified),
        "rating": review.rating,
        "title": title,
        "text": text,
        "time": review.time or datetime.now(UTC),
        "verified": review.verified,
    }
    given = {name: value for name, value in properties.items() if value is not None}
    key = checked_key("review", review.source, id_)
    record = InteractionRecord(Node("Review", key, given), user=user, product=product)
    pass_gate(record)
    return record
