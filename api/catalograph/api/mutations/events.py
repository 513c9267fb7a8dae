"""Events by mutation, one or many: shoppers' actions, visible to the next recommendation."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
import strawberry

from catalograph.api.auth import own_user
from catalograph.api.context import Context
from catalograph.api.inputs import check_key, check_user_key
from catalograph.api.mutations.results import (
    Conflict,
    InvalidInput,
    NotFound,
    Refused,
    pass_gate,
    prefix_errors,
    refusal,
)
from catalograph.api.served_lists import served_key
from catalograph.errors import ConflictError, InvalidInputError, NotFoundError
from catalograph.schema import EventKind as Kind
from catalograph.schema import InteractionRecord, Node, keys
from catalograph.store.ledger.feedback import (
    EventResult,
    write_events,
)

EventKind = strawberry.enum(Kind, description="What a shopper did.")
MAX_EVENTS = 100
MAX_SERVED_ID = 64
MAX_KEY = 200


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


@strawberry.input(description="Several things that shoppers did.")
class RecordEventsInput:
    """Input of `recordEvents`."""

    events: list[RecordEventInput] = strawberry.field(
        description=f"The events, at most {MAX_EVENTS}."
    )


@strawberry.type(description="An event that is in the graph.")
class RecordedEvent:
    """Outcome of an event."""

    key: str = strawberry.field(description="Key of the event.")
    created: bool = strawberry.field(description="False when it was there already.")
    responded: bool = strawberry.field(
        description="Whether it is joined to the served list; false when that list is unknown or "
        "did not show the product."
    )


EventOutcome = RecordedEvent | InvalidInput | NotFound | Conflict
RecordEventResult = Annotated[
    RecordedEvent | InvalidInput | NotFound | Conflict,
    strawberry.union("RecordEventResult", description="An event that was recorded, or why not."),
]


@strawberry.type(description="What became of several events.")
class RecordedEvents:
    """A result for each event."""

    results: list[RecordEventResult] = strawberry.field(
        description="One for each event, in their order."
    )


RecordEventsResult = Annotated[
    RecordedEvents | InvalidInput | NotFound | Conflict,
    strawberry.union(
        "RecordEventsResult", description="Results of the events, or why none was looked at."
    ),
]


@dataclass
class Pending:
    """One event of a mutation: its path in the arguments, its record, and its outcome."""

    path: Sequence[object]
    record: InteractionRecord | None = None
    outcome: EventOutcome | None = None


async def record_event(context: Context, event: RecordEventInput) -> EventOutcome:
    """Write one event; return its outcome, which may be a refusal."""
    with prefix_errors("input"):
        record = interaction(event)
    [outcome] = await write(context, [Pending(("input",), record)])
    return outcome


async def record_events(context: Context, given: RecordEventsInput) -> RecordedEvents:
    """Write events in one statement; each may be refused on its own.

    Raises:
        InvalidInputError: there are too many, or none.
    """
    events = given.events
    if not 1 <= len(events) <= MAX_EVENTS:
        with prefix_errors("input", "events"):
            raise InvalidInputError(f"{len(events):,} events; 1 to {MAX_EVENTS} can be sent.")
    slots = [Pending(("input", "events", n)) for n in range(len(events))]
    for slot, event in zip(slots, events, strict=True):
        try:
            with prefix_errors(*slot.path):
                slot.record = interaction(event)
        except Refused as exc:
            slot.outcome = refusal(exc)
    return RecordedEvents(results=await write(context, slots))


def with_own_user(context: Context, inputs: Sequence[Any]) -> tuple[str, ...]:
    """Set the caller as the shopper of inputs without one, where the caller is a shopper.

    Returns:
        Keys of the users of the inputs, as sent.

    Raises:
        ForbiddenError: one names another shopper, and the caller may not.
        UnauthenticatedError: one names a shopper, and there are no credentials.
    """
    for given in inputs:
        given.user_key = own_user(context, given.user_key)
    return tuple(sorted({given.user_key[:MAX_KEY] for given in inputs if given.user_key}))


async def write(context: Context, slots: Sequence[Pending]) -> list[EventOutcome]:
    """Write the events that have a record and no outcome yet; return the outcome of each."""
    first: dict[str, InteractionRecord] = {}
    for record in _records(slots):
        first.setdefault(record.node.key, record)
    # An event refers to its served list, which has to be in the graph first.
    for served in sorted({record.served for record in first.values() if record.served}):
        await context.services.served.settle(served)
    # Sorted by user, so that concurrent batches take their locks in the same order: no deadlock.
    rows = sorted(first.values(), key=lambda r: (r.user or "", r.product or "", r.node.key))
    written = {w.key: w for w in await write_events(context.connection, rows)} if rows else {}
    seen: set[str] = set()
    for slot in slots:
        if slot.record is not None and slot.outcome is None:
            key = slot.record.node.key
            found = written[key]
            if key in seen and found.created:  # sent twice in one batch
                found = EventResult(key, True, False, _hash_of(first[key]), found.responded)
            seen.add(key)
            try:
                with prefix_errors(*slot.path):
                    slot.outcome = _outcome(slot.record, found)
            except Refused as exc:
                slot.outcome = refusal(exc)
    return [slot.outcome for slot in slots if slot.outcome is not None]


def _records(slots: Sequence[Pending]) -> Iterator[InteractionRecord]:
    yield from (slot.record for slot in slots if slot.record is not None)


def _outcome(record: InteractionRecord, written: EventResult) -> RecordedEvent:
    if not written.known:
        with prefix_errors("productKey"):
            raise NotFoundError(f"There is no product '{str(record.product)[:80]}'.")
    if not written.created and written.content_hash != _hash_of(record):
        with prefix_errors("id"):
            raise ConflictError(
                f"The id '{record.node.properties['id']}' is that of another event of "
                f"'{record.node.properties['source']}'. Give every event an id of its own."
            )
    return RecordedEvent(key=record.node.key, created=written.created, responded=written.responded)


def _hash_of(record: InteractionRecord) -> str:
    return str(record.node.properties["content_hash"])


def interaction(event: RecordEventInput) -> InteractionRecord:
    """Return the record of an event, checked by the write gate.

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
        Node("Event", checked_key("event", event.source, event.id), given),
        user=event.user_key,
        product=event.product_key,
        served=served_key(event.served_id) if event.served_id else None,
        position=event.position,
    )
    pass_gate(record)
    return record


