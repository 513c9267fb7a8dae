"""Passages of documents, found by words, by meaning and by what they are about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalograph.schema.ddl import PASSAGE_TEXT_INDEX, PASSAGE_WORD_INDEX
from catalograph.schema.keys import label_of
from catalograph.store.connection.connect import AsyncConnection
from catalograph.store.queries.projection import AT, Selection, insert_passages

PASSAGE_POOL = 200
"""Number of candidates of each index."""
FILTERED_POOL = 2_000
"""Number of candidates of each index where some are filtered out."""
SCOPE_POOL = 500
"""Number of passages about the subject that are compared whatever words they have."""
WORD_WEIGHT = 0.2
"""Weight of words in the sum with meaning.

Chosen by `catalograph eval retrieval --tune` on a fifth of the products of AmazonQA's appliances,
where more helps, and on questions in other words (`examples/faq`), where it harms.
"""
SUBJECT_BONUS = 0.2
"""Added to the score of a passage about the subject; half of it for its brand and categories."""
SIMILARITY = f"{AT}similarity"
"""Slot of a row's cosine similarity to the question."""
WORD_SHARE = f"{AT}word_share"
"""Slot of the share of the question's words that a row's heading and text have."""


@dataclass(frozen=True, slots=True)
class PassageFilter:
    """Which passages to keep; None keeps any.

    Attributes:
        kind: kind of their document.
        language: their language.
        about: key of a product, brand or category that they or their document are about; of a
            product also its brand, its categories and those above them.
    """

    kind: str | None = None
    language: str | None = None
    about: str | None = None


@dataclass(frozen=True, slots=True)
class QuestionVector:
    """A question as its encoder reads it.

    Attributes:
        kind: kind of vectors that it is compared with; "passage", or "passage_zh" for Chinese.
        encoder: name of the encoder; vectors by another one are not compared.
        vector: vector of length one.
        floor: least cosine similarity of a passage that has none of the words.
    """

    kind: str
    encoder: str
    vector: Sequence[float]
    floor: float = 0.0


async def search_passages(
    connection: AsyncConnection,
    text: str,
    kept: PassageFilter,
    first: int,
    selection: Selection,
    *,
    question: QuestionVector | None = None,
    terms: Sequence[str] = (),
    favour: str | None = None,
) -> list[tuple[Mapping[str, Any], float]]:
    """Return the selected fields of passages for a question, with scores, best first.

    Args:
        connection: open connection.
        text: search words with Lucene's special characters escaped.
        kept: which passages to keep.
        first: largest number of passages.
        selection: fields to read.
        question: the question's vector, to find passages in other words too; None for words alone.
        terms: the question's words in lower case, without those that say nothing of its subject; a
            blank before each that has to begin a word.
        favour: key of a product, brand or category; passages about it, and of a product about its
            brand and categories, rank higher than equally good others. Default: that of `kept`.

    Returns:
        Rows and scores, of which only those of one list can be compared. `SIMILARITY` of a row is
        the cosine of question and passage, None where one of them has no vector; `WORD_SHARE` is
        the share of the terms that heading and text have, 0 without terms.
    """
    compiled = insert_passages("search_passages", selection, _label(kept.about or favour))
    found = await connection.read_compiled(
        compiled.text,
        passage_parameters(text, kept, first, question, terms, favour) | compiled.parameters,
        "search_passages",
    )
    return [
        (
            row["passage"] | {SIMILARITY: row["similarity"], WORD_SHARE: row["word_share"]},
            row["score"],
        )
        for row in found
    ]


def passage_parameters(
    text: str,
    kept: PassageFilter,
    first: int,
    question: QuestionVector | None = None,
    terms: Sequence[str] = (),
    favour: str | None = None,
    *,
    share: float = WORD_WEIGHT,
) -> dict[str, Any]:
    """Return the parameters of the search statement; see `search_passages`."""
    filtered = bool(kept.kind or kept.language or kept.about)
    return {
        "text": text,
        "terms": list(terms),
        "stemmed": PASSAGE_TEXT_INDEX,
        "written": PASSAGE_WORD_INDEX,
        "pool": FILTERED_POOL if filtered else PASSAGE_POOL,
        "model": question and question.kind,
        "encoder": question and question.encoder,
        "vector": question and list(question.vector),
        # What is about a subject is compared anyway.
        "near": FILTERED_POOL if kept.kind or kept.language else PASSAGE_POOL,
        "floor": question.floor if question else 0.0,
        "share": share,
        "kind": kept.kind,
        "language": kept.language,
        "about": kept.about,
        "subject": kept.about or favour,
        "scope": SCOPE_POOL,
        "bonus": SUBJECT_BONUS,
        "limit": first,
    }


def _label(subject: str | None) -> str:
    return "Product" if subject is None else label_of(subject)
