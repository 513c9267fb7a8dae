"""From questions to query plans, by rules."""

from catalograph.assistant.planning.planner import (
    SHOPPING,
    Gap,
    PlannedTurn,
    is_description,
    plan_turn,
    read_order_question,
)

__all__ = [
    "SHOPPING",
    "Gap",
    "PlannedTurn",
    "is_description",
    "plan_turn",
    "read_order_question",
]
