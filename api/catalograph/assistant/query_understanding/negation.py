"""Exclusions in search words: "not wireless", "without bluetooth", 不要红色."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from catalograph.assistant.query_understanding.quantities import NamedSpan
from catalograph.assistant.query_understanding.tokens import (
    STOP_WORDS,
    QueryToken,
    fold_tokens,
)
from catalograph.assistant.query_understanding.vocabulary import MOST_TOKENS, SearchVocabulary
from catalograph.ml.script import is_han

_NEGATOR = re.compile(
    r"(?<![a-z0-9])(?:(?:but\s+)?(?:not|no|without|except(?:\s+for)?|excluding|minus|non)"
    r"(?:\s+(?:a|an|any|the|from|by|in|with|made\s+by))?(?:\s+|-))|(?:(?<=\s)|^)[-–](?=[a-z])"
)
# 有没有 and 是不是 ask; they exclude nothing.
_NEGATOR_ZH = re.compile(
    r"(?:不要|不想要|不需要|别要|不含|不带|(?<!有)没有|(?<!是)不是|除了|除去|排除|非(?=[\u4e00-\u9fff]))(?:带|是|用|有)?"
)
# "Non slip" and "no drill" are mostly features; what is excluded so has to be a name.
_ADJECTIVAL = ("non", "no ", "no-")
_END_ZH = re.compile(r"[的,，。、；;\s]|以外|之外|除外|款|\Z")
_NO_THINGS = frozenset({"stock", "available", "sure", "too", "only", "just", "very", "so", "more"})
_OR = re.compile(r"\s*(?:,\s*)?(?:or|nor|或者|或|和|、)\s*")
_LONGEST_HAN = 6
_FEATURES = 2
"""Least number of titles with the words of a negation, which are then a feature."""
_OUTSIDE = re.compile(r"(?:的|以外的?|之外的?|除外)")


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Something that a query excludes.

    Attributes:
        start: offset of the word that negates.
        end: offset after the excluded words.
        named: the names that they may mean; None for other words.
        word: excluded words.
    """

    start: int
    end: int
    named: NamedSpan | None
    word: str


def find_exclusions(
    text: str,
    tokens: Sequence[QueryToken],
    quantities: Sequence[NamedSpan],
    vocabulary: SearchVocabulary,
) -> Iterator[Exclusion]:
    """Yield the exclusions of a text.

    Args:
        text: query in half width and lower case.
        tokens: tokens of the text.
        quantities: numbers with a unit that are values of the graph.
        vocabulary: names and sample products.
    """
    spans = {span.start: span for span in quantities}
    at = 0
    while (match := _next(text, at)) is not None:
        at = match.end()
        found = _read_exclusion(text, tokens, spans, vocabulary, match)
        while found is not None:
            yield found
            at = found.end
            joined = _OR.match(text, at)
            found = None if joined is None else _read_joined(tokens, spans, vocabulary, joined)


def longest_name(
    tokens: Sequence[QueryToken], at: int, vocabulary: SearchVocabulary
) -> NamedSpan | None:
    """Return the longest name that begins at a token."""
    if tokens[at].tied:
        return None
    most = min(vocabulary.longest.get(tokens[at].fold, 0), len(tokens) - at, MOST_TOKENS)
    for length in range(most, 0, -1):
        last = at + length - 1
        if last + 1 < len(tokens) and tokens[last + 1].tied:
            continue
        names = vocabulary.names.get(tuple(token.fold for token in tokens[at : last + 1]))
        if names:
            return NamedSpan(tokens[at].start, tokens[last].end, tuple(names))
    return None


def _next(text: str, at: int) -> re.Match[str] | None:
    found = [m for p in (_NEGATOR, _NEGATOR_ZH) if (m := p.search(text, at)) is not None]
    return min(found, key=lambda match: match.start(), default=None)


def _read_exclusion(
    text: str,
    tokens: Sequence[QueryToken],
    quantities: Mapping[int, NamedSpan],
    vocabulary: SearchVocabulary,
    match: re.Match[str],
) -> Exclusion | None:
    at = next((n for n, token in enumerate(tokens) if token.start >= match.end()), None)
    if at is None or text[match.end() : tokens[at].start].strip():
        return None
    first = tokens[at]
    named = quantities.get(first.start) or longest_name(tokens, at, vocabulary)
    if named is None and (first.text[0].isdigit() or match[0].startswith(_ADJECTIVAL)):
        return None
    # "Non stick" and "no frost" are features if products are sold by these words.
    phrase = (*fold_tokens(match[0]), first.fold)
    if len(phrase) > 1 and len(vocabulary.rows_with(phrase)) >= _FEATURES:
        return None
    end = named.end if named is not None else _end_of_word(text, tokens, at)
    if is_han(first.text):
        free = _end_of_word(text, tokens, at)
        # 不要红色的: the name has to end where the words do, as 手机 is not 手机壳.
        rest = named is not None and any(named.end <= t.start < free for t in tokens)
        if named is not None and rest and not _ends_well(vocabulary, text, named, free):
            named, end = None, free
    word = text[first.start : end]
    if named is None and word in vocabulary.characters:
        named = NamedSpan(first.start, end, tuple(vocabulary.characters[word]))
    if word in STOP_WORDS or word in _NO_THINGS:
        return None
    outside = _OUTSIDE.match(text, end)
    return Exclusion(match.start(), outside.end() if outside else end, named, word)


def _read_joined(
    tokens: Sequence[QueryToken],
    quantities: Mapping[int, NamedSpan],
    vocabulary: SearchVocabulary,
    joined: re.Match[str],
) -> Exclusion | None:
    """Return what is excluded behind "or", if it is a name: "not red or blue"."""
    at = next((n for n, token in enumerate(tokens) if token.start >= joined.end()), None)
    if at is None:
        return None
    named = quantities.get(tokens[at].start) or longest_name(tokens, at, vocabulary)
    if named is None:
        return None
    word = joined.string[named.start : named.end]
    return Exclusion(joined.start(), named.end, named, word)


def _end_of_word(text: str, tokens: Sequence[QueryToken], at: int) -> int:
    first = tokens[at]
    if not is_han(first.text):
        last = at
        while last + 1 < len(tokens) and tokens[last + 1].tied:
            last += 1
        return tokens[last].end
    stop = _END_ZH.search(text, first.start)
    end = stop.start() if stop is not None else len(text)
    return min(end, first.start + _LONGEST_HAN)


def _ends_well(vocabulary: SearchVocabulary, text: str, named: NamedSpan, free: int) -> bool:
    """Return whether a value stands before other words, as in 不要红色保温杯."""
    rest = text[named.end : free]
    return all(name.kind != "Category" for name in named.names) and bool(
        len(vocabulary.rows_with(tuple(rest)))
    )
