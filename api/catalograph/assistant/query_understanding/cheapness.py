"""Words such as "cheap", as the lowest third of the prices of what is searched."""

import re
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from catalograph.assistant.query_understanding.constraints import Constraint
from catalograph.assistant.query_understanding.limits import price_constraint
from catalograph.assistant.query_understanding.tokens import STOP_WORDS, QueryToken
from catalograph.assistant.query_understanding.vocabulary import SearchVocabulary

_CHEAP = re.compile(
    r"(?<![a-z])(?:cheap(?:est)?|inexpensive|affordable|low[\s-](?:cost|price[d]?)|budget)(?![a-z])"
    r"|便宜(?:点|一点|些)?的?|平价|低价|实惠"
)
_SHARE = 1 / 3
_LEAST = 12


def read_cheapness(
    text: str,
    vocabulary: SearchVocabulary,
    names: Sequence[Constraint],
    words: Sequence[QueryToken],
) -> Iterator[Constraint]:
    """Yield the limit that a word such as "cheap" means, if enough prices are known.

    Args:
        text: query in half width and lower case.
        vocabulary: names and sample products.
        names: names that the query has.
        words: tokens of its other words.
    """
    match = _CHEAP.search(text)
    if match is None or not vocabulary.currencies:
        return
    code = vocabulary.currencies[0]
    known = [
        token.fold
        for token in words
        if token.text not in STOP_WORDS
        and not match.start() <= token.start < match.end()
        and token.text not in match[0]
        and vocabulary.knows(token.fold)
    ]
    prices = _prices(vocabulary, code, names, known)
    if len(prices) < _LEAST:
        # Of the words alone, the one that narrows most and still leaves enough.
        alone = [_prices(vocabulary, code, names, [word]) for word in known]
        prices = min((p for p in alone if len(p) >= _LEAST), key=len, default=prices)
    if len(prices) < _LEAST:
        return
    high = float(np.quantile(prices, _SHARE, method="lower"))
    label = f"{match[0].rstrip('的')}: up to {high:.10g} {code}"
    yield price_constraint(None, high, code, match.span(), label)


def _prices(
    vocabulary: SearchVocabulary, code: str, names: Sequence[Constraint], words: Sequence[str]
) -> NDArray[np.float64]:
    """Return the sample's prices of the products with all names and words."""
    rows = np.flatnonzero(vocabulary.in_currency(code))
    for name in names:
        rows = np.intersect1d(rows, vocabulary.rows_of(name.keys))
    for word in words:
        rows = np.intersect1d(rows, vocabulary.rows_with((word,)))
    found: NDArray[np.float64] = vocabulary.prices[rows]
    return found
