"""Analysts' questions in words: a statement by a query plan or a language model, and its rows."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from catalograph.api.assistant_query import open_reader, read_vocabulary
from catalograph.api.auth import Principal
from catalograph.api.context import Context, Services
from catalograph.api.inputs import check_turn
from catalograph.assistant.cypher import GraphStatement, offer_statement, write_statement
from catalograph.errors import InvalidInputError, StatementError
from catalograph.schema.query_plan import write_plan
from catalograph.store.analyst import Notification, StatementResult, check_statement

RunStatement = Callable[[str, Mapping[str, Any]], Awaitable[StatementResult]]
"""Function that runs a statement through the gate, with its limits."""


@dataclass(frozen=True)
class AskedResult:
    """The statement of a question, and what it returned."""

    statement: GraphStatement
    result: StatementResult

    def dump(self) -> dict[str, Any]:
        """Return both in JSON types, as `/cypher` answers them."""
        one = self.statement
        plan = None if one.plan is None else orjson.loads(write_plan(one.plan))
        return {
            "statement": {
                "text": one.text,
                "parameters": dict(one.parameters),
                "writtenBy": one.written_by,
                "plan": plan,
                "corrections": list(one.corrections),
            },
            **asdict(self.result),
        }


async def answer_asked(
    principal: Principal, services: Services, asked: Mapping[str, Any], run: RunStatement
) -> AskedResult:
    """Answer a question in words by a statement.

    A query plan that is for all of the question comes first. A language model writes the statement
    where there is no such plan or it finds nothing, or where `byModel` asks for it.

    Args:
        principal: the caller.
        services: services of the process.
        asked: `ask`, the question, and `byModel`.
        run: runs a statement.

    Raises:
        InvalidInputError: the question is malformed, or no plan is for it and there is no language
            model.
        LanguageModelError: the language model gives no statement.
        StatementError: its statement is refused, or fails; `context["written"]` is its text.
    """
    question, by_model = _read_question(asked)
    context = Context(services, principal)
    vocabulary = await read_vocabulary(context)
    turn = await services.intents.understand(question, vocabulary)
    prices = open_reader(context, vocabulary, None).prices
    offered = None if by_model else offer_statement(turn, vocabulary, prices)
    if offered is not None:
        result = await run(offered.text, offered.parameters)
        if result.rows or services.wording is None:
            return AskedResult(offered, result)
    if services.wording is None:
        raise InvalidInputError(
            "No query plan is for all of this question, and this server has no language model. "
            "Write the statement in 'query', or set one up (docs/language-model.md)."
        )

    async def check(text: str) -> Sequence[Notification]:
        return await check_statement(services.connection, text, caller=principal.subject)

    written = await write_statement(turn, vocabulary, services.wording, check)
    try:
        return AskedResult(written, await run(written.text, written.parameters))
    except StatementError as exc:
        exc.context["written"] = written.text
        raise


def _read_question(asked: Mapping[str, Any]) -> tuple[str, bool]:
    question, by_model = asked["ask"], asked.get("byModel", False)
    if asked.keys() & {"query", "saved", "parameters"}:
        raise InvalidInputError("Send either 'ask', 'query' or 'saved'; 'ask' has no parameters.")
    if not isinstance(question, str):
        raise InvalidInputError("Send the question as a string in 'ask'.")
    if not isinstance(by_model, bool):
        raise InvalidInputError("'byModel' must be true or false.")
    return check_turn(question), by_model
