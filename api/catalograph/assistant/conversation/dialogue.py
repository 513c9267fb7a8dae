"""From a turn and the conversation before it to an answer."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from catalograph.assistant.answers import (
    Answer,
    AnswerStatus,
    GraphReader,
    Statement,
    answer_planned,
    language_of_question,
)
from catalograph.assistant.conversation.clarify import (
    FEWEST,
    MOST_READ,
    ClarifyingQuestion,
    ask_which_product,
    choose_question,
)
from catalograph.assistant.conversation.follow_up import FollowUp, plan_follow_up
from catalograph.assistant.conversation.hand_over import (
    HandOverNote,
    asks_for_person,
    find_reason,
    write_note,
)
from catalograph.assistant.conversation.state import PastTurn, read_state
from catalograph.assistant.intents import UnderstoodTurn
from catalograph.assistant.query_understanding import SearchVocabulary
from catalograph.schema.query_plan import FindPlan
from catalograph.store.queries.plans import StatedProduct, describe_products, find_products

_MOST_SHOWN = 20
_MOST_CHOICES = 6
Recommender = Callable[[str], Awaitable[Answer | None]]
"""Function that answers from the shopper's own history, in a language; None where there is none."""


@dataclass(frozen=True, slots=True)
class TurnAnswer:
    """What a turn of a conversation is answered.

    Attributes:
        answer: the answer.
        question: question to the shopper; None for none.
        note: what a person has to know who takes over; None where nobody has to.
    """

    answer: Answer
    question: ClarifyingQuestion | None = None
    note: HandOverNote | None = None


async def answer_in_conversation(
    turn: UnderstoodTurn,
    past: Sequence[PastTurn],
    vocabulary: SearchVocabulary,
    reader: GraphReader,
    products: Sequence[str] = (),
    recommend: Recommender | None = None,
) -> TurnAnswer:
    """Return what a turn is answered.

    Args:
        turn: what it says.
        past: turns before it, the oldest first.
        vocabulary: names of the graph.
        reader: graph and caller.
        products: keys of the products before the shopper's eyes.
        recommend: recommender by the shopper's history; None without the shopper's consent.
    """
    turn = replace(turn, language=language_of_question(turn.text, vocabulary))
    intents = tuple(one.name for one in turn.intents)
    if asks_for_person(turn.text, intents):
        empty = Answer(AnswerStatus.HANDED_OVER, turn.language, ())
        return _hand_over(turn, past, TurnAnswer(empty), asks_person=True)
    state = read_state(past, products)
    keys = list(dict.fromkeys([*state.focus, *state.listed]))[:_MOST_SHOWN]
    shown = {one.key: one for one in await describe_products(reader.connection, keys)}
    follow = plan_follow_up(turn, state, shown, vocabulary)
    said = await _ask_back(follow, turn, reader) or await _answer(follow, turn, reader, recommend)
    return _hand_over(turn, past, said, asks_person=False)


async def _ask_back(
    follow: FollowUp, turn: UnderstoodTurn, reader: GraphReader
) -> TurnAnswer | None:
    """Return the question which product is meant; None where the turn says it."""
    keys = follow.choices[:_MOST_CHOICES]
    choices = await describe_products(reader.connection, keys)
    # Variants with one title cannot be told apart by a name.
    if len({one.title for one in choices}) < 2:
        return None
    question = ask_which_product(choices, turn.language)
    answer = Answer(
        AnswerStatus.UNCLEAR, turn.language, [Statement(question.text)],
        products=tuple(one.key for one in choices), plans=follow.planned.plans,
    )  # fmt: skip
    return TurnAnswer(answer, question)


async def _answer(
    follow: FollowUp, turn: UnderstoodTurn, reader: GraphReader, recommend: Recommender | None
) -> TurnAnswer:
    if follow.recommends and recommend is not None:
        own = await recommend(turn.language)
        if own is not None:
            return TurnAnswer(replace(own, plans=follow.planned.plans))
    answer = await answer_planned(follow.planned, reader, turn.language)
    question = None if follow.recommends else await _narrow(answer, reader)
    if question is None:
        return TurnAnswer(answer)
    asked = [*answer.statements, Statement(question.text)]
    return TurnAnswer(replace(answer, statements=asked), question)


async def _narrow(answer: Answer, reader: GraphReader) -> ClarifyingQuestion | None:
    """Return the question that narrows a search with many results; None for other answers."""
    plan = answer.plans[0] if len(answer.plans) == 1 else None
    if not isinstance(plan, FindPlan) or len(answer.products) < min(FEWEST, plan.limit):
        return None
    found = await find_products(
        reader.connection, plan.model_copy(update={"limit": MOST_READ}), reader.prices
    )
    listed: Sequence[StatedProduct] = found.products
    return None if plan.limit == 1 else choose_question(plan, listed, answer.language)


def _hand_over(
    turn: UnderstoodTurn, past: Sequence[PastTurn], said: TurnAnswer, *, asks_person: bool
) -> TurnAnswer:
    """Return the answer with the note for a person, if one should take over."""
    answer = said.answer
    this = PastTurn(
        turn.text, answer.status, tuple(one.name for one in turn.intents), turn.sentiment,
        tuple(answer.plans), tuple(answer.products),
    )  # fmt: skip
    reason = find_reason(this, past, asks_person=asks_person)
    if reason is None:
        return said
    note = write_note(reason, [*past, this], turn.language)
    kept = answer.statements if answer.status is AnswerStatus.ANSWERED else ()
    status = AnswerStatus.ANSWERED if kept else AnswerStatus.HANDED_OVER
    statements = [*kept, Statement(note.say)]
    return TurnAnswer(replace(answer, status=status, statements=statements), None, note)
