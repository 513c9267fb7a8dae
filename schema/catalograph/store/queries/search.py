"""Search: full text, vectors or both, typing errors, Chinese words, suggestions while typing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from catalograph.schema.ddl import FULL_TEXT_INDEX, WORD_INDEX
from catalograph.store.connection.connect import (
    AsyncConnection,
    Row,
)
from catalograph.store.queries.api_queries import read_products
from catalograph.store.queries.projection import (
    AT,
    Filter,
    Selection,
    search_facets_statement,
)

SEARCH_POOL = 300
"""Candidates that full text and vectors each bring into a search."""
BOOSTS: Mapping[str, float] = {
    "title": 2.0,
    "search_brands": 1.0,
    "description": 1.0,
    "search_values": 0.3,
}
"""What a word in each property counts.

Chosen with `COMPLETE_BOOST` and `TEXT_SHARE` by 5-fold cross-validation over the 58 judged queries
of Chorus' Icecat catalogue (`catalograph eval search`); round ones of a wide plateau.
"""
COMPLETE_BOOST = 2.0
"""What having all words counts, beside what each counts."""
TEXT_SHARE = 1 / 3
"""Of full text in the sum with vectors."""
RANK_DAMPING = 60
"""As usual in reciprocal rank fusion; how slowly a place in the list of full text loses."""
FEW = 3
"""A word that fewer products have may be a typing error."""
MAX_WORDS = 50
"""Lucene takes 1,024 clauses; the further words of a longer query are passed over."""
MAX_DOUBTFUL = 5
_FUZZY_FIELDS = ("title", "search_brands", "description")
_ONE_ERROR_FROM, _TWO_ERRORS_FROM = 4, 8
_FUZZY_BOOST = 0.5
# The words that both analyzers leave out (Lucene's EnglishAnalyzer.ENGLISH_STOP_WORDS_SET), of
# four letters and more: no product has them, but they are no errors.
_STOP_WORDS = frozenset({"into", "such", "that", "their", "then", "there", "these", "they"}) | {
    "this",
    "will",
    "with",
}
# Han, kana, hangul: written without spaces, or with others than a search has.
_CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc"
    "\U00020000-\U0003ffff]"
)
# Colons join words in Lucene's tokens, but stand between an attribute and its value.
_BETWEEN = re.compile(r"(?:\s|\\:|\uff1a)+")
SUGGESTION_POOL = 200
"""Candidates of each kind that a suggestion chooses from."""
_TYPED_WORD = re.compile(r"\w+(?:[.'\u2019]\w+)*")
_LETTERS = re.compile(r"[^\W\d_]+\Z")


class RetrievalMode(StrEnum):
    """What a search goes by."""

    FULL_TEXT = "full-text"
    """Words: BM25 over title, brands, description, attributes and values."""
    VECTOR = "vector"
    """Meaning: the cosine of the text vectors of query and product."""
    HYBRID = "hybrid"
    """Both, added up."""


@dataclass(frozen=True, slots=True)
class Words:
    """Search words as the statement takes them.

    Attributes:
        index: the full-text index to ask.
        text: the query in Lucene's syntax; None where it has no word.
        doubtful: words that may be mistyped, each as `text` and, with errors allowed, as `fuzzy`.
    """

    index: str
    text: str | None
    doubtful: tuple[Mapping[str, str], ...] = ()


def has_cjk(text: str) -> bool:
    """Whether a text has Chinese, Japanese or Korean characters."""
    return _CJK.search(text) is not None


def search_words(escaped: str, boosts: Mapping[str, float] = BOOSTS) -> Words:
    """Prepare words for the indexes.

    Args:
        escaped: what someone searches for, Lucene's signs escaped; not blank.
        boosts: weight of each searched property.
    """
    words = list(dict.fromkeys(word for word in _BETWEEN.split(escaped) if word))[:MAX_WORDS]
    text = _any_word(words, boosts)
    if has_cjk(escaped):
        return Words(WORD_INDEX, text)
    doubtful = [word for word in words if _may_be_mistyped(word)][:MAX_DOUBTFUL]
    return Words(
        FULL_TEXT_INDEX,
        text,
        tuple({"text": _match_anywhere(w, boosts), "fuzzy": _fuzzy(w, boosts)} for w in doubtful),
    )


async def search_products(
    connection: AsyncConnection,
    filters: Sequence[Filter],
    *,
    text: str,
    vector: Sequence[float] | None,
    after: tuple[float, str] | None,
    limit: int,
    mode: RetrievalMode = RetrievalMode.HYBRID,
    selection: Selection | None = None,
) -> list[Row]:
    """Find products by words, by the vector of the query where there is one, or by both.

    Returns:
        What was asked of each, best first; `@` has its score and key, `@score` its score.
    """
    rows = await read_products(
        connection,
        "search_products",
        selection,
        filters,
        **search_parameters(text, vector, mode),
        **page_parameters(after, limit),
    )
    return [
        row["product"] | {AT: [row["score"], row["product"]["key"]], f"{AT}score": row["score"]}
        for row in rows
    ]


async def count_found(
    connection: AsyncConnection,
    filters: Sequence[Filter],
    *,
    text: str,
    vector: Sequence[float] | None,
    mode: RetrievalMode,
    values: int,
    attributes: int,
) -> Row:
    """Count what a search finds among its candidates, and the values these products have."""
    counted = search_facets_statement(
        "search_products", filters, values=values, attributes=attributes
    )
    # Full text, its second look with typing errors, and vectors bring a pool each.
    everything = page_parameters(None, 3 * SEARCH_POOL) | search_parameters(text, vector, mode)
    [row] = await connection.read_compiled(
        counted.text, everything | counted.parameters, "count_found"
    )
    return row


def search_parameters(
    text: str,
    vector: Sequence[float] | None,
    mode: RetrievalMode,
    *,
    pool: int = SEARCH_POOL,
    among: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Parameters of the statement that searches, without page and filter.

    Args:
        text: words, Lucene's signs escaped.
        vector: of the query; None where there is no encoder.
        mode: what to go by.
        pool: candidates of each kind.
        among: keys of the products to rank; None ranks all.
    """
    words = search_words(text)
    by_words = mode is not RetrievalMode.VECTOR
    return {
        "index": words.index,
        "text": words.text if by_words else None,
        "doubtful": list(words.doubtful) if by_words else [],
        "few": FEW,
        "vector": None if mode is RetrievalMode.FULL_TEXT else vector,
        "share": TEXT_SHARE,
        "damping": RANK_DAMPING,
        "pool": pool,
        "among": among,
    }