def checked_key(kind: str, source: str, id_: str) -> str:
    """Return the key of an event or review.

    Raises:
        InvalidInputError: the source has no valid name, or there is no id.
    """
    make = keys.event_key if kind == "event" else keys.review_key
    with prefix_errors("source"):
        make(source, "1")
    with prefix_errors("id"):
        return make(source, id_)


def check_user(key: str) -> str:
    """Refuse a text that is not a pseudonymous id, with the path of the field."""
    with prefix_errors("userKey"):
        return check_user_key(key)


def check_product(key: str) -> str:
    """Refuse a text that is not a product key, with the path of the field."""
    with prefix_errors("productKey"):
        return check_key("productKey", key, "Product")


def check_place(served_id: str | None, position: int | None) -> None:
    """Refuse an invalid id of a served list, or an invalid position in it."""
    if served_id is not None and len(served_id) > MAX_SERVED_ID:
        with prefix_errors("servedId"):
            raise InvalidInputError("'servedId' is too long to be one.")
    if position is not None and position < 0:
        with prefix_errors("position"):
            raise InvalidInputError(f"'position' is {position}; it counts from 0.")


def _check_parts(event: RecordEventInput) -> None:
    if event.user_key is not None:
        check_user(event.user_key)
    if event.product_key is not None:
        check_product(event.product_key)
    elif event.kind is not Kind.QUERY:
        with prefix_errors("productKey"):
            raise InvalidInputError(f"An event of kind {event.kind.name} needs a 'productKey'.")
    if event.kind is Kind.QUERY and not (event.query or "").strip():
        with prefix_errors("query"):
            raise InvalidInputError("An event of kind QUERY needs a 'query'.")
    check_place(event.served_id, event.position)


def _content_hash(event: RecordEventInput) -> str:
    """Return a hash of the caller's input, by which a repeated call is the same event."""
    return hash_of(
        event.kind.value,
        event.user_key,
        event.product_key,
        event.query,
        event.time,
        event.served_id,
        event.position,
    )


def hash_of(*parts: object) -> str:
    """Return the BLAKE2b-128 of plain values."""
    return hashlib.blake2b(orjson.dumps(list(parts)), digest_size=16).hexdigest()
