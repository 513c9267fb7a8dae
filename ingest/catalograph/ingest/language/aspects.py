"""Aspect-based sentiment of reviews: aspects of a product and the opinion on each.

A trained model reads English (`opinion_model`); without one, an opinion lexicon with negation and
contrast does. Chinese is read with a gazetteer of aspects; the sentiment of the clause comes from a
trained linear model if there is one, else from the lexicon.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalograph.ingest.packaged_table import load_packaged_table
from catalograph.ml.script import fold_text, language_of
from catalograph.schema import Node, Sentiment, value

if TYPE_CHECKING:
    from catalograph.ingest.language.categories import Sentiments
    from catalograph.ingest.language.opinion_model import OpinionModel

ASPECT = "aspect"
"""Attribute name of the values that reviews mention."""
RULES = "aspect rules"
MODEL = "aspect model"
_VERSION = "3"
_WORD = re.compile(r"n't\b|\w+(?:['’.-]\w+)*|[^\w\s]")
_SENTENCE_END = re.compile(r"[.!?]+(?=\s|\Z)|\n+")
_BREAKS = frozenset(".!?;:()") | {"..."}
_BEFORE = 4
"""Largest distance, in words, at which a preceding negation reverses an opinion."""
_REACH = 7
"""Largest distance, in words, between an opinion and its aspect."""
_MOST_WORDS = 60
"""Longest clause; a longer one is cut, so that unpunctuated text takes linear time."""
_SURE = {"listed": 0.7, "guessed": 0.5}
_ZH_CLAUSE = re.compile(r"[^,，。！!？?；;、~～…\s]+")
# Confidence of the lexicon; a classifier with a higher confidence overrides it.
_ZH_SURE = 0.65


@dataclass(frozen=True, slots=True)
class Aspect:
    """The opinion of a text on one aspect.

    Attributes:
        term: aspect term as written, `text[start:end]`.
        sentiment: sentiment of the opinion.
        confidence: confidence, 0 to 1.
        start: index of the term's first character.
        end: index after its last character.
        opinion: words that express the opinion, if known.
        extractor: name of the extractor.
        version: version of the extractor.
    """

    term: str
    sentiment: Sentiment
    confidence: float
    start: int
    end: int
    opinion: str | None = None
    extractor: str = RULES
    version: str = _VERSION


@dataclass(frozen=True, slots=True)
class TextWord:
    """A word of a text with its position."""

    text: str
    start: int
    end: int


def read_aspects(text: str) -> list[Aspect]:
    """Return the aspects of a text by rules only; use `AspectReader` for trained models."""
    return AspectReader().read([text])[0]


def read_opinion_words(text: str) -> list[tuple[str, Sentiment]]:
    """Return the opinion words of a text with their sentiment, reversed where they are denied.

    Words whose sentiment depends on an aspect are left out.
    """
    if language_of(text) == "zh":
        clauses = [clause for _, clause in _chinese_clauses(fold_text(text))]
        found = [read for clause in clauses if (read := _chinese_opinion(clause)) is not None]
        return [(word, sentiment) for sentiment, word in found]
    said = [word.text.casefold() for word in words_of(text)]
    depends = _lexicon("en").depends
    return [(said[n], mood) for n, mood in _opinions(said) if said[n] not in depends]


def read_stop_words() -> frozenset[str]:
    """Return English words that name no subject."""
    lexicon = _lexicon("en")
    return lexicon.stops | lexicon.negations | lexicon.contrasts


def mention(aspect: Aspect, field: str) -> tuple[Node, dict[str, Any]]:
    """Return tail and properties of a review's `MENTIONS` edge, read in `field`."""
    return value(ASPECT, aspect.term.casefold()), {
        "sentiment": str(aspect.sentiment),
        "extractor": aspect.extractor,
        "version": aspect.version,
        "confidence": aspect.confidence,
        "field": field,
        "start": aspect.start,
        "end": aspect.end,
    }


class AspectReader:
    """Reads aspects with trained models, as far as there are any.

    Args:
        model: model for English; None uses rules.
        sentiments: classifier of Chinese clauses; None uses the lexicon.
        english: classifier of English clauses, which the rules ask; None uses the lexicon.
        judge: version of these classifiers, part of the reader's; "" for none.
    """

    def __init__(
        self,
        model: "OpinionModel | None" = None,
        sentiments: "Sentiments | None" = None,
        *,
        english: "Sentiments | None" = None,
        judge: str = "",
    ) -> None:
        self._model = model
        self._sentiments = sentiments
        self._english = english
        self._judge = judge

    @property
    def version(self) -> str:
        """Version of the rules or the model, stored with the aspects."""
        read = _VERSION if self._model is None else f"{MODEL} {self._model.card['version']}"
        return f"{read} {self._judge}" if self._judge else read

    @classmethod
    def load(cls, folder: Path) -> "AspectReader":
        """Read models that `catalograph train aspects` wrote; either part may be missing.

        Raises:
            TrainingDataError: a part is damaged.
            MissingExtraError: the extra `extract` is not installed.
        """
        from catalograph.ingest.language.training import load_model, load_sentiments

        return cls(load_model(folder), load_sentiments(folder))

    def report(self) -> Mapping[str, Any]:
        """Return nothing: reading costs only time."""
        return {}

    def read(self, texts: Sequence[str], subjects: Sequence[str] = ()) -> list[list[Aspect]]:
        """Return the aspects of each text, in order of position; `subjects` are not needed."""
        found: list[list[Aspect]] = [[] for _ in texts]
        english = [n for n, text in enumerate(texts) if language_of(text) == "en"]
        for n in set(range(len(texts))) - set(english):
            found[n] = sorted(_read_chinese(texts[n], self._sentiments), key=_place)
        if self._model is None:
            for n in english:
                found[n] = sorted(_read_english(texts[n], self._english), key=_place)
        else:
            read = _read_by_model(self._model, [texts[n] for n in english])
            for n, aspects in zip(english, read, strict=True):
                found[n] = aspects
        return found


def _place(aspect: Aspect) -> tuple[int, int]:
    return aspect.start, aspect.end


def words_of(text: str) -> list[TextWord]:
    """Return words and punctuation with their positions; "don't" stays one word."""
    return [TextWord(m[0], m.start(), m.end()) for m in _WORD.finditer(text)]


def _read_by_model(model: "OpinionModel", texts: Sequence[str]) -> list[list[Aspect]]:
    """Read aspects sentence by sentence, as in training."""
    owners: list[int] = []
    sentences: list[list[TextWord]] = []
    for n, text in enumerate(texts):
        for words in _sentences(text):
            owners.append(n)
            sentences.append(words)
    best: list[dict[tuple[int, int], Aspect]] = [{} for _ in texts]
    for n, words, found in zip(
        owners, sentences, model.predict([[w.text for w in words] for words in sentences]),
        strict=True,
    ):  # fmt: skip
        for one in found:
            first, last = one.opinion.aspect
            if first < 0:
                continue
            start, end = words[first].start, words[last - 1].end
            known = best[n].get((start, end))
            if known is None or known.confidence < one.confidence:
                a, b = one.opinion.opinion
                said = None if a < 0 else texts[n][words[a].start : words[b - 1].end]
                best[n][start, end] = Aspect(
                    texts[n][start:end], one.opinion.sentiment, round(one.confidence, 3),
                    start, end, said, MODEL, str(model.card["version"]),
                )  # fmt: skip
    return [sorted(aspects.values(), key=_place) for aspects in best]


def _sentences(text: str) -> Iterator[list[TextWord]]:
    start = 0
    for cut in (*(m.end() for m in _SENTENCE_END.finditer(text)), len(text)):
        words = [
            TextWord(w.text, w.start + start, w.end + start) for w in words_of(text[start:cut])
        ]
        if words:
            yield words
        start = cut


@dataclass(frozen=True)
class _Lexicon:
    sentiment: dict[str, Sentiment]
    depends: dict[str, frozenset[str]]
    negations: frozenset[str]
    contrasts: frozenset[str]
    aspects: frozenset[str]
    stops: frozenset[str]
    longest: int


