"""Terms on the rise: words and pairs of words that recent texts have more often than earlier ones.

Terms are ranked by the log-odds ratio with an informative Dirichlet prior of Monroe, Colaresi and
Quinn (2008), "Fightin' Words", Political Analysis 16: by its z-score, so that neither rare terms
nor common ones rank high by chance. A text counts once for each of its terms. Chinese is cut into
pairs of characters, as by the full-text index `cjk`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from math import log, sqrt

from catalograph.assistant.intents.mood import judge_turn
from catalograph.ingest.language.aspects import read_stop_words
from catalograph.ml.script import fold_text, has_han
from catalograph.schema import Sentiment
from catalograph.schema.service import DocumentKind
from catalograph.store import AsyncConnection
from catalograph.store.queries.opinions import read_opinion_texts

PRIOR = 500.0
"""Size of the prior, in terms; its shares are those of all texts."""
LEAST_SCORE = 3.3
"""Smallest z-score: one-sided chance of .0005 for a term that did not rise."""
LEAST_TEXTS = 5
"""Smallest number of recent texts with a term; words of single people are not shown."""
_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+|[a-z][a-z0-9'’-]+")
# Characters that join words of any subject; pairs with one of them name nothing.
_JOINING = frozenset(
    "的了是我你他她它们在有和就不也都很这那个一到说要去会着没看好还给让被把与及或但"
)


class TextSource(StrEnum):
    """Which texts are read."""

    REVIEWS = "reviews"
    SEARCHES = "searches"
    NEWS = "news"
    QUESTIONS = "questions"


_DOCUMENTS = {TextSource.NEWS: DocumentKind.NEWS, TextSource.QUESTIONS: DocumentKind.FAQ}


@dataclass(frozen=True, slots=True)
class RisingTerm:
    """A term that became more frequent.

    Attributes:
        term: word, pair of words, or Chinese characters.
        score: z-score of the log-odds ratio.
        recent: recent texts with it.
        earlier: earlier texts with it.
        positive: those of the recent ones with a positive sentiment.
        negative: those of the recent ones with a negative sentiment.
    """

    term: str
    score: float
    recent: int
    earlier: int
    positive: int
    negative: int


async def read_rising_terms(
    connection: AsyncConnection,
    source: TextSource,
    subject: str | None,
    until: datetime,
    days: int,
    history: int,
) -> list[RisingTerm]:
    """Return the terms of texts of the last days that earlier texts have less often, best first.

    Args:
        connection: open connection.
        source: which texts.
        subject: key of a product, brand or category; None for any.
        until: end of the recent texts.
        days: length of the recent time, in days.
        history: length of the time before it, in days.
    """
    since = until - timedelta(days=days)
    kind = _DOCUMENTS.get(source)
    texts = await read_opinion_texts(
        connection,
        str(source) if kind is None else "documents",
        None if kind is None else str(kind),
        subject,
        since - timedelta(days=history),
        until,
    )
    return find_rising_terms(
        [text for text, time in texts if time >= since],
        [text for text, time in texts if time < since],
    )


def find_rising_terms(recent: Sequence[str], earlier: Sequence[str]) -> list[RisingTerm]:
    """Return the terms that recent texts have more often than earlier ones, best first.

    Without recent or earlier texts there is nothing to compare, and no term.
    """
    now = [set(terms_of(text)) for text in recent]
    new = Counter(term for terms in now for term in terms)
    old = Counter(term for text in earlier for term in set(terms_of(text)))
    if not new or not old:
        return []
    scores = {term: _z_score(new, old, term) for term, count in new.items() if count >= LEAST_TEXTS}
    best = [
        (score, term)
        for term, score in sorted(scores.items(), key=lambda one: (-one[1], one[0]))
        if score >= LEAST_SCORE
    ]
    moods = [judge_turn(text) if best else None for text in recent]
    found: list[RisingTerm] = []
    for score, term in best:
        places = [n for n, terms in enumerate(now) if term in terms]
        said = [moods[n] for n in places]
        found.append(
            RisingTerm(
                term,
                round(score, 2),
                new[term],
                old[term],
                said.count(Sentiment.POSITIVE),
                said.count(Sentiment.NEGATIVE),
            )
        )
    return found


def terms_of(text: str) -> Iterator[str]:
    """Yield words without stop words, pairs of adjacent ones, and pairs of Chinese characters."""
    stops = read_stop_words()
    words: list[tuple[int, str]] = []
    for n, match in enumerate(_RUN.finditer(fold_text(text))):
        run = match[0]
        if has_han(run):
            yield from _pairs(run)
        elif run not in stops and len(run) > 2:
            words.append((n, run))
    yield from (word for _, word in words)
    yield from (f"{a} {b}" for (n, a), (m, b) in pairwise(words) if m == n + 1)


def _pairs(run: str) -> Iterator[str]:
    yield from (a + b for a, b in pairwise(run) if not {a, b} & _JOINING)


def _z_score(new: Counter[str], old: Counter[str], term: str) -> float:
    n, m = new.total(), old.total()
    prior = PRIOR * (new[term] + old[term]) / (n + m)
    y, x = new[term] + prior, old[term] + prior
    ratio = log(y / (n + PRIOR - y)) - log(x / (m + PRIOR - x))
    return ratio / sqrt(1 / y + 1 / x)
