"""Questions to the assistant with their right answers: made from a catalogue, and judged."""

from catalograph.evaluation.questions.generator import QuestionSet, make_questions
from catalograph.evaluation.questions.judgement import AnswerJudgement, is_right
from catalograph.evaluation.questions.rows import QuestionRow, read_questions, write_questions

__all__ = [
    "AnswerJudgement",
    "QuestionRow",
    "QuestionSet",
    "is_right",
    "make_questions",
    "read_questions",
    "write_questions",
]
