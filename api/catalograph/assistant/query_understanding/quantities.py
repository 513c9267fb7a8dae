"""Numbers with units in search words, as values of the graph."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from catalograph.assistant.query_understanding.limits import AT_LEAST, AT_MOST
from catalograph.assistant.query_understanding.vocabulary import GraphName, SearchVocabulary
from catalograph.ingest.normalise.result import NormalisedValue
from catalograph.ingest.normalise.units import find_quantities, read_quantity

_PREPOSITION = re.compile(r"\s+in\Z")
_LIMIT = re.compile(
    r"(?:under|below|less than|over|above|more than|at least|up to|at most|from|to|max|min|than"
    r"|between|within|大于|小于|超过|低于|高于|不超过|至少|最多)\s*\Z"
)
_MOST_BEFORE = re.compile(rf"(?:(?<![a-z]){AT_MOST}|小于|低于|不超过|少于|不到|最多|最大)\s*\Z")
_LEAST_BEFORE = re.compile(rf"(?:(?<![a-z]){AT_LEAST}|大于|超过|高于|不低于|不少于|至少|最少)\s*\Z")
_MOST_AFTER = re.compile(r"\s*(?:以下|以内|之内|or\s+(?:less|smaller|under|below))")
_LEAST_AFTER = re.compile(r"\s*(?:以上|or\s+(?:more|larger|above|over)|and\s+(?:up|above)|\+)")
_LIMIT_AFTER = re.compile(r"\s*(?:以上|以下|以内|左右|or more|or less|and up|\+)")


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


def find_values(text: str, vocabulary: SearchVocabulary) -> Iterator[NamedSpan]:
    """Yield the numbers with a unit that are values of the graph.

    A number in words of comparison ("under 10 ft") is left alone.
    """
    found: dict[tuple[int, int], list[GraphName]] = {}
    for start, end, unit, value in _read_all(text, vocabulary):
        if not _is_limit(text, start, end):
            names = vocabulary.quantities.get((unit, round(value.number or 0.0, 4)), [])
            found.setdefault((start, end), []).extend(names)
    for (start, end), names in sorted(found.items()):
        if names:
            yield NamedSpan(start, end, tuple(dict.fromkeys(names)))


@dataclass(frozen=True, slots=True)
class RangeSpan:
    """Values of the graph in a range that a query states, as in "at least 64 GB".

    Attributes:
        start: offset of its first character.
        end: offset after its last character.
        names: values of one unit within the range.
        low: least number; None for no limit.
        high: largest number; None for no limit.
        label: text for people.
    """

    start: int
    end: int
    names: tuple[GraphName, ...]
    low: float | None
    high: float | None
    label: str


def find_ranges(text: str, vocabulary: SearchVocabulary) -> Iterator[RangeSpan]:
    """Yield the ranges of numbers with a unit, of the unit that most products have.

    A vocabulary with a part of the values yields none, as it could not list those in the range.
    """
    if not vocabulary.complete:
        return
    found: dict[int, tuple[int, RangeSpan]] = {}
    for start, end, unit, value in _read_all(text, vocabulary):
        side = None if _is_preposition(text, start, end) else _find_side(text, start, end)
        if side is None:
            continue
        first, last, upper = side
        low, high = (None, value.number) if upper else (value.number, None)
        names, products = _within(vocabulary, unit, low, high)
        label = f"{'up to' if upper else 'from'} {value.name}"
        if names and products > found.get(first, (0, None))[0]:
            found[first] = products, RangeSpan(first, last, names, low, high, label)
    yield from (span for _, span in found.values())


def _read_all(
    text: str, vocabulary: SearchVocabulary
) -> Iterator[tuple[int, int, str, NormalisedValue]]:
    """Yield start, end, unit and value of each quantity, in each unit of the graph that it has."""
    # Ingestion takes digits behind a letter for a model number; a Han character is none.
    for start, end, _ in find_quantities(_ANY, _HAN_BEFORE.sub(" ", text)):
        for unit, attribute in vocabulary.attribute_of_unit.items():
            value = _read(attribute, text[start:end])
            if value is not None and value.unit == unit and value.number is not None:
                yield start, end, unit, value


@lru_cache(maxsize=16_384)
def _read(attribute: str, text: str) -> NormalisedValue | None:
    return read_quantity(attribute, text)


def _find_side(text: str, start: int, end: int) -> tuple[int, int, bool] | None:
    """Return start and end with the words of comparison, and whether they set an upper limit."""
    for pattern, upper in ((_MOST_BEFORE, True), (_LEAST_BEFORE, False)):
        if (match := pattern.search(text[:start])) is not None:
            return match.start(), end, upper
    for pattern, upper in ((_MOST_AFTER, True), (_LEAST_AFTER, False)):
        if (match := pattern.match(text, end)) is not None:
            return start, match.end(), upper
    return None


def _within(
    vocabulary: SearchVocabulary, unit: str, low: float | None, high: float | None
) -> tuple[tuple[GraphName, ...], int]:
    """Return the values of a unit in a range, and the number of products with the unit."""
    listed = [(n, names) for (of, n), names in vocabulary.quantities.items() if of == unit]
    products = sum(name.products for _, names in listed for name in names)
    kept = [
        name
        for number, names in listed
        for name in names
        if (low is None or number >= low) and (high is None or number <= high)
    ]
    return tuple(kept), products


def is_measure(text: str, end: int) -> bool:
    """Return whether a unit follows the number that ends at an offset, as in "under 5 inches"."""
    start = end
    while start and (text[start - 1].isdigit() or text[start - 1] in ".,"):
        start -= 1
    return any(
        begin == start and stop > end and not _is_preposition(text, begin, stop)
        for begin, stop, _ in find_quantities(_ANY, text[: end + _LONGEST_UNIT])
    )


_HAN_BEFORE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff](?=\d)")
_ANY = "length"
"""An attribute; quantities of all kinds are found whatever it is."""
_LONGEST_UNIT = 16


def _is_limit(text: str, start: int, end: int) -> bool:
    if _is_preposition(text, start, end):
        return True
    return bool(_LIMIT.search(text[:start]) or _LIMIT_AFTER.match(text, end))


def _is_preposition(text: str, start: int, end: int) -> bool:
    """Return whether the unit is the word "in" before another word: "20 in black", not "5.5 in"."""
    if "." in text[start:end]:
        return False
    if not _PREPOSITION.search(text[start:end].rstrip()):
        return False
    return bool(re.match(r"\s*[^\W\d_]", text[end:]))
