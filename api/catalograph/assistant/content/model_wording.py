"""Texts worded by a language model from numbered facts; nothing it says is trusted unverified."""

from collections.abc import Sequence

from catalograph.assistant.cited_wording import SENTENCES_SCHEMA, delimit_data, read_sentences
from catalograph.assistant.content.briefs import Brief, neutral_audience
from catalograph.assistant.content.citable_facts import CitableFact
from catalograph.assistant.content.templates import choose_facts
from catalograph.assistant.verifier import CitedSentence
from catalograph.ingest.packaged_table import load_packaged_table
from catalograph.schema.generated_content import ContentKind
from catalograph.schema.protocols import WordingModel

_PACKAGE = "catalograph.assistant.content"
_MOST_TOKENS = 700


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
    system = str(prompts["system"]).strip()
    answer = await model.complete(
        system, delimit_data(asked), SENTENCES_SCHEMA, _MOST_TOKENS, product
    )
    return read_sentences(answer)


def join_sentences(sentences: Sequence[CitedSentence], brief: Brief) -> str:
    """Return the whole text: bullets and e-mails have a line for each sentence."""
    texts = [sentence.text for sentence in sentences]
    if brief.kind == ContentKind.BULLETS:
        return "\n".join(f"• {text}" for text in texts)
    if brief.kind == ContentKind.EMAIL:
        return "\n".join(texts)
    return ("" if brief.language == "zh" else " ").join(texts)
