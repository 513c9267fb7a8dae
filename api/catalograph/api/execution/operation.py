"""Execution of an operation with one answer: check, admit, execute, report the cost.

Strawberry does the same by extensions, and graphql-core collects and completes every field again;
together they take longer than the database does for a product. Here nothing lies between the stages
and a query of one field whose answer is already complete goes straight to its resolver.
"""

from collections.abc import Awaitable, Callable, Collection
from inspect import isawaitable
from typing import Any, cast

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationType,
    execute,
    get_argument_values,
    get_variable_values,
    is_non_null_type,
    located_error,
    specified_rules,
)
from graphql.pyutils import Path, is_awaitable
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType as Kind

from catalograph.api.answer_cache import AnswerKey
from catalograph.api.context import Context
from catalograph.api.decorators import comes_ready, may_be_kept
from catalograph.api.execution import CompletedValue, Executor, find_kept, objects_of
from catalograph.api.limits import CheckedDocument, Guard, MeasuredOperation
from catalograph.api.request_logging import Spans, note_document, note_operation
from catalograph.store.connection.connect import (
    StatementCount,
    count_statements,
)

_MOST_ERRORS = 50
"""Maximum number of errors about an operation's variables."""


class Execution:
    """Executes operations.

    Args:
        schema: schema of the operations.
        guard: checks and admits operations.
        spans: target of traces.
    """

    def __init__(self, schema: GraphQLSchema, guard: Guard, spans: Spans) -> None:
        self._schema = schema
        self._root = cast(GraphQLObjectType, schema.query_type)
        self._guard = guard
        self._spans = spans

    async def __call__(
        self,
        text: str,
        variables: dict[str, Any],
        context: Context,
        name: str | None,
        allowed: Collection[Kind],
    ) -> ExecutionResult:
        """Execute an operation of a document.

        Args:
            text: text of the document.
            variables: variables as sent.
            context: context of the request.
            name: name of the operation; None for the first.
            allowed: kinds of operation that the request may have.

        Raises:
            CannotGetOperationTypeError: the document has no such operation.
            InvalidOperationTypeError: its kind is not allowed.
        """
        count = count_statements()
        note_document(text, variables)
        with self._spans.operation():
            checked = self._guard.documents.check(self._schema, text, specified_rules)
            if checked.document is None:
                result = ExecutionResult(None, list(checked.errors))
            else:
                operation = _operation(checked, name, allowed)
                note_operation(operation.type.value, name or operation.name)
                refusals = await self._guard.refusals(checked, name, variables, context)
                if refusals:
                    result = ExecutionResult(None, refusals)
                else:
                    result = await self._execute(checked.document, operation, variables, context)
        result.extensions = {"cost": cost_of(context, result.data, count)}
        return result

    async def _execute(
        self,
        document: DocumentNode,
        operation: MeasuredOperation,
        variables: dict[str, Any],
        context: Context,
    ) -> ExecutionResult:
        alone = self._single_field(operation)
        if alone is not None:
            return await self._resolve(operation, *alone, variables, context)
        try:
            found = execute(
                self._schema,
                document,
                context_value=context,
                variable_values=variables,
                operation_name=operation.name,
                executor_class=Executor,
                hide_suggestions=True,
            )
            result = await found if isawaitable(found) else found
        except Exception as exc:  # noqa: BLE001 - masked and logged
            return ExecutionResult(None, [GraphQLError(str(exc), original_error=exc)])
        return ExecutionResult(result.data, result.errors)

    def _single_field(self, operation: MeasuredOperation) -> tuple[FieldNode, GraphQLField] | None:
        """Return the one field of a query if its answer comes complete and it has no directive."""
        selections = operation.node.selection_set.selections
        if operation.type is not OperationType.QUERY or len(selections) != 1:
            return None
        [node] = selections
        if not isinstance(node, FieldNode) or node.directives:
            return None
        field = self._root.fields.get(node.name.value)
        return None if field is None or not comes_ready(field) else (node, field)

    async def _resolve(
        self,
        operation: MeasuredOperation,
        node: FieldNode,
        field: GraphQLField,
        variables: dict[str, Any],
        context: Context,
    ) -> ExecutionResult:
        """Resolve one field as graphql-core does for any number of fields."""
        key = (node.alias or node.name).value
        place = _answer_key(operation, field, variables)
        kept = place and find_kept(context.services.answers, place)
        if kept is not None:  # the same variables were valid before
            return ExecutionResult({key: kept.data}, None)
        given = get_variable_values(
            self._schema,
            operation.node.variable_definitions or (),
            variables,
            max_errors=_MOST_ERRORS,
            hide_suggestions=True,
        )
        if isinstance(given, list):
            return ExecutionResult(None, given)
        path = Path(None, key, self._root.name)
        # Strawberry hands plain variables to resolvers, and no other resolver runs beside this one.
        plain, helpers = cast(Any, given.coerced), cast(Any, None)
        info = GraphQLResolveInfo(
            field_name=node.name.value,
            field_nodes=[node],
            return_type=field.type,
            parent_type=self._root,
            path=path,
            schema=self._schema,
            fragments=operation.fragments,
            root_value=place,  # for `answer_kept`
            operation=operation.node,
            variable_values=plain,
            context=context,
            is_awaitable=is_awaitable,
            abort_signal=None,
            async_helpers=helpers,
        )
        try:
            arguments = get_argument_values(field, node, given, hide_suggestions=True)
            resolve = cast(Callable[..., Awaitable[CompletedValue | None]], field.resolve)
            answer = await resolve(None, info, **arguments)
            if answer is None and is_non_null_type(field.type):
                raise TypeError(f"The resolver of '{node.name.value}' gave no answer.")
        except Exception as exc:  # noqa: BLE001 - masked and logged
            error = located_error(exc, [node], path.as_list())
            data = None if is_non_null_type(field.type) else {key: None}
            return ExecutionResult(data, [error])
        return ExecutionResult({key: None if answer is None else answer.data}, None)


def _answer_key(
    operation: MeasuredOperation, field: GraphQLField, variables: dict[str, Any]
) -> AnswerKey | None:
    """Return the cache key of an operation with one field; None if its answers are not kept."""
    if not may_be_kept(field) or operation.node.loc is None:
        return None
    sent = orjson.dumps(variables, option=orjson.OPT_SORT_KEYS)
    return AnswerKey(operation.node.loc.source.body, operation.name or "", sent)


def cost_of(context: object, data: Any, count: StatementCount) -> dict[str, Any]:
    """Return an operation's possible cost, its actual cost, and its number of statements."""
    cost: dict[str, Any] = {}
    if isinstance(context, Context) and context.guarded is not None:
        cost["requested"] = context.guarded.cost
        if context.remaining is not None:
            cost["remaining"] = context.remaining
    cost["actual"] = objects_of(data)
    cost["statements"] = count.statements
    return cost


def _operation(
    checked: CheckedDocument, name: str | None, allowed: Collection[Kind]
) -> MeasuredOperation:
    operation = checked.operation(name)
    if operation is None:
        raise CannotGetOperationTypeError(name)
    kind = Kind(operation.type.value)
    if kind not in allowed:
        raise InvalidOperationTypeError(kind)
    return operation
