"""Dictionary of brands and attribute values, learned from the catalogue's columns.

A value is searched in texts only if the catalogue shows that matches are reliable: the value is
asserted often enough, for one attribute only, and in sampled rows whose text contains it, the
column of that attribute states the same value.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from catalograph.ingest.extract.context import is_denied, is_listed
from catalograph.ingest.extract.findings import BRAND, Finding
from catalograph.ingest.extract.lexicon import COLOURS
from catalograph.schema import Span

EXTRACTOR = "dictionary"
VERSION = "2"
MIN_EVIDENCE = 5
"""Smallest number of sampled rows with both the value in the text and the column."""
MIN_AGREEMENT = 0.9
"""Smallest share of those rows in which column and text agree."""
MIN_TOLD = 0.8
"""Smallest share of rows, among those with the value in the text, that have the attribute's column:
a word that occurs mostly in other rows means something else there."""
_CHARACTERS = range(3, 61)
_CHARACTERS_OF_BRAND = range(2, 61)
_MOST_WORDS = 6
_MOST_HAN = 12
# Chinese has no spaces, so each Han character is a word and a name is found as a run of them.
_WORD = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]|[^\W\u3400-\u4dbf\u4e00-\u9fff]+")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
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
        """Yield the reliable values in texts, in order; the same attribute may come again.

        A denied value ("no silicone") and one of several ("Black, Red & Blue") are left out.
        """
        for field, text in texts.items():
            for entry, start, end in self.matches(field, text):
                confidence = entry.confidence.get(field)
                if confidence is not None and not _misleads(entry, text, start, end):
                    span = Span(field, start, end)
                    yield Finding(entry.fact[0], entry.name, EXTRACTOR, VERSION, confidence, span)

    def matches(self, field: str, text: str) -> Iterator[tuple[DictionaryEntry, int, int]]:
        """Yield all values in a text; a brand only at the beginning of a title."""
        if field == "title" and (most := self._brands.longest_at_start(text)):
            match = self._brands.longest(_words(text, most), 0, text)
            if match is not None:
                yield match
        words = _words(text) if self._values.may_occur_in(text) else []
        n = 0
        while n < len(words):
            match = self._values.longest(words, n, text)
            if match is None:
                n += 1
            else:
                n += len(match[0].words)
                yield match


def _misleads(entry: DictionaryEntry, text: str, start: int, end: int) -> bool:
    if entry.fact[0] == BRAND:
        return False
    return is_denied(text, start, end) or (
        entry.core in COLOURS.names and is_listed(text, start, end, COLOURS.word)
    )


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
        self._first_words = frozenset(self._lengths)

    def longest_at_start(self, text: str) -> int:
        """Return the words of the longest entry that begins with the first word of a text."""
        first = _WORD.search(text) if self._lengths else None
        lengths = () if first is None else self._lengths.get(first[0].casefold(), ())
        return max(lengths, default=0)

    def may_occur_in(self, text: str) -> bool:
        """Return whether a text may have a word that begins an entry."""
        if not self._lengths or not text.isascii():  # else a folded word may be two
            return bool(self._lengths)
        return not self._first_words.isdisjoint(_WORD.findall(text.casefold()))

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


def make_entry(fact: Fact, name: str) -> DictionaryEntry | None:
    """Return the entry of a value; None if its name is too short or too long to be searched."""
    words = list(_WORD.finditer(name))
    han = sum(_HAN.match(word[0]) is not None for word in words)
    if not words or len(words) - han > _MOST_WORDS or len(words) > _MOST_HAN:
        return None
    core = _fold(name[words[0].start() : words[-1].end()])
    # "LG" and 格力 are names; "xl" and 红色 are too, but single characters mean too much.
    short = fact[0] == BRAND or han == len(words)
    lengths = _CHARACTERS_OF_BRAND if short else _CHARACTERS
    if len(core) not in lengths or not _LETTER.search(core):
        return None
    return DictionaryEntry(fact, name, core, tuple(word[0].casefold() for word in words), {})


def select_reliable(
    entries: Iterable[DictionaryEntry],
    seen: Counter[tuple[Fact, str]],
    told: Counter[tuple[Fact, str]],
    agreed: Counter[tuple[Fact, str]],
) -> Iterator[DictionaryEntry]:
    """Yield the entries whose matches in texts agree with the columns often enough.

    Args:
        entries: candidates.
        seen: number of sampled rows with the value in a text, by fact and text field.
        told: number of those whose columns state the attribute.
        agreed: number of those whose columns state this value.
    """
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
