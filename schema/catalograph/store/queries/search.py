"""Search: full-text, vector and hybrid, with typing errors, CJK text and autocompletion."""

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
from catalograph.store.queries.api_queries import read_products, with_names
from catalograph.store.queries.projection import (
    ANY_CURRENCY,
    AT,
    FacetRequest,
    Filter,
    PageRequest,
    PriceBasis,
    Selection,
    insert_order,
    search_facets_statement,
)

BEST_FIRST = "SCORE"
"""Order of search results by how well they match."""
SEARCH_POOL = 2_000
"""Number of candidates from full text."""
NEAR_POOL = 300
"""Number of candidates from vectors, and from full text for the first page without a filter."""
BOOSTS: Mapping[str, float] = {
    "title": 2.0,
    "search_brands": 1.0,
    "description": 1.0,
    "search_values": 0.3,
    "title_translations": 2.0,
}
"""Boost of a word match in each property.

Tuned with `COMPLETE_BOOST` and `TEXT_SHARE` by 5-fold cross-validation over the 58 judged queries
of Chorus' Icecat catalogue (`catalograph eval search`); rounded values from a wide plateau.
"""
COMPLETE_BOOST = 2.0
"""Additional boost of a product that matches all words."""
TEXT_SHARE = 1 / 3
"""Weight of full text in the sum with vectors."""
SIMILARITY_FLOOR = 0.3
"""Least cosine similarity of a product that is found by its vector alone."""
RANK_DAMPING = 60
"""Damping constant of reciprocal rank fusion, with its usual value."""
FEW = 3
"""A word found in fewer products may be a typing error."""
MAX_WORDS = 50
"""Largest number of query words used, as Lucene accepts 1,024 clauses; the rest is ignored."""
MAX_DOUBTFUL = 5
_FUZZY_FIELDS = ("title", "search_brands", "description")
_ONE_ERROR_FROM, _TWO_ERRORS_FROM = 4, 8
_FUZZY_BOOST = 0.5
# Stop words of both analyzers (Lucene's EnglishAnalyzer.ENGLISH_STOP_WORDS_SET) with four or more
# letters: no product has them in the index, but they are not typing errors.
_STOP_WORDS = frozenset({"into", "such", "that", "their", "then", "there", "these", "they"}) | {
    "this",
    "will",
    "with",
}
# Han, kana, hangul: written without spaces, or with spaces at other places than in the query.
_CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc"
    "\U00020000-\U0003ffff]"
)
# Lucene's tokenizer joins words at a colon, but here it separates an attribute and its value.
_BETWEEN = re.compile(r"(?:\s|\\:|\uff1a)+")
SUGGESTION_POOL = 200
"""Number of candidates of each kind for suggestions."""
_LUCENE_SPECIAL = re.compile(r'([+\-&|!(){}\[\]^"~*?:\\/])')
_LUCENE_WORDS = re.compile(r"\b(AND|OR|NOT|TO)\b")
_TYPED_WORD = re.compile(r"\w+(?:[.'\u2019]\w+)*")
_LETTERS = re.compile(r"[^\W\d_]+\Z")


class RetrievalMode(StrEnum):
    """Retrieval method of a search."""

    FULL_TEXT = "full-text"
    """BM25 over title, brands, description, attributes and values."""
    VECTOR = "vector"
    """Cosine similarity of the text vectors of query and product."""
    HYBRID = "hybrid"
    """Weighted sum of both."""


@dataclass(frozen=True, slots=True)
class Words:
    """Search words in the form of the statement's parameters.

    Attributes:
        index: name of the full-text index.
        text: query in Lucene's syntax; None if it has no word.
        complete: query for all words at once; None if there are not several.
        doubtful: words that may be mistyped, each as `text` and, with errors allowed, as `fuzzy`.
    """

    index: str
    text: str | None
    complete: str | None = None
    doubtful: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LiveRanker:
    """The live version of the ranker.

    Attributes:
        key: key of the version.
        artefact_hash: hash of its files.
    """

    key: str
    artefact_hash: str


@dataclass(frozen=True, slots=True)
class FoundProducts:
    """Result of a search.

    Attributes:
        rows: selected fields of each product, best first; `@` holds score and key, `@score` the
            score.
        ranker: ranker that is live at the same moment; None without one, and without rows.
    """

    rows: list[Row]
    ranker: LiveRanker | None


def has_cjk(text: str) -> bool:
    """Return whether a text contains Chinese, Japanese or Korean characters."""
    return _CJK.search(text) is not None


def escape_words(query: str) -> str:
    """Return search words as Lucene takes them literally."""
    escaped = _LUCENE_SPECIAL.sub(r"\\\1", query)
    # Operators only in capitals; the index is not case-sensitive.
    return _LUCENE_WORDS.sub(lambda match: match[0].lower(), escaped)


