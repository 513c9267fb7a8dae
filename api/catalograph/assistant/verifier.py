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

from catalograph.assistant.cited_quantities import (
    CitedNumber,
    find_dates,
    find_numbers,
    plain_text,
)

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_TOKEN = re.compile(rf"(?:(?![{_HAN}_])\w)+(?:['’.&+/-](?:(?![{_HAN}_])\w)+)*\+{{0,2}}")
_HAN_RUN = re.compile(rf"[{_HAN}]+")
_ADDRESS = re.compile(r"https?:|www\.|@|\b[a-z0-9-]+\.(?:com|net|org|cn|io|shop|info|biz)\b")
_MARKUP = re.compile(r"[<>{}`\\]|\]\(|<!--")
_QUOTED = re.compile(r"《([^》]+)》|“([^”]+)”|「([^」]+)」|\"([^\"]+)\"")
_CLAUSE = re.compile(r"[;；。!?！？]|,(?!\d)|，|、| and |(?<=[^\d])\.\s|和|并且|而")
_BESIDE = 4
"""Characters on each side of a label by which it is known as a part of a name."""
_TURNS = frozenset(
    [
        "not",
        "no",
        "never",
        "without",
        "neither",
        "nor",
        "cannot",
        "can't",
        "isn't",
        "aren't",
        "doesn't",
        "don't",
        "won't",
        "more",
        "less",
        "fewer",
        "than",
        "over",
        "under",
        "above",
        "below",
        "least",
        "most",
        "only",
        "up",
        "about",
        "nearly",
        "almost",
    ]
)
"""Words that turn what a number or a word says; they count only in the order of the source."""
_HAN_TURNS = re.compile("[不没無无非未勿]|超过|以上|以下|以内|至少|最多|不足|近|约|仅|只有|将近")


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
        text: all that may be said with it, in every wording and language that may be used.
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
    said = [plain_text(source.text) for source in sources]
    joined = "\n".join(said)
    tokens = _tokens_of(joined)
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
        found += _find_claims(plain, spans, tokens, joined, vocabulary)
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
    common = "\n".join(plain_text(source.text) for source in sources if not source.labels)
    named: list[CitedSource] = []
    for clause in _CLAUSE.split(plain):
        here = [
            source
            for source in sources
            if any(_names_label(clause, plain_text(label), common) for label in source.labels)
        ]
        named = here or named
        if named and all(
            _goes_beyond(clause, f"{plain_text(source.text)}\n{common}", vocabulary)
            for source in named
        ):
            yield FaultKind.LABEL, clause.strip()


def _names_label(clause: str, label: str, common: str) -> bool:
    """Return whether a clause has a label that is no part of a name of the common sources."""
    if not _has_words(clause, label):
        return False
    before, _, after = clause.partition(label)
    around = f"{before[-_BESIDE:]}{label}{after[:_BESIDE]}"
    return len(around) == len(label) or around not in common


def _goes_beyond(clause: str, joined: str, vocabulary: frozenset[str] | None) -> bool:
    """Return whether a clause has a number, or a word that needs a source, which a text lacks."""
    numbers = find_numbers(clause)
    if any(_find_numeric_faults(clause, numbers, joined)):
        return True
    if vocabulary is None:
        return False
    spans = [(one.start, one.end) for one in numbers]
    spans += [(one.start, one.end) for one in find_dates(clause)]
    return any(_find_claims(clause, spans, _tokens_of(joined), joined, vocabulary))


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
    chinese = bool(_HAN_RUN.search(plain))
    capital = {plain_text(m[0]) for m in _TOKEN.finditer(text) if any(c.isupper() for c in m[0])}
    for match in _TOKEN.finditer(plain):
        word = match[0]
        if _is_within(match.span(), spans) or _is_among(word, tokens):
            continue
        has_digit = any(c.isdigit() for c in word)
        is_name = chinese or word in capital or has_digit
        if is_name and (has_digit or not _is_among(word, allowed)):
            yield FaultKind.NAME, word


