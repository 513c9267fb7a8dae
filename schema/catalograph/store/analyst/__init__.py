"""Cypher for analysts: a gate that accepts only read statements, and saved queries."""

from catalograph.store.analyst.csv_cells import csv_cell
from catalograph.store.analyst.formats import FORMATS
from catalograph.store.analyst.gate import (
    MAX_AT_ONCE,
    StatementLimits,
    StatementResult,
    ask_statement,
    check_statement,
    explain_statement,
)
from catalograph.store.analyst.graph_patterns import PatternReport, check_patterns
from catalograph.store.analyst.notifications import Notification
from catalograph.store.analyst.role import create_role, role_statements
from catalograph.store.analyst.saved_queries import (
    SavedColumn,
    SavedParameter,
    SavedQuery,
    saved_queries,
    saved_query,
)

__all__ = [
    "FORMATS",
    "MAX_AT_ONCE",
    "Notification",
    "PatternReport",
    "SavedColumn",
    "SavedParameter",
    "SavedQuery",
    "StatementLimits",
    "StatementResult",
    "ask_statement",
    "check_patterns",
    "check_statement",
    "create_role",
    "csv_cell",
    "explain_statement",
    "role_statements",
    "saved_queries",
    "saved_query",
]
