"""graphql-core's executor, which passes complete answers through."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext


@dataclass(frozen=True, slots=True)
class CompletedValue:
    """The complete answer of a field: response keys and coerced values.

    Attributes:
        data: value for the response, or a `KeptText` of it; not null where the field may not be.
    """

    data: Any


class KeptText:
    """A value that is JSON already; no dataclass, as orjson would write its attributes.

    Attributes:
        text: the value as JSON.
        objects: number of objects in it.
    """

    __slots__ = ("objects", "text")

    def __init__(self, text: bytes, objects: int) -> None:
        self.text = text
        self.objects = objects


def encode_answer(data: object) -> bytes:
    """Return an answer as JSON, with kept texts as they are."""
    return orjson.dumps(data, default=_encode_kept)


def _encode_kept(value: object) -> orjson.Fragment:
    if type(value) is KeptText:
        return orjson.Fragment(value.text)
    raise TypeError(f"{type(value).__name__} is no JSON.")


class Executor(StrawberryGraphQLCoreExecutionContext):
    """Completes values as graphql-core does, except those that are complete already."""

    def complete_value(self, *arguments: Any, **named: Any) -> Any:
        """Pass a complete answer through; complete everything else."""
        result = arguments[4] if len(arguments) > 4 else named.get("result")
        if type(result) is CompletedValue:
            return result.data
        return super().complete_value(*arguments, **named)


_COUNTED = frozenset({dict, list, KeptText})


def objects_of(data: Any) -> int:
    """Return the number of objects in an answer, which is its cost."""
    count, waiting = 0, [data]
    for value in waiting:  # the list grows during the loop
        inner: Iterable[Any]
        if type(value) is KeptText:
            count += value.objects
            continue
        if type(value) is dict:
            count += 1
            inner = value.values()
        else:
            inner = value or ()
        waiting += [one for one in inner if type(one) in _COUNTED]
    return max(count - 1, 0)