def _find_claims(
    plain: str,
    spans: Sequence[tuple[int, int]],
    tokens: set[str],
    joined: str,
    vocabulary: frozenset[str],
) -> Iterator[tuple[FaultKind, str]]:
    matches = list(_TOKEN.finditer(plain))
    words = [match[0] for match in matches]
    starts = {start for start, _ in spans}
    ordered = " ".join(match[0] for match in _TOKEN.finditer(joined))
    for n, match in enumerate(matches):
        word = match[0]
        if word in _TURNS:
            after = words[n + 1] if n + 1 < len(words) else ""
            before = words[n - 1] if n else ""
            pairs = (f"{word} {after}", f"{before} {word}")
            stated = any(_has_words(ordered, pair) for pair in pairs if pair.strip() != word)
            if not stated and (word not in vocabulary or match.end() + 1 in starts):
                yield FaultKind.CLAIM, word
        elif not (
            _is_within(match.span(), spans)
            or _is_among(word, vocabulary)
            or _is_among(word, tokens)
        ):
            yield FaultKind.CLAIM, word
    for run in _HAN_RUN.finditer(plain):
        yield from _find_han_claims(run, spans, joined, vocabulary)


def _find_han_claims(
    run: re.Match[str], spans: Sequence[tuple[int, int]], joined: str, vocabulary: frozenset[str]
) -> Iterator[tuple[FaultKind, str]]:
    """Cover a run of Chinese characters by the longest parts of sources, numbers and vocabulary."""
    text, at = run[0], 0
    left = ""
    while at < len(text):
        offset = run.start() + at
        within = next((end for start, end in spans if start <= offset < end), None)
        if within is not None:
            step = min(within - offset, len(text) - at)
        else:
            step = max(
                (
                    size
                    for size in range(1, min(30, len(text) - at) + 1)
                    if _covers(text[at : at + size], joined, vocabulary)
                ),
                default=0,
            )
        if step:
            if left:
                yield FaultKind.CLAIM, left
            left, at = "", at + step
        else:
            left, at = left + text[at], at + 1
    if left:
        yield FaultKind.CLAIM, left


def _covers(part: str, joined: str, vocabulary: frozenset[str]) -> bool:
    if part in vocabulary:
        return True
    # A single character of a longer word is not that word; alone between others it is a name.
    if len(part) == 1:
        return re.search(rf"(?<![{_HAN}]){part}(?![{_HAN}])", joined) is not None
    # "防水" of "不防水" says the opposite.
    at = joined.find(part)
    while at >= 0:
        turned = _HAN_TURNS.search(joined[max(0, at - 2) : at])
        if turned is None or _HAN_TURNS.match(part):
            return True
        at = joined.find(part, at + 1)
    return False


def _tokens_of(text: str) -> set[str]:
    return {form for match in _TOKEN.finditer(text) for form in _forms(match[0])}


def _forms(word: str) -> Iterator[str]:
    """Yield a word, its parts, and its singular and plural."""
    for part in {word, *re.split(r"['’.&+/-]", word)}:
        if part:
            yield part
            yield from _numbers_of(part)


def _numbers_of(word: str) -> tuple[str, ...]:
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return ()
    if word.endswith("s"):
        return (word[:-1], word[:-2]) if word.endswith("es") else (word[:-1],)
    return (f"{word}s", f"{word}es")


def _is_among(word: str, known: Collection[str]) -> bool:
    if word in known or word.removesuffix("'s").removesuffix("’s") in known:
        return True
    parts = [part for part in re.split(r"['’.&+/-]", word) if part]
    return len(parts) > 1 and all(part in known for part in parts)


def _is_within(span: tuple[int, int], spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in spans)


def _has_words(text: str, words: str) -> bool:
    if _HAN_RUN.search(words):
        return words in text
    return re.search(rf"(?<![a-z0-9]){re.escape(words)}(?![a-z0-9])", text) is not None


def _word_at(text: str, at: int) -> str:
    start = text.rfind(" ", 0, at) + 1
    end = text.find(" ", at)
    return text[start : None if end < 0 else end].strip(".,;!?，。；！？()")
