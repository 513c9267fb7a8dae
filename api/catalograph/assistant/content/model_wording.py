"""Texts worded by a language model from numbered facts; nothing it says is trusted unverified."""

import contextlib
import json
import re
from collections.abc import Sequence
from typing import Any

from catalograph.assistant.content.briefs import Brief, neutral_audience
from catalograph.assistant.content.citable_facts import CitableFact
from catalograph.assistant.content.templates import choose_facts
from catalograph.assistant.verifier import CitedSentence
from catalograph.errors import ModelOutputError
from catalograph.ingest.packaged_table import load_packaged_table
from catalograph.schema.generated_content import ContentKind
from catalograph.schema.protocols import WordingModel

_PACKAGE = "catalograph.assistant.content"
_MOST_TOKENS = 700
_MOST_SENTENCES = 20
_OBJECT = re.compile(r'\{\s*"sentences"')
# Some grammars allow raw line breaks in strings.
_DECODER = json.JSONDecoder(strict=False)
SCHEMA: dict[str, Any] = {
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
"""JSON schema of an answer."""


async def ask_wording(
    model: WordingModel, facts: Sequence[CitableFact], brief: Brief, variant: int, product: str
) -> list[CitedSentence]:
    """Ask a language model for a text; return its sentences, unverified.

    It is sent the name and the facts chosen for the audience, and the audience without words of
    gender, age and origin, so that these cannot change what it writes.

    Raises:
        LanguageModelError: there is no answer, or none in the form.
    """
    offered = [
        *(one for one in facts if one.kind == "name"),
        *choose_facts(facts, brief, variant),
    ]
    tag = brief.language
    told = [
        {
            "id": one.id,
            "states": one.label.in_language(tag),
            "value": one.value.in_language(tag),
        }
        for one in offered
    ]
    prompts = load_packaged_table(_PACKAGE, "prompts")
    asked = {
        "text": str(prompts["kinds"][str(brief.kind)]),
        "language": "Chinese" if tag == "zh" else "English",
        "tone": str(brief.tone),
        "readers": neutral_audience(brief.audience) or "everybody",
        "facts": told,
    }
    # Angle brackets are escaped, so that no value closes the delimiters around the data.
    data = json.dumps(asked, ensure_ascii=False).replace("<", "\\u003c").replace(">", "\\u003e")
    system = str(prompts["system"]).strip()
    answer = await model.complete(
        system, f"<<<DATA\n{data}\nDATA>>>", SCHEMA, _MOST_TOKENS, product
    )
    return read_sentences(answer)


def read_sentences(answer: str) -> list[CitedSentence]:
    """Return the sentences of an answer; the last object of the form counts.

    Raises:
        ModelOutputError: there is none.
    """
    found = None
    for match in reversed(list(_OBJECT.finditer(answer))):
        with contextlib.suppress(json.JSONDecodeError, RecursionError):
            found = _DECODER.raw_decode(answer, match.start())[0].get("sentences")
            break
    if not isinstance(found, list) or not found:
        raise ModelOutputError("The language model's answer has no list of sentences.")
    sentences = []
    for item in found[:_MOST_SENTENCES]:
        if isinstance(item, dict) and isinstance(item.get("text"), str) and item["text"].strip():
            cited = item.get("cite")
            ids = tuple(map(str, cited)) if isinstance(cited, list) else ()
            sentences.append(CitedSentence(" ".join(item["text"].split()), ids))
    if not sentences:
        raise ModelOutputError("The language model's answer has no sentence with a text.")
    return sentences


def join_sentences(sentences: Sequence[CitedSentence], brief: Brief) -> str:
    """Return the whole text: bullets and e-mails have a line for each sentence."""
    texts = [sentence.text for sentence in sentences]
    if brief.kind == ContentKind.BULLETS:
        return "\n".join(f"• {text}" for text in texts)
    if brief.kind == ContentKind.EMAIL:
        return "\n".join(texts)
    return ("" if brief.language == "zh" else " ").join(texts)
