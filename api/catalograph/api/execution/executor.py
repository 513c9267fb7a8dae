"""graphql-core's executor, which passes finished answers through."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext


@dataclass(frozen=True, slots=True)
class CompletedValue:
    """The answer of a field, finished: response keys, coerced values.

    Attributes:
        data: as it goes into the response; not null where the field may not be.
    """

    data: Any


class Executor(StrawberryGraphQLCoreExecutionContext):
    """Completes values as graphql-core does, but for those that are ready."""

    def complete_value(self, *arguments: Any, **named: Any) -> Any:
        """Pass a finished answer through; complete everything else."""
        result = arguments[4] if len(arguments) > 4 else named.get("result")
        if type(result) is CompletedValue:
            return result.data
        return super().complete_value(*arguments, **named)


def objects_of(data: Any) -> int:
    """How many objects an answer holds, which is what it cost."""
    count, waiting = 0, [data]
    for value in waiting:  # which grows meanwhile
        if type(value) is dict:
            count += 1
            inner: Iterable[Any] = value.values()
        else:
            inner = value or ()
        waiting += [one for one in inner if type(one) is dict or type(one) is list]
    return max(count - 1, 0)
