"""From questions to query plans, by rules."""

from catalograph.assistant.planning.planner import Gap, PlannedTurn, plan_turn

__all__ = ["Gap", "PlannedTurn", "plan_turn"]