@cache
def _lexicon(language: str) -> _Lexicon:
    content = load_packaged_table("catalograph.ingest.language", "opinions")[language]
    said = {str(word): kind for kind in Sentiment for word in content[kind]}
    aspects = frozenset(content["aspects"])
    longest = max(len(a.split()) if language == "en" else len(a) for a in aspects)
    return _Lexicon(
        said,
        {word: frozenset(good) for word, good in content.get("depends", {}).items()},
        frozenset(content["negations"]),
        frozenset(content["contrasts"]),
        aspects,
        frozenset(content.get("stops", ())),
        longest,
    )


@dataclass(frozen=True, slots=True)
class _Term:
    """Words `first` to `last` (exclusive) of a clause that name an aspect."""

    first: int
    last: int
    how: str


def _read_english(text: str, sentiments: "Sentiments | None" = None) -> Iterator[Aspect]:
    """Yield aspects; each opinion word belongs to the nearest aspect of its clause.

    A classifier that is surer of the clause than the lexicon decides on its sentiment.
    """
    for words in _clauses(words_of(text)):
        said = [word.text.casefold() for word in words]
        opinions = _opinions(said)
        terms = _terms(said, opinions)
        best: dict[_Term, tuple[int, int, Sentiment]] = {}
        for place, sentiment in opinions:
            near = min(terms, key=lambda term: _distance(term, place), default=None)
            if near is None or _distance(near, place) > _REACH:
                continue
            if said[place] in _lexicon("en").depends:
                if near.how == "guessed":
                    continue  # "a cheap gift" says nothing for certain
                sentiment = _judge_by_aspect(said, near, place)
            known = best.get(near)
            if known is None or _distance(near, place) < known[0]:
                best[near] = (_distance(near, place), place, sentiment)
        if not best:
            continue
        clause = text[words[0].start : words[-1].end]
        judged, sure = sentiments([clause])[0] if sentiments else (None, 0.0)
        for term, (_, place, sentiment) in best.items():
            start, end = words[term.first].start, words[term.last - 1].end
            opinion: str | None = words[place].text
            own = _SURE[term.how]
            if judged is not None and sure > own:
                opinion = opinion if judged == sentiment else None
                sentiment, own = judged, round(sure, 3)
            yield Aspect(text[start:end], sentiment, own, start, end, opinion)


def _clauses(words: Sequence[TextWord]) -> Iterator[list[TextWord]]:
    """Yield clauses, split at breaks and contrasts: "great screen but poor keyboard" is two."""
    contrasts = _lexicon("en").contrasts
    clause: list[TextWord] = []
    for word in words:
        parts = word.text in _BREAKS or word.text.casefold() in contrasts
        if clause and (parts or len(clause) == _MOST_WORDS):
            yield clause
            clause = []
        if not parts:
            clause.append(word)
    if clause:
        yield clause


def _opinions(said: Sequence[str]) -> list[tuple[int, Sentiment]]:
    lexicon = _lexicon("en")
    found = []
    for n, word in enumerate(said):
        sentiment = lexicon.sentiment.get(word)
        if sentiment is None and word in lexicon.depends:
            sentiment = Sentiment.NEUTRAL  # until the aspect is known
        if sentiment is None:
            continue
        found.append((n, _negate(sentiment) if _is_denied(said, n) else sentiment))
    return found


def _is_denied(said: Sequence[str], place: int) -> bool:
    before = said[max(0, place - _BEFORE) : place]
    return any(w in _lexicon("en").negations or w.endswith("n't") for w in before)


def _judge_by_aspect(said: Sequence[str], term: _Term, place: int) -> Sentiment:
    """Return the sentiment of a word such as "cheap": good of a price, bad of a keyboard."""
    good = " ".join(said[term.first : term.last]) in _lexicon("en").depends[said[place]]
    sentiment = Sentiment.POSITIVE if good else Sentiment.NEGATIVE
    return _negate(sentiment) if _is_denied(said, place) else sentiment


def _negate(sentiment: Sentiment) -> Sentiment:
    turned = {
        Sentiment.POSITIVE: Sentiment.NEGATIVE,
        Sentiment.NEGATIVE: Sentiment.POSITIVE,
    }
    return turned.get(sentiment, sentiment)


