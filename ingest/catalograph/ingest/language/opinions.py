"""Labelled reviews with aspects, opinions and sentiments, read from two public file forms.

ASTE (Peng et al. 2020): `words####[([3, 4], [1], 'POS')]`, the word indexes of aspect and opinion,
and the polarity. ACOS (Cai et al. 2021): `words<tab>3,5 LAPTOP#DESIGN 2 1,2`, aspect, category,
polarity (0 negative, 1 neutral, 2 positive) and opinion; aspect and opinion are ranges of words,
`-1,-1` if implicit.
"""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from catalograph.errors import TrainingDataError
from catalograph.ingest.language.tags import read_lines
from catalograph.schema import Sentiment

Words = tuple[int, int]
"""Index of the first word, and index after the last word."""
IMPLICIT: Words = (-1, -1)
"""Span of an aspect or opinion that no word expresses."""
_POLARITIES = {
    "POS": Sentiment.POSITIVE,
    "NEU": Sentiment.NEUTRAL,
    "NEG": Sentiment.NEGATIVE,
    "2": Sentiment.POSITIVE,
    "1": Sentiment.NEUTRAL,
    "0": Sentiment.NEGATIVE,
}
_QUAD = re.compile(r"(-?\d+),(-?\d+) (\S+) ([012]) (-?\d+),(-?\d+)")


@dataclass(frozen=True, slots=True)
class Opinion:
    """An opinion in a sentence.

    Attributes:
        aspect: words of the aspect, or `IMPLICIT`.
        opinion: words of the opinion, or `IMPLICIT`.
        sentiment: sentiment of the opinion.
        category: category of the aspect, such as `LAPTOP#PRICE`; empty in ASTE files.
    """

    aspect: Words
    opinion: Words
    sentiment: Sentiment
    category: str = ""


@dataclass(frozen=True, slots=True)
class LabelledSentence:
    """A sentence with its opinions."""

    words: tuple[str, ...]
    opinions: frozenset[Opinion]


def read_opinions(path: Path) -> list[LabelledSentence]:
    """Read the sentences of an ASTE or ACOS file; the form is detected on each line.

    Raises:
        TrainingDataError: a line has neither form, or its indexes exceed the sentence.
    """
    found = []
    for number, line in enumerate(read_lines(path), 1):
        if not line.strip():
            continue
        try:
            read = _read_aste(line) if "####" in line else _read_acos(line)
        except (ValueError, SyntaxError, KeyError, IndexError, TypeError) as exc:
            raise TrainingDataError(
                f"Line {number} of '{path}' is {line[:80]!r} ({exc}); expected "
                "words####[([aspect], [opinion], 'POS')] or words<tab>0,1 CATEGORY 2 3,4."
            ) from exc
        found.append(read)
    if not found:
        raise TrainingDataError(f"'{path}' is empty; expected a labelled sentence on each line.")
    return found


def _read_aste(line: str) -> LabelledSentence:
    text, _, listed = line.partition("####")
    words = tuple(text.split())
    opinions = frozenset(
        Opinion(_range(aspect), _range(opinion), _POLARITIES[polarity])
        for aspect, opinion, polarity in ast.literal_eval(listed)
    )
    return _check(words, opinions)


def _range(places: list[int]) -> Words:
    return min(places), max(places) + 1


def _read_acos(line: str) -> LabelledSentence:
    text, *quads = line.split("\t")
    opinions = set()
    for quad in quads:
        match = _QUAD.fullmatch(quad.strip())
        if match is None:
            raise ValueError(f"'{quad}' is no quadruple")
        a, b, category, polarity, c, d = match.groups()
        aspect, opinion = (int(a), int(b)), (int(c), int(d))
        opinions.add(Opinion(aspect, opinion, _POLARITIES[polarity], category))
    return _check(tuple(text.split()), frozenset(opinions))


def _check(words: tuple[str, ...], opinions: Iterable[Opinion]) -> LabelledSentence:
    for opinion in opinions:
        for start, end in (opinion.aspect, opinion.opinion):
            if (start, end) != IMPLICIT and not 0 <= start < end <= len(words):
                raise ValueError(f"words {start} to {end} of {len(words)}")
    return LabelledSentence(words, frozenset(opinions))
