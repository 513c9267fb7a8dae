"""Extensions around an operation on a web socket, in the stages in which Strawberry streams it."""

from collections.abc import Callable, Iterator
from typing import Any

from graphql import specified_rules
from strawberry.extensions import SchemaExtension

from catalograph.api.execution.operation import cost_of
from catalograph.api.limits import CheckedDocument, Guard
from catalograph.api.request_logging import Spans, note_document, note_operation
from catalograph.store.connection.connect import (
    StatementCount,
    count_statements,
)


def streaming_extensions(
    guard: Guard, spans: Spans
) -> list[type[SchemaExtension] | Callable[[], SchemaExtension]]:
    """Return the extensions that do for a stream of answers what `Execution` does for one.

    Args:
        guard: checks and admits operations; it replaces two caches of Strawberry. Its
            QueryDepthLimiter and MaxAliasesLimiter walk fragments without a memo, in exponential
            time, and keep its ValidationCache from ever hitting.
        spans: target of traces.
    """
    return [lambda: _Observed(spans), _Cost, lambda: _Guarded(guard)]


class _Observed(SchemaExtension):
    def __init__(self, spans: Spans) -> None:
        super().__init__()
        self._spans = spans

    def on_operation(self) -> Iterator[None]:
        """Store the document at the start, the operation at the end."""
        context = self.execution_context
        note_document(context.query, context.variables)
        with self._spans.operation():
            yield
            if context.graphql_document is not None:
                try:
                    note_operation(context.operation_type.value, context.operation_name)
                except RuntimeError:  # the document has no such operation
                    return


class _Cost(SchemaExtension):
    _count: StatementCount

    def on_operation(self) -> Iterator[None]:
        """Start the counts at zero."""
        self._count = count_statements()
        yield

    def get_results(self) -> dict[str, Any]:
        """Return the counts."""
        context = self.execution_context
        return {
            "cost": cost_of(context.context, getattr(context.result, "data", None), self._count)
        }


class _Guarded(SchemaExtension):
    def __init__(self, guard: Guard) -> None:
        super().__init__()
        self._guard = guard
        self._checked: CheckedDocument | None = None

    def on_parse(self) -> Iterator[None]:
        """Parse and check the document, or use the cached result."""
        context = self.execution_context
        if context.query:
            schema = context.schema._schema  # noqa: SLF001
            self._checked = self._guard.documents.check(schema, context.query, specified_rules)
            context.graphql_document = self._checked.document
            if self._checked.document is None:
                raise self._checked.errors[0]
        yield

    async def on_validate(self) -> Any:
        """Set the errors of the document, or of this caller's right to run it."""
        context = self.execution_context
        if self._checked is not None:
            context.pre_execution_errors = await self._guard.refusals(
                self._checked, context.operation_name, context.variables, context.context
            )
        yield
