"""Conversations, their turns, and what a turn is answered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry

from catalograph.api.auth.scopes import require_scope
from catalograph.api.types.answer import QuestionAnswer
from catalograph.api.types.turn import read_mood
from catalograph.assistant.answers import AnswerStatus
from catalograph.assistant.conversation import (
    ClarifyingQuestion,
    HandOverNote,
    QuestionOption,
    TurnAnswer,
)
from catalograph.schema import Sentiment
from catalograph.schema.dialogue import HandOverReason
from catalograph.store.ledger.conversations import StoredConversation, WrittenTurn

strawberry.enum(HandOverReason, description="Why a person should take over a conversation.")


@strawberry.type(description="A possible answer to a question of the assistant.")
class ClarifyingOption:
    """An option."""

    text: str = strawberry.field(description="What a shopper may say.")
    products: int = strawberry.field(description="Number of products that it leaves.")
    key: str | None = strawberry.field(
        description="Key of the brand, category, value or product; null for a price."
    )

    @classmethod
    def of(cls, one: QuestionOption) -> "ClarifyingOption":
        """Wrap an option."""
        return cls(text=one.text, products=one.products, key=one.key)


@strawberry.type(description="What the assistant asks the shopper.")
class AssistantQuestion:
    """A question."""

    text: str = strawberry.field(description="The question.")
    about: str = strawberry.field(
        description="`product`, `brand`, `category`, `price`, or the name of an attribute."
    )
    options: list[ClarifyingOption] = strawberry.field(
        description="Possible answers, those of most products first."
    )

    @classmethod
    def of(cls, one: ClarifyingQuestion) -> "AssistantQuestion":
        """Wrap a question."""
        options = [ClarifyingOption.of(option) for option in one.options]
        return cls(text=one.text, about=one.about, options=options)


@strawberry.type(description="What a person has to know who takes over a conversation.")
class HandOver:
    """A note."""

    reason: HandOverReason = strawberry.field(description="Why a person should take over.")
    summary: str = strawberry.field(
        description="What was asked and answered, and the customer's mood, in the language of the "
        "turn."
    )
    tried: list[str] = strawberry.field(
        description="A line for each of the last turns: what was asked, what was done, and what "
        "came of it."
    )

    @classmethod
    def of(cls, one: HandOverNote) -> "HandOver":
        """Wrap a note."""
        return cls(reason=one.reason, summary=one.summary, tried=list(one.tried))


@require_scope("catalog:read")
@strawberry.type(description="A turn of a conversation with its answer.")
class SaidTurn:
    """Outcome of a turn."""

    conversation_key: str = strawberry.field(
        description="Key of the conversation, for the next turn. Keep it secret where nobody is "
        "signed in: whoever has it may go on."
    )
    turn_key: str = strawberry.field(description="Key of the turn, for `rateAnswer`.")
    number: int = strawberry.field(description="Place in the conversation, from 1.")
    answer: QuestionAnswer = strawberry.field(description="The answer.")
    sentiment: Sentiment | None = strawberry.field(
        description="Mood of the turn; null if its words show none."
    )
    question: AssistantQuestion | None = strawberry.field(
        description="What the assistant asks; it is the last sentence of the answer too."
    )
    hand_over: HandOver | None = strawberry.field(
        description="For the person who should take over; null where nobody has to."
    )

    @classmethod
    def of(
        cls, key: str, turn: WrittenTurn, said: TurnAnswer, sentiment: Sentiment | None
    ) -> "SaidTurn":
        """Wrap a turn with its answer."""
        return cls(
            conversation_key=key,
            turn_key=turn.key,
            number=turn.number,
            answer=QuestionAnswer.of(said.answer),
            sentiment=sentiment,
            question=None if said.question is None else AssistantQuestion.of(said.question),
            hand_over=None if said.note is None else HandOver.of(said.note),
        )


@strawberry.type(description="A turn as it is kept: the question, not the answer.")
class ConversationTurn:
    """A turn."""

    key: str = strawberry.field(description="Key.")
    number: int = strawberry.field(description="Place in the conversation, from 1.")
    time: datetime = strawberry.field(description="When.")
    text: str = strawberry.field(description="What was asked, without personal data.")
    language: str = strawberry.field(description="`en` or `zh`.")
    status: AnswerStatus = strawberry.field(description="What became of it.")
    sentiment: Sentiment | None = strawberry.field(description="Its mood.")
    product_keys: list[str] = strawberry.field(
        description="Keys of the products that the answer names, in order."
    )
    plans: list[str] = strawberry.field(description="Query plans that were run, as JSON.")
    hand_over: HandOverReason | None = strawberry.field(
        description="Why a person should take over; null where nobody has to."
    )
    helpful: bool | None = strawberry.field(description="Whether the shopper found it helpful.")
    comment: str | None = strawberry.field(
        description="What the shopper says of the answer, without personal data."
    )

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "ConversationTurn":
        """Wrap the properties of a turn."""
        reason = row.get("hand_over")
        return cls(
            key=row["key"],
            number=row["number"],
            time=row["time"],
            text=row["text"],
            language=row["language"],
            status=AnswerStatus(row["status"]),
            sentiment=read_mood(row.get("sentiment")),
            product_keys=list(row["products"]),
            plans=list(row["plans"]),
            hand_over=None if reason is None else HandOverReason(reason),
            helpful=row.get("helpful"),
            comment=row.get("comment"),
        )


@strawberry.type(description="What somebody asked the assistant.")
class Conversation:
    """A conversation."""

    key: str = strawberry.field(description="Key.")
    started: datetime = strawberry.field(description="When its first turn was.")
    changed: datetime = strawberry.field(description="When its last turn was.")
    turns: list[ConversationTurn] = strawberry.field(
        description="Its newest turns, at most 50, the oldest first."
    )

    @classmethod
    def of(cls, key: str, found: StoredConversation) -> "Conversation":
        """Wrap a conversation."""
        return cls(
            key=key,
            started=found.started,
            changed=found.changed,
            turns=[ConversationTurn.of(row) for row in found.turns],
        )


@require_scope("operations:read")
@strawberry.type(description="A turn that the assistant did not serve well, for review.")
class UnansweredTurn:
    """A turn."""

    time: datetime = strawberry.field(description="When.")
    text: str = strawberry.field(description="What was asked, without personal data.")
    language: str = strawberry.field(description="`en` or `zh`.")
    intents: list[str] = strawberry.field(description="Intents that it was read as.")
    status: AnswerStatus = strawberry.field(description="What became of it.")
    sentiment: Sentiment | None = strawberry.field(description="Its mood.")
    hand_over: HandOverReason | None = strawberry.field(
        description="Why a person should take over; null where nobody has to."
    )
    helpful: bool | None = strawberry.field(description="Whether the shopper found it helpful.")
    comment: str | None = strawberry.field(
        description="What the shopper says of the answer, without personal data."
    )

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "UnansweredTurn":
        """Wrap a row."""
        reason = row["hand_over"]
        return cls(
            time=row["time"],
            text=row["text"],
            language=row["language"],
            intents=list(row["intents"]),
            status=AnswerStatus(row["status"]),
            sentiment=read_mood(row["sentiment"]),
            hand_over=None if reason is None else HandOverReason(reason),
            helpful=row["helpful"],
            comment=row["comment"],
        )
