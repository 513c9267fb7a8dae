"""graphql-core's executor, which passes complete answers through."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext


@dataclass(frozen=True, slots=True)
class CompletedValue:
    """The complete answer of a field: response keys and coerced values.

    Attributes:
        data: value for the response; not null where the field may not be.
    """

    data: Any


class Executor(StrawberryGraphQLCoreExecutionContext):
    """Completes values as graphql-core does, except those that are complete already."""

    def complete_value(self, *arguments: Any, **named: Any) -> Any:
        """Pass a complete answer through; complete everything else."""
        result = arguments[4] if len(arguments) > 4 else named.get("result")
        if type(result) is CompletedValue:
            return result.data
        return super().complete_value(*arguments, **named)


def objects_of(data: Any) -> int:
    """Return the number of objects in an answer, which is its cost."""
    count, waiting = 0, [data]
    for value in waiting:  # the list grows during the loop
        if type(value) is dict:
            count += 1
            inner: Iterable[Any] = value.values()
        else:
            inner = value or ()
        waiting += [one for one in inner if type(one) is dict or type(one) is list]
    return max(count - 1, 0)
