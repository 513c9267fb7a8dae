"""Statements compiled from the query plan of a question; no language model."""

import re

from catalograph.assistant.cypher.statement import GraphStatement
from catalograph.assistant.intents import UnderstoodTurn
from catalograph.assistant.planning import is_description, plan_turn
from catalograph.assistant.planning.cues import has_cue
from catalograph.assistant.planning.links import blank_products, find_products
from catalograph.assistant.query_understanding import SearchVocabulary
from catalograph.schema.query_plan import AggregatePlan, ProductSet, QueryPlan, write_plan
from catalograph.store.queries.plans import table_statement
from catalograph.store.queries.projection import PriceBasis

_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def offer_statement(
    turn: UnderstoodTurn, vocabulary: SearchVocabulary, prices: PriceBasis
) -> GraphStatement | None:
    """Return the statement of the one query plan of a question.

    Args:
        turn: the question.
        vocabulary: names of the graph.
        prices: currency in which prices are compared.

    Returns:
        The statement; None where no plan is for all that the question says.
    """
    planned = plan_turn(turn, vocabulary)
    if len(planned.plans) != 1:
        return None
    [plan] = planned.plans
    compiled = table_statement(plan, prices) if _says_all(plan, turn, vocabulary) else None
    if compiled is None:
        return None
    return GraphStatement(compiled.text, compiled.parameters, plan=plan)


def _says_all(plan: QueryPlan, turn: UnderstoodTurn, vocabulary: SearchVocabulary) -> bool:
    """Return whether no number, word or grouping of a question is missing in its plan."""
    of = getattr(plan, "of", ProductSet())
    if of.words or is_description(plan):
        return False
    rest = blank_products(turn.text, find_products(turn.text, vocabulary))
    if has_cue("by_group", rest) and not (isinstance(plan, AggregatePlan) and plan.by):
        return False
    said = {float(number) for number in _NUMBER.findall(write_plan(plan))}
    return all(float(number) in said for number in _NUMBER.findall(rest))
