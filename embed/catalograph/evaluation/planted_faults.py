"""Faults planted into verified texts, to measure how many of them the checks find."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from catalograph.assistant.content import CitableFact, ContentDraft
from catalograph.assistant.verifier import CitedSentence

CLAIMS = {
    "en": (
        "It is waterproof.",
        "It lasts for years without service.",
        "Doctors recommend it.",
        "It suits elderly readers.",
        "It was made in Germany.",
        "Nothing beats it.",
        "It is on sale until Friday.",
        "You save half of the price.",
    ),
    "zh": (
        "它防水。",
        "它经久耐用。",
        "医生推荐它。",
        "适合老年人。",
        "德国制造。",
        "无可匹敌。",
        "优惠到周五。",
        "为您省一半的钱。",
    ),
}
"""Sentences that no catalogue of the measure states in these words."""
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class PlantedFault:
    """A wording with one fault.

    Attributes:
        kind: number (one digit changed), value (that of another product), swap (two values of one
            sentence exchanged), claim (a sentence that no fact states) or citation (left out).
        sentences: the wording.
    """

    kind: str
    sentences: tuple[CitedSentence, ...]


def plant_faults(
    draft: ContentDraft, others: Sequence[CitableFact], draw: random.Random
) -> Iterator[PlantedFault]:
    """Yield wordings with one fault each: of each kind one, where the text allows it.

    Args:
        draft: a text without faults.
        others: facts of other products.
        draw: source of choices.
    """
    own = " ".join(f"{one.value.en} {one.value.zh} {one.label.en}" for one in draft.facts)
    tag = draft.brief.language
    made = {
        "number": _change_number(draft, own, draw),
        "value": _change_value(draft, others, own, draw),
        "swap": _swap_values(draft),
        "claim": CitedSentence(draw.choice(CLAIMS[tag]), draft.sentences[0].citations),
        "citation": replace(draw.choice(draft.sentences), citations=()),
    }
    for kind, sentence in made.items():
        if sentence is not None:
            yield PlantedFault(kind, (sentence,))


def _change_number(draft: ContentDraft, own: str, draw: random.Random) -> CitedSentence | None:
    places = [(one, match) for one in draft.sentences for match in _DIGITS.finditer(one.text)]
    draw.shuffle(places)
    for sentence, match in places:
        digits = match[0]
        changed = digits[:-1] + str((int(digits[-1]) + 1) % 10)
        if changed not in own:
            text = sentence.text[: match.start()] + changed + sentence.text[match.end() :]
            return replace(sentence, text=text)
    return None


def _change_value(
    draft: ContentDraft, others: Sequence[CitableFact], own: str, draw: random.Random
) -> CitedSentence | None:
    tag = draft.brief.language
    for fact in draw.sample(draft.facts, len(draft.facts)):
        value = fact.value.in_language(tag)
        sentence = next((one for one in draft.sentences if fact.id in one.citations), None)
        wrong = [
            one.value.in_language(tag)
            for one in others
            if one.label == fact.label
            and one.value.in_language(tag).casefold() not in own.casefold()
        ]
        if sentence is not None and wrong and value in sentence.text:
            return replace(sentence, text=sentence.text.replace(value, draw.choice(wrong), 1))
    return None


def _swap_values(draft: ContentDraft) -> CitedSentence | None:
    """Exchange the values of two attributes that one sentence states."""
    tag = draft.brief.language
    for sentence in draft.sentences:
        cited = [one for one in draft.facts if one.id in sentence.citations and one.kind == "value"]
        texts = [one.value.in_language(tag) for one in cited]
        if len({one.label for one in cited}) < 2 or cited[0].label == cited[1].label:
            continue
        first, second = texts[:2]
        # Without labels a list of values is as true in another order.
        labels = [one.label.in_language(tag).casefold() for one in cited]
        if any(label not in sentence.text.casefold() for label in labels):
            continue
        overlap = first in second or second in first
        if overlap or any(sentence.text.count(text) != 1 for text in (first, second)):
            continue
        text = sentence.text.replace(first, "\0").replace(second, first).replace("\0", second)
        return replace(sentence, text=text)
    return None
