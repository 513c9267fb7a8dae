"""Labelled turns, and their telegraphic form, which glosses of Chinese resemble."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace

from catalograph.assistant.intents.features import SAYS_LITTLE
from catalograph.assistant.intents.glosses import UNKNOWN

_KEPT, _SWAPPED, _UNKNOWN = 0.2, 0.4, 0.15


@dataclass(frozen=True, slots=True)
class LabelledTurn:
    """A sentence with its intent.

    Attributes:
        text: sentence.
        intent: name of the intent, or `none`.
        template: what it was made from; sentences of one template are left out of training
            together. Blank for a sentence of its own.
    """

    text: str
    intent: str
    template: str = ""


def unique_turns(rows: Iterable[LabelledTurn]) -> list[LabelledTurn]:
    """Return the rows without those that repeat a text, in any case; the first label counts."""
    found: dict[str, LabelledTurn] = {}
    for row in rows:
        found.setdefault(" ".join(row.text.lower().split()), row)
    return list(found.values())


def telegraphic(row: LabelledTurn, draw: random.Random) -> LabelledTurn:
    """Return a row as a gloss would be: few small words, other order, some words unknown."""
    words = [
        word
        for word in row.text.lower().split()
        if word.strip("?,.!") not in SAYS_LITTLE or draw.random() < _KEPT
    ]
    if len(words) > 1 and draw.random() < _SWAPPED:
        at = draw.randrange(1, len(words))
        words = words[at:] + words[:at]
    if len(words) > 2 and draw.random() < _UNKNOWN:
        words.insert(draw.randrange(len(words)), UNKNOWN)
    return replace(row, text=" ".join(words) or row.text)
