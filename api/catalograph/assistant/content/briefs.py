"""What a text is asked to be: kind, language, tone, and an an audience that is neutral."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from catalograph.assistant.content.rules import load_rules
from catalograph.errors import InvalidInputError
from catalograph.ml.script import has_han
from catalograph.schema.generated_content import ContentKind, Tone

MAX_AUDIENCE = 200
LANGUAGES = ("en", "zh")
_AGES = re.compile(
    r"\d{1,3}\s*(?:-|–|到|至)?\s*\d{0,3}\s*(?:岁|周岁|后)(?:以上|以下|左右)?"
    r"|\b(?:(?:over|under|above|below|from|between|aged?|older than|younger than)\s+)?\d{1,3}\s*"
    r"(?:(?:-|–|to|and)\s*\d{1,3}\s*)?(?:\+|years? old|year-olds?|s\b)?",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")


class Interest(StrEnum):
    """What an audience looks for first."""

    PRICE = "price"
    TECHNICAL = "technical"
    SIMPLE = "simple"
    FIT = "fit"
    LOOKS = "looks"
    PORTABLE = "portable"
    OPINION = "opinion"
    STOCK = "stock"


@dataclass(frozen=True, slots=True)
class Brief:
    """What a text is asked to be.

    Attributes:
        kind: what it is for.
        language: `en` or `zh`.
        audience: for whom, in words of either language; blank for everybody.
        tone: how it speaks.

    Raises:
        InvalidInputError: the language is another one, or the audience too long.
    """

    kind: ContentKind
    language: str = "en"
    audience: str = ""
    tone: Tone = Tone.PLAIN

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise InvalidInputError(
                f"Texts are written in {' or '.join(LANGUAGES)}, not in '{self.language[:35]}'."
            )
        if len(self.audience) > MAX_AUDIENCE:
            raise InvalidInputError(
                f"An audience of {len(self.audience)} characters is too long; it may have "
                f"{MAX_AUDIENCE}."
            )


def neutral_audience(audience: str) -> str:
    """Return an audience without words of gender, age and origin, which no text may depend on.

    Example:
        >>> neutral_audience("women over 60 who travel")
        'who travel'
    """
    text = _AGES.sub(" ", audience)
    return " ".join(_groups_pattern().sub(" ", text).split())


def swap_audience(audience: str, group: str) -> str:
    """Return an audience with each word of a group replaced by its opposite.

    Args:
        audience: audience in words.
        group: `gender`, `age` or `origin`.

    Returns:
        The audience as it was where it names nobody of the group.
    """
    opposite = _opposites()[group]
    pattern = re.compile(_alternatives(opposite), re.IGNORECASE)
    return pattern.sub(lambda match: opposite[match[0].casefold()], audience)


def interests_of(audience: str) -> frozenset[Interest]:
    """Return what an audience looks for first, whoever it is."""
    text = neutral_audience(audience).casefold()
    words = set(_WORD.findall(text))
    found = set()
    for name, listed in load_rules()["interests"].items():
        if any(word in text if has_han(word) else word in words for word in listed):
            found.add(Interest(name))
    return frozenset(found)


def audience_words(audience: str) -> frozenset[str]:
    """Return the words of an audience by which facts are put first, in lower case."""
    words = _WORD.findall(neutral_audience(audience).casefold())
    return frozenset(word for word in words if len(word) > 3 or has_han(word))


@cache
def _opposites() -> Mapping[str, Mapping[str, str]]:
    found = {}
    for group, pairs in load_rules()["groups"].items():
        both = {str(a): str(b) for a, b in pairs}
        # Where several words have one opposite, the first pair counts on the way back.
        found[group] = {str(b): str(a) for a, b in reversed(pairs)} | both
    return found


@cache
def _groups_pattern() -> re.Pattern[str]:
    every = {word for words in _opposites().values() for word in words}
    return re.compile(_alternatives(every), re.IGNORECASE)


def _alternatives(words: "Mapping[str, str] | set[str]") -> str:
    parts = [
        re.escape(word) if has_han(word) else rf"(?<![\w]){re.escape(word)}(?![\w])"
        for word in sorted(words, key=lambda word: (-len(word), word))
    ]
    return "|".join(parts)
