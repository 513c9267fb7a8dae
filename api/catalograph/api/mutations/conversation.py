"""Conversations with the assistant by mutation: a turn, and what a shopper thinks of its answer."""

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Protocol

import strawberry

from catalograph.api.assistant_query import check_products, open_reader, read_vocabulary
from catalograph.api.context import Context
from catalograph.api.inputs import check_turn, check_user_key
from catalograph.api.mutations.results import Conflict, InvalidInput, NotFound, prefix_errors
from catalograph.api.recommend import explain_items
from catalograph.api.types.commerce import Locale
from catalograph.api.types.conversation import SaidTurn
from catalograph.api.types.turn import read_mood
from catalograph.assistant.answers import Answer, AnswerListener, AnswerStatus, GraphReader
from catalograph.assistant.conversation import (
    PastTurn,
    ReasonedProduct,
    TurnAnswer,
    answer_in_conversation,
    state_recommendations,
)
from catalograph.assistant.intents import UnderstoodTurn
from catalograph.errors import InvalidInputError, NotFoundError
from catalograph.schema.dialogue import MAX_TURN
from catalograph.schema.personal_data import remove_personal_data
from catalograph.schema.query_plan import (
    FindPlan,
    OrderPlan,
    PolicyPlan,
    QueryPlan,
    parse_plan,
    write_plan,
)
from catalograph.store.ledger.conversations import (
    conversation_key,
    rate_turn,
    read_conversation,
    write_turn,
)
from catalograph.store.queries.api_queries import History
from catalograph.store.queries.artefact_ranking import rank_for_history

_RECOMMENDED, _REASONS = 3, 2
_CONVERSATION = re.compile(r"conversation:[0-9a-f]{32}")
_TURN = re.compile(r"turn:[0-9a-f]{32}#[1-9]\d{0,5}")


@strawberry.input(description="What somebody says to the assistant.")
class SayInput:
    """Input of `say`."""

    text: str = strawberry.field(description="What was typed: 1 to 500 characters.")
    conversation_key: str | None = strawberry.field(
        default=None, description="`conversationKey` of the turn before; null begins a new one."
    )
    user_key: str | None = strawberry.field(
        default=None,
        description="The shopper's pseudonym; null for the caller's own, or when anonymous. An "
        "anonymous conversation that a shopper goes on with becomes the shopper's.",
    )
    product_keys: list[str] | None = strawberry.field(
        default=None,
        description="Products before the shopper's eyes, at most 10, such as the page's: what "
        "“it” means before the conversation names any.",
    )
    use_history: bool = strawberry.field(
        default=False,
        description="The shopper's consent to recommendations by their own history, with reasons; "
        "needs the scope `recommend:read`. Without it, the most popular products are recommended.",
    )


SayResult = Annotated[
    SaidTurn | InvalidInput | NotFound | Conflict,
    strawberry.union("SayResult", description="A turn with its answer, or why there is none."),
]


@strawberry.input(description="What a shopper thinks of an answer.")
class RateAnswerInput:
    """Input of `rateAnswer`."""

    turn_key: str = strawberry.field(description="`turnKey` of the turn.")
    helpful: bool = strawberry.field(description="Whether the answer helped.")
    comment: str | None = strawberry.field(
        default=None,
        description="Why, at most 500 characters; it is kept without personal data.",
    )
    user_key: str | None = strawberry.field(
        default=None, description="The shopper's pseudonym; null for the caller's own."
    )


@strawberry.type(description="An answer that was rated.")
class RatedAnswer:
    """Outcome of a rating."""

    turn_key: str = strawberry.field(description="Key of the turn.")
    helpful: bool = strawberry.field(description="Whether the answer helped.")


RateAnswerResult = Annotated[
    RatedAnswer | InvalidInput | NotFound | Conflict,
    strawberry.union("RateAnswerResult", description="What was rated, or why not."),
]


class TurnListener(AnswerListener, Protocol):
    """Hears of a turn while it is answered."""

    def hear_turn(self, turn: UnderstoodTurn) -> None:
        """Hear what the turn was understood as."""


async def say_turn(
    context: Context, given: SayInput, listener: TurnListener | None = None
) -> SaidTurn:
    """Answer a turn in its conversation, and keep the turn.

    Args:
        context: context of the request.
        given: the turn; the caller is its shopper already, where the caller is one.
        listener: hears of the answer while it is written; None for nobody.

    Raises:
        InvalidInputError: the text or a key is malformed.
        NotFoundError: there is no such conversation, or it is another shopper's.
        NotPublishedError: the encoder of turns is not on this machine.
        StoreUnavailableError: the database does not answer.
    """
    with prefix_errors("input"):
        text, products = _check(given)
        key = given.conversation_key or conversation_key(secrets.token_hex(16))
        past = await _read_past(context, given)
        vocabulary = await read_vocabulary(context)
        turn = await context.services.intents.understand(text, vocabulary)
        if listener is not None:
            listener.hear_turn(turn)
        reader = replace(open_reader(context, vocabulary, given.user_key), listener=listener)
        own = _recommender(context, given, reader)
        said = await answer_in_conversation(turn, past, vocabulary, reader, products, own)
        kept = _properties(turn, said, owned=given.user_key is not None)
        written = await write_turn(context.connection, key, given.user_key, kept)
        if written is None:
            raise _unknown_conversation(key)
    return SaidTurn.of(key, written, said, turn.sentiment)


