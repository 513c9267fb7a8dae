"""Features of the candidates of a search.

Scores of words and meaning come from the first stage. Prices, popularity, numbers of reviews and
PageRank (0 where no version is live) are standard scores of logarithms among the candidates, since
their scale differs from query to query. The consensus
features are pseudo-relevance feedback (Rocchio 1971): what the best candidates have in common.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from catalograph.ml.search_ranking.click_rates import ClickRates
from catalograph.schema.ranking import SearchCandidate

Floats = NDArray[np.float64]

FEATURES = (
    *("score", "words", "bm25", "meaning"),
    *("title_covers", "title_phrase", "title_focus", "brand_named", "values_cover"),
    "categories_cover",
    *("popularity", "reviews", "pagerank", "price", "price_distance"),
    *("fact_consensus", "category_consensus"),
    *("query_product_clicks", "product_clicks", "query_brand_clicks", "brand_clicks"),
    "student",
)
"""Names of the features, in the order of the columns."""
CLICK_COLUMNS = slice(FEATURES.index("query_product_clicks"), FEATURES.index("brand_clicks") + 1)
STUDENT_COLUMN = FEATURES.index("student")
_BEST = 20
"""Number of best candidates that make the consensus."""
_RUN = re.compile(r"\w+")
_FIRST_CJK = "\u2e80"
_PLURAL_FROM = 4


def words_of(text: str) -> list[str]:
    """Return words in lower case without a plural s, and pairs of East Asian characters."""
    runs: list[str] = _RUN.findall(text.casefold())
    if not text.isascii():
        runs = [part for run in runs for part in _split_pairs(run)]
    # Beginning with the length: most of a hundred products' words end here.
    return [
        run[:-1] if len(run) >= _PLURAL_FROM and run[-1] == "s" and run[-2] != "s" else run
        for run in runs
    ]


def _split_pairs(run: str) -> list[str]:
    """Split a run with East Asian characters into pairs; leave others whole."""
    if len(run) == 1 or max(run) < _FIRST_CJK:
        return [run]
    return [run[n : n + 2] for n in range(len(run) - 1)]


def candidate_features(
    query: str,
    candidates: Sequence[SearchCandidate],
    clicks: ClickRates,
    student: Callable[[Sequence[str]], Floats] | None = None,
) -> Floats:
    """Return the features of candidates, float64 [n, len(FEATURES)].

    Args:
        query: search words.
        candidates: candidates of the first stage, best first; all that it found, as some features
            are relative to the others.
        clicks: click rates of the log.
        student: function that returns a student's scores of products by key; None for zeros.
    """
    made = base_features(query, candidates)
    keys = [one.key for one in candidates]
    words = " ".join(dict.fromkeys(words_of(query)))
    made[:, CLICK_COLUMNS] = clicks.features(words, keys, [one.brands for one in candidates])
    if student is not None:
        made[:, STUDENT_COLUMN] = student(keys)
    return made


def base_features(query: str, candidates: Sequence[SearchCandidate]) -> Floats:
    """Return the same without clicks and student, whose columns are 0."""
    made = np.zeros((len(candidates), len(FEATURES)))
    if not candidates:
        return made
    asked = list(dict.fromkeys(words_of(query)))
    popularity, reviews, pagerank, price = (
        _relative(values)
        for values in (
            [one.popularity for one in candidates],
            [float(one.reviews) for one in candidates],
            [one.pagerank for one in candidates],
            [one.price for one in candidates],
        )
    )
    columns = [
        np.array([(one.score, one.words, one.bm25, one.meaning or 0.0) for one in candidates]),
        np.array([_matches(asked, query, one) for one in candidates]),
        np.stack([popularity, reviews, pagerank, price, np.abs(price)], axis=1),
        np.stack(
            [
                _consensus([(*one.brands, *one.values) for one in candidates]),
                _consensus([tuple(one.categories) for one in candidates]),
            ],
            axis=1,
        ),
    ]
    made[:, : CLICK_COLUMNS.start] = np.concatenate(columns, axis=1)
    return made


def _matches(
    asked: Sequence[str], query: str, candidate: SearchCandidate
) -> tuple[float, float, float, float, float, float]:
    title = words_of(candidate.title)
    own = set(title)
    wanted = set(asked)
    brands = [set(words_of(name)) for name in candidate.brands]
    values = set(words_of(" ".join(candidate.values)))
    places = set(words_of(" ".join(key.partition(":")[2] for key in candidate.categories)))
    phrase = query.casefold().strip()
    return (
        _share(asked, own),
        float(bool(phrase) and phrase in candidate.title.casefold()),
        len(own & wanted) / max(1, len(own)),
        float(any(name and name <= wanted for name in brands)),
        _share(asked, values),
        _share(asked, places),
    )


def _share(asked: Sequence[str], own: set[str]) -> float:
    return sum(word in own for word in asked) / max(1, len(asked))


def _relative(values: Iterable[float | None]) -> Floats:
    """Return standard scores of log(1 + value); 0 where it is unknown or all are equal."""
    logs = np.array(
        [np.nan if value is None or value < 0 else np.log1p(value) for value in values], np.float64
    )
    known = np.isfinite(logs)
    if not known.any():
        return np.zeros(len(logs))
    spread = float(logs[known].std())
    scores = (logs - logs[known].mean()) / (spread or 1.0)
    return np.where(known, np.clip(scores, -3, 3), 0.0)


def _consensus(facts: Sequence[Sequence[str]]) -> Floats:
    """Return the mean share of the best candidates that have each fact of a candidate."""
    best = facts[:_BEST]
    counts = Counter(fact for own in best for fact in set(own))
    shares = np.zeros(len(facts))
    for n, own in enumerate(facts):
        if own:
            shares[n] = sum(counts[fact] for fact in own) / (len(own) * len(best))
    return shares
