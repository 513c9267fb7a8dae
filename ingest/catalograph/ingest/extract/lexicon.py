"""Lexicon of colours and materials, from `lexicon.yaml`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources

import yaml

from catalograph.ingest.extract.rule import Named

_PART = re.compile(r"\s*(?:[/,&+|]|\band\b|\bwith\b)\s*", re.IGNORECASE)
_MOST_WORDS = 4


@dataclass(frozen=True)
class Lexicon:
    """Words with their values.

    Attributes:
        names: value by case-folded word.
        pattern: source of a regular expression for any of the words, the longest first.
    """

    names: dict[str, str]
    pattern: str


def load(section: str) -> Lexicon:
    """Read a section of the lexicon file."""
    file = resources.files("catalograph.ingest.extract") / "lexicon.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))[section]
    names = {word.casefold(): name for name, words in content.items() for word in words}
    longest = sorted(names, key=lambda word: (-len(word), word))
    return Lexicon(names, rf"\b(?:{'|'.join(map(re.escape, longest))})\b")


_GENDERS = {"women": "Women", "ladie": "Women", "her": "Women", "men": "Men", "him": "Men"} | {
    "boy": "Boys", "boys": "Boys", "girl": "Girls", "girls": "Girls"
}  # fmt: skip
COLOURS = load("colours")
MATERIALS = load("materials")
_COLOUR_AT_END = re.compile(rf"(?P<c>{COLOURS.pattern})\W*\Z", re.IGNORECASE)
_COLOUR_AT_START = re.compile(rf"(?P<c>{COLOURS.pattern})\s+\w+\W*\Z", re.IGNORECASE)


def read_colour(match: re.Match[str]) -> Iterator[Named]:
    """Yield the colour of the evidence."""
    yield COLOURS.names[match["e"].casefold()], *match.span("e")


def read_material(match: re.Match[str]) -> Iterator[Named]:
    """Yield the material of the evidence."""
    yield MATERIALS.names[match["e"].casefold()], *match.span("e")


def read_colours(match: re.Match[str]) -> Iterator[Named]:
    """Yield the colours of a phrase such as "Matte Black/Cream"; nothing if a part is not one.

    A colour ends its part ("Matte Black") or begins a part of two words ("Black Leather").
    """
    phrase, offset = match["e"], match.start("e")
    start = 0
    found: list[Named] = []
    for cut in [*_PART.finditer(phrase), None]:
        end = len(phrase) if cut is None else cut.start()
        part = phrase[start:end]
        colour = _COLOUR_AT_END.search(part) or _COLOUR_AT_START.match(part)
        if colour is None or len(part.split()) > _MOST_WORDS:
            return
        first, last = colour.span("c")
        name = COLOURS.names[colour["c"].casefold()]
        found.append((name, offset + start + first, offset + start + last))
        start = end if cut is None else cut.end()
    yield from found


def read_gender(match: re.Match[str]) -> Iterator[Named]:
    """Yield the gender that the product is for, according to the evidence."""
    yield _GENDERS[match["g"].casefold()], *match.span("e")
