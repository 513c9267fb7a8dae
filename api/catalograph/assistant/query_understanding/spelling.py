"""Spelling of query words by the vocabulary of the graph."""

from collections.abc import Callable, Collection, Iterable, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from catalograph.assistant.query_understanding.quantities import NamedSpan
from catalograph.assistant.query_understanding.tokens import (
    STOP_WORDS,
    QueryToken,
    split_tokens,
)
from catalograph.assistant.query_understanding.vocabulary import SearchVocabulary

ONE_ERROR_FROM, TWO_ERRORS_FROM = 4, 8
"""Least length of a word that may have one error, and two."""
_BRAND_FROM = 5
_COMPLETIONS = 5


def correct_brand(vocabulary: SearchVocabulary, token: QueryToken) -> NamedSpan | None:
    """Return the one brand that an unknown word is one error from; None without any."""
    word = token.text
    if len(word) < _BRAND_FROM or not _may_be_mistyped(vocabulary, token):
        return None
    near = process.extract(
        word, vocabulary.brands.keys(), scorer=OSA.distance, score_cutoff=1, limit=2
    )
    if len(near) != 1:
        return None
    names = vocabulary.brands[near[0][0]]
    return NamedSpan(token.start, token.end, tuple(names), names[0].label)


def correct_words(
    vocabulary: SearchVocabulary, tokens: Iterable[QueryToken]
) -> dict[QueryToken, str]:
    """Return the nearest known word of each unknown one; the more frequent one of equally near."""
    found = {}
    for token in tokens:
        if len(token.text) >= ONE_ERROR_FROM and _may_be_mistyped(vocabulary, token):
            near = _nearest(vocabulary, token.text)
            if near is not None:
                found[token] = near
    return found


def complete_last(vocabulary: SearchVocabulary, typed: str) -> list[str]:
    """Return known words that begin as the last, mistyped word does, the most frequent first."""
    last = typed.split()[-1].lower() if typed.strip() and not typed[-1].isspace() else ""
    if len(last) < ONE_ERROR_FROM or not last.isalpha() or not last.isascii():
        return []
    beginnings: dict[str, list[str]] = {}
    for known in vocabulary.frequencies:
        if len(known) >= len(last) and known[0] == last[0]:
            # One letter more, as one may be missing in what was typed.
            for length in {len(last), min(len(last) + 1, len(known))}:
                beginnings.setdefault(known[:length], []).append(known)
    if last in beginnings:
        return []
    near = process.extract(
        last, beginnings.keys(), scorer=OSA.distance, score_cutoff=1, limit=_COMPLETIONS
    )
    listed = list({known for beginning, _, _ in near for known in beginnings[beginning]})
    listed.sort(key=lambda known: (-vocabulary.frequencies[known], known))
    return listed[:_COMPLETIONS]


def begin_with(queries: Sequence[str], typed: str) -> list[str]:
    """Return the queries that begin with the typed text; else those that do so but for an error."""
    start = " ".join(typed.lower().split())
    found = [one for one in queries if one.startswith(start) and one != start]
    if found or len(start) < ONE_ERROR_FROM:
        return found
    errors = 2 if len(start) >= TWO_ERRORS_FROM else 1
    return [
        one
        for one in queries
        if len(one) >= len(start) - errors
        and OSA.distance(one[: len(start)], start, score_cutoff=errors) <= errors
    ]


def _nearest(vocabulary: SearchVocabulary, word: str) -> str | None:
    errors = 2 if len(word) >= TWO_ERRORS_FROM else 1
    near = process.extract(
        word, vocabulary.frequencies.keys(), scorer=OSA.distance, score_cutoff=errors, limit=20
    )
    return min(
        near, key=lambda one: (one[1], -vocabulary.frequencies[one[0]], one[0]), default=(None,)
    )[0]


def _may_be_mistyped(vocabulary: SearchVocabulary, token: QueryToken) -> bool:
    """Return whether a word of letters stands alone and in no name or title."""
    word = token.text
    return (
        word.isascii()
        and word.isalpha()
        and not token.tied
        and word not in STOP_WORDS
        and not vocabulary.knows(token.fold)
    )


def correct_text(
    query: str, vocabulary: SearchVocabulary
) -> tuple[list[str], Callable[[Collection[str]], str]]:
    """Return the words of a query that may be mistyped, and a function that corrects some of them.

    The function takes those that are wrong, and returns the query with these as the graph spells
    them.
    """
    found = correct_words(vocabulary, split_tokens(query))

    def rewrite(wrong: Collection[str]) -> str:
        text = query
        for token in sorted(found, key=lambda token: -token.start):
            if token.text in wrong:
                text = f"{text[: token.start]}{found[token]}{text[token.end :]}"
        return text

    return [token.text for token in found], rewrite
