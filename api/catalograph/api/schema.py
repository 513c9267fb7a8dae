"""The GraphQL schema, and what surrounds the execution of a request."""

from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import MaxTokensLimiter, ParserCache, SchemaExtension, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from catalograph.api.mutation import Mutation
from catalograph.api.query import Query
from catalograph.api.types.catalog import AttributeValue, Brand, Category, Product
from catalograph.api.types.recommendation import (
    IndirectReason,
    InteractionReason,
    OtherReason,
    PopularityReason,
    SharedFactReason,
    SimilarityReason,
)
from catalograph.store.connect import StatementCount, count_statements

MAX_TOKENS = 1_000


class _Cost(SchemaExtension):
    """Counts the statements of an operation into `extensions.cost`."""

    _count: StatementCount

    def on_operation(self) -> Any:
        """Begin at zero."""
        self._count = count_statements()
        yield

    def get_results(self) -> dict[str, Any]:
        """Tell the count."""
        return {"cost": {"statements": self._count.statements}}


class _Schema(strawberry.Schema):
    """Leaves logging to `mask_errors`, as Strawberry would log what callers sent."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Do nothing."""


def build_schema() -> strawberry.Schema:
    """Build the schema.

    Depth and aliases are not limited by Strawberry's own extensions, which walk nested fragments
    without a memo, in exponential time. Types do not nest into themselves, so depth ends by itself.
    """
    return _Schema(
        query=Query,
        mutation=Mutation,
        types=[
            Product,
            Brand,
            Category,
            AttributeValue,
            InteractionReason,
            SharedFactReason,
            IndirectReason,
            OtherReason,
            PopularityReason,
            SimilarityReason,
        ],
        extensions=[
            _Cost,
            lambda: MaxTokensLimiter(max_token_count=MAX_TOKENS),
            lambda: ParserCache(maxsize=500),
            lambda: ValidationCache(maxsize=500),
        ],
        config=StrawberryConfig(disable_field_suggestions=True),
    )


def schema_sdl() -> str:
    """Print the schema in GraphQL's schema definition language, as kept in `api/schema.graphql`."""
    return build_schema().as_str().rstrip() + "\n"
