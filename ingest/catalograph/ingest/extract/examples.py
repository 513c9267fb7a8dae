"""Labelled texts to train and evaluate extractors."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

WORD = re.compile(r"\d+(?:\.\d+)+\w*|\w+|[^\w\s]")
"""Pattern of a word, a number with its fraction, or one punctuation character."""


@dataclass(frozen=True, slots=True)
class WordSpan:
    """A word with its position: `text[start:end]`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TypedSpan:
    """Words `start` to `end` (exclusive) with their type."""

    start: int
    end: int
    type: str


@dataclass(frozen=True, slots=True)
class ProductExample:
    """One product with known attribute values.

    Attributes:
        texts: text by field, the title first.
        category: category of the product.
        targets: values by attribute, as written in a text; an empty tuple means that the attribute
            is known to be absent. An attribute without an entry was not labelled.
    """

    texts: Mapping[str, str]
    category: str = ""
    targets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def split_words(text: str) -> list[WordSpan]:
    """Return the words of a text with their positions."""
    return [WordSpan(m[0], m.start(), m.end()) for m in WORD.finditer(text)]


def label_words(
    text: str, words: Sequence[WordSpan], targets: Mapping[str, tuple[str, ...]]
) -> list[TypedSpan]:
    """Locate the known values in a text, longest first, without overlaps.

    A value inside a word ("Letter" in "Letters") is extended to the whole word.
    """
    taken = [False] * len(words)
    found = []
    values = [(value, name) for name, listed in targets.items() for value in listed]
    for value, name in sorted(values, key=lambda pair: -len(pair[0])):
        for start, end in _places(text, words, value):
            if not any(taken[start:end]):
                taken[start:end] = [True] * (end - start)
                found.append(TypedSpan(start, end, name))
    return sorted(found, key=lambda span: span.start)


def _places(text: str, words: Sequence[WordSpan], value: str) -> Iterator[tuple[int, int]]:
    """Yield the word ranges of a value, only those at word boundaries if there are any."""
    whole: list[tuple[int, int]] = []
    inside: list[tuple[int, int]] = []
    for match in re.finditer(re.escape(value), text) if value else ():
        first, last = match.span()
        covered = [n for n, word in enumerate(words) if word.end > first and word.start < last]
        if not covered:
            continue
        start, end = covered[0], covered[-1] + 1
        exact = words[start].start == first and words[end - 1].end == last
        (whole if exact else inside).append((start, end))
    yield from whole or inside[:1]


def is_closed_world(examples: Sequence[ProductExample]) -> bool:
    """Return whether unlabelled attributes are absent, that is if absence is never labelled."""
    return all(listed for example in examples for listed in example.targets.values())


def attributes_by_category(examples: Sequence[ProductExample]) -> dict[str, tuple[str, ...]]:
    """Return the labelled attributes of each category, sorted by name."""
    names: dict[str, set[str]] = {}
    for example in examples:
        names.setdefault(example.category, set()).update(example.targets)
    return {category: tuple(sorted(found)) for category, found in sorted(names.items())}
