"""Fields of the Query type about what is asked in words."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated

import strawberry

from catalograph.api.auth import own_user
from catalograph.api.context import Context, Info
from catalograph.api.decorators import describe_argument, resolved_field
from catalograph.api.execution import CompletedValue, answer_object
from catalograph.api.inputs import check_first, check_key, check_turn, check_user_key
from catalograph.api.personal_reads import note_read
from catalograph.api.types.answer import QuestionAnswer
from catalograph.api.types.conversation import Conversation, UnansweredTurn
from catalograph.api.types.turn import TurnUnderstanding
from catalograph.assistant.answers import Answer, GraphReader, answer_turn
from catalograph.assistant.query_understanding import SearchVocabulary
from catalograph.errors import InvalidInputError, StoreUnavailableError
from catalograph.schema.protocols import WordingModel
from catalograph.store.ledger.conversations import read_conversation, read_unanswered_turns

_MOST_PRODUCTS = 10
_MOST_DAYS = 366


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

    @resolved_field(
        "The answer to a question about products, reviews, the shop's documents, or the caller's "
        "own orders, in English or Chinese. Every statement has its sources; what they do not "
        "say is not known. Nothing is stored.",
        QuestionAnswer,
    )
    async def ask(
        self,
        info: Info,
        text: Annotated[str, describe_argument("What was asked: 1 to 500 characters.")],
        product_keys: Annotated[
            list[str] | None,
            describe_argument("Products that a question without a name is about, at most 10."),
        ] = None,
        user_key: Annotated[
            str | None,
            describe_argument(
                "`user:<source>:<pseudonym>` of the shopper whose orders may be told; null for "
                "the caller's own. Another's need the scope `users:any`."
            ),
        ] = None,
        use_model: Annotated[
            bool,
            describe_argument(
                "Whether the language model of this server may plan what the rules cannot, and "
                "word the answer. Its words are verified."
            ),
        ] = False,
    ) -> CompletedValue:
        """Answer."""
        model = info.context.services.wording if use_model else None
        if use_model and model is None:
            raise InvalidInputError("'useModel' is true, and this server has no language model.")
        keys = check_products(product_keys)
        user = own_user(info.context, None if user_key is None else check_user_key(user_key))
        answer = await answer_question(info.context, check_turn(text), keys, user, model)
        return answer_object(info, QuestionAnswer.of(answer))

    @resolved_field(
        "A conversation with the assistant by its key; null for an unknown one, and for another "
        "shopper's. One of a shopper needs the scope `user:read`.",
        Conversation | None,
    )
    async def conversation(
        self,
        info: Info,
        key: Annotated[str, describe_argument("`conversationKey` of a turn.")],
        user_key: Annotated[
            str | None,
            describe_argument("The shopper's pseudonym; null for the caller's own."),
        ] = None,
    ) -> CompletedValue | None:
        """Read."""
        context = info.context
        user = own_user(context, None if user_key is None else check_user_key(user_key))
        may_read = "user:read" in context.principal.scopes
        checked = check_key("key", key, "Conversation")
        found = await read_conversation(context.connection, checked, user if may_read else None)
        if found is not None and user is not None and may_read:
            await note_read(context, "conversation", user)
        return None if found is None else answer_object(info, Conversation.of(checked, found))

    @resolved_field(
        "Turns that the assistant did not serve well, newest first: without an answer, left to a "
        "person, or found unhelpful.",
        list[UnansweredTurn],
        scope="operations:read",
    )
    async def unanswered_turns(
        self,
        info: Info,
        days: Annotated[int, describe_argument("How many days back, 1 to 366.")] = 28,
        first: Annotated[int, describe_argument("How many at most: 1 to 100.")] = 20,
    ) -> CompletedValue:
        """Read."""
        check_first(first)
        if not 1 <= days <= _MOST_DAYS:
            raise InvalidInputError(f"'days' is {days}; it must be 1 to {_MOST_DAYS}.")
        since = datetime.now(UTC) - timedelta(days=days)
        rows = await read_unanswered_turns(info.context.connection, since, first)
        return answer_object(info, [UnansweredTurn.of(row) for row in rows])


async def answer_question(
    context: Context,
    text: str,
    products: Sequence[str],
    user: str | None,
    model: WordingModel | None = None,
) -> Answer:
    """Return the answer to a question.

    Args:
        context: context of the request.
        text: the question.
        products: keys of the products that it is about if it names none.
        user: key of the shopper whose orders may be told; only with the scope `user:read`.
        model: language model that may plan and word; None for neither.

    Raises:
        NotPublishedError: the encoder of turns is not on this machine.
        StoreUnavailableError: the database does not answer.
    """
    vocabulary = await read_vocabulary(context)
    turn = await context.services.intents.understand(text, vocabulary)
    reader = open_reader(context, vocabulary, user)
    return await answer_turn(turn, vocabulary, reader, products, model)


def check_products(keys: Sequence[str] | None) -> list[str]:
    """Refuse too many products, and what is no key of one.

    Raises:
        InvalidInputError: a key is no product's, or there are too many.
    """
    checked = [check_key("productKeys", key, "Product") for key in keys or ()]
    if len(checked) > _MOST_PRODUCTS:
        raise InvalidInputError(f"'productKeys' takes at most {_MOST_PRODUCTS} keys.")
    return checked


async def read_vocabulary(context: Context) -> SearchVocabulary:
    """Return the names of the graph.

    Raises:
        StoreUnavailableError: they cannot be read now.
    """
    vocabulary = await context.services.vocabulary.current()
    if vocabulary is None:
        raise StoreUnavailableError("The names of the graph cannot be read now; try again.")
    return vocabulary


def open_reader(context: Context, vocabulary: SearchVocabulary, user: str | None) -> GraphReader:
    """Return what answers read the graph by.

    Args:
        context: context of the request.
        vocabulary: names of the graph.
        user: key of the shopper whose orders may be told; only with the scope `user:read`.
    """
    prices = context.services.prices.basis()
    if prices.currency is None:
        prices = replace(prices, currency=next(iter(vocabulary.currencies), None))
    may_read = "user:read" in context.principal.scopes
    passages = context.services.passages
    return GraphReader(context.connection, passages, prices, user if may_read else None)
