"""Dictionary of brands and attribute values, learned from the catalogue's columns.

A value is searched in texts only if the catalogue shows that matches are reliable: the value is
asserted often enough, for one attribute only, and in sampled rows whose text contains it, the
column of that attribute states the same value.
"""

import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from catalograph.ingest import fingerprint
from catalograph.ingest.extract.findings import BRAND, Finding
from catalograph.schema import Node, Span

EXTRACTOR = "dictionary"
VERSION = "1"
MIN_ASSERTED = 5
"""Smallest number of rows that must assert a value."""
MIN_EVIDENCE = 5
"""Smallest number of sampled rows with both the value in the text and the column."""
MIN_AGREEMENT = 0.9
"""Smallest share of those rows in which column and text agree."""
MIN_TOLD = 0.8
"""Smallest share of rows, among those with the value in the text, that have the attribute's column:
a word that occurs mostly in other rows means something else there."""
# Smallest share of a word's assertions that must belong to one attribute.
_OWN_SHARE = 0.9
_SAMPLE = 20_000
_SAMPLED_CHARACTERS = 1_000
_MOST_VALUES = 400_000
_CHARACTERS = range(3, 61)
_MOST_WORDS = 6
_WORD = re.compile(r"\w+")
_LETTER = re.compile(r"[^\W\d_]")
_SPACE = re.compile(r"\s+")

Fact = tuple[str, str]
"""Attribute and key of a value or brand."""
_Words = list[tuple[str, int, int]]


@dataclass(frozen=True)
class DictionaryEntry:
    """A value to search for.

    Attributes:
        fact: attribute, and key of the value.
        name: name as written in the catalogue.
        core: name from its first word to its last, case-folded.
        words: words of the core.
        confidence: share of agreeing columns, by text field; a missing field is not searched.
    """

    fact: Fact
    name: str
    core: str
    words: tuple[str, ...]
    confidence: Mapping[str, float]


class Dictionary:
    """Finds learned values at word boundaries, longest match first, without overlaps."""

    def __init__(self, entries: Iterable[DictionaryEntry] = ()) -> None:
        self.entries = tuple(entries)
        self._brands = _Index(e for e in self.entries if e.fact[0] == BRAND)
        self._values = _Index(e for e in self.entries if e.fact[0] != BRAND)

    def find(self, texts: Mapping[str, str]) -> Iterator[Finding]:
        """Yield the first reliable value of each attribute."""
        found: set[str] = set()
        for field, text in texts.items():
            for entry, start, end in self.matches(field, text):
                attribute = entry.fact[0]
                confidence = entry.confidence.get(field)
                if confidence is not None and attribute not in found:
                    found.add(attribute)
                    span = Span(field, start, end)
                    yield Finding(attribute, entry.name, EXTRACTOR, VERSION, confidence, span)

    def matches(self, field: str, text: str) -> Iterator[tuple[DictionaryEntry, int, int]]:
        """Yield all values in a text; a brand only at the beginning of a title."""
        if field == "title" and self._brands:
            first = _words(text, _MOST_WORDS)
            if first and (match := self._brands.longest(first, 0, text)):
                yield match
        words = _words(text) if self._values else []
        n = 0
        while n < len(words):
            match = self._values.longest(words, n, text)
            if match is None:
                n += 1
            else:
                n += len(match[0].words)
                yield match


def _words(text: str, most: int | None = None) -> _Words:
    found = islice(_WORD.finditer(text), most)
    return [(m[0].casefold(), m.start(), m.end()) for m in found]


class _Index:
    """Entries by all their words: a look-up costs one try per length, whatever their number."""

    def __init__(self, entries: Iterable[DictionaryEntry]) -> None:
        self._entries: dict[tuple[str, ...], list[DictionaryEntry]] = defaultdict(list)
        lengths: dict[str, set[int]] = defaultdict(set)
        for entry in sorted(entries, key=lambda e: (-len(e.core), e.fact)):
            self._entries[entry.words].append(entry)
            lengths[entry.words[0]].add(len(entry.words))
        self._lengths = {word: sorted(found, reverse=True) for word, found in lengths.items()}

    def __bool__(self) -> bool:
        return bool(self._lengths)

    def longest(self, words: _Words, n: int, text: str) -> tuple[DictionaryEntry, int, int] | None:
        """Return the longest entry that begins at word n, with its span in the text."""
        for length in self._lengths.get(words[n][0], ()):
            said = tuple(word for word, _, _ in words[n : n + length])
            for entry in self._entries.get(said, ()):
                start, stop = words[n][1], words[n + len(said) - 1][2]
                # "AT T" has the same words as "AT&T" but another meaning.
                if _fold(text[start:stop]) == entry.core:
                    return entry, start, stop
        return None


def _fold(text: str) -> str:
    return _SPACE.sub(" ", text).casefold()


