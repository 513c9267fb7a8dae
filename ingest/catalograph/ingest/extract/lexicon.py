"""Lexicon of colours and materials, from `lexicon.yaml`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from catalograph.ingest.extract.rule import Named
from catalograph.ingest.packaged_table import load_packaged_table

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

    @cached_property
    def word(self) -> re.Pattern[str]:
        """The compiled pattern, which ignores case."""
        return re.compile(self.pattern, re.IGNORECASE)


def load(section: str) -> Lexicon:
    """Read a section of the lexicon file; Chinese words have no boundaries."""
    names = {word.casefold(): name for name, words in _content()[section].items() for word in words}
    longest = sorted(names, key=lambda word: (-len(word), word))
    edge = "" if section.endswith("_zh") else r"\b"
    return Lexicon(names, rf"{edge}(?:{'|'.join(map(re.escape, longest))}){edge}")


def load_names(section: str) -> tuple[str, ...]:
    """Read a section that is a list of names."""
    return tuple(_content()[section])


def _content() -> dict[str, Any]:
    return load_packaged_table("catalograph.ingest.extract", "lexicon")


_GENDERS = {"women": "Women", "ladie": "Women", "her": "Women", "men": "Men", "him": "Men"} | {
    "boy": "Boys", "boys": "Boys", "girl": "Girls", "girls": "Girls"
}  # fmt: skip
COLOURS = load("colours")
MATERIALS = load("materials")
HOMONYMS = frozenset(_content()["homonyms"])
"""Colour words that name other things, such as cream; they count only where they stand alone."""
_COLOUR_AT_END = re.compile(rf"(?P<c>{COLOURS.pattern})\W*\Z", re.IGNORECASE)
_COLOUR_BEFORE_MATERIAL = re.compile(
    rf"(?P<c>{COLOURS.pattern})\s+{MATERIALS.pattern}\W*\Z", re.IGNORECASE
)
_SHADE = re.compile(
    r"(?:\A|\b(?:matte?|gloss|glossy|metallic|light|dark|pale|deep|bright|solid|soft|classic"
    r"|brushed|antique|rose))\W*\Z",
    re.IGNORECASE,
)


def read_colour(match: re.Match[str]) -> Iterator[Named]:
    """Yield the colour of the evidence."""
    yield COLOURS.names[match["e"].casefold()], *match.span("e")


def read_material(match: re.Match[str]) -> Iterator[Named]:
    """Yield the material of the evidence."""
    yield MATERIALS.names[match["e"].casefold()], *match.span("e")


def read_colours(match: re.Match[str]) -> Iterator[Named]:
    """Yield the colours of a phrase such as "Matte Black/Cream"; nothing if a part is not one.

    A colour ends its part ("Matte Black") or stands before a material ("Black Leather").
    """
    phrase, offset = match["e"], match.start("e")
    start = 0
    found: list[Named] = []
    for cut in [*_PART.finditer(phrase), None]:
        end = len(phrase) if cut is None else cut.start()
        part = phrase[start:end]
        colour = _COLOUR_AT_END.search(part) or _COLOUR_BEFORE_MATERIAL.match(part)
        if colour is None or len(part.split()) > _MOST_WORDS:
            return
        first, last = colour.span("c")
        if colour["c"].casefold() in HOMONYMS and not _SHADE.search(part[:first]):
            return
        name = COLOURS.names[colour["c"].casefold()]
        found.append((name, offset + start + first, offset + start + last))
        start = end if cut is None else cut.end()
    yield from found


_ADULTS = frozenset({"Women", "Men"})
_JOINED_GENDER = re.compile(
    r"(?:['’]s|s['’])?\s*(?:&|\+|/|,|\band\b|\bor\b)\s*(?:for\s+)?"
    r"(?P<g>women|ladie|men|boys?|girls?|him|her)(?:['’]?s['’]?)?\b",
    re.IGNORECASE,
)
_GENDER_BEFORE = re.compile(
    r"\b(?:women|ladies|men|boys?|girls?|him|her)(?:['’]?s['’]?)?\s*(?:&|\+|/|,|\band\b|\bor\b)\s*"
    r"(?:for\s+)?\Z",
    re.IGNORECASE,
)
_EITHER = re.compile(
    r"\s*(?:&|\+|/|,|\band\b|\bor\b)\s*(?:adults|unisex|everyone)\b", re.IGNORECASE
)


def read_gender(match: re.Match[str]) -> Iterator[Named]:
    """Yield the gender that the product is for; "for Men & Women" is Unisex."""
    start, end = match.span("e")
    if _GENDER_BEFORE.search(match.string[:start]):
        return  # read with the one before it
    named = {_GENDERS[match["g"].casefold()]: (start, end)}
    text, place = match.string, match.end("g")
    while joined := _JOINED_GENDER.match(text, place):
        named.setdefault(_GENDERS[joined["g"].casefold()], joined.span("g"))
        place = joined.end("g")
        end = joined.end()
    if named.keys() >= _ADULTS or _EITHER.match(text, end):
        yield "Unisex", start, end
        return
    for name, span in named.items():
        yield name, *span
