"""Answers to questions from the graph and the shop's documents, with sources; no language model.

`WRITERS` has one writer of answers for each operation of a query plan.
"""

from catalograph.assistant.answers.answer import (
    Answer,
    AnswerListener,
    AnswerSource,
    AnswerStatus,
    AnswerTable,
    AnswerWriter,
    SourceKind,
    Statement,
)
from catalograph.assistant.answers.question import (
    WRITERS,
    answer_planned,
    answer_plans,
    answer_turn,
    language_of_question,
)
from catalograph.assistant.answers.reader import GraphReader

__all__ = [
    "WRITERS",
    "Answer",
    "AnswerListener",
    "AnswerSource",
    "AnswerStatus",
    "AnswerTable",
    "AnswerWriter",
    "GraphReader",
    "SourceKind",
    "Statement",
    "answer_planned",
    "answer_plans",
    "answer_turn",
    "language_of_question",
]
