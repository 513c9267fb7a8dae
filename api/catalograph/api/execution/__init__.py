"""Answers made from rows: one statement reads all that a field selects, one function writes it.

graphql-core completes an answer value by value, some 20 µs an item. Here the selection of a root
field is collected once (`selections`), compiled to a query of the store and a function that
makes the answer from its rows (`planner`), and the complete answer is passed through (`executor`).
"""

from catalograph.api.execution.executor import (
    CompletedValue,
    Executor,
    encode_answer,
    objects_of,
)
from catalograph.api.execution.pages import PageAnswer, page_answer, page_request
from catalograph.api.execution.planner import GRAPH_TYPES, NodePlan, ObjectPlan, PagePlan, Planner
from catalograph.api.execution.resolve import (
    FreshAnswer,
    answer_kept,
    answer_object,
    cached_plan,
    find_kept,
    node_plan,
    object_plan,
    page_plan,
)

__all__ = [
    "GRAPH_TYPES",
    "CompletedValue",
    "Executor",
    "FreshAnswer",
    "NodePlan",
    "ObjectPlan",
    "PageAnswer",
    "PagePlan",
    "Planner",
    "answer_kept",
    "answer_object",
    "cached_plan",
    "encode_answer",
    "find_kept",
    "node_plan",
    "object_plan",
    "objects_of",
    "page_answer",
    "page_plan",
    "page_request",
]
