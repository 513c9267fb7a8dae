"""What shoppers ask the assistant: conversations and their turns, for a time."""

from enum import StrEnum

from catalograph.schema.graph_types import NodeType, PropertySpec, PropertyType, RelationType

MAX_TURN = 500
"""Largest number of characters of a turn, and of a comment on its answer."""


class HandOverReason(StrEnum):
    """Why a person should take over a conversation."""

    ASKED = "asked"
    """The customer asks for a person."""
    UNANSWERED = "unanswered"
    """Two turns in a row had no answer."""
    ANGER = "anger"
    """The customer is angry."""


def _text(name: str, doc: str, **limits: object) -> PropertySpec:
    return PropertySpec(name, PropertyType.STRING, doc, **limits)  # type: ignore[arg-type]


def _time(name: str, doc: str) -> PropertySpec:
    return PropertySpec(name, PropertyType.DATETIME, doc, required=True)


def _texts(name: str, doc: str) -> PropertySpec:
    return PropertySpec(name, PropertyType.STRING_LIST, doc, required=True)


DIALOGUE_NODES = (
    NodeType(
        "Conversation",
        "What somebody asked the assistant, turn by turn; it is removed some time after its last "
        "turn.",
        "`conversation:<random>`",
        (
            _time("started", "When its first turn was."),
            _time("changed", "When its last turn was."),
        ),
    ),
    NodeType(
        "Turn",
        "A question of a conversation, and what became of it; the answer itself is not kept.",
        "`turn:<random of the conversation>#<number>`",
        (
            PropertySpec(
                "number", PropertyType.INTEGER, "Place in its conversation, from 1.",
                required=True, minimum=1,
            ),
            _time("time", "When."),
            _text("text", "What was asked, without personal data.", required=True),
            _text("language", "`en` or `zh`.", required=True),
            _texts("intents", "Intents of its clauses."),
            _text("sentiment", "Its mood.", choices=frozenset(("positive", "neutral", "negative"))),
            _text("status", "What became of it, such as `answered`.", required=True),
            _texts("plans", "Query plans that were run, as JSON."),
            _texts("products", "Keys of the products that the answer names, in order."),
            _text("hand_over", "Why a person should take over.", choices=frozenset(HandOverReason)),
            PropertySpec("helpful", PropertyType.BOOLEAN, "Whether the shopper found it helpful."),
            _text("comment", "What the shopper says of the answer, without personal data."),
        ),
    ),
)  # fmt: skip
"""Conversations and their turns."""

DIALOGUE_RELATIONS = (
    RelationType(
        "HELD", "Asked in; a conversation without one is anonymous.", (("User", "Conversation"),)
    ),
    RelationType("HAS_TURN", "Consists of.", (("Conversation", "Turn"),)),
)
"""Relations of conversations."""
