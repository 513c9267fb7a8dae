"""Candidate values proposed by the extractors, with features from all of them.

The scorer learns from these features which proposal for an attribute is right.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from catalograph.ingest.extract.crf import CrfReading
from catalograph.ingest.extract.examples import TypedSpan, WordSpan
from catalograph.ingest.extract.gazetteer import Match
from catalograph.ingest.extract.tagger.data import PRODUCT, Pair
from catalograph.schema import Span

Floats = NDArray[np.float32]

MOST_WORDS = 15
# Probability thresholds of proposed runs of words: a low one for recall, and a strict one.
_LOW, _HIGH = 0.12, 0.5
_BREAKS = (",", ";", "|", "-", "(", ")", "[", "]", "/", ":", "&", "+", ".", "")
FEATURES: tuple[str, ...] = (
    "tagger_mean", "tagger_least", "tagger_first", "tagger_last", "tagger_left", "tagger_right",
    "tagger_begin", "tagger_inside", "tagger_next_begins", "tagger_related", "tagger_decoded",
    "tagger_best_elsewhere", "tagger_outside", "tagger_other_type",
    "crf_path", "crf_mean", "crf_begin", "crf_left", "crf_right", "crf_decoded",
    "crf_best_elsewhere",
    "known_here", "known_anywhere", "known_share", "known_other", "known_longer",
    "judged_present", "words", "characters", "digits", "capitals", "place", "from_end", "cut",
    "times", "before", "after", "field", "rivals", "order", "last", "overlap",
    "agreement", "attribute", "category",
)  # fmt: skip
"""Names of the feature columns, in order."""
CATEGORICAL = ("before", "after", "attribute", "category")


@dataclass(frozen=True)
class Text:
    """One text of a product with the output of every extractor.

    Attributes:
        field: name of the text.
        text: text itself.
        words: words of the text.
        entity: entity probabilities of the tagger, float32 [n, 3]; None without a tagger.
        types: type probabilities of the tagger by attribute, float32 [n].
        decoded: best spans of the tagger.
        crf: output of the conditional random field.
        matches: matches of known values.
    """

    field: str
    text: str
    words: tuple[WordSpan, ...]
    entity: Floats
    types: Mapping[str, Floats]
    decoded: tuple[TypedSpan, ...]
    crf: CrfReading
    matches: tuple[Match, ...]


@dataclass(frozen=True)
class Candidate:
    """A proposed value.

    Attributes:
        attribute: name of the attribute.
        value: value as written.
        span: span of the value.
        words: index of the first word and index after the last.
        by: extractors that propose it: `dictionary`, `crf`, `tagger`.
        features: features, float32 [len(FEATURES)].
    """

    attribute: str
    value: str
    span: Span
    words: tuple[int, int]
    by: frozenset[str]
    features: Floats = field(repr=False)


_Place = tuple[str, int, int, int]
"""Attribute, index of the first word, index after the last, characters cut off."""


def propose(text: Text, attributes: Sequence[str]) -> dict[_Place, set[str]]:
    """Return candidate spans, each with the extractors that propose it.

    Args:
        text: text with the output of the extractors.
        attributes: requested attributes.
    """
    asked = set(attributes)
    found: dict[_Place, set[str]] = defaultdict(set)
    for span in text.decoded:
        found[span.type, span.start, span.end, 0].add("tagger")
    for span in text.crf.spans:
        found[span.type, span.start, span.end, 0].add("crf")
    for attribute in attributes:
        for start, end in _runs_of(text, attribute):
            found.setdefault((attribute, start, end, 0), set())
    for match in text.matches:
        place = (match.attribute, match.start, match.end, match.cut)
        if match.here or match.cut == 0:
            found[place].update(["dictionary"] if match.here else [])
    return {
        place: by
        for place, by in found.items()
        if place[0] in asked and place[2] - place[1] <= MOST_WORDS
    }


def _runs_of(text: Text, attribute: str) -> Iterator[tuple[int, int]]:
    """Yield runs of words that may be a value, whole and split where a word begins a value."""
    types = text.types.get(attribute)
    if types is not None:
        begins = text.entity[:, 1] > text.entity[:, 2]
        for least in (_LOW, _HIGH):
            yield from _runs(types > least, begins)
    begin = text.crf.begin.get(attribute)
    if begin is not None:
        inside = text.crf.inside.get(attribute, np.zeros_like(begin))
        yield from _runs(begin + inside > _LOW, begin > inside)


def _runs(chosen: NDArray[np.bool_], begins: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    start = first = -1
    for n, inside in enumerate([*chosen, False]):
        ends = not inside or begins[n]
        if start >= 0 and ends:
            yield start, n
            start = -1
        if first >= 0 and not inside:
            yield first, n
            first = -1
        if inside and start < 0:
            start = n
        if inside and first < 0:
            first = n


def pairs_of(places: Sequence[_Place]) -> list[Pair]:
    """Return the pairs of product and span for the relation head."""
    return [(*PRODUCT, start, end) for _, start, end, _ in places]


@dataclass(frozen=True)
class ProductContext:
    """Context of a product besides its texts.

    Attributes:
        attributes: index of each attribute.
        categories: index of each category.
        category: category of the product.
        present: share of the category's labelled examples that have the attribute.
    """

    attributes: Mapping[str, int]
    categories: Mapping[str, int]
    category: str
    present: Mapping[str, float]


def describe(
    texts: Sequence[Text],
    proposed: Sequence[Mapping[_Place, set[str]]],
    related: Sequence[Floats],
    context: ProductContext,
) -> list[Candidate]:
    """Return candidates with features, one per attribute and spelling of a value.

    Args:
        texts: texts of one product.
        proposed: proposed spans of each text.
        related: probability of the relation head for each span, float32 [p] per text.
        context: context of the product.
    """
    rows: dict[tuple[str, str], list[Candidate]] = defaultdict(list)
    for n, text in enumerate(texts):
        places = list(proposed[n])
        others = _Others.of(text)
        for place, share in zip(places, related[n], strict=True):
            candidate = _candidate(text, n, place, proposed[n][place], share, others, context)
            rows[candidate.attribute, candidate.value].append(candidate)
    merged = [_merge(listed) for listed in rows.values()]
    _relate(merged)
    return merged


@dataclass(frozen=True)
class _Others:
    """Matches by position, and by the words that they cover."""

    exact: Mapping[tuple[int, int, int], list[Match]]
    all: tuple[Match, ...]

    @classmethod
    def of(cls, text: Text) -> "_Others":
        exact: dict[tuple[int, int, int], list[Match]] = defaultdict(list)
        for match in text.matches:
            exact[match.start, match.end, match.cut].append(match)
        return cls(exact, text.matches)


def _candidate(
    text: Text,
    order: int,
    place: _Place,
    by: set[str],
    related: float,
    others: _Others,
    context: ProductContext,
) -> Candidate:
    attribute, start, end, cut = place
    span = Span(text.field, text.words[start].start, text.words[end - 1].end - cut)
    value = text.text[span.start : span.end]
    numbers = [
        *_of_tagger(text, attribute, start, end, related, "tagger" in by),
        *_of_crf(text, attribute, start, end, "crf" in by),
        *_of_known(others, attribute, start, end, cut),
        context.present.get(attribute, 0.0),
        *_of_form(text, start, end, cut, value),
        order,
        0.0, 0.0, 0.0, 0.0,
        len(by),
        context.attributes.get(attribute, -1),
        context.categories.get(context.category, -1),
    ]  # fmt: skip
    features = np.array(numbers, np.float32)
    return Candidate(attribute, value, span, (start, end), frozenset(by), features)


def _of_tagger(
    text: Text, attribute: str, start: int, end: int, related: float, decoded: bool
) -> list[float]:
    types = text.types.get(attribute)
    if types is None:
        return [np.nan] * 14
    own = types[start:end]
    outside = np.delete(types, slice(start, end))
    entity = text.entity
    other = (
        max((float(p[start:end].mean()) for a, p in text.types.items() if a != attribute))
        if len(text.types) > 1
        else 0.0
    )
    none = 1.0 - sum(p[start:end] for p in text.types.values())
    return [
        float(own.mean()),
        float(own.min()),
        float(own[0]),
        float(own[-1]),
        float(types[start - 1]) if start else -1.0,
        float(types[end]) if end < len(types) else -1.0,
        float(entity[start, 1]),
        float(entity[start + 1 : end, 2].min()) if end - start > 1 else 1.0,
        float(1 - entity[end, 2]) if end < len(types) else 1.0,
        float(related),
        float(decoded),
        float(outside.max()) if len(outside) else 0.0,
        float(np.mean(none)),
        other,
    ]


def _of_crf(text: Text, attribute: str, start: int, end: int, decoded: bool) -> list[float]:
    begin = text.crf.begin.get(attribute)
    if begin is None:
        return [np.nan] * 5 + [float(decoded), np.nan]
    inside = text.crf.inside.get(attribute, np.zeros_like(begin))
    both = begin + inside
    path = float(begin[start]) * float(np.prod(inside[start + 1 : end]))
    path *= 1.0 - float(inside[end]) if end < len(begin) else 1.0
    outside = np.delete(both, slice(start, end))
    return [
        path,
        float(both[start:end].mean()),
        float(begin[start]),
        float(both[start - 1]) if start else -1.0,
        float(both[end]) if end < len(both) else -1.0,
        float(decoded),
        float(outside.max()) if len(outside) else 0.0,
    ]


def _of_known(others: _Others, attribute: str, start: int, end: int, cut: int) -> list[float]:
    here = anywhere = other = 0
    share = 0.0
    for match in others.exact.get((start, end, cut), ()):
        if match.attribute == attribute:
            here, anywhere, share = match.here, match.anywhere, match.share
        else:
            other = max(other, match.here)
    longer = max(
        (
            match.share
            for match in others.all
            if match.attribute == attribute
            and match.start <= start
            and match.end >= end
            and match.end - match.start > end - start
        ),
        default=0.0,
    )
    return [here, anywhere, share, other, longer]


def _of_form(text: Text, start: int, end: int, cut: int, value: str) -> list[float]:
    words = text.words
    before = words[start - 1].text if start else ""
    after = words[end].text if end < len(words) else ""
    return [
        end - start,
        len(value),
        sum(c.isdigit() for c in value) / max(len(value), 1),
        sum(word.text[:1].isupper() for word in words[start:end]) / (end - start),
        start,
        len(words) - end,
        cut,
        1.0,
        _sign(before),
        _sign(after),
    ]


def _sign(word: str) -> int:
    return _BREAKS.index(word) if word in _BREAKS else len(_BREAKS)


def _merge(listed: Sequence[Candidate]) -> Candidate:
    """Return the best of several occurrences of a value, with their number."""
    best = max(listed, key=lambda c: (_score(c), -c.features[_COLUMN["field"]]))
    best.features[_COLUMN["times"]] = len(listed)
    by = frozenset().union(*(c.by for c in listed))
    return Candidate(best.attribute, best.value, best.span, best.words, by, best.features)


_COLUMN = {name: n for n, name in enumerate(FEATURES)}


def _score(candidate: Candidate) -> float:
    features = candidate.features
    named = ("tagger_mean", "crf_mean", "known_share")
    return float(np.nansum([features[_COLUMN[name]] for name in named]))


def _relate(candidates: Sequence[Candidate]) -> None:
    """Fill in features that depend on the other candidates of the same product."""
    by_attribute: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        by_attribute[candidate.attribute].append(candidate)
    for listed in by_attribute.values():
        proposed = [c for c in listed if c.by & {"tagger", "crf"}]
        starts = sorted({c.words[0] for c in proposed})
        for candidate in listed:
            features = candidate.features
            features[_COLUMN["rivals"]] = len(proposed)
            features[_COLUMN["order"]] = sum(s < candidate.words[0] for s in starts)
            features[_COLUMN["last"]] = sum(s > candidate.words[0] for s in starts)
    for candidate in candidates:
        start, end = candidate.words
        candidate.features[_COLUMN["overlap"]] = max(
            (
                _score(c)
                for c in candidates
                if c.attribute != candidate.attribute
                and c.span.field == candidate.span.field
                and c.words[0] < end
                and start < c.words[1]
            ),
            default=0.0,
        )
