"""Numbers with units in search words, as values of the graph."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from catalograph.assistant.query_understanding.vocabulary import GraphName, Vocabulary
from catalograph.ingest.normalise.units import find_quantities

_PREPOSITION = re.compile(r"\s+in\Z")
_LIMIT = re.compile(
    r"(?:under|below|less than|over|above|more than|at least|up to|at most|from|to|max|min|than"
    r"|between|within|大于|小于|超过|低于|高于|不超过|至少|最多)\s*\Z"
)
_LIMIT_AFTER = re.compile(r"\s*(?:以上|以下|以内|左右|or more|or less|and up|\+)")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class NamedSpan:
    """Names of the graph that a span of a query may mean.

    Attributes:
        start: offset of its first character.
        end: offset after its last character.
        names: brands, categories and values under this spelling.
        corrected: spelling of the graph, where the query's is mistyped.
    """

    start: int
    end: int
    names: tuple[GraphName, ...]
    corrected: str | None = None


def find_values(text: str, vocabulary: Vocabulary) -> Iterator[NamedSpan]:
    """Yield the numbers with a unit that are values of the graph.

    A number in words of comparison ("under 10 ft") is left alone.
    """
    if _NUMBER.search(text) is None and text.isascii():
        return
    found: dict[tuple[int, int], list[GraphName]] = {}
    for unit, attribute in vocabulary.attribute_of_unit.items():
        for start, end, value in find_quantities(attribute, text):
            if value.unit != unit or value.number is None or _is_limit(text, start, end):
                continue
            names = vocabulary.quantities.get((unit, round(value.number, 4)), [])
            found.setdefault((start, end), []).extend(names)
    for (start, end), names in sorted(found.items()):
        if names:
            yield NamedSpan(start, end, tuple(dict.fromkeys(names)))


def is_measure(text: str, end: int) -> bool:
    """Return whether a unit follows the number that ends at an offset, as in "under 5 inches"."""
    start = end
    while start and (text[start - 1].isdigit() or text[start - 1] in ".,"):
        start -= 1
    return any(
        begin == start and stop > end and not _is_preposition(text, begin, stop)
        for kind in _KINDS
        for begin, stop, _ in find_quantities(kind, text[: end + _LONGEST_UNIT])
    )


_KINDS = ("length",)
"""Attributes of any kind of unit: a quantity is read whatever the attribute."""
_LONGEST_UNIT = 16


def _is_limit(text: str, start: int, end: int) -> bool:
    if _is_preposition(text, start, end):
        return True
    return bool(_LIMIT.search(text[:start]) or _LIMIT_AFTER.match(text, end))


def _is_preposition(text: str, start: int, end: int) -> bool:
    """Return whether the unit is the word "in" before another word: "20 in black"."""
    if not _PREPOSITION.search(text[start:end].rstrip()):
        return False
    return bool(re.match(r"\s*[^\W\d_]", text[end:]))
