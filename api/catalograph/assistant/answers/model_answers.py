"""Plans and wordings by a language model; it is trusted with neither facts nor citations.

A plan may name only what it was given, and is of the plans' form, so that at worst it answers
another question, from the graph. A wording is verified against the statements that it cites, and
the statements themselves go out where it has a fault.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from catalograph.assistant.answers.answer import Answer, AnswerStatus, Statement
from catalograph.assistant.cited_wording import SENTENCES_SCHEMA, delimit_data, read_sentences
from catalograph.assistant.intents import UnderstoodTurn
from catalograph.assistant.intents.features import english_of
from catalograph.assistant.planning.links import find_attributes, find_products
from catalograph.assistant.query_understanding import SearchVocabulary
from catalograph.assistant.query_understanding.tokens import STOP_WORDS, fold_tokens
from catalograph.assistant.verifier import CitedSource, plain_words, verify
from catalograph.errors import InvalidInputError, LanguageModelError
from catalograph.ingest.answer_json import read_list
from catalograph.ingest.packaged_table import load_packaged_table
from catalograph.ml.script import language_of
from catalograph.schema.protocols import WordingModel
from catalograph.schema.query_plan import QueryPlan, parse_plan, plan_schema

_log = logging.getLogger(__name__)
_PACKAGE = "catalograph.assistant.answers"
_MOST_NAMES = 60
_MOST_PLANS = 4
_EXAMPLES = 4
_PLAN_TOKENS, _WORDING_TOKENS = 500, 600


async def plan_by_model(
    turn: UnderstoodTurn,
    vocabulary: SearchVocabulary,
    model: WordingModel,
    products: Sequence[str] = (),
) -> list[QueryPlan]:
    """Return a language model's plans of a turn; none if it gives none that may be run.

    Args:
        turn: what the turn says.
        vocabulary: names of the graph.
        model: the model.
        products: keys of the products that the conversation is about.
    """
    names = _names_for(turn, vocabulary, products)
    asked = {
        "question": turn.text,
        "names": [{"key": key, "name": label} for key, label in names.items()],
        "examples": _nearest_examples(turn.text),
    }
    system = str(load_packaged_table(_PACKAGE, "prompts")["plan"]).strip()
    try:
        answer = await model.complete(
            system, delimit_data(asked), _plans_schema(), _PLAN_TOKENS, "question"
        )
        given = read_list(answer, "plans")[:_MOST_PLANS]
        plans = [parse_plan(json.loads(json.dumps(one, default=float))) for one in given]
    except (LanguageModelError, InvalidInputError) as exc:
        _log.info("a language model's plan is not run: %s", exc)
        return []
    unknown = {key for plan in plans for key in _keys_of(plan.model_dump())} - set(names)
    if unknown:
        _log.info("a language model's plan names what it was not given: %s", sorted(unknown)[:3])
        return []
    return plans


async def word_by_model(answer: Answer, question: str, model: WordingModel) -> Answer:
    """Return an answer in a language model's words if every sentence is proved; else as it is.

    Args:
        answer: answer with statements by templates.
        question: what was asked.
        model: the model.
    """
    stated = {f"s{n}": one for n, one in enumerate(answer.statements) if one.sources}
    if answer.status is not AnswerStatus.ANSWERED or not stated:
        return answer
    asked = {
        "question": question,
        "statements": [{"id": id_, "text": one.text} for id_, one in stated.items()],
    }
    system = str(load_packaged_table(_PACKAGE, "prompts")["word"]).strip()
    try:
        said = await model.complete(
            system, delimit_data(asked), SENTENCES_SCHEMA, _WORDING_TOKENS, "question"
        )
        sentences = read_sentences(said)
    except LanguageModelError as exc:
        _log.info("an answer is not worded by a language model: %s", exc)
        return answer
    sources = {id_: CitedSource(one.text) for id_, one in stated.items()}
    faults = verify(sentences, sources, plain_words())
    other = any(language_of(one.text) != answer.language for one in sentences)
    if faults or other:
        _log.info("a wording is not shown: %s", faults[:3] or "it is in another language")
        return answer
    worded = [
        Statement(
            one.text,
            tuple(dict.fromkeys(n for id_ in one.citations for n in stated[id_].sources)),
        )
        for one in sentences
    ]
    admitted = [one for one in answer.statements if not one.sources]
    return replace(answer, statements=(*worded, *admitted), worded_by=model.name)


def _names_for(
    turn: UnderstoodTurn, vocabulary: SearchVocabulary, products: Sequence[str]
) -> dict[str, str]:
    """Return the keys that a plan may name, with names: what shares a word with the question."""
    found: dict[str, str] = {}
    for named in find_products(turn.text, vocabulary):
        found |= dict.fromkeys(named.keys, named.text)
    found |= {key: "the product in question" for key in products if key not in found}
    for one in turn.constraints:
        found |= {key: vocabulary.labels.get(key, one.label) for key in one.keys[:5]}
    for attribute in find_attributes(turn.text, vocabulary):
        found |= dict.fromkeys(attribute.keys, attribute.text)
    words = {
        word
        for word in fold_tokens(f"{turn.text} {english_of(turn.text)}")
        if word not in STOP_WORDS
    }
    shared = [
        (-len(words & set(tokens)) / len(tokens), -name.products, name.key, name.label)
        for tokens, listed in vocabulary.names.items()
        if words & set(tokens)
        for name in listed
    ]
    for _, _, key, label in sorted(shared):
        if len(found) >= _MOST_NAMES:
            break
        found.setdefault(key, label)
    for said, keys in vocabulary.attributes.items():
        if len(found) >= _MOST_NAMES:
            break
        if words & set(said):
            found |= dict.fromkeys(keys, " ".join(said))
    return found


def _nearest_examples(question: str) -> list[dict[str, Any]]:
    """Return the packaged examples that share most words with a question."""
    words = set(fold_tokens(english_of(question)))

    def likeness(example: dict[str, Any]) -> float:
        said = set(fold_tokens(english_of(example["question"])))
        return len(words & said) / len(words | said)

    examples = load_packaged_table(_PACKAGE, "plan_examples")["examples"]
    return sorted(examples, key=likeness, reverse=True)[:_EXAMPLES]


def _keys_of(value: object) -> set[str]:
    """Return the keys of nodes in a plan."""
    if isinstance(value, dict):
        texts = ("query", "words", "without_words", "word", "id", "attribute")
        kept = [one for name, one in value.items() if name not in texts or _is_key(one)]
        return {key for one in kept for key in _keys_of(one)}
    if isinstance(value, list | tuple):
        return {key for one in value for key in _keys_of(one)}
    return {value} if isinstance(value, str) and _is_key(value) else set()


def _is_key(value: object) -> bool:
    prefixes = ("product:", "brand:", "category:", "value:", "attribute:")
    return isinstance(value, str) and value.startswith(prefixes)


@cache
def _plans_schema() -> dict[str, Any]:
    plan = plan_schema()
    definitions = plan.pop("$defs")
    return {
        "type": "object",
        "properties": {"plans": {"type": "array", "items": plan, "maxItems": _MOST_PLANS}},
        "required": ["plans"],
        "additionalProperties": False,
        "$defs": definitions,
    }
