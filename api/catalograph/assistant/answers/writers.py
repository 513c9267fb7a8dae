"""Writers of answers by the operation of a query plan."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from catalograph.assistant.answers.answer import Answer, AnswerWriter
from catalograph.assistant.answers.numbers import answer_aggregate, answer_path
from catalograph.assistant.answers.orders import answer_order
from catalograph.assistant.answers.products import answer_compare, answer_facts, answer_find
from catalograph.assistant.answers.reader import GraphReader
from catalograph.assistant.answers.texts import answer_opinion, answer_policy
from catalograph.assistant.answers.trends import answer_trend
from catalograph.schema.query_plan import QueryPlan

WRITERS: Mapping[str, Callable[[Any, GraphReader, AnswerWriter], Awaitable[None]]] = {
    "find": answer_find,
    "facts": answer_facts,
    "compare": answer_compare,
    "aggregate": answer_aggregate,
    "path": answer_path,
    "opinion": answer_opinion,
    "trend": answer_trend,
    "policy": answer_policy,
    "order": answer_order,
}
"""Writer of answers by the operation of a plan."""


async def answer_plans(plans: Sequence[QueryPlan], reader: GraphReader, language: str) -> Answer:
    """Return the answer of plans, one after the other.

    Args:
        plans: plans in the order of the question's parts.
        reader: graph and caller.
        language: `en` or `zh`.
    """
    if reader.listener is not None:
        reader.listener.hear_plans(plans)
    writer = AnswerWriter(language, reader.listener)
    for plan in plans:
        await WRITERS[plan.op](plan, reader, writer)
    return writer.finish(plans)
