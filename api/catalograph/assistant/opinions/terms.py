"""Terms on the rise: words and pairs of words that more recent texts have than earlier ones.

A text counts once for each of its terms. The share of texts with a term is compared by Fisher's
exact test, as in `share_alert`, which holds for few texts too; the level is divided by the number
of terms tested (Bonferroni). Chinese is cut into pairs of characters, as by the index `cjk`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby, pairwise

from catalograph.assistant.intents.mood import judge_turn
from catalograph.ingest.language.aspects import read_stop_words
from catalograph.ml.script import fold_text, has_han
from catalograph.schema import Sentiment
from catalograph.schema.service import DocumentKind
from catalograph.schema.share_alert import Shares
from catalograph.store import AsyncConnection
from catalograph.store.queries.opinions import read_opinion_texts

LEVEL = 0.01
"""Chance that any term is shown although none rose."""
LEAST_RATIO = 1.5
"""Smallest recent share of texts over the earlier one."""
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
class TermRise:
    """A term that became more frequent.

    Attributes:
        term: word, pair of words, or Chinese characters.
        recent: recent texts with it.
        earlier: earlier texts with it.
        probability: p-value of the rise, one-sided, times the number of terms tested.
        positive: those of the recent ones with a positive sentiment.
        negative: those of the recent ones with a negative sentiment.
    """

    term: str
    recent: int
    earlier: int
    probability: float
    positive: int
    negative: int


async def read_rising_terms(
    connection: AsyncConnection,
    source: TextSource,
    subject: str | None,
    until: datetime,
    days: int,
    history: int,
) -> list[TermRise]:
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


def find_rising_terms(recent: Sequence[str], earlier: Sequence[str]) -> list[TermRise]:
    """Return the terms that more recent texts have than earlier ones, surest first.

    Without recent or earlier texts there is nothing to compare, and no term.
    """
    if not earlier:
        return []
    now = [set(terms_of(text)) for text in recent]
    new = Counter(term for terms in now for term in terms)
    old = Counter(term for text in earlier for term in set(terms_of(text)))
    tested = {term: count for term, count in new.items() if count >= LEAST_TEXTS}
    rising: list[tuple[float, str]] = []
    for term, count in tested.items():
        shares = Shares(len(recent), count, len(earlier), old[term])
        if shares.recent_share >= LEAST_RATIO * shares.earlier_share:
            probability = shares.probability() * len(tested)
            if probability <= LEVEL:
                rising.append((probability, term))
    found = []
    for probability, term in _join(sorted(rising), recent):
        part = term[:2] if has_han(term) else term
        moods = [judge_turn(recent[n]) for n, terms in enumerate(now) if part in terms]
        good, bad = moods.count(Sentiment.POSITIVE), moods.count(Sentiment.NEGATIVE)
        found.append(TermRise(term, new[part], old[part], probability, good, bad))
    return found


def _join(rising: Sequence[tuple[float, str]], texts: Sequence[str]) -> Iterator[tuple[float, str]]:
    """Yield equally sure terms as one: overlapping Chinese pairs, and a pair for its words."""
    plain = [fold_text(text) for text in texts]
    for probability, group in groupby(rising, key=lambda one: one[0]):
        terms = [term for _, term in group]
        joined = list(dict.fromkeys(_lengthen(t, terms, plain) if has_han(t) else t for t in terms))
        for term in joined:
            wider = (one for one in joined if one != term)
            if not any(term in (one if has_han(term) else one.split()) for one in wider):
                yield probability, term


def _lengthen(term: str, terms: Sequence[str], texts: Sequence[str]) -> str:
    """Return a Chinese pair with the pairs that always go on where it ends."""
    count = sum(term in text for text in texts)
    for _ in terms:
        longer = (term + one[1:] for one in terms if has_han(one) and one[0] == term[-1])
        going_on = next((one for one in longer if sum(one in t for t in texts) == count), None)
        if going_on is None:
            break
        term = going_on
    return term


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
