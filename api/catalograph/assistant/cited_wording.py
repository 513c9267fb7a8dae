"""Requests to a language model for sentences that cite, and the reading of its answers."""

import json
from collections.abc import Mapping
from typing import Any

from catalograph.assistant.verifier import CitedSentence
from catalograph.errors import ModelOutputError
from catalograph.ingest.answer_json import read_list

_MOST_SENTENCES = 20
SENTENCES_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "sentences": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "cite": {"type": "array", "items": {"type": "string"}},
                },
                "required": ["text", "cite"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["sentences"],
    "additionalProperties": False,
}
"""JSON schema of an answer of sentences."""


def delimit_data(data: Mapping[str, Any]) -> str:
    """Return data as JSON between delimiters that no value in it can close."""
    text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c").replace(">", "\\u003e")
    return f"<<<DATA\n{text}\nDATA>>>"


def read_sentences(answer: str) -> list[CitedSentence]:
    """Return the sentences of an answer; the last object of the form counts.

    Raises:
        ModelOutputError: there is none.
    """
    sentences = []
    for item in read_list(answer, "sentences")[:_MOST_SENTENCES]:
        if isinstance(item, dict) and isinstance(item.get("text"), str) and item["text"].strip():
            cited = item.get("cite")
            ids = tuple(map(str, cited)) if isinstance(cited, list) else ()
            sentences.append(CitedSentence(" ".join(item["text"].split()), ids))
    if not sentences:
        raise ModelOutputError("The language model's answer has no sentence with a text.")
    return sentences
