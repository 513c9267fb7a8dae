"""Dialogues for a language model to learn from, made from right answers of the assistant.

Plans and wordings are asked for by the assistant's own prompts, so that a model learns the very
requests that it will get behind the gateway.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from catalograph.assistant.answers import Answer, AnswerStatus, Statement
from catalograph.assistant.answers.model_answers import word_by_model
from catalograph.assistant.answers.model_steps import find_unknown_keys, write_plan_request
from catalograph.assistant.intents import NONE, LabelledTurn, UnderstoodTurn
from catalograph.assistant.planning.names import find_names
from catalograph.assistant.query_understanding import SearchVocabulary
from catalograph.embed.language_model.generation import answer_dialogues
from catalograph.embed.language_model.persistence import TrainedModel
from catalograph.embed.language_model.rows import ChatTurn, Dialogue, ask
from catalograph.evaluation.questions import QuestionRow, is_right
from catalograph.schema.query_plan import parse_plan

_MOST_QUESTIONS = 4
_MOST_INTENT_TOKENS = 16
_INTENTS = (
    "Name the intent of the customer's message. Answer with one of these names and nothing else: "
)


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A question with the assistant's right answer.

    Attributes:
        row: question.
        answer: answer in the API's form.
    """

    row: QuestionRow
    answer: Mapping[str, Any]


def is_learnable(row: QuestionRow, answer: Mapping[str, Any]) -> bool:
    """Return whether an answer is right, or rightly says that it is not known."""
    return is_right(row, answer) if row.answerable else answer["status"] == "UNKNOWN"


def plan_dialogue(
    turn: UnderstoodTurn, vocabulary: SearchVocabulary, answered: AnsweredQuestion
) -> Dialogue | None:
    """Return the request for the plans of a turn with those that answered it rightly.

    Returns:
        None if there are none, or they name what the request does not offer.
    """
    plans = [json.loads(plan) for plan in answered.answer["plans"]]
    names = find_names(turn, vocabulary, ())
    if not plans or find_unknown_keys([parse_plan(plan) for plan in plans], names):
        return None
    system, asked = write_plan_request(turn.text, names)
    return ask(asked, json.dumps({"plans": plans}, ensure_ascii=False), system=system, kind="plan")


async def wording_dialogue(answered: AnsweredQuestion) -> Dialogue | None:
    """Return the request for the wording of an answer, with its statements as the wording.

    Returns:
        None if the answer has no sources, or the verifier finds a fault in the statements.
    """
    told = answered.answer
    statements = [Statement(one["text"], tuple(one["sources"])) for one in told["statements"]]
    answer = Answer(AnswerStatus(told["status"].lower()), answered.row.language, statements)
    sentences = [
        {"text": one.text, "cite": [f"s{n}"]} for n, one in enumerate(statements) if one.sources
    ]
    scribe = _Scribe(json.dumps({"sentences": sentences}, ensure_ascii=False))
    worded = await word_by_model(answer, answered.row.question, scribe)
    return scribe.dialogue("wording") if worded.worded_by == scribe.name else None


def shop_dialogues(answered: Sequence[AnsweredQuestion], seed: int) -> list[Dialogue]:
    """Return the questions, each once, in dialogues of one to four, each in one language."""
    draw = np.random.default_rng(seed)
    by_language: dict[str, list[AnsweredQuestion]] = defaultdict(list)
    for n in draw.permutation(len(answered)).tolist():
        by_language[answered[n].row.language].append(answered[n])
    found = []
    for _, listed in sorted(by_language.items()):
        at = 0
        while at < len(listed):
            end = at + 1 + int(draw.integers(_MOST_QUESTIONS))
            turns = [
                turn
                for one in listed[at:end]
                for turn in (
                    ChatTurn("user", one.row.question),
                    ChatTurn("assistant", str(one.answer["text"])),
                )
            ]
            found.append(Dialogue(tuple(turns), "dialogue"))
            at = end
    return found


def intent_dialogues(turns: Sequence[LabelledTurn]) -> list[Dialogue]:
    """Return labelled turns as questions for their intent, with all intents to choose from."""
    system = _intent_system(turn.intent for turn in turns)
    return [ask(turn.text, turn.intent, system=system, kind="intent") for turn in turns]


def choose_dialogues(dialogues: Sequence[Dialogue], count: int, seed: int) -> list[Dialogue]:
    """Return at most so many dialogues in a drawn order, of each kind as many as there are."""
    draw = np.random.default_rng(seed)
    by_kind: dict[str, list[Dialogue]] = defaultdict(list)
    for one in dialogues:
        by_kind[one.kind].append(one)
    queues = {
        kind: [listed[n] for n in draw.permutation(len(listed)).tolist()]
        for kind, listed in sorted(by_kind.items())
    }
    chosen: list[Dialogue] = []
    while len(chosen) < count and any(queues.values()):
        for queue in queues.values():
            if queue and len(chosen) < count:
                chosen.append(queue.pop())
    return [chosen[n] for n in draw.permutation(len(chosen)).tolist()]


def label_turns(
    teacher: TrainedModel, texts: Sequence[str], intents: Sequence[str]
) -> list[LabelledTurn]:
    """Return texts with the intents that a language model names; others are left out.

    Args:
        teacher: model that learned `intent_dialogues` of these intents.
        texts: sentences without labels.
        intents: names of all intents.
    """
    asked = [ask(text, NONE, system=_intent_system(intents)) for text in texts]
    answers = answer_dialogues(teacher, asked, _MOST_INTENT_TOKENS)
    return [
        LabelledTurn(text, answer)
        for text, answer in zip(texts, answers, strict=True)
        if answer in intents
    ]


def _intent_system(intents: Iterable[str]) -> str:
    return f"{_INTENTS}{', '.join(sorted(set(intents)))}."


class _Scribe:
    """A `WordingModel` that writes requests down, and gives a known answer."""

    name = "scribe"

    def __init__(self, answer: str) -> None:
        self._answer = answer
        self._asked: tuple[str, str] | None = None

    async def complete(
        self, system: str, user: str, schema: Mapping[str, Any], max_tokens: int, subject: str
    ) -> str:
        self._asked = system, user
        return self._answer

    def dialogue(self, kind: str) -> Dialogue | None:
        if self._asked is None:
            return None
        return ask(self._asked[1], self._answer, system=self._asked[0], kind=kind)