def _recommender(
    context: Context, given: SayInput, reader: GraphReader
) -> Callable[[str], Awaitable[Answer | None]] | None:
    """Return the recommender by the shopper's history; None without consent, shopper or scope."""
    user = given.user_key
    if not given.use_history or user is None or "recommend:read" not in context.principal.scopes:
        return None

    async def recommend(language: str) -> Answer | None:
        edges = context.services.edges
        ranking = await rank_for_history(context.connection, edges, History(user), _RECOMMENDED)
        if ranking.model is None or not ranking.items:
            return None
        locale = Locale.ZH_CN if language == "zh" else Locale.EN
        items = [
            ReasonedProduct(
                row.product["key"], [one.text(locale) for one in item.short_reasons(_REASONS)]
            )
            for row, item in zip(
                ranking.items, explain_items(context, ranking, ranking.model), strict=True
            )
        ]
        return await state_recommendations(items, reader, language)

    return recommend


def _check(given: SayInput) -> tuple[str, Sequence[str]]:
    with prefix_errors("text"):
        text = check_turn(given.text)
    with prefix_errors("productKeys"):
        products = check_products(given.product_keys)
    _check_shopper(given.user_key)
    key = given.conversation_key
    if key is not None and not _CONVERSATION.fullmatch(key):
        with prefix_errors("conversationKey"):
            raise InvalidInputError(
                "'conversationKey' must be the `conversationKey` of a turn; leave it out for a "
                "new conversation."
            )
    return text, products


def _check_shopper(user_key: str | None) -> None:
    if user_key is not None:
        with prefix_errors("userKey"):
            check_user_key(user_key)


async def _read_past(context: Context, given: SayInput) -> list[PastTurn]:
    if given.conversation_key is None:
        return []
    found = await read_conversation(context.connection, given.conversation_key, given.user_key)
    if found is None:
        raise _unknown_conversation(given.conversation_key)
    return [_past_turn(row) for row in found.turns]


def _unknown_conversation(key: str) -> NotFoundError:
    error = NotFoundError(f"There is no conversation '{key}' of this caller. Begin a new one.")
    error.context["path"] = ["conversationKey"]
    return error


def _past_turn(row: Mapping[str, Any]) -> PastTurn:
    return PastTurn(
        row["text"],
        AnswerStatus(row["status"]),
        tuple(row["intents"]),
        read_mood(row.get("sentiment")),
        tuple(parse_plan(plan) for plan in row["plans"]),
        tuple(row["products"]),
        row.get("hand_over") is not None,
    )


def _properties(turn: UnderstoodTurn, said: TurnAnswer, *, owned: bool) -> dict[str, Any]:
    """Return what is kept of a turn."""
    text = remove_personal_data(turn.text)
    answer = said.answer
    properties = {
        "time": datetime.now(UTC),
        "text": text,
        "language": turn.language,
        "intents": [one.name for one in turn.intents],
        "sentiment": None if turn.sentiment is None else turn.sentiment.value,
        "status": answer.status.value,
        "plans": [
            write_plan(_without_personal_data(plan, text, owned=owned)) for plan in answer.plans
        ],
        "products": list(answer.products),
        "hand_over": None if said.note is None else said.note.reason.value,
    }
    return {name: value for name, value in properties.items() if value is not None}


def _without_personal_data(plan: QueryPlan, text: str, *, owned: bool) -> QueryPlan:
    """Return a plan without words that are not in the text that is kept.

    The number of an order stays in a conversation that is a shopper's, and so erased with them.
    """
    if isinstance(plan, PolicyPlan):
        return plan.model_copy(update={"query": remove_personal_data(plan.query)})
    if isinstance(plan, OrderPlan) and not owned:
        return plan.model_copy(update={"id": None})
    if isinstance(plan, FindPlan) and plan.of.words:
        kept = [word for word in plan.of.words if word.casefold() in text.casefold()]
        return plan.model_copy(update={"of": plan.of.model_copy(update={"words": kept})})
    return plan


async def rate_an_answer(context: Context, given: RateAnswerInput) -> RatedAnswer:
    """Store what a shopper thinks of an answer, in place of what was said before.

    Raises:
        InvalidInputError: the key is no turn's, or the comment is too long.
        NotFoundError: there is no such turn, or it is another shopper's.
    """
    with prefix_errors("input"):
        if not _TURN.fullmatch(given.turn_key):
            with prefix_errors("turnKey"):
                raise InvalidInputError("'turnKey' must be the `turnKey` of a turn.")
        _check_shopper(given.user_key)
        comment = (given.comment or "").strip()
        if len(comment) > MAX_TURN:
            with prefix_errors("comment"):
                raise InvalidInputError(f"'comment' must have at most {MAX_TURN} characters.")
        rated = await rate_turn(
            context.connection, given.turn_key, given.user_key, helpful=given.helpful,
            comment=remove_personal_data(comment) or None,
        )  # fmt: skip
        if not rated:
            with prefix_errors("turnKey"):
                raise NotFoundError(f"There is no turn '{given.turn_key}' of this caller.")
    return RatedAnswer(turn_key=given.turn_key, helpful=given.helpful)
