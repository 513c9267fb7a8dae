"""The GraphQL schema, and the extensions around the execution of a request."""

from collections.abc import Iterable
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.exceptions import MissingQueryError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from catalograph.api.context import admit
from catalograph.api.execution import Executor
from catalograph.api.execution.operation import Execution
from catalograph.api.limits import Documents, Guard
from catalograph.api.mutation import Mutation
from catalograph.api.query import Query
from catalograph.api.request_logging import NoSpans, Spans
from catalograph.api.subscription import Subscription
from catalograph.api.subscriptions.extensions import streaming_extensions
from catalograph.api.types.catalog import (
    Assertion,
    Attribute,
    AttributeValue,
    Brand,
    Category,
    Product,
    Review,
)
from catalograph.api.types.operations import ModelCard, Run
from catalograph.api.types.reasons import (
    IndirectReason,
    InteractionReason,
    OtherReason,
    PopularityReason,
    PrivatePopularityReason,
    SharedFactReason,
    SimilarityReason,
)
from catalograph.settings.api import ApiSettings


class _Schema(strawberry.Schema):
    """Schema with this project's executor; `mask_errors` logs errors.

    Strawberry's own logging would write the caller's input.
    """

    def __init__(self, guard: Guard, spans: Spans, **named: Any) -> None:
        super().__init__(**named)
        self._execution = Execution(self._schema, guard, spans)

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Do nothing; see the class."""

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any = None,
        root_value: Any = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Execute an operation that has one answer; subscriptions are streamed or refused."""
        if not query:
            raise MissingQueryError
        allowed = set(OperationType if allowed_operation_types is None else allowed_operation_types)
        allowed.discard(OperationType.SUBSCRIPTION)
        return await self._execution(
            query, variable_values or {}, context_value, operation_name, allowed
        )


def build_schema(
    settings: ApiSettings | None = None,
    documents: Documents | None = None,
    spans: Spans | None = None,
) -> strawberry.Schema:
    """Build the schema.

    Args:
        settings: limits, and whether introspection is allowed.
        documents: cache of checked documents.
        spans: target of traces; none by default.
    """
    settings = ApiSettings() if settings is None else settings
    documents = Documents(settings) if documents is None else documents
    spans = NoSpans() if spans is None else spans
    guard = Guard(documents, settings.limits.list_size, settings.limits.cost, admit)
    return _Schema(
        guard,
        spans,
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[
            Product,
            Brand,
            Category,
            Attribute,
            AttributeValue,
            Review,
            Assertion,
            ModelCard,
            Run,
            InteractionReason,
            SharedFactReason,
            IndirectReason,
            OtherReason,
            PopularityReason,
            PrivatePopularityReason,
            SimilarityReason,
        ],
        extensions=streaming_extensions(guard, spans),
        execution_context_class=Executor,
        # Suggestions reveal names of the schema, also where introspection is off.
        config=StrawberryConfig(disable_field_suggestions=True),
    )


def schema_sdl() -> str:
    """Print the schema in GraphQL's schema definition language, as kept in `api/schema.graphql`."""
    return build_schema().as_str().rstrip() + "\n"
