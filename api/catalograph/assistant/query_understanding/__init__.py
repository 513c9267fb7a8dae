"""Understanding of search words by the graph's own names."""

from catalograph.assistant.query_understanding.constraints import (
    Constraint,
    ConstraintKind,
    UnderstoodQuery,
)
from catalograph.assistant.query_understanding.live_vocabulary import LiveVocabulary
from catalograph.assistant.query_understanding.parser import relax, understand
from catalograph.assistant.query_understanding.vocabulary import SearchVocabulary

__all__ = [
    "Constraint",
    "ConstraintKind",
    "LiveVocabulary",
    "SearchVocabulary",
    "UnderstoodQuery",
    "relax",
    "understand",
]
