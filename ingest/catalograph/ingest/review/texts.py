"""Questions about generated texts; verdicts are judgements, from which a preference is learned."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from catalograph.errors import NotFoundError
from catalograph.ingest import fingerprint
from catalograph.schema.review import ReviewVerdict
from catalograph.store import Connection, Writer
from catalograph.store.ledger.contents import judge_content, unjudge_content
from catalograph.store.queries.review_queue import (
    ReviewQuestion,
    StoredItem,
    list_unjudged_contents,
)

TEXT = "text"
"""Name of the kind."""
_UNSURE = 0.5


def text_question(content: Mapping[str, Any], category_name: str | None) -> ReviewQuestion:
    """Build the question whether a generated text is good.

    Args:
        content: properties of the text's node.
        category_name: name of its product's category.
    """
    return ReviewQuestion(
        content["key"].partition(":")[2],
        TEXT,
        content["key"],
        _UNSURE,
        {
            "text": content["text"],
            "field": str(content["kind"]),
            "origin": content["generator"],
            "sides": [content["product"]],
        },
        product=content["product"],
        attribute=str(content["kind"]),
        category=category_name,
        stamp=fingerprint.digest(content["text"]),
    )


def list_text_questions(connection: Connection) -> Iterator[ReviewQuestion]:
    """Yield a question for each text of the graph that nobody has judged."""
    for content, category_name in list_unjudged_contents(connection):
        yield text_question(content, category_name)


def settle_texts(writer: Writer, items: Sequence[StoredItem], run: str) -> dict[str, str | None]:
    """Make the judgements of texts follow the verdicts. Idempotent."""
    for item in items:
        if item.verdict is None:
            unjudge_content(writer.connection, item.subject, item.question["text"])
            continue
        try:
            accepted = item.verdict is ReviewVerdict.ACCEPT
            judge_content(writer.connection, item.subject, accepted=accepted)
        except NotFoundError:
            continue  # withdrawn meanwhile, as a source of it changed
    return {item.key: None for item in items}