def search_words(escaped: str, boosts: Mapping[str, float] = BOOSTS) -> Words:
    """Build the full-text query for search words.

    Args:
        escaped: search words with Lucene's special characters escaped; not blank.
        boosts: boost of each searched property.
    """
    words = list(dict.fromkeys(word for word in _BETWEEN.split(escaped) if word))[:MAX_WORDS]
    groups = [_match_anywhere(word, boosts) for word in words]
    text, complete = _any_word(groups), _every_word(groups) if len(groups) > 1 else None
    if has_cjk(escaped):
        return Words(WORD_INDEX, text, complete)
    doubtful = [word for word in words if _may_be_mistyped(word)][:MAX_DOUBTFUL]
    return Words(
        FULL_TEXT_INDEX,
        text,
        complete,
        tuple({"text": _match_anywhere(w, boosts), "fuzzy": _fuzzy(w, boosts)} for w in doubtful),
    )


@dataclass(frozen=True, slots=True)
class SearchWords:
    """Search words, and how products are found by them.

    Attributes:
        text: words with Lucene's special characters escaped.
        vector: vector of the words; None without an encoder.
        mode: retrieval method.
        floor: least cosine similarity of a product that is found by its vector alone.
        strict: whether products with all words replace the others, if there are any.
        among: keys of the products to rank, if they are few enough; None for all.
        deep: whether all candidates of full text are taken, not only as many as the first page of
            the best matches needs.
    """

    text: str
    vector: Sequence[float] | None
    mode: RetrievalMode = RetrievalMode.HYBRID
    floor: float = SIMILARITY_FLOOR
    strict: bool = False
    among: Sequence[str] | None = None
    deep: bool = True

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of the search statement, without page and filter."""
        return search_parameters(
            self.text,
            self.vector,
            self.mode,
            pool=SEARCH_POOL if self.deep else NEAR_POOL,
            near=NEAR_POOL,
            among=self.among,
            floor=self.floor,
            strict=self.strict,
        )


async def search_products(
    connection: AsyncConnection,
    request: PageRequest,
    words: SearchWords,
    selection: Selection | None = None,
) -> FoundProducts:
    """Search products by words, by the query's vector if there is one, or by both.

    Args:
        connection: open connection.
        request: page with its filters, sorted by `BEST_FIRST` or another order of products.
        words: search words.
        selection: fields to read of products; None for all.

    Returns:
        The selected fields of each product, in order; `@` holds the values of the sort key, or
        score and key, and `@score` the score.
    """
    if request.sort != BEST_FIRST:
        fields = selection and with_names(selection)
        compiled = insert_order("search_products", fields, request)
        rows = await connection.read_compiled(
            compiled.text, words.parameters() | compiled.parameters, "search_products"
        )
        sorted_rows = [
            row["product"] | {AT: row["place"], f"{AT}score": row["score"]} for row in rows
        ]
        return FoundProducts(sorted_rows, None)
    after = request.after
    rows = await read_products(
        connection,
        "search_products",
        selection,
        request.filters,
        request.prices,
        **words.parameters(),
        **page_parameters(
            None if after is None else (float(after[0]), str(after[1])), request.limit
        ),
    )
    made = [
        row["product"] | {AT: [row["score"], row["product"]["key"]], f"{AT}score": row["score"]}
        for row in rows
    ]
    return FoundProducts(made, live_ranker(rows[0]) if rows else None)


def live_ranker(row: Row) -> LiveRanker | None:
    """Return the live ranker that a row of the search statement tells."""
    told = row["ranker"]
    if told is None or told["artefact_hash"] is None:
        return None
    return LiveRanker(told["key"], told["artefact_hash"])


async def count_found(
    connection: AsyncConnection,
    filters: Sequence[Filter],
    words: SearchWords,
    wanted: FacetRequest | None = None,
    prices: PriceBasis = ANY_CURRENCY,
) -> Row:
    """Count the products that a search finds, and their facet values.

    Args:
        connection: open connection.
        filters: filters of the products.
        words: search words.
        wanted: facets to count; None for none.
        prices: currency in which prices are compared.

    Returns:
        One row; `cut` says that there were more candidates than are taken, so that the counts are
        lower bounds.
    """
    counted = search_facets_statement("search_products", filters, wanted, prices)
    [row] = await connection.read_compiled(
        counted.text, words.parameters() | counted.parameters, "count_found"
    )
    return row


def search_parameters(
    text: str,
    vector: Sequence[float] | None,
    mode: RetrievalMode,
    *,
    pool: int = SEARCH_POOL,
    near: int = NEAR_POOL,
    among: Sequence[str] | None = None,
    floor: float = SIMILARITY_FLOOR,
    strict: bool = False,
) -> dict[str, Any]:
    """Return the parameters of the search statement, without page and filter.

    Args:
        text: search words with Lucene's special characters escaped; blank without any.
        vector: vector of the query; None without an encoder.
        mode: retrieval method.
        pool: number of candidates of full text.
        near: number of candidates of vectors, and of places of full text whose meaning counts.
        among: keys of the products to rank; None ranks all.
        floor: least cosine similarity of a product that is found by its vector alone.
        strict: whether products with all words replace the others, if there are any.
    """
    words = search_words(text)
    by_words = mode is not RetrievalMode.VECTOR
    return {
        "index": words.index,
        "text": words.text if by_words else None,
        "complete": words.complete if by_words and strict else None,
        "doubtful": list(words.doubtful) if by_words else [],
        "few": FEW,
        "vector": None if mode is RetrievalMode.FULL_TEXT else vector,
        "share": TEXT_SHARE,
        "damping": RANK_DAMPING,
        "pool": pool,
        "deepest": max(pool, SEARCH_POOL),
        "near": near,
        "floor": floor,
        "among": among,
    }


def page_parameters(after: tuple[float, str] | None, limit: int) -> dict[str, Any]:
    """Return the parameters for the start and length of a page of search results."""
    score, key = after or (None, None)
    return {"after_score": score, "after_key": key, "limit": limit}


def _any_word(groups: Sequence[str]) -> str | None:
    """Return a query that matches any of the words and boosts products that match all."""
    if len(groups) < 2:
        return next(iter(groups), None)
    return f"{' '.join(groups)} ({_every_word(groups)})^{COMPLETE_BOOST:g}"


def _every_word(groups: Sequence[str]) -> str:
    return " ".join(f"+({group})" for group in groups)


def _match_anywhere(word: str, boosts: Mapping[str, float]) -> str:
    return " ".join(f"{name}:{word}^{boost:g}" for name, boost in boosts.items() if boost)


def _may_be_mistyped(word: str) -> bool:
    """Return whether a word may be mistyped; words with digits never, as they are model numbers."""
    long_enough = len(word) >= _ONE_ERROR_FROM
    return long_enough and _LETTERS.match(word) is not None and word.lower() not in _STOP_WORDS


def _errors(word: str) -> int:
    """Return how many typing errors a word may have."""
    return 2 if len(word) >= _TWO_ERRORS_FROM else 1


def _fuzzy(word: str, boosts: Mapping[str, float]) -> str:
    return " ".join(
        f"{name}:{word}~{_errors(word)}^{boosts[name] * _FUZZY_BOOST:g}"
        for name in _FUZZY_FIELDS
        if boosts.get(name)
    )


@dataclass(frozen=True, slots=True)
class SuggestionRow:
    """A suggestion for the typed words.

    Attributes:
        kind: label of the node: Brand, Category or Product.
        key: key of the node.
        text: name or title of the node.
        products: number of products directly in a brand or category; None for a product.
    """

    kind: str
    key: str
    text: str
    products: int | None


async def suggestions(
    connection: AsyncConnection, text: str, first: int, completions: Sequence[str] = ()
) -> list[SuggestionRow]:
    """Suggest brands, categories and products for typed text, in one statement.

    Args:
        connection: open connection.
        text: typed text, not escaped; without a word there are no suggestions.
        first: largest number of suggestions.
        completions: words that the last one may become, with a typing error in it.
    """
    parameters = suggestion_parameters(text, first, completions)
    if parameters is None:
        return []
    return [SuggestionRow(**row) for row in await connection.read("suggest", **parameters)]


def suggestion_parameters(
    text: str, first: int, completions: Sequence[str] = ()
) -> dict[str, Any] | None:
    """Return the parameters of the suggestion statement; None if the text has no word."""
    # Only lower-case words are used, so they cannot contain Lucene syntax.
    words = _TYPED_WORD.findall(text.lower())[:MAX_WORDS]
    if not words:
        return None
    more = [word for word in completions if _LETTERS.match(word)]
    doubtful = bool(more) or any(_may_be_mistyped(word) for word in words)
    mistyped = {
        "mistyped_names": _match_mistyped("name", words, more) if doubtful else None,
        "mistyped_titles": _match_mistyped("title", words, more) if doubtful else None,
    }
    return mistyped | {
        "names": _match_beginning("name", words),
        "titles": _match_beginning("title", words),
        "start": text.strip().lower(),
        "pool": SUGGESTION_POOL,
        "named": max(1, first // 3),
        "limit": first,
    }


def _match_beginning(prop: str, words: Sequence[str]) -> str:
    """Return a query for all words in a property, the last one as a prefix.

    Chinese, Japanese and Korean characters are indexed in pairs, so several in a row are searched
    as an exact phrase, without a prefix match.
    """
    *whole, last = map(_quote_pairs, words)
    return " ".join(f"+{prop}:{word}" for word in (*whole, _begin(last)))


def _match_mistyped(prop: str, words: Sequence[str], completions: Sequence[str]) -> str:
    """Return the same query with errors allowed in each word that may have some."""
    *whole, last = map(_quote_pairs, words)
    groups = [_or_mistyped(prop, word, word) for word in whole]
    groups.append(_or_mistyped(prop, last, _begin(last), *completions))
    return " ".join(f"+({group})" for group in groups)


def _or_mistyped(prop: str, word: str, *forms: str) -> str:
    texts = [f"{prop}:{form}" for form in forms]
    if _may_be_mistyped(word):
        texts.append(f"{prop}:{word}~{_errors(word)}")
    return " ".join(texts)


def _quote_pairs(word: str) -> str:
    return f'"{word}"' if has_cjk(word) and len(word) > 1 else word


def _begin(word: str) -> str:
    return word if word.startswith('"') else f"{word}*"
