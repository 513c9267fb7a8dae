"""Matches of search words in titles and descriptions, as pieces of plain text."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from rapidfuzz.distance import OSA

from catalograph.api.execution.planner import HIGHLIGHTED
from catalograph.api.types.search import Highlight, HighlightPart
from catalograph.assistant.query_understanding.spelling import ONE_ERROR_FROM, TWO_ERRORS_FROM
from catalograph.assistant.query_understanding.tokens import STOP_WORDS, QueryToken, split_tokens
from catalograph.store.queries.projection import AT

_EXCERPT = 240
"""Largest number of characters of a description's excerpt."""
_BEFORE = 60
_READ = 5_000
"""Number of characters of a text in which matches are looked for."""


def add_highlights(rows: Iterable[dict[str, Any]], query: str) -> None:
    """Add to each row of a search the matches in its texts."""
    words = [token for token in split_tokens(query) if token.text not in STOP_WORDS]
    for row in rows:
        row[f"{AT}highlights"] = [
            found
            for field in HIGHLIGHTED
            if (found := highlight(field, row.get(field) or "", words)) is not None
        ]


def highlight(field: str, text: str, words: Sequence[QueryToken]) -> Highlight | None:
    """Return a text in pieces; None if no word matches."""
    spans = _merge(text, _matches(split_tokens(text[:_READ]), words))
    if not spans:
        return None
    start, end = 0, len(text)
    if field != "title" and end > _EXCERPT:
        start = max(0, min(spans[0][0] - _BEFORE, end - _EXCERPT))
        start = text.rfind(" ", 0, start) + 1 if text[start - 1 : start].isalnum() else start
        end = start + _EXCERPT
    parts: list[HighlightPart] = []
    at = start
    for first, last in spans:
        if first >= end:
            break
        if first > at:
            parts.append(HighlightPart(text=text[at:first], matched=False))
        at = min(last, end)
        parts.append(HighlightPart(text=text[first:at], matched=True))
    if at < end:
        parts.append(HighlightPart(text=text[at:end], matched=False))
    return Highlight(field=field, parts=parts)


def _matches(tokens: Sequence[QueryToken], words: Sequence[QueryToken]) -> list[tuple[int, int]]:
    """Return the spans of the tokens that match a word; Han ones only two side by side."""
    pairs = {
        (one.text, two.text)
        for one, two in pairwise(words)
        if one.end == two.start and one.is_han and two.is_han
    }
    single = [word for word in words if not word.is_han or not pairs]
    found = []
    for n, token in enumerate(tokens):
        if any(_equal(token, word) for word in single):
            found.append((token.start, token.end))
        elif n and (tokens[n - 1].text, token.text) in pairs:
            found.append((tokens[n - 1].start, token.end))
    return found


def _equal(token: QueryToken, word: QueryToken) -> bool:
    """Return whether a token is a word of the query, in another number or with a typing error."""
    if token.fold == word.fold:
        return True
    length = len(word.text)
    if length < ONE_ERROR_FROM or not word.text.isalpha() or word.is_han:
        return False
    errors = 2 if length >= TWO_ERRORS_FROM else 1
    distance: int = OSA.distance(token.text, word.text, score_cutoff=errors)
    return distance <= errors and token.text[0] == word.text[0]


def _merge(text: str, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans in order, joined where only white space stands between them."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and not text[merged[-1][1] : start].strip():
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged
