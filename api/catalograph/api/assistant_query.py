"""Fields of the Query type about what is asked in words."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import strawberry

from catalograph.api.auth import own_user
from catalograph.api.context import Context, Info
from catalograph.api.decorators import describe_argument, resolved_field
from catalograph.api.execution import CompletedValue, answer_object
from catalograph.api.inputs import check_key, check_turn, check_user_key
from catalograph.api.types.answer import QuestionAnswer
from catalograph.api.types.turn import TurnUnderstanding
from catalograph.assistant.answers import Answer, GraphReader, answer_turn
from catalograph.errors import InvalidInputError, StoreUnavailableError
from catalograph.schema.protocols import WordingModel

_MOST_PRODUCTS = 10


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
        keys = [check_key("productKeys", key, "Product") for key in product_keys or ()]
        if len(keys) > _MOST_PRODUCTS:
            raise InvalidInputError(f"'productKeys' takes at most {_MOST_PRODUCTS} keys.")
        user = own_user(info.context, None if user_key is None else check_user_key(user_key))
        answer = await answer_question(info.context, check_turn(text), keys, user, model)
        return answer_object(info, QuestionAnswer.of(answer))


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
    services = context.services
    vocabulary = await services.vocabulary.current()
    if vocabulary is None:
        raise StoreUnavailableError("The names of the graph cannot be read now; try again.")
    turn = await services.intents.understand(text, vocabulary)
    prices = services.prices.basis()
    if prices.currency is None:
        prices = replace(prices, currency=next(iter(vocabulary.currencies), None))
    may_read = "user:read" in context.principal.scopes
    reader = GraphReader(context.connection, services.passages, prices, user if may_read else None)
    return await answer_turn(turn, vocabulary, reader, products, model)
