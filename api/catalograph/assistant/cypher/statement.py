"""A statement that answers an analyst's question."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalograph.schema.query_plan import QueryPlan
from catalograph.store.analyst import Notification

StatementCheck = Callable[[str], Awaitable[Sequence[Notification]]]
"""Function that checks a statement without running it, and returns what the database notices.

It raises `StatementError` for a statement that is not let through.
"""


@dataclass(frozen=True, slots=True)
class GraphStatement:
    """A statement that answers an analyst's question.

    Attributes:
        text: the statement.
        parameters: values of its parameters.
        written_by: `rules`, or the name of the language model.
        plan: query plan that it was compiled from; None of a model's.
        corrections: what was corrected in the model's statement, by code or by the model.
    """

    text: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    written_by: str = "rules"
    plan: QueryPlan | None = None
    corrections: tuple[str, ...] = ()
