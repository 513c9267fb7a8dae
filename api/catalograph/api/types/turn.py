"""Answers about turns of a conversation."""

import strawberry

from catalograph.api.types.search import UnderstoodConstraint
from catalograph.assistant.intents import FoundIntent, Slot, SlotKind, UnderstoodTurn
from catalograph.schema import Sentiment

strawberry.enum(Sentiment, description="Sentiment of a text.")
strawberry.enum(SlotKind, description="What a slot of a turn holds.")


def read_mood(name: str | None) -> Sentiment | None:
    """Return the mood that a turn is kept with."""
    return None if name is None else Sentiment(name)


@strawberry.type(description="What a clause of a turn asks for.")
class TurnIntent:
    """An intent."""

    name: str = strawberry.field(
        description="Intent, such as `cancel_order` or `compare`; `none` if it is none that the "
        "model knows."
    )
    confidence: float = strawberry.field(description="Calibrated probability, 0 to 1.")
    text: str = strawberry.field(description="Words of the clause.")
    start: int = strawberry.field(description="First character of the clause, from 0.")
    end: int = strawberry.field(description="One past its last character.")

    @classmethod
    def of(cls, one: FoundIntent) -> "TurnIntent":
        """Wrap an intent."""
        clause = one.clause
        return cls(
            name=one.name,
            confidence=one.confidence,
            text=clause.text,
            start=clause.start,
            end=clause.end,
        )


@strawberry.type(description="Something that a turn names.")
class TurnSlot:
    """A slot."""

    kind: SlotKind = strawberry.field(description="What it is.")
    text: str = strawberry.field(description="Its words.")
    keys: list[str] = strawberry.field(
        description="Keys of the products or attributes that the words may mean; none of numbers "
        "and addresses."
    )
    start: int = strawberry.field(description="First character, from 0.")
    end: int = strawberry.field(description="One past the last character.")

    @classmethod
    def of(cls, one: Slot) -> "TurnSlot":
        """Wrap a slot."""
        return cls(kind=one.kind, text=one.text, keys=list(one.keys), start=one.start, end=one.end)


@strawberry.type(description="What a turn of a conversation says.")
class TurnUnderstanding:
    """An understood turn."""

    language: str = strawberry.field(description="`en` or `zh`.")
    intents: list[TurnIntent] = strawberry.field(
        description="Intents in the order of their clauses, at least one."
    )
    sentiment: Sentiment | None = strawberry.field(
        description="Mood of its words; null if they show none."
    )
    constraints: list[UnderstoodConstraint] = strawberry.field(
        description="Brands, categories, values, prices and exclusions, as a search reads them."
    )
    slots: list[TurnSlot] = strawberry.field(
        description="Products, attributes, numbers of orders and e-mail addresses, in their order."
    )

    @classmethod
    def of(cls, turn: UnderstoodTurn) -> "TurnUnderstanding":
        """Wrap a turn."""
        return cls(
            language=turn.language,
            intents=[TurnIntent.of(one) for one in turn.intents],
            sentiment=turn.sentiment,
            constraints=[
                UnderstoodConstraint.of(one, turn.text, applied=True) for one in turn.constraints
            ],
            slots=[TurnSlot.of(one) for one in turn.slots],
        )
