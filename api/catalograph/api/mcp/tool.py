"""What a tool of the MCP server is, and what it is called with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from catalograph.api.analyst import CypherGate
from catalograph.api.auth import Principal
from catalograph.api.context import Services
from catalograph.api.cursors import key_of
from catalograph.api.mcp.operations import Operations, ToolError
from catalograph.api.types.commerce import Locale
from catalograph.errors import InvalidInputError
from catalograph.schema.keys import label_of

_CHINESE = {"ZH_HANS": "ZH_CN", "ZH_HANT": "ZH_TW", "ZH_SG": "ZH_CN", "ZH_MO": "ZH_HK"}


class Arguments(BaseModel):
    """Arguments of a tool; unknown ones are refused by name."""

    model_config = ConfigDict(extra="forbid")


class ToolAnswer(BaseModel):
    """Structured content of an answer."""

    def dump(self) -> dict[str, Any]:
        """Return the content in JSON types; keys without a value are left out."""
        return self.model_dump(mode="json", exclude_none=True)


@dataclass(frozen=True)
class ToolResult:
    """Answer of a tool.

    Attributes:
        content: structured content.
        text: the same in short, for clients that show text only.
        failed: whether the answer is an error, such as an unknown product.
    """

    content: ToolAnswer
    text: str
    failed: bool = False


@dataclass(frozen=True)
class ToolCaller:
    """Who calls a tool, and what the call is answered from.

    Attributes:
        principal: the caller.
        services: services of the process.
        operations: operations of the tools.
        gate: gate of Cypher statements; None where the server does not take any.
    """

    principal: Principal
    services: Services
    operations: Operations
    gate: CypherGate | None

    async def ask(self, operation: str, /, **variables: Any) -> dict[str, Any]:
        """Execute an operation as this caller.

        Raises:
            ToolError: the operation was refused, or failed.
        """
        return await self.operations.run(operation, variables, self.principal, self.services)


@dataclass(frozen=True)
class Tool:
    """A tool.

    Attributes:
        name: its name.
        title: its name for people.
        description: what it does, when to use it, and its bounds.
        arguments: model of its arguments.
        answer: model of its answers.
        run: function that answers a call.
    """

    name: str
    title: str
    description: str
    arguments: type[BaseModel]
    answer: type[ToolAnswer]
    run: Callable[[ToolCaller, Any], Awaitable[ToolResult]]


def read_key(id_: str, *labels: str) -> str:
    """Return the key of an id of this API, or of a key.

    Args:
        id_: global id, or key such as `product:shop:p1`.
        labels: labels of nodes that it may name.

    Raises:
        ToolError: it is neither.
    """
    try:
        key = id_ if ":" in id_ else key_of(id_)
        if label_of(key) in labels:
            return key
    except InvalidInputError:
        pass
    raise ToolError(
        "INVALID_INPUT",
        f"'{id_[:80]}' is no id of a product. Take ids from search_catalog, as they are.",
    )


def read_locale(tag: str | None) -> str | None:
    """Return the language of a BCP 47 tag as GraphQL names it; None if it is not known."""
    if tag is None:
        return None
    name = tag.strip().replace("-", "_").upper()
    known = {one.name for one in Locale}
    parts = name.split("_")
    for candidate in (name, "_".join(parts[:2]), parts[0]):
        candidate = _CHINESE.get(candidate, candidate)
        if candidate in known:
            return candidate
    return None
