"""Imputed facts in the review queue: asked about, and not imputed again once rejected."""

from collections.abc import Callable, Sequence

from catalograph.ingest.review.facts import IMPUTED, imputed_question
from catalograph.schema import Triple
from catalograph.schema.review import ReviewVerdict
from catalograph.store import Connection
from catalograph.store.queries.review_queue import (
    ReviewQuestion,
    iter_label_items,
    read_sides,
    remove_items,
)

_BATCH = 1_000


def ask_about(
    connection: Connection,
    products: Sequence[str],
    facts: Sequence[Triple],
    ask: Callable[[Sequence[ReviewQuestion]], int],
) -> int:
    """Ask whether imputed facts are right; questions about facts that went are removed.

    Args:
        connection: connection to the graph.
        products: all products that were examined.
        facts: imputed facts.
        ask: function that puts questions into the queue.

    Returns:
        Number of questions that wait now and did not before.
    """
    heads = sorted({fact.head for fact in facts})
    categories = {}
    for start in range(0, len(heads), _BATCH):
        for row in read_sides(connection, heads[start : start + _BATCH]):
            categories[row["product"]["key"]] = next(iter(row["categories"]), None)
    questions = [imputed_question(fact, categories.get(fact.head)) for fact in facts]
    remove_items(connection, IMPUTED, products, [question.key for question in questions])
    return ask(questions)


def list_rejected(connection: Connection) -> frozenset[tuple[str, str]]:
    """Return product and tail of all facts that people rejected or corrected."""
    return frozenset(
        (str(item.product), str(item.tail))
        for item in iter_label_items(connection)
        if item.verdict in (ReviewVerdict.REJECT, ReviewVerdict.CORRECT)
    )
