"""An answer of the assistant as it is written: what was understood, plans, sentences, the turn."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from enum import Enum

import strawberry

from catalograph.api.context import Context
from catalograph.api.decorators import require_scope
from catalograph.api.mutations.conversation import SayInput, say_turn
from catalograph.api.types.answer import AnswerCitation, AnswerSentence
from catalograph.api.types.conversation import SaidTurn
from catalograph.api.types.turn import TurnUnderstanding
from catalograph.assistant.answers import AnswerSource, Statement
from catalograph.assistant.intents import UnderstoodTurn
from catalograph.schema.query_plan import QueryPlan, write_plan


@strawberry.enum(description="How far an answer is.")
class AnswerStage(Enum):
    """Stage of an answer."""

    UNDERSTOOD = strawberry.enum_value("understood", description="The turn was read.")
    PLANNED = strawberry.enum_value(
        "planned", description="Plans are run; others may follow where they find nothing."
    )
    STATED = strawberry.enum_value("stated", description="A sentence is ready.")
    COMPLETE = strawberry.enum_value("complete", description="The turn is answered and kept.")


@require_scope("catalog:read")
@strawberry.type(description="A step of an answer.")
class AnswerProgress:
    """A step."""

    stage: AnswerStage = strawberry.field(description="How far the answer is.")
    understood: TurnUnderstanding | None = strawberry.field(
        default=None, description="What the turn says; of UNDERSTOOD."
    )
    plans: list[str] = strawberry.field(
        default_factory=list, description="Query plans as JSON; of PLANNED."
    )
    statement: AnswerSentence | None = strawberry.field(
        default=None, description="The sentence; of STATED."
    )
    sources: list[AnswerCitation] = strawberry.field(
        default_factory=list, description="Sources of the sentence; of STATED."
    )
    turn: SaidTurn | None = strawberry.field(
        default=None,
        description="The turn with the whole answer, as of `say`, which is what counts; of "
        "COMPLETE.",
    )


class _Listener:
    """Puts what it hears into a queue; None after the last step."""

    def __init__(self) -> None:
        self.steps: asyncio.Queue[AnswerProgress | None] = asyncio.Queue()

    def hear_turn(self, turn: UnderstoodTurn) -> None:
        """Put what was understood."""
        understood = TurnUnderstanding.of(turn)
        self.steps.put_nowait(AnswerProgress(stage=AnswerStage.UNDERSTOOD, understood=understood))

    def hear_plans(self, plans: Sequence[QueryPlan]) -> None:
        """Put the plans."""
        written = [write_plan(plan) for plan in plans]
        self.steps.put_nowait(AnswerProgress(stage=AnswerStage.PLANNED, plans=written))

    def hear_statement(self, statement: Statement, sources: Sequence[AnswerSource]) -> None:
        """Put the sentence."""
        self.steps.put_nowait(
            AnswerProgress(
                stage=AnswerStage.STATED,
                statement=AnswerSentence.of(statement),
                sources=[AnswerCitation.of(one) for one in sources],
            )
        )


async def stream_answer(context: Context, given: SayInput) -> AsyncGenerator[AnswerProgress, None]:
    """Yield the steps of an answer, and the turn as the last one.

    Whoever leaves early ends the answer, and the turn may not be kept.

    Raises:
        CatalographError: as of `say_turn`.
    """
    listener = _Listener()
    answering = asyncio.create_task(say_turn(context, given, listener))
    answering.add_done_callback(lambda _: listener.steps.put_nowait(None))
    try:
        while (step := await listener.steps.get()) is not None:
            yield step
        yield AnswerProgress(stage=AnswerStage.COMPLETE, turn=await answering)
    finally:
        answering.cancel()
