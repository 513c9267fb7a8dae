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
from catalograph.assistant.answers.model_steps import StepLimits, answer_in_steps
from catalograph.assistant.answers.question import (
    answer_planned,
    answer_turn,
    language_of_question,
    may_plan,
)
from catalograph.assistant.answers.reader import GraphReader
from catalograph.assistant.answers.writers import WRITERS, answer_plans

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
    "StepLimits",
    "answer_in_steps",
    "answer_planned",
    "answer_plans",
    "answer_turn",
    "language_of_question",
    "may_plan",
]
