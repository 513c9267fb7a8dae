"""Answers in bounded steps: a language model calls query plans as tools and sees what they find.

A plan may name only what the model was given or an earlier step found, and is of the plans' form,
so that at worst it answers another question, from the graph.
"""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from catalograph.assistant.answers.answer import Answer, AnswerStatus, AnswerWriter
from catalograph.assistant.answers.reader import GraphReader
from catalograph.assistant.answers.writers import WRITERS
from catalograph.assistant.cited_wording import delimit_data
from catalograph.assistant.intents import UnderstoodTurn
from catalograph.assistant.intents.features import english_of
from catalograph.assistant.planning.names import find_names
from catalograph.assistant.query_understanding import SearchVocabulary
from catalograph.assistant.query_understanding.tokens import fold_tokens
from catalograph.errors import InvalidInputError, LanguageModelError
from catalograph.ingest.answer_json import read_object
from catalograph.ingest.packaged_table import load_packaged_table
from catalograph.schema.protocols import WordingModel
from catalograph.schema.query_plan import QueryPlan, parse_plan, plan_schema, write_plan

_log = logging.getLogger(__name__)
_PACKAGE = "catalograph.assistant.answers"
_MOST_PLANS = 4
_EXAMPLES = 4
_FOUND_NAMES = 20
_FOUND_CHARACTERS = 1_500


@dataclass(frozen=True, slots=True)
class StepLimits:
    """Limits of the steps of one answer.

    Attributes:
        steps: largest number of requests for plans.
        tokens: largest number of tokens that the model may write in all steps.
        seconds: time for all steps; those done by then count.
    """

    steps: int = 4
    tokens: int = 2_000
    seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class _Step:
    """Plans of one request, and whether the model wants to see what they find before it goes on."""

    plans: Sequence[QueryPlan] = ()
    more: bool = False


async def answer_in_steps(
    turn: UnderstoodTurn,
    vocabulary: SearchVocabulary,
    reader: GraphReader,
    model: WordingModel,
    language: str,
    products: Sequence[str] = (),
    limits: StepLimits | None = None,
) -> Answer | None:
    """Return what a language model's plans find; None if the last of them find nothing.

    Args:
        turn: the question.
        vocabulary: names of the graph.
        reader: graph and caller.
        model: the model.
        language: `en` or `zh`.
        products: keys of the products that the conversation is about.
        limits: limits of the steps.
    """
    given = limits or StepLimits()
    run = _StepRun(turn, find_names(turn, vocabulary, products), reader, model, language)
    try:
        async with asyncio.timeout(given.seconds):
            for _ in range(given.steps):
                if not await run.take_step(given.tokens // given.steps):
                    break
    except TimeoutError:
        _log.info("a language model's steps are ended after %g seconds", given.seconds)
    return run.finish()


class _StepRun:
    """The steps of one answer; for the arguments see `answer_in_steps`.

    Args:
        names: keys that plans may name, with names.
    """

    def __init__(
        self,
        turn: UnderstoodTurn,
        names: dict[str, str],
        reader: GraphReader,
        model: WordingModel,
        language: str,
    ) -> None:
        self._turn = turn
        self._names = names
        self._reader = reader
        self._model = model
        self._writer = AnswerWriter(language)
        self._plans: list[QueryPlan] = []
        self._found: list[dict[str, Any]] = []

    async def take_step(self, tokens: int) -> bool:
        """Ask for plans and run them; return whether the model wants another step."""
        step = await self._ask(tokens)
        new = [plan for plan in step.plans if plan not in self._plans]
        if not new:
            return False
        # Only the last step answers: those before it found what it is about.
        self._writer.answered = False
        self._writer.products.clear()
        for plan in new:
            before = len(self._writer.statements)
            await WRITERS[plan.op](plan, self._reader, self._writer)
            said = " ".join(one.text for one in self._writer.statements[before:])
            found = {"plan": json.loads(write_plan(plan)), "found": said[:_FOUND_CHARACTERS]}
            self._found.append(found)
        self._plans += new
        for key, name in list(self._writer.nodes.items())[-_FOUND_NAMES:]:
            self._names.setdefault(key, name)
        return step.more

    def finish(self) -> Answer | None:
        """Return the answer of the steps; None if the last of them answers nothing."""
        answer = self._writer.finish(self._plans)
        if answer.status is AnswerStatus.UNKNOWN or not self._plans:
            return None
        return replace(answer, planned_by=self._model.name)

    async def _ask(self, tokens: int) -> _Step:
        system, asked = write_plan_request(self._turn.text, self._names, self._found)
        try:
            answer = await self._model.complete(system, asked, _step_schema(), tokens, "question")
            given = read_object(answer, "plans")
            plans = [_read_plan(one) for one in given["plans"][:_MOST_PLANS]]
        except (LanguageModelError, InvalidInputError) as exc:
            _log.info("a language model's plan is not run: %s", exc)
            return _Step()
        unknown = find_unknown_keys(plans, self._names)
        if unknown:
            _log.info(
                "a language model's plan names what it was not given: %s", sorted(unknown)[:3]
            )
            return _Step()
        return _Step(plans, given.get("more") is True)


def write_plan_request(
    question: str, names: Mapping[str, str], found: Sequence[Mapping[str, Any]] = ()
) -> tuple[str, str]:
    """Return instructions and data of a request for plans.

    Args:
        question: the question.
        names: keys that plans may name, with names.
        found: plans of earlier steps, and what they found.
    """
    asked: dict[str, Any] = {
        "question": question,
        "names": [{"key": key, "name": name} for key, name in names.items()],
        "examples": _nearest_examples(question),
    }
    if found:
        asked["steps"] = found
    system = str(load_packaged_table(_PACKAGE, "prompts")["plan"]).strip()
    return system, delimit_data(asked)


def find_unknown_keys(plans: Sequence[QueryPlan], names: Mapping[str, str]) -> set[str]:
    """Return the keys in plans that are none of the names."""
    return {key for plan in plans for key in _keys_of(plan.model_dump())} - set(names)


def _read_plan(data: Mapping[str, Any]) -> QueryPlan:
    return parse_plan(json.loads(json.dumps(data, default=float)))


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
def _step_schema() -> dict[str, Any]:
    plan = plan_schema()
    definitions = plan.pop("$defs")
    return {
        "type": "object",
        "properties": {
            "plans": {"type": "array", "items": plan, "maxItems": _MOST_PLANS},
            "more": {"type": "boolean"},
        },
        "required": ["plans"],
        "additionalProperties": False,
        "$defs": definitions,
    }
