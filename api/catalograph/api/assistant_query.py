"""Fields of the Query type about what is asked in words."""

from typing import Annotated

import strawberry

from catalograph.api.context import Info
from catalograph.api.decorators import describe_argument, resolved_field
from catalograph.api.execution import CompletedValue, answer_object
from catalograph.api.inputs import check_turn
from catalograph.api.types.turn import TurnUnderstanding


@strawberry.type
class AssistantQuery:
    """Fields of the Query type about what is asked in words."""

    @resolved_field(
        "What a turn of a conversation asks for, in English or Chinese: intents, mood, and what of "
        "the graph it names. Nothing is stored.",
        TurnUnderstanding,
    )
    async def understand_turn(
        self,
        info: Info,
        text: Annotated[str, describe_argument("What was typed: 1 to 500 characters.")],
    ) -> CompletedValue:
        """Read."""
        services = info.context.services
        vocabulary = await services.vocabulary.current()
        turn = await services.intents.understand(check_turn(text), vocabulary)
        return answer_object(info, TurnUnderstanding.of(turn))
