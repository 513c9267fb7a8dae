"""What is asked in a turn: intents by clauses, in English and Chinese, with mood and slots."""

from catalograph.assistant.intents.features import english_of
from catalograph.assistant.intents.live_intents import LiveIntents, load_intents
from catalograph.assistant.intents.model import NONE, IntentModel
from catalograph.assistant.intents.rows import LabelledTurn, unique_turns
from catalograph.assistant.intents.sentences import make_turns
from catalograph.assistant.intents.training import train_intents
from catalograph.assistant.intents.turns import (
    FoundIntent,
    Slot,
    SlotKind,
    UnderstoodTurn,
    find_intents,
    understand_turn,
)

__all__ = [
    "NONE",
    "FoundIntent",
    "IntentModel",
    "LabelledTurn",
    "LiveIntents",
    "Slot",
    "SlotKind",
    "UnderstoodTurn",
    "english_of",
    "find_intents",
    "load_intents",
    "make_turns",
    "train_intents",
    "understand_turn",
    "unique_turns",
]
