"""The GraphQL schema, and what surrounds the execution of a request."""

from collections.abc import Iterable, Sequence
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.extensions.runner import SchemaExtensionsRunner
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext
from strawberry.types.graphql import OperationType

from catalograph.api.answers import Executor, objects_of
from catalograph.api.context import Context, admit
from catalograph.api.limits import Documents, Guard
from catalograph.api.mutation import Mutation
from catalograph.api.query import Query
from catalograph.api.stages import StagesRunner
from catalograph.api.subscription import Subscription
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
from catalograph.api.types.recommendation import (
    IndirectReason,
    InteractionReason,
    OtherReason,
    PopularityReason,
    SharedFactReason,
    SimilarityReason,
)
from catalograph.settings import ApiSettings
from catalograph.store.connect import StatementCount, count_statements


class _Cost(SchemaExtension):
    """Tells in `extensions.cost` what an operation may cost and how many statements it took."""

    _count: StatementCount

    def on_operation(self) -> Any:
        """Begin at zero."""
        self._count = count_statements()
        yield

    def get_results(self) -> dict[str, Any]:
        """Tell the counts."""
        cost: dict[str, Any] = {}
        context = self.execution_context.context
        if isinstance(context, Context) and context.guarded is not None:
            cost["requested"] = context.guarded.cost
            if context.remaining is not None:
                cost["remaining"] = context.remaining
        result = self.execution_context.result
        cost["actual"] = objects_of(getattr(result, "data", None))
        cost["statements"] = self._count.statements
        return {"cost": cost}


class _Schema(strawberry.Schema):
    """Leaves logging to `mask_errors`, as Strawberry would log what callers sent."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Do nothing."""

    def create_extensions_runner(
        self, execution_context: ExecutionContext, extensions: list[SchemaExtension]
    ) -> SchemaExtensionsRunner:
        """Make what runs the extensions."""
        return StagesRunner(execution_context, extensions)

    async def execute(
        self,
        query: str | None,
        *args: Any,
        allowed_operation_types: Iterable[OperationType] | None = None,
        **named: Any,
    ) -> Any:
        """Execute an operation that has one answer; subscriptions are streamed or refused."""
        allowed = set(OperationType if allowed_operation_types is None else allowed_operation_types)
        allowed.discard(OperationType.SUBSCRIPTION)
        named["allowed_operation_types"] = allowed
        return await super().execute(query, *args, **named)


def build_schema(
    settings: ApiSettings | None = None,
    documents: Documents | None = None,
    more: Sequence[type[SchemaExtension]] = (),
) -> strawberry.Schema:
    """Build the schema.

    Args:
        settings: limits, and whether the schema may be asked for.
        documents: keeps the documents that were checked.
        more: extensions around all others.
    """
    settings = ApiSettings() if settings is None else settings
    documents = Documents(settings) if documents is None else documents
    limits = settings.limits
    return _Schema(
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
            SimilarityReason,
        ],
        extensions=[
            *more,
            _Cost,
            lambda: Guard(documents, limits.list_size, limits.cost, admit),
        ],
        execution_context_class=Executor,
        config=StrawberryConfig(disable_field_suggestions=True),
    )


def schema_sdl() -> str:
    """Print the schema in GraphQL's schema definition language, as kept in `api/schema.graphql`."""
    return build_schema().as_str().rstrip() + "\n"
