"""Statements by a language model: checked by code, sent back once, and never trusted."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from catalograph.assistant.cited_wording import delimit_data
from catalograph.assistant.cypher.ontology_text import describe_ontology, find_labels
from catalograph.assistant.cypher.statement import GraphStatement, StatementCheck
from catalograph.assistant.intents import UnderstoodTurn
from catalograph.assistant.intents.features import english_of
from catalograph.assistant.planning.names import find_names
from catalograph.assistant.query_understanding import SearchVocabulary
from catalograph.assistant.query_understanding.tokens import fold_tokens
from catalograph.errors import (
    ModelOutputError,
    StatementBusyError,
    StatementError,
    StatementInvalidError,
)
from catalograph.ingest.answer_json import read_list
from catalograph.ingest.packaged_table import load_packaged_table
from catalograph.schema.protocols import WordingModel
from catalograph.store.analyst import SavedQuery, check_patterns, saved_queries

_TOKENS = 700
_EXAMPLES = 3
_PARAMETER = re.compile(r"\$(\w+)")
_LABEL = re.compile(r"\(\w*:(\w+)")
_UNKNOWN = ("01N50", "01N51", "01N52")
"""Statuses of the database for a label, a relation and a property that the graph does not have."""
_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "statements": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"cypher": {"type": "string"}},
                "required": ["cypher"],
                "additionalProperties": False,
            },
            "minItems": 1,
            "maxItems": 1,
        }
    },
    "required": ["statements"],
    "additionalProperties": False,
}


async def write_statement(
    turn: UnderstoodTurn, vocabulary: SearchVocabulary, model: WordingModel, check: StatementCheck
) -> GraphStatement:
    """Return a language model's statement of a question, checked but not run.

    Relations that lead the wrong way are turned by code. Of other faults the model is told once.

    Args:
        turn: the question.
        vocabulary: names of the graph.
        model: the model.
        check: check of a statement by the gate and the database.

    Raises:
        LanguageModelError: there is no answer of the form.
        StatementError: the second statement has a fault too; `context["written"]` is its text.
    """
    asked = _describe_request(turn, vocabulary)
    text = await _complete(model, asked)
    fault, turned, text = await _find_fault(text, check)
    if fault is None:
        return GraphStatement(text, written_by=model.name, corrections=turned)
    first = str(fault)
    text = await _complete(model, {**asked, "written": text, "fault": first})
    fault, turned, text = await _find_fault(text, check)
    if fault is not None:
        fault.context["written"] = text
        raise fault
    return GraphStatement(text, written_by=model.name, corrections=(first, *turned))


async def _complete(model: WordingModel, asked: Mapping[str, Any]) -> str:
    system = str(load_packaged_table("catalograph.assistant.cypher", "prompts")["write"]).strip()
    answer = await model.complete(system, delimit_data(asked), _SCHEMA, _TOKENS, "question")
    for one in read_list(answer, "statements"):
        if isinstance(one, dict) and isinstance(one.get("cypher"), str):
            return str(one["cypher"]).strip().rstrip(";").rstrip()
    raise ModelOutputError("The language model's answer has no statement.")


async def _find_fault(
    text: str, check: StatementCheck
) -> tuple[StatementError | None, tuple[str, ...], str]:
    """Return why a statement may not run, what was turned in it, and the statement with that."""
    try:
        report = check_patterns(text)
        text = report.text
        notices = await check(text)
    except StatementBusyError:
        raise
    except StatementError as exc:
        return exc, (), text
    faults = [*report.faults, *(one.description for one in notices if one.code in _UNKNOWN)]
    if faults:
        return StatementInvalidError(" ".join(faults)), report.turned, text
    return None, report.turned, text


def _describe_request(turn: UnderstoodTurn, vocabulary: SearchVocabulary) -> dict[str, Any]:
    examples = _nearest_queries(turn.text)
    labels = find_labels(english_of(turn.text))
    labels |= {label for one in examples for label in _LABEL.findall(one.text)}
    return {
        "question": turn.text,
        "graph": describe_ontology(labels),
        "names": [{"key": key, "name": name} for key, name in find_names(turn, vocabulary).items()],
        "examples": [{"question": one.question, "cypher": _fill_examples(one)} for one in examples],
    }


def _nearest_queries(question: str) -> Sequence[SavedQuery]:
    """Return the saved queries whose questions share most words with a question."""
    words = set(fold_tokens(english_of(question)))

    def likeness(query: SavedQuery) -> float:
        said = set(fold_tokens(f"{query.title} {query.question}"))
        return len(words & said) / len(words | said)

    return sorted(saved_queries(), key=likeness, reverse=True)[:_EXAMPLES]


def _fill_examples(query: SavedQuery) -> str:
    """Return a saved query with its example values in place of its parameters."""
    values = {one.name: json.dumps(one.example) for one in query.parameters}
    return _PARAMETER.sub(lambda match: values.get(match[1], match[0]), query.text)
