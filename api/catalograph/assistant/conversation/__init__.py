"""Conversations: what a turn means after those before it, what to ask, and when a person helps."""

from catalograph.assistant.conversation.clarify import ClarifyingQuestion, QuestionOption
from catalograph.assistant.conversation.dialogue import TurnAnswer, answer_in_conversation
from catalograph.assistant.conversation.follow_up import FollowUp, plan_follow_up
from catalograph.assistant.conversation.hand_over import HandOverNote
from catalograph.assistant.conversation.recommend import (
    ReasonedProduct,
    state_recommendations,
)
from catalograph.assistant.conversation.state import DialogueState, PastTurn, read_state

__all__ = [
    "ClarifyingQuestion",
    "DialogueState",
    "FollowUp",
    "HandOverNote",
    "PastTurn",
    "QuestionOption",
    "ReasonedProduct",
    "TurnAnswer",
    "answer_in_conversation",
    "plan_follow_up",
    "read_state",
    "state_recommendations",
]