def page_parameters(after: tuple[float, str] | None, limit: int) -> dict[str, Any]:
    """Parameters for where a page of a search begins and how long it is."""
    score, key = after or (None, None)
    return {"after_score": score, "after_key": key, "limit": limit}


def _any_word(words: Sequence[str], boosts: Mapping[str, float]) -> str | None:
    """Any of the words, and more for all of them."""
    groups = [_match_anywhere(word, boosts) for word in words]
    if len(groups) < 2:
        return next(iter(groups), None)
    every = " ".join(f"+({group})" for group in groups)
    return f"{' '.join(groups)} ({every})^{COMPLETE_BOOST:g}"


def _match_anywhere(word: str, boosts: Mapping[str, float]) -> str:
    return " ".join(f"{name}:{word}^{boost:g}" for name, boost in boosts.items() if boost)


def _may_be_mistyped(word: str) -> bool:
    """Words alone: a digit more or less makes another model number, not a typing error."""
    long_enough = len(word) >= _ONE_ERROR_FROM
    return long_enough and _LETTERS.match(word) is not None and word.lower() not in _STOP_WORDS


def _fuzzy(word: str, boosts: Mapping[str, float]) -> str:
    errors = 2 if len(word) >= _TWO_ERRORS_FROM else 1
    return " ".join(
        f"{name}:{word}~{errors}^{boosts[name] * _FUZZY_BOOST:g}"
        for name in _FUZZY_FIELDS
        if boosts.get(name)
    )


@dataclass(frozen=True, slots=True)
class SuggestionRow:
    """Something that the typed words may become.

    Attributes:
        kind: label of the node: Brand, Category or Product.
        key: of the node.
        text: its name or title.
        products: how many products a brand or category has itself.
    """

    kind: str
    key: str
    text: str
    products: int | None


async def suggestions(connection: AsyncConnection, text: str, first: int) -> list[SuggestionRow]:
    """Brands, categories and products for what was typed so far, in one statement.

    Args:
        connection: an open connection.
        text: what was typed, as it is; without any word there is nothing to suggest.
        first: how many at most.
    """
    parameters = suggestion_parameters(text, first)
    if parameters is None:
        return []
    return [SuggestionRow(**row) for row in await connection.read("suggest", **parameters)]


def suggestion_parameters(text: str, first: int) -> dict[str, Any] | None:
    """Parameters of the statement that suggests; None where the text has no word."""
    # Only words are taken, in lower case, so nothing in them is syntax.
    words = _TYPED_WORD.findall(text.lower())[:MAX_WORDS]
    if not words:
        return None
    return {
        "names": _match_beginning("name", words),
        "titles": _match_beginning("title", words),
        "start": text.strip().lower(),
        "pool": SUGGESTION_POOL,
        "named": max(1, first // 3),
        "limit": first,
    }


def _match_beginning(prop: str, words: Sequence[str]) -> str:
    """All words in a property, the last one as a beginning.

    Characters of Chinese, Japanese and Korean are indexed in pairs, so several in a row are looked
    for as they stand, without an open end.
    """
    *whole, last = [f'"{word}"' if has_cjk(word) and len(word) > 1 else word for word in words]
    end = last if last.startswith('"') else f"{last}*"
    return " ".join(f"+{prop}:{word}" for word in (*whole, end))
