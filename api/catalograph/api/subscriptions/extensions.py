"""What surrounds an operation on a web socket, in the stages in which Strawberry streams it."""

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
    """Make what does for a stream of answers what `Execution` does for one.

    Args:
        guard: lets operations in, or not; stands for Strawberry's two caches. Its
            QueryDepthLimiter and MaxAliasesLimiter walk fragments without a memo, in exponential
            time, and keep its ValidationCache from ever hitting.
        spans: where traces go.
    """
    return [lambda: _Observed(spans), _Cost, lambda: _Guarded(guard)]


class _Observed(SchemaExtension):
    def __init__(self, spans: Spans) -> None:
        super().__init__()
        self._spans = spans

    def on_operation(self) -> Iterator[None]:
        """Note the document on the way in, the operation on the way out."""
        context = self.execution_context
        note_document(context.query, context.variables)
        with self._spans.operation():
            yield
            if context.graphql_document is not None:
                try:
                    note_operation(context.operation_type.value, context.operation_name)
                except RuntimeError:  # the document holds no such operation
                    return


class _Cost(SchemaExtension):
    _count: StatementCount

    def on_operation(self) -> Iterator[None]:
        """Begin at zero."""
        self._count = count_statements()
        yield

    def get_results(self) -> dict[str, Any]:
        """Tell the counts."""
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
        """Parse and check, or recall it."""
        context = self.execution_context
        if context.query:
            schema = context.schema._schema  # noqa: SLF001
            self._checked = self._guard.documents.check(schema, context.query, specified_rules)
            context.graphql_document = self._checked.document
            if self._checked.document is None:
                raise self._checked.errors[0]
        yield

    async def on_validate(self) -> Any:
        """Tell what is wrong with the document, or with this caller asking it."""
        context = self.execution_context
        if self._checked is not None:
            context.pre_execution_errors = await self._guard.refusals(
                self._checked, context.operation_name, context.variables, context.context
            )
        yield
