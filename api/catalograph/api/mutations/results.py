"""Refusals of a mutation: typed errors with a code and the path of the field."""

from collections.abc import Iterator
from contextlib import contextmanager

import strawberry

from catalograph.errors import ConflictError, InvalidInputError, NotFoundError, RequestError
from catalograph.schema import InteractionRecord, check_interaction

Refused = (InvalidInputError, NotFoundError, ConflictError)
"""Errors that become results of the mutation."""


@strawberry.interface(
    name="MutationError", description="Why a mutation was refused; nothing was written."
)
class Refusal:
    """Fields of all refusals."""

    code: str = strawberry.field(description="INVALID_INPUT, NOT_FOUND or CONFLICT.")
    message: str = strawberry.field(description="What was found and what was expected.")
    path: list[str] = strawberry.field(
        default_factory=list,
        description="Where in the arguments: names of fields and, in lists, places from 0; empty "
        "where it is no field of its own.",
    )


@strawberry.type(description="An input that is malformed or out of range.")
class InvalidInput(Refusal):
    """The input is invalid; the caller has to change it."""


@strawberry.type(description="An input that names something that is not there.")
class NotFound(Refusal):
    """A thing that the input names does not exist."""


@strawberry.type(description="An input that contradicts what was sent before.")
class Conflict(Refusal):
    """The id or the idempotency key belongs to another input."""


def refusal(exc: RequestError) -> InvalidInput | NotFound | Conflict:
    """Return the result of an error."""
    path = [str(part) for part in exc.context.get("path", ())]  # type: ignore[attr-defined]
    if isinstance(exc, NotFoundError):
        return NotFound(code="NOT_FOUND", message=str(exc), path=path)
    if isinstance(exc, ConflictError):
        return Conflict(code="CONFLICT", message=str(exc), path=path)
    return InvalidInput(code="INVALID_INPUT", message=str(exc), path=path)


@contextmanager
def prefix_errors(*path: object) -> Iterator[None]:
    """Prefix the path of each error raised inside with the path of a field."""
    try:
        yield
    except Refused as exc:
        exc.context["path"] = [*path, *exc.context.get("path", ())]  # type: ignore[misc]
        raise


def pass_gate(record: InteractionRecord) -> None:
    """Check a review or event by the write gate.

    Raises:
        InvalidInputError: the graph may not hold it; names the first invalid field.
    """
    if faults := check_interaction(record):
        field = "id" if faults[0].field == "key" else faults[0].field
        with prefix_errors(field):
            raise InvalidInputError(" ".join(f"{fault.field}: {fault.detail}" for fault in faults))
