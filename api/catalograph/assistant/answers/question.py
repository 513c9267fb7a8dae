"""From an understood turn to its answer."""

from collections.abc import Sequence

from catalograph.assistant.answers.answer import Answer, AnswerStatus, AnswerWriter, Statement
from catalograph.assistant.answers.model_answers import word_by_model
from catalograph.assistant.answers.model_steps import answer_in_steps
from catalograph.assistant.answers.phrases import NO_PRODUCT, NO_WORDS, NOTHING_KNOWN
from catalograph.assistant.answers.reader import GraphReader
from catalograph.assistant.answers.writers import answer_plans
from catalograph.assistant.intents import UnderstoodTurn
from catalograph.assistant.planning import Gap, PlannedTurn, plan_turn
from catalograph.assistant.planning.links import blank_products, find_products, has_unknown_name
from catalograph.assistant.query_understanding import SearchVocabulary
from catalograph.ml.script import has_han
from catalograph.schema.protocols import WordingModel
from catalograph.schema.query_plan import QueryPlan

_OPEN = (AnswerStatus.UNKNOWN, AnswerStatus.UNCLEAR)


async def answer_turn(
    turn: UnderstoodTurn,
    vocabulary: SearchVocabulary,
    reader: GraphReader,
    products: Sequence[str] = (),
    model: WordingModel | None = None,
) -> Answer:
    """Return the answer of a turn.

    A language model is asked for plans only where the rules understood a part of the question at
    most, and it names no product and nothing unknown: it cannot answer for a fact that is missing.

    Args:
        turn: what it says.
        vocabulary: names of the graph.
        reader: graph and caller.
        products: keys of the products that the conversation is about.
        model: language model that plans what the rules cannot, and words answers; None for neither.
    """
    language = language_of_question(turn.text, vocabulary)
    answer = await answer_planned(plan_turn(turn, vocabulary, products), reader, language)
    if model is None:
        return answer
    if answer.status in _OPEN and may_plan(turn, vocabulary, answer.plans):
        found = await answer_in_steps(turn, vocabulary, reader, model, language, products)
        answer = found or answer
    return await word_by_model(answer, turn.text, model)


def language_of_question(text: str, vocabulary: SearchVocabulary) -> str:
    """Return the language of a question, `en` or `zh`: that of its words beside product names.

    One Chinese word makes it Chinese, as names in it are often Latin.
    """
    return "zh" if has_han(blank_products(text, find_products(text, vocabulary))) else "en"


def may_plan(
    turn: UnderstoodTurn, vocabulary: SearchVocabulary, plans: Sequence[QueryPlan]
) -> bool:
    """Return whether a language model may plan a question that the rules answer nothing to.

    Args:
        turn: what the question says.
        vocabulary: names of the graph.
        plans: plans of the rules.
    """
    if find_products(turn.text, vocabulary) or has_unknown_name(turn.text, vocabulary):
        return False
    return all(
        plan.op == "policy" or (plan.op in ("find", "aggregate", "path") and plan.of.words)
        for plan in plans
    )


async def answer_planned(planned: PlannedTurn, reader: GraphReader, language: str) -> Answer:
    """Return the answer of a planned turn; what is not known or not clear, if it has no plan.

    Args:
        planned: plans of the turn, or why there is none.
        reader: graph and caller.
        language: `en` or `zh`.
    """
    if planned.plans:
        answer = await answer_plans(planned.plans, reader, language)
        if answer.status is AnswerStatus.UNKNOWN and planned.otherwise is not None:
            other = await answer_plans([planned.otherwise], reader, language)
            return other if other.status is AnswerStatus.ANSWERED else answer
        return answer
    writer = AnswerWriter(language)
    if planned.gap is Gap.PRODUCT:
        text = writer.word(NO_PRODUCT)
        return Answer(AnswerStatus.UNCLEAR, language, [Statement(text)])
    words = planned.words
    text = writer.word(NO_WORDS, words=words) if words else writer.word(NOTHING_KNOWN)
    return Answer(AnswerStatus.UNKNOWN, language, [Statement(text)])
