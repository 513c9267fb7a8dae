"""The GraphQL operations of the tools, executed as requests of their callers."""

from collections.abc import Mapping
from importlib import resources
from typing import Any

import orjson
import strawberry
from graphql import GraphQLError, parse, print_ast, separate_operations, specified_rules
from strawberry.types.graphql import OperationType

from catalograph.api.auth import Principal
from catalograph.api.context import Context, Services
from catalograph.api.errors import mask_errors
from catalograph.api.execution import encode_answer
from catalograph.api.limits import Documents
from catalograph.api.request_context import facts
from catalograph.errors import ConfigError

_FILE = "operations.graphql"


class ToolError(Exception):
    """A call that is not answered: what is wrong, and what to do about it.

    Args:
        code: code of the error, as in GraphQL's answers.
        message: sentence for the caller.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def read_operations() -> dict[str, str]:
    """Return the documents of the tools by the names of their operations."""
    text = (resources.files(__package__) / _FILE).read_text(encoding="utf-8")
    return {name: print_ast(node) for name, node in separate_operations(parse(text)).items()}


class Operations:
    """The documents of the tools.

    Args:
        schema: schema of the API.
        documents: cache that keeps the documents without eviction.

    Raises:
        ConfigError: a document would be refused, as the limits in the settings are too low.
    """

    def __init__(self, schema: strawberry.Schema, documents: Documents) -> None:
        self._schema = schema
        self._texts = read_operations()
        for name, text in self._texts.items():
            checked = documents.trust(schema._schema, text, specified_rules)  # noqa: SLF001
            if checked.errors:
                raise ConfigError(
                    f"The document '{name}' of the MCP server would be refused: "
                    f"{checked.errors[0].message} Raise that limit (CATALOGRAPH_API__LIMITS__…)."
                )

    async def run(
        self, name: str, variables: Mapping[str, Any], principal: Principal, services: Services
    ) -> dict[str, Any]:
        """Execute an operation with the scopes, cost limit and rate limit of a request by HTTP.

        Args:
            name: name of the operation.
            variables: its variables; texts in them are data, never syntax.
            principal: the caller.
            services: services of the process.

        Returns:
            The data of the answer, in JSON types.

        Raises:
            ToolError: the operation was refused, or failed.
        """
        result = await self._schema.execute(
            self._texts[name],
            variable_values=dict(variables),
            context_value=Context(services, principal),
            allowed_operation_types=[OperationType.QUERY],
        )
        facts().cost = dict((result.extensions or {}).get("cost", {}))
        if result.errors:
            raise _tool_error(mask_errors(result.errors)[0])
        data: dict[str, Any] = orjson.loads(encode_answer(result.data))
        return data


def _tool_error(error: GraphQLError) -> ToolError:
    extensions = error.extensions or {}
    wait = extensions.get("retryAfter")
    words = f"{error.message} Try again in {wait} seconds." if wait else error.message
    if extensions.get("code") == "INTERNAL":
        words = f"{words} (request {extensions.get('requestId')})"
    return ToolError(str(extensions.get("code", "INTERNAL")), words)
