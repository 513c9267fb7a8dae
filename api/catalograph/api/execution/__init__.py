"""Answers made from rows: what a field asks for, read by one statement and written out at once.

graphql-core completes an answer value by value, some 20 µs an item. Here the selection of a root
field is looked at once (`picks`), turned into what the store is to read and into a function that
makes the answer of its rows (`plans`), and the finished answer is passed through (`executor`).
"""

from catalograph.api.execution.executor import CompletedValue, Executor, objects_of
from catalograph.api.execution.pages import PageAnswer, page_answer, page_request
from catalograph.api.execution.planner import GRAPH_TYPES, NodePlan, ObjectPlan, PagePlan, Planner
from catalograph.api.execution.resolve import (
    answer_object,
    cached_plan,
    node_plan,
    object_plan,
    page_plan,
)

__all__ = [
    "GRAPH_TYPES",
    "CompletedValue",
    "Executor",
    "NodePlan",
    "ObjectPlan",
    "PageAnswer",
    "PagePlan",
    "Planner",
    "answer_object",
    "cached_plan",
    "node_plan",
    "object_plan",
    "objects_of",
    "page_answer",
    "page_plan",
    "page_request",
]