class Learner:
    """Collects asserted values row by row; `finish` builds the dictionary.

    Memory is bounded: values seen once are dropped when there are too many, and the sample holds
    the rows with the smallest key hashes, so it does not depend on their order.
    """

    def __init__(self) -> None:
        self._asserted: Counter[Fact] = Counter()
        self._names: dict[Fact, str] = {}
        self._sample: list[tuple[int, int, dict[str, str], frozenset[Fact]]] = []
        self._rows = 0

    def observe(
        self, key: str, texts: Mapping[str, str], tails: Iterable[tuple[str, Node]]
    ) -> None:
        """Add one row: its key, texts, and the asserted relations and tails."""
        self._rows += 1
        facts = []
        for relation, tail in tails:
            if relation in ("HAS_BRAND", "HAS_VALUE") and "number" not in tail.properties:
                fact = (str(tail.properties.get("attribute", BRAND)), tail.key)
                facts.append(fact)
                self._names.setdefault(fact, str(tail.properties["name"]))
        self._asserted.update(facts)
        if len(self._asserted) > _MOST_VALUES:
            self._forget_rare()
        self._remember(key, texts, frozenset(facts))

    def _forget_rare(self) -> None:
        self._asserted = Counter({fact: n for fact, n in self._asserted.items() if n > 1})
        self._names = {fact: self._names[fact] for fact in self._asserted}

    def _remember(self, key: str, texts: Mapping[str, str], facts: frozenset[Fact]) -> None:
        # Negated, so that the largest hash is at the top of the heap and is replaced first.
        rank = -fingerprint.short_hash(key)
        full = len(self._sample) >= _SAMPLE
        if full and rank <= self._sample[0][0]:
            return
        short = {field: text[:_SAMPLED_CHARACTERS] for field, text in texts.items()}
        push = heapq.heapreplace if full else heapq.heappush
        push(self._sample, (rank, self._rows, short, facts))

    def finish(self) -> Dictionary:
        """Build the dictionary of the values that are reliable in the sample."""
        draft = Dictionary(self._candidates())
        seen: Counter[tuple[Fact, str]] = Counter()
        told: Counter[tuple[Fact, str]] = Counter()
        agreed: Counter[tuple[Fact, str]] = Counter()
        for _, _, texts, facts in self._sample:
            attributes = {attribute for attribute, _ in facts}
            for field, text in texts.items():
                for fact in {entry.fact for entry, _, _ in draft.matches(field, text)}:
                    seen[fact, field] += 1
                    told[fact, field] += fact[0] in attributes
                    agreed[fact, field] += fact in facts
        self._sample.clear()
        return Dictionary(_believable(draft.entries, seen, told, agreed))

    def _candidates(self) -> list[DictionaryEntry]:
        """Return values asserted often enough, whose words belong to one attribute only."""
        entries = [
            entry
            for fact, n in self._asserted.items()
            if n >= MIN_ASSERTED and (entry := _entry(fact, self._names[fact])) is not None
        ]
        brands = {entry.core for entry in entries if entry.fact[0] == BRAND}
        totals: Counter[str] = Counter()
        for entry in entries:
            if entry.fact[0] != BRAND:
                totals[entry.core] += self._asserted[entry.fact]
        return [
            entry
            for entry in entries
            if entry.fact[0] == BRAND
            or (
                # "Intel" in a text names the brand of the product, not of its processor.
                entry.core not in brands
                and self._asserted[entry.fact] >= _OWN_SHARE * totals[entry.core]
            )
        ]


def _entry(fact: Fact, name: str) -> DictionaryEntry | None:
    words = list(_WORD.finditer(name))
    if not words or len(words) > _MOST_WORDS:
        return None
    core = _fold(name[words[0].start() : words[-1].end()])
    if len(core) not in _CHARACTERS or not _LETTER.search(core):
        return None
    return DictionaryEntry(fact, name, core, tuple(word[0].casefold() for word in words), {})


def _believable(
    entries: Iterable[DictionaryEntry],
    seen: Counter[tuple[Fact, str]],
    told: Counter[tuple[Fact, str]],
    agreed: Counter[tuple[Fact, str]],
) -> Iterator[DictionaryEntry]:
    fields: dict[Fact, list[str]] = defaultdict(list)
    for fact, field in seen:
        fields[fact].append(field)
    for entry in entries:
        confidence = {}
        for field in fields[entry.fact]:
            at = (entry.fact, field)
            enough = told[at] >= MIN_EVIDENCE and told[at] >= MIN_TOLD * seen[at]
            if enough and agreed[at] >= MIN_AGREEMENT * told[at]:
                confidence[field] = _round((agreed[at] + 1) / (told[at] + 2))
        if confidence:
            yield replace(entry, confidence=confidence)


def _round(share: float) -> float:
    """Round to steps of 0.05, so that one more row does not change the support of all others."""
    return round(min(share, 0.95) * 20) / 20