def _terms(said: Sequence[str], opinions: Sequence[tuple[int, Sentiment]]) -> list[_Term]:
    """Return listed aspects, longest match first, and unlisted words right after an opinion."""
    lexicon = _lexicon("en")
    terms: list[_Term] = []
    judged = {place for place, _ in opinions}
    n = 0
    while n < len(said):
        length = _match_lexicon(said, n)
        if length and not (length == 1 and n in judged):
            terms.append(_Term(n, n + length, "listed"))
        elif n - 1 in judged and n not in judged and _may_name(said, n, lexicon):
            terms.append(_Term(n, n + 1, "guessed"))
        n += max(1, length)
    return terms


def _match_lexicon(said: Sequence[str], n: int) -> int:
    lexicon = _lexicon("en")
    for length in range(min(lexicon.longest, len(said) - n), 0, -1):
        if " ".join(said[n : n + length]) in lexicon.aspects:
            return length
    return 0


def _may_name(said: Sequence[str], n: int, lexicon: _Lexicon) -> bool:
    """Return whether an unlisted word may be a noun that ends its phrase.

    "getting" and "grand" in "great grand daughter" are none.
    """
    word, after = said[n], said[n + 1] if n + 1 < len(said) else ""
    none = lexicon.stops | lexicon.negations
    if not word.isalpha() or len(word) < 3 or word in none or word.endswith(("ing", "ly", "ed")):
        return False
    return not after.isalpha() or after in none or after in lexicon.sentiment


def _distance(term: _Term, place: int) -> int:
    return term.first - place if place < term.first else max(0, place - term.last + 1)


def _read_chinese(text: str, sentiments: "Sentiments | None") -> Iterator[Aspect]:
    """Yield the aspects of each clause, which share the sentiment of the clause."""
    plain = fold_text(text)
    clauses = [(start, clause) for start, clause in _chinese_clauses(plain)]
    named = [(start, clause, _gazetteer(clause)) for start, clause in clauses]
    named = [one for one in named if one[2]]
    guessed = sentiments([clause for _, clause, _ in named]) if sentiments and named else None
    for n, (start, clause, terms) in enumerate(named):
        read = _chinese_opinion(clause)
        sentiment, sure, opinion = (read[0], _ZH_SURE, read[1]) if read else (None, 0.0, None)
        if guessed and (sentiment is None or guessed[n][1] > sure):
            agreed = sentiment == guessed[n][0]
            sentiment, sure = guessed[n]
            opinion = opinion if agreed else None
        if sentiment is None:
            continue
        for first, last in terms:
            a, b = start + first, start + last
            yield Aspect(text[a:b], sentiment, round(sure, 3), a, b, opinion)


def _chinese_clauses(text: str) -> Iterator[tuple[int, str]]:
    """Yield clauses, split at punctuation and before a contrast such as 但是."""
    contrasts = "|".join(sorted(_lexicon("zh").contrasts, key=len, reverse=True))
    for clause in _ZH_CLAUSE.finditer(text):
        start = clause.start()
        for cut in (*(m.start() for m in re.finditer(contrasts, clause[0])), len(clause[0])):
            end = clause.start() + cut
            if end > start:
                yield start, text[start:end]
            start = end


def _gazetteer(clause: str) -> list[tuple[int, int]]:
    lexicon = _lexicon("zh")
    found = []
    n = 0
    while n < len(clause):
        lengths = range(min(lexicon.longest, len(clause) - n), 1, -1)
        length = next((k for k in lengths if clause[n : n + k] in lexicon.aspects), 0)
        if length:
            found.append((n, n + length))
        n += max(1, length)
    return found


def _chinese_opinion(clause: str) -> tuple[Sentiment, str] | None:
    """Return the longest opinion word and its sentiment, reversed by a negation right before it."""
    lexicon = _lexicon("zh")
    longest = sorted(lexicon.sentiment, key=lambda word: (-len(word), word))
    word = next((word for word in longest if word in clause), None)
    if word is None:
        return None
    before = clause[: clause.index(word)]
    denied = any(before[-3:].endswith(negation) for negation in lexicon.negations)
    sentiment = lexicon.sentiment[word]
    return (_negate(sentiment) if denied else sentiment), word
