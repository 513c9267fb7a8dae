"""Verify a wording in code: each sentence cites, and says nothing that its sources do not say.

A language model is never trusted with facts or citations. What it words, an answer or a text for a
shop, is a list of sentences with the ids of their sources; a sentence with a fault must not be
shown. All checks err on the side of refusal.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

from catalograph.assistant.cited_claims import (
    HAN_RUN,
    TOKEN,
    find_claims,
    has_words,
    is_among,
    is_within,
    tokens_of,
)
from catalograph.assistant.cited_quantities import (
    CitedNumber,
    find_dates,
    find_numbers,
    plain_text,
)

_ADDRESS = re.compile(r"https?:|www\.|@|\b[a-z0-9-]+\.(?:com|net|org|cn|io|shop|info|biz)\b")
_MARKUP = re.compile(r"[<>{}`\\]|\]\(|<!--")
_QUOTED = re.compile(r"《([^》]+)》|“([^”]+)”|「([^」]+)」|\"([^\"]+)\"")
_CLAUSE = re.compile(r"[;；。!?！？]|,(?!\d)|，|、| and |(?<=[^\d])\.\s|和|并且|而")
_BESIDE = 4
"""Characters on each side of a label by which it is known as a part of a name."""


class FaultKind(StrEnum):
    """What is wrong with a sentence."""

    UNCITED = "uncited"
    """It cites nothing."""
    CITATION = "citation"
    """It cites what is no source."""
    NUMBER = "number"
    """A number that the cited sources do not have."""
    UNIT = "unit"
    """A number that they have in another unit, or without one."""
    DATE = "date"
    NAME = "name"
    """A name or a quotation that they do not have."""
    CLAIM = "claim"
    """Words that neither they nor the allowed vocabulary have."""
    LABEL = "label"
    """What one source states, beside the label of another."""
    ADDRESS = "address"
    MARKUP = "markup"


@dataclass(frozen=True, slots=True)
class CitedSource:
    """What a citation stands for.

    Attributes:
        text: all that may be said with it, in every wording and language that may be used; a
            statement a line, as "waterproof: no" denies its whole line.
        labels: names of what it is about, such as an attribute; where a sentence cites several
            sources, a clause with the label of one must not say what another states.
    """

    text: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CitedSentence:
    """A sentence of a wording, with the ids of its sources."""

    text: str
    citations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WordingFault:
    """A reason not to show a sentence.

    Attributes:
        sentence: its place in the wording, from 0.
        kind: what is wrong.
        text: the words, or the citation.
    """

    sentence: int
    kind: FaultKind
    text: str


def verify(
    sentences: Sequence[CitedSentence],
    sources: Mapping[str, CitedSource],
    vocabulary: Collection[str] | None = None,
) -> list[WordingFault]:
    """Return what is wrong with a wording; nothing if it may be shown.

    Every number, unit, date, address, quotation and name in a sentence must occur in the sources
    that the sentence itself cites: 1,299 is 1299.00, "two" and 两 are 2, 5 kg is 5公斤, and a month
    is in a day of it. A name is a capitalised word, one with a digit, or a Latin one in Chinese.

    Args:
        sentences: sentences with their citations, in English or Chinese.
        sources: sources by id.
        vocabulary: words and Chinese phrases that need no source, in lower case, such as
            `plain_words()`; every other word must occur in the cited sources. None leaves words
            that are no names alone.
    """
    faults: list[WordingFault] = []
    allowed = None if vocabulary is None else frozenset(vocabulary)
    for place, sentence in enumerate(sentences):
        known = [sources[id_] for id_ in sentence.citations if id_ in sources]
        missing = [id_ for id_ in sentence.citations if id_ not in sources]
        found = [(FaultKind.CITATION, id_) for id_ in missing]
        if sentence.citations:
            found += _faults_of(sentence.text, known, allowed)
        else:
            found.append((FaultKind.UNCITED, sentence.text[:80]))
        faults += [WordingFault(place, kind, text) for kind, text in dict.fromkeys(found)]
    return faults


@cache
def plain_words() -> frozenset[str]:
    """Return the packaged vocabulary: words of grammar and trade that state no fact themselves.

    Words that turn a statement, such as "not", "only" or 不, are not among them.
    """
    folder = resources.files("catalograph.assistant") / "vocabulary"
    texts = [(folder / f"plain_{tag}.txt").read_text(encoding="utf-8") for tag in ("en", "zh")]
    lines = [line for text in texts for line in text.splitlines() if not line.startswith("#")]
    return frozenset(word for line in lines for word in line.split())


def _faults_of(
    text: str, sources: Sequence[CitedSource], vocabulary: frozenset[str] | None
) -> list[tuple[FaultKind, str]]:
    plain = plain_text(text)
    said = [_plain_lines(source) for source in sources]
    joined = "\n".join(said)
    tokens = tokens_of(joined)
    found = [(FaultKind.MARKUP, match[0]) for match in _MARKUP.finditer(text)]
    found += [
        (FaultKind.ADDRESS, match[0])
        for match in _ADDRESS.finditer(plain)
        if _word_at(plain, match.start()) not in joined
    ]
    numbers = find_numbers(plain)
    found += _find_numeric_faults(plain, numbers, joined)
    found += _find_label_faults(plain, sources, vocabulary)
    spans = [(one.start, one.end) for one in numbers]
    spans += [(one.start, one.end) for one in find_dates(plain)]
    found += _find_name_faults(text, plain, spans, tokens, joined, vocabulary)
    if vocabulary is not None:
        found += [(FaultKind.CLAIM, word) for word in find_claims(plain, joined, vocabulary)]
    return found


def _find_numeric_faults(
    plain: str, numbers: Sequence[CitedNumber], joined: str
) -> Iterator[tuple[FaultKind, str]]:
    stated = find_numbers(joined)
    for number in numbers:
        if any(number.is_stated_by(one) for one in stated):
            continue
        same = any(one.value == number.value for one in stated)
        yield (
            FaultKind.UNIT if same else FaultKind.NUMBER,
            plain[number.start : number.end].strip(),
        )
    dates = find_dates(joined)
    for date in find_dates(plain):
        if not any(date.is_stated_by(one) for one in dates):
            yield FaultKind.DATE, plain[date.start : date.end]


def _find_label_faults(
    plain: str, sources: Sequence[CitedSource], vocabulary: frozenset[str] | None
) -> Iterator[tuple[FaultKind, str]]:
    """Yield clauses that name labels, but say what none of the sources with these labels says.

    A clause without a label goes on about those named last.
    """
    if sum(bool(source.labels) for source in sources) < 2:
        return
    common = "\n".join(_plain_lines(source) for source in sources if not source.labels)
    named: list[CitedSource] = []
    for clause in _CLAUSE.split(plain):
        here = [
            source
            for source in sources
            if any(_names_label(clause, plain_text(label), common) for label in source.labels)
        ]
        named = here or named
        if named and all(
            _goes_beyond(clause, f"{_plain_lines(source)}\n{common}", vocabulary)
            for source in named
        ):
            yield FaultKind.LABEL, clause.strip()


def _names_label(clause: str, label: str, common: str) -> bool:
    """Return whether a clause has a label that is no part of a name of the common sources."""
    if not has_words(clause, label):
        return False
    before, _, after = clause.partition(label)
    around = f"{before[-_BESIDE:]}{label}{after[:_BESIDE]}"
    return len(around) == len(label) or around not in common


def _goes_beyond(clause: str, joined: str, vocabulary: frozenset[str] | None) -> bool:
    """Return whether a clause has a number, or a word that needs a source, which a text lacks."""
    numbers = find_numbers(clause)
    if any(_find_numeric_faults(clause, numbers, joined)):
        return True
    return vocabulary is not None and any(find_claims(clause, joined, vocabulary))


def _find_name_faults(
    text: str,
    plain: str,
    spans: Sequence[tuple[int, int]],
    tokens: set[str],
    joined: str,
    vocabulary: frozenset[str] | None,
) -> Iterator[tuple[FaultKind, str]]:
    for match in _QUOTED.finditer(text):
        quoted = next(part for part in match.groups() if part is not None)
        if plain_text(quoted) not in joined:
            yield FaultKind.NAME, quoted
    allowed = plain_words() if vocabulary is None else vocabulary
    chinese = bool(HAN_RUN.search(plain))
    capital = {plain_text(m[0]) for m in TOKEN.finditer(text) if any(c.isupper() for c in m[0])}
    for match in TOKEN.finditer(plain):
        word = match[0]
        if is_within(match.span(), spans) or is_among(word, tokens):
            continue
        has_digit = any(c.isdigit() for c in word)
        is_name = chinese or word in capital or has_digit
        if is_name and (has_digit or not is_among(word, allowed)):
            yield FaultKind.NAME, word


def _plain_lines(source: CitedSource) -> str:
    return "\n".join(map(plain_text, source.text.splitlines()))


def _word_at(text: str, at: int) -> str:
    start = text.rfind(" ", 0, at) + 1
    end = text.find(" ", at)
    return text[start : None if end < 0 else end].strip(".,;!?，。；！？()")
