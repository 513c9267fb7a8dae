"""Links from the words of a question to products and attributes of the graph."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from catalograph.assistant.query_understanding import SearchVocabulary
from catalograph.assistant.query_understanding.limits import blank
from catalograph.assistant.query_understanding.runs import extend_run, find_runs
from catalograph.assistant.query_understanding.tokens import (
    STOP_WORDS,
    QueryToken,
    fold_tokens,
    split_tokens,
)
from catalograph.ingest.packaged_table import load_packaged_table
from catalograph.ml.script import has_han
from catalograph.schema import keys

_LEAST_COVER = 0.5
"""Share of a title's information that words need to name the product, where it is not alone."""
_LEAST_COVER_ALONE = 0.3
_LONGEST = 80
_MOST = 6
_LONGEST_VALUE = 24


@dataclass(frozen=True, slots=True)
class NamedProducts:
    """Products that a run of words names.

    Attributes:
        keys: their keys: several if variants have one title, or the words are short of one.
        text: the words.
        start: first character.
        end: one past the last character.
        cover: share of the first product's title that the words have, by information, 0 to 1.
    """

    keys: tuple[str, ...]
    text: str
    start: int
    end: int
    cover: float


@dataclass(frozen=True, slots=True)
class NamedAttribute:
    """An attribute that words name.

    Attributes:
        keys: keys of the attributes with that name.
        text: the words.
        start: first character.
        end: one past the last character.
    """

    keys: tuple[str, ...]
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class NamedFits:
    """What products fit, as words name it.

    Attributes:
        keys: keys of the values.
        text: the words.
        start: first character.
        end: one past the last character.
    """

    keys: tuple[str, ...]
    text: str
    start: int
    end: int


def find_products(text: str, vocabulary: SearchVocabulary) -> list[NamedProducts]:
    """Return the products that a text names, by runs of words of their titles.

    A run names a product if no other words of the text do so better, and if it has most of the
    title's information: rare words, such as model numbers, count more than frequent ones.
    """
    tokens = split_tokens(text)
    found: list[NamedProducts] = []
    at = 0
    while at < len(tokens):
        one = _longest(text, tokens, at, vocabulary)
        if one is None:
            at += 1
            continue
        found.append(one)
        while at < len(tokens) and tokens[at].start < one.end:
            at += 1
    return found


def blank_products(text: str, named: Iterable[NamedProducts]) -> str:
    """Return a text with blanks for the products that it names; offsets stay the same."""
    for one in named:
        text = blank(text, one.start, one.end, " ")
    return text


def _longest(
    text: str, tokens: Sequence[QueryToken], at: int, vocabulary: SearchVocabulary
) -> NamedProducts | None:
    end, rows = extend_run(tokens, at, vocabulary, _LONGEST)
    if not len(rows) or len(rows) > _MOST * 10:
        return None
    if tokens[at].text in STOP_WORDS and not tokens[at].is_han:
        return None
    run = [token.fold for token in tokens[at:end]]
    covers = sorted(
        ((_cover(run, vocabulary.title_tokens(row), vocabulary), int(row)) for row in rows),
        key=lambda pair: (-pair[0], pair[1]),
    )
    best = covers[0][0]
    if _is_name_of_a_set(run, vocabulary):
        return None
    chosen = [row for cover, row in covers if cover >= best - 1e-9]
    if len(chosen) > _MOST or (len(run) < 2 and best < 1):
        return None
    if best < (_LEAST_COVER_ALONE if len(rows) == 1 and len(run) > 2 else _LEAST_COVER):
        return None
    first, last_character = tokens[at].start, tokens[end - 1].end
    return NamedProducts(
        tuple(dict.fromkeys(vocabulary.products[row] for row in chosen)),
        text[first:last_character],
        first,
        last_character,
        best,
    )


def _is_name_of_a_set(run: Sequence[str], vocabulary: SearchVocabulary) -> bool:
    """Return whether words are the name of a brand or a category, and so of several products."""
    listed = vocabulary.names.get(tuple(run), [])
    return any(name.kind in ("Brand", "Category") and name.products > 1 for name in listed)


