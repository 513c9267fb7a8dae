"""The kinds of questions in the review queue: one entry each.

A new kind needs an entry here, and something that puts its questions by `ReviewQueue.put`. Text,
evidence, proposed value, sides, features and notes of a question are shown by their names in
`ReviewQuestion.question`, whatever the kind.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from catalograph.errors import InvalidInputError
from catalograph.ingest.review.facts import (
    IMPUTED,
    PLAUSIBILITY,
    VALUE,
    check_correction,
    settle_facts,
)
from catalograph.ingest.review.pairs import PAIR, list_pair_questions, settle_pairs
from catalograph.ingest.review.texts import TEXT, list_text_questions, settle_texts
from catalograph.schema.suggest import did_you_mean
from catalograph.store import Connection, Writer
from catalograph.store.queries.review_queue import ReviewQuestion, StoredItem

Settle = Callable[[Writer, Sequence[StoredItem], str], Mapping[str, str | None]]
"""Function that makes the graph follow the verdicts of items of one kind, in a run. It returns what
undoes each, by key, is idempotent, and takes items without a verdict after an undo."""


@dataclass(frozen=True, slots=True)
class ReviewKind:
    """A kind of question.

    Attributes:
        name: name of the kind.
        label: what it is called in English.
        settle: function that makes the graph follow verdicts.
        check: function that checks a correction and raises `InvalidInputError`; None if items of
            the kind cannot be corrected.
        fill: function that lists questions that a graph raises already; None if there are none.
    """

    name: str
    label: str
    settle: Settle
    check: Callable[[StoredItem, str], None] | None = None
    fill: Callable[[Connection], Iterable[ReviewQuestion]] | None = None


REVIEW_KINDS: Mapping[str, ReviewKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            ReviewKind(VALUE, "values read in texts", settle_facts, check_correction),
            ReviewKind(PAIR, "pairs of products", settle_pairs, fill=list_pair_questions),
            ReviewKind(PLAUSIBILITY, "doubtful facts", settle_facts, check_correction),
            ReviewKind(IMPUTED, "imputed facts", settle_facts, check_correction),
            ReviewKind(TEXT, "generated texts", settle_texts, fill=list_text_questions),
        )
    }
)
"""The kinds, by name, in the order to show them."""


def find_kind(name: str) -> ReviewKind:
    """Return a kind by name.

    Raises:
        InvalidInputError: there is none of that name.
    """
    try:
        return REVIEW_KINDS[name]
    except KeyError:
        raise InvalidInputError(
            f"The review queue has no kind '{name[:80]}'; there are {', '.join(REVIEW_KINDS)}."
            f"{did_you_mean(name, REVIEW_KINDS)}"
        ) from None
