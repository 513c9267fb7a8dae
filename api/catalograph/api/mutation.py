"""The Mutation type: what shoppers do, and what a shop sells."""

import dataclasses
import hashlib
from datetime import UTC, datetime
from typing import Annotated

import orjson
import strawberry

from catalograph.api.auth import own_user
from catalograph.api.context import Context, Info
from catalograph.api.described import about, mutation
from catalograph.api.inputs import check_key, check_user_key
from catalograph.api.served import served_key
from catalograph.api.upsert import UpsertedProduct, UpsertProductInput, upsert_product
from catalograph.errors import InvalidInputError
from catalograph.schema import EventKind as Kind
from catalograph.schema import InteractionRecord, Node, check_interaction, keys
from catalograph.store.feedback import write_event

EventKind = strawberry.enum(Kind, description="What a shopper did.")
_MAX_SERVED_ID = 64


@strawberry.input(description="Something a shopper did.")
class RecordEventInput:
    """Input of `recordEvent`."""

    source: str = strawberry.field(description="Shop or site it happened in; lower case.")
    id: str = strawberry.field(
        description="Its id there. The same id again is the same event, and makes no second one."
    )
    kind: Kind = strawberry.field(description="What was done.")
    user_key: str | None = strawberry.field(
        default=None,
        description="The shopper's pseudonym, `user:<source>:<32 hexadecimal digits>`; null when "
        "anonymous. `catalograph user-key SOURCE ID` prints the key of an id. Raw ids are refused.",
    )
    product_key: str | None = strawberry.field(
        default=None, description="Product it was done to; needed for every kind but QUERY."
    )
    query: str | None = strawberry.field(
        default=None, description="Search words, for the kind QUERY."
    )
    time: datetime | None = strawberry.field(
        default=None, description="When, with a time zone; null for now."
    )
    served_id: str | None = strawberry.field(
        default=None, description="List it responds to: `servedId` of that answer."
    )
    position: int | None = strawberry.field(
        default=None, description="Place in that list, from 0; null: where the list has it."
    )


@strawberry.type(description="An event that is in the graph.")
class RecordedEvent:
    """What became of an event."""

    key: str = strawberry.field(description="Key of the event.")
    created: bool = strawberry.field(description="False when it was there already.")
    responded: bool = strawberry.field(
        description="Whether it is joined to the served list; false when that list is unknown or "
        "did not show the product."
    )


@strawberry.type(description="An input that was refused; nothing was written.")
class InvalidInput:
    """Why an input was refused."""

    code: str = strawberry.field(description="INVALID_INPUT.")
    message: str = strawberry.field(description="What was found and what was expected.")


RecordEventResult = Annotated[
    RecordedEvent | InvalidInput, strawberry.union("RecordEventResult", description="Either.")
]

UpsertProductResult = Annotated[
    UpsertedProduct | InvalidInput, strawberry.union("UpsertProductResult", description="Either.")
]


@strawberry.type(description="Writing into the graph.")
class Mutation:
    """Root of all mutations."""

    @mutation(
        "Record an event. The very next recommendation knows of it; nothing is trained anew.",
        scope="events:write",
    )
    async def record_event(
        self,
        info: Info,
        input: Annotated[RecordEventInput, about("The event.")],
    ) -> RecordEventResult:
        """Write it, or say what is wrong with it."""
        try:
            return await _record(info.context, input)
        except InvalidInputError as exc:
            return InvalidInput(code="INVALID_INPUT", message=str(exc))

    @mutation(
        "Write a product, new or changed. From its facts alone the very next recommendations know "
        "of it; nothing is trained anew.",
        scope="catalog:write",
    )
    async def upsert_product(
        self,
        info: Info,
        input: Annotated[UpsertProductInput, about("The product.")],
    ) -> UpsertProductResult:
        """Write it, or say what is wrong with it."""
        try:
            return await upsert_product(info.context, input)
        except InvalidInputError as exc:
            return InvalidInput(code="INVALID_INPUT", message=str(exc))


async def _record(context: Context, event: RecordEventInput) -> RecordedEvent:
    event = dataclasses.replace(event, user_key=own_user(context, event.user_key))
    record = _interaction(event)
    if record.served:
        await context.services.served.settle(record.served)
    written = await write_event(context.connection, record)
    if written is None:
        raise InvalidInputError(f"There is no product '{str(event.product_key)[:80]}'.")
    if not written.created and written.content_hash != record.node.properties["content_hash"]:
        raise InvalidInputError(
            f"The id '{event.id}' is that of another event of '{event.source}'. "
            "Give every event an id of its own."
        )
    return RecordedEvent(key=record.node.key, created=written.created, responded=written.responded)


def _interaction(event: RecordEventInput) -> InteractionRecord:
    """Build the record and put it through the write gate.

    Raises:
        InvalidInputError: the graph may not hold it.
    """
    _check_parts(event)
    properties = {
        "source": event.source,
        "id": keys.clean(event.id),
        "content_hash": _content_hash(event),
        "kind": event.kind.value,
        "time": event.time or datetime.now(UTC),
        "query": event.query,
    }
    given = {name: value for name, value in properties.items() if value is not None}
    record = InteractionRecord(
        Node("Event", keys.event_key(event.source, event.id), given),
        user=event.user_key,
        product=event.product_key,
        served=served_key(event.served_id) if event.served_id else None,
        position=event.position,
    )
    if faults := check_interaction(record):
        raise InvalidInputError(" ".join(f"{fault.field}: {fault.detail}" for fault in faults))
    return record


def _check_parts(event: RecordEventInput) -> None:
    if event.user_key is not None:
        check_user_key(event.user_key)
    if event.product_key is not None:
        check_key("productKey", event.product_key, "Product")
    elif event.kind is not Kind.QUERY:
        raise InvalidInputError(f"An event of kind {event.kind.name} needs a 'productKey'.")
    if event.kind is Kind.QUERY and not (event.query or "").strip():
        raise InvalidInputError("An event of kind QUERY needs a 'query'.")
    if event.served_id is not None and len(event.served_id) > _MAX_SERVED_ID:
        raise InvalidInputError("'servedId' is too long to be one.")
    if event.position is not None and event.position < 0:
        raise InvalidInputError(f"'position' is {event.position}; it counts from 0.")


def _content_hash(event: RecordEventInput) -> str:
    """Hash what the caller sent, so that the same call again is seen to be the same event."""
    parts = [
        event.kind.value,
        event.user_key,
        event.product_key,
        event.query,
        event.time,
        event.served_id,
        event.position,
    ]
    return hashlib.blake2b(orjson.dumps(parts), digest_size=16).hexdigest()