def _cover(run: Sequence[str], title: Sequence[str], vocabulary: SearchVocabulary) -> float:
    """Return the share of a title's inverse document frequencies that a run of its words has."""
    size = max(vocabulary.size, 1)

    def weight(token: str) -> float:
        return math.log(1 + size / max(vocabulary.count_titles(token), 1))

    whole = sum(weight(token) for token in title)
    return sum(weight(token) for token in run) / whole if whole else 0.0


def has_unknown_name(text: str, vocabulary: SearchVocabulary) -> bool:
    """Return whether a text has a word in the form of a name that the graph does not know.

    Names have a capital inside the sentence, or are Latin words in a Chinese one.
    """
    chinese = has_han(text)
    for token in split_tokens(text):
        word = text[token.start : token.end]
        first = (
            not text[: token.start].strip(" \"'“‘¿¡") or text[: token.start].rstrip()[-1:] in ".!?"
        )
        name = word.isascii() and len(word) > 1 and (chinese or (word[0].isupper() and not first))
        if name and not vocabulary.knows(token.fold):
            return True
    return False


def find_attributes(text: str, vocabulary: SearchVocabulary) -> list[NamedAttribute]:
    """Return the attributes that a text names, the longest names first found.

    Words such as "how heavy" and 多重 mean attributes too, if the graph has them.
    """
    return [
        NamedAttribute(named, text[start:end], start, end)
        for named, start, end in find_runs(
            split_tokens(text), lambda run: _attributes_of(run, vocabulary)
        )
    ]


def _attributes_of(run: tuple[str, ...], vocabulary: SearchVocabulary) -> tuple[str, ...]:
    """Return the keys of the attributes with a name, else of those that an adjective asks for."""
    meant = () if run in vocabulary.attributes else _adjectives().get(run, ())
    names = [run, *(fold_tokens(name) for name in meant)]
    return tuple(key for name in names for key in vocabulary.attributes.get(name, ()))


def find_values(
    text: str, attributes: Sequence[str], vocabulary: SearchVocabulary
) -> tuple[str, ...]:
    """Return the keys of values of some attributes that a text names, the longest names first.

    Args:
        text: words.
        attributes: keys of the attributes.
        vocabulary: names of the graph.
    """
    tokens = split_tokens(text)
    spans = [
        text[tokens[at].start : tokens[last - 1].end]
        for length in range(min(_LONGEST_VALUE, len(tokens)), 0, -1)
        for at in range(len(tokens) - length + 1)
        for last in (at + length,)
    ]
    for span in spans:
        made = [keys.value_key(one.partition(":")[2], span) for one in attributes]
        found = tuple(key for key in made if key in vocabulary.labels)
        if found:
            return found
    return ()


def find_fits(text: str, vocabulary: SearchVocabulary) -> NamedFits | None:
    """Return the longest name of what products fit; None if a text has none.

    A name counts without its first word as well, which is often the maker's.
    """
    tokens = split_tokens(text)
    runs = [
        (last - at, at, last)
        for at in range(len(tokens))
        for last in range(at + 1, min(at + 12, len(tokens)) + 1)
    ]
    for _, at, last in sorted(runs, key=lambda run: (-run[0], run[1])):
        run = tuple(token.fold for token in tokens[at:last])
        listed = vocabulary.fits.get(run, []) or (
            vocabulary.fits_without_maker.get(run, []) if len(run) > 1 else []
        )
        if listed:
            start, end = tokens[at].start, tokens[last - 1].end
            return NamedFits(tuple(listed), text[start:end], start, end)
    return None


@cache
def _adjectives() -> dict[tuple[str, ...], tuple[str, ...]]:
    table = load_packaged_table("catalograph.assistant.planning", "adjectives")
    return {
        fold_tokens(said): tuple(one["means"])
        for one in table["adjectives"]
        for said in one["said"]
    }
