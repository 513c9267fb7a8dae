"""The tool `read-cypher`: analysts' statements, through the gate of `/cypher`."""

import logging
from typing import Annotated, Any

from pydantic import Field

from catalograph.api.analyst import statement_words
from catalograph.api.mcp.operations import ToolError
from catalograph.api.mcp.tool import Arguments, Tool, ToolAnswer, ToolCaller, ToolResult
from catalograph.errors import CatalographError

_log = logging.getLogger(__name__)
_SHOWN_ROWS = 20
_MAX_CELL = 200


class CypherArguments(Arguments):
    """Arguments of read-cypher."""

    query: Annotated[str, Field(min_length=1, max_length=20_000)] | None = Field(
        None, description="A statement that only reads; values go into `parameters`."
    )
    saved: Annotated[str, Field(max_length=100)] | None = Field(
        None, description="In place of `query`: name of a saved query, such as price_changes."
    )
    parameters: dict[str, Any] = Field({}, description="Values of $names in the statement.")


class CypherNotification(ToolAnswer):
    """A warning of the database, such as a mistyped property."""

    code: str
    title: str
    description: str


class CypherAnswer(ToolAnswer):
    """Answer of read-cypher."""

    columns: list[str]
    rows: list[list[Any]]
    truncated: bool = Field(description="Whether the limit of rows cut off further ones.")
    milliseconds: float
    notifications: list[CypherNotification]

    def dump(self) -> dict[str, Any]:
        """Return the content in JSON types; null is a value in rows."""
        return self.model_dump(mode="json")


async def read_cypher(caller: ToolCaller, given: CypherArguments) -> ToolResult:
    """Run a statement that reads."""
    if caller.gate is None:
        raise ToolError("NOT_FOUND", "This server takes no Cypher; CATALOGRAPH_API__CYPHER is off.")
    asked = given.model_dump(exclude_none=True)
    try:
        await caller.gate.admit(caller.principal, caller.services)
        result = await caller.gate.run(caller.principal, caller.services, asked)
    except CatalographError as exc:
        status, code, message = statement_words(exc)
        if status >= 500:
            _log.error("statement failed", exc_info=exc)
        raise ToolError(code, message) from exc
    answer = CypherAnswer(
        columns=result.columns,
        rows=result.rows,
        truncated=result.truncated,
        milliseconds=result.milliseconds,
        notifications=[
            CypherNotification(code=one.code, title=one.title, description=one.description)
            for one in result.notifications
        ],
    )
    rows = [" | ".join(str(cell)[:_MAX_CELL] for cell in row) for row in answer.rows[:_SHOWN_ROWS]]
    head = f"Rows: {len(answer.rows)}" + (", cut off at the limit." if answer.truncated else ".")
    notes = [one.description for one in answer.notifications]
    return ToolResult(answer, "\n".join([head, " | ".join(answer.columns), *rows, *notes]))


CYPHER_TOOL = Tool(
    "read-cypher",
    "Ask the graph in Cypher",
    "Run a Cypher statement on the product graph; statements that write, or read what is not "
    "allowed, are refused with the reason. Labels are Product, Brand, Category, Attribute, Value "
    "and Review; relations are HAS_BRAND, IN_CATEGORY and HAS_VALUE. Time and rows are limited. "
    "Needs the scope cypher:read.",
    CypherArguments,
    CypherAnswer,
    read_cypher,
)
"""The tool for analysts."""
