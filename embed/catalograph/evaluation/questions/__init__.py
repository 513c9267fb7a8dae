"""Questions to the assistant with their right answers: made from a catalogue, and judged."""

from catalograph.evaluation.questions.draws import QuestionSet
from catalograph.evaluation.questions.generator import make_questions
from catalograph.evaluation.questions.hops import make_hop_questions
from catalograph.evaluation.questions.judgement import AnswerJudgement, is_right
from catalograph.evaluation.questions.plan_rows import PlanJudgement, is_cited, read_rows
from catalograph.evaluation.questions.rows import QuestionRow, read_questions, write_questions

__all__ = [
    "AnswerJudgement",
    "PlanJudgement",
    "QuestionRow",
    "QuestionSet",
    "is_cited",
    "is_right",
    "make_hop_questions",
    "make_questions",
    "read_questions",
    "read_rows",
    "write_questions",
]
