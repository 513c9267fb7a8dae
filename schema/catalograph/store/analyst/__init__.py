"""Cypher for analysts: a gate that accepts only read statements, and saved queries."""

from catalograph.store.analyst.gate import (
    MAX_AT_ONCE,
    StatementLimits,
    StatementResult,
    ask_statement,
    explain_statement,
)
from catalograph.store.analyst.notifications import Notification
from catalograph.store.analyst.saved_queries import (
    SavedColumn,
    SavedParameter,
    SavedQuery,
    saved_queries,
    saved_query,
)

__all__ = [
    "MAX_AT_ONCE",
    "Notification",
    "SavedColumn",
    "SavedParameter",
    "SavedQuery",
    "StatementLimits",
    "StatementResult",
    "ask_statement",
    "explain_statement",
    "saved_queries",
    "saved_query",
]
