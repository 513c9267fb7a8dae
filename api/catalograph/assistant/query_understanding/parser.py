"""Parsing of search words into constraints and the words that are left."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from catalograph.assistant.query_understanding.cheapness import read_cheapness
from catalograph.assistant.query_understanding.constraints import (
    Constraint,
    ConstraintKind,
    UnderstoodQuery,
)
from catalograph.assistant.query_understanding.evidence import Reading, choose_reading
from catalograph.assistant.query_understanding.limits import blank, read_limits
from catalograph.assistant.query_understanding.negation import (
    Exclusion,
    find_exclusions,
    longest_name,
)
from catalograph.assistant.query_understanding.quantities import (
    NamedSpan,
    RangeSpan,
    find_ranges,
    find_values,
    is_measure,
)
from catalograph.assistant.query_understanding.spelling import correct_brand
from catalograph.assistant.query_understanding.tokens import (
    STOP_WORDS,
    QueryToken,
    is_free,
    split_tokens,
)
from catalograph.assistant.query_understanding.vocabulary import GraphName, Rows, SearchVocabulary
from catalograph.ml.script import fold_text, is_han

_KINDS = {
    "Brand": ConstraintKind.BRAND,
    "Category": ConstraintKind.CATEGORY,
    "Value": ConstraintKind.VALUE,
}
# The device that an accessory fits is none of its own brand or category.
_FITS = re.compile(
    r"(?<![a-z])(?:for|fits?|fitting|compatible\s+with|works\s+with|designed\s+for)\s"
    r"|适用于?|适配|兼容|配套|支持"
)
_MOST_CONSTRAINTS = 12
_PARTICLES = frozenset("的了呢吗和与或")


def understand(
    query: str, vocabulary: SearchVocabulary, without: Collection[str] = ()
) -> UnderstoodQuery:
    """Read a query.

    Args:
        query: search words as typed.
        vocabulary: names and sample products of the graph.
        without: ids of constraints that are taken back; their words are searched.
    """
    return _QueryParser(query, vocabulary, frozenset(without)).parse()


def relax(query: UnderstoodQuery, dropped: Collection[str]) -> UnderstoodQuery:
    """Return a query without some constraints; only the words of names are then searched."""
    if not dropped:
        return query
    kept = tuple(one for one in query.constraints if one.id not in dropped)
    words = _words_of(query.text, query.constraints, dropped)
    return UnderstoodQuery(query.text, kept, words, query.topic)


def _words_of(query: str, constraints: Iterable[Constraint], dropped: Collection[str]) -> str:
    """Return the words to search: those of dropped names, and outside of the others."""
    text = query
    for one in constraints:
        if not one.is_open and not (one.id in dropped and one.is_name):
            text = blank(text, one.start, one.end)
    return _join(text)


@dataclass
class _QueryParser:
    """Parser of one query.

    Attributes:
        query: search words as typed.
        vocabulary: names and sample products.
        without: ids of constraints that are taken back.
    """

    query: str
    vocabulary: SearchVocabulary
    without: frozenset[str]

    def parse(self) -> UnderstoodQuery:
        """Read limits first, then exclusions, quantities and names, each in what is left."""
        text = fold_text(self.query)
        limits = [
            one
            for one in read_limits(
                text, lambda end: is_measure(text, end), self.vocabulary.currencies
            )
            if one.id not in self.without
        ]
        for limit in limits:
            text = blank(text, limit.start, limit.end)
        for span in find_ranges(text, self.vocabulary):
            constraint = _limit_values(span)
            if constraint.id not in self.without:
                limits.append(constraint)
                text = blank(text, span.start, span.end)
        exclusions = self._read_exclusions(text)
        for one in exclusions:
            text = blank(text, one.start, one.end)
        names = self._read_names(text)
        found = [*limits, *exclusions, *names]
        if not any(one.kind is ConstraintKind.PRICE for one in limits):
            cheap = read_cheapness(text, self.vocabulary, names, split_tokens(self._rest(found)))
            found += [one for one in cheap if one.id not in self.without]
        found.sort(key=lambda one: (one.start, one.end))
        found = found[:_MOST_CONSTRAINTS]
        if not found:
            return UnderstoodQuery(self.query, (), self.query, self.query)
        return UnderstoodQuery(self.query, tuple(found), self._rest(found), self._topic(found))

    def _read_exclusions(self, text: str) -> list[Constraint]:
        found: dict[str, Constraint] = {}
        quantities = list(find_values(text, self.vocabulary))
        for one in find_exclusions(text, split_tokens(text), quantities, self.vocabulary):
            constraint = _exclude(one)
            if constraint.id not in self.without:
                found.setdefault(constraint.id, constraint)
        return list(found.values())

    def _read_names(self, text: str) -> list[Constraint]:
        tokens = split_tokens(text)
        quantities = list(find_values(text, self.vocabulary))
        spans = [*quantities, *self._find_names(tokens, quantities)]
        # Categories first: they tell what the brands and values beside them mean.
        spans.sort(key=lambda span: (not _has_category(span), span.start))
        fits = _FITS.search(text)
        found: dict[str, Constraint] = {}
        read: dict[NamedSpan, Reading] = {}
        for span in spans:
            names = span.names
            if fits is not None and span.start >= fits.end():
                names = tuple(name for name in names if name.kind == "Value")
            inside = [t.fold for t in tokens if span.start <= t.start < span.end]
            if span.corrected is not None:
                inside = [token.fold for token in split_tokens(span.corrected)]
            context = _context(tokens, span, spans, read, self.vocabulary)
            kept = NamedSpan(span.start, span.end, names, span.corrected)
            reading = choose_reading(self.vocabulary, kept, inside, context) if names else None
            if reading is None or _is_part(reading, kept, text, self.vocabulary):
                continue
            constraint = _constrain(reading, kept, inside)
            if constraint.id not in self.without:
                read[span] = reading
                found.setdefault(constraint.id, constraint)
        return list(found.values())

    def _find_names(
        self, tokens: Sequence[QueryToken], taken: Sequence[NamedSpan]
    ) -> Iterable[NamedSpan]:
        at = 0
        while at < len(tokens):
            token = tokens[at]
            if any(span.start <= token.start < span.end for span in taken):
                at += 1
                continue
            found = longest_name(tokens, at, self.vocabulary)
            if found is None:
                found = correct_brand(self.vocabulary, token)
            if found is None:
                at += 1
                continue
            yield found
            while at < len(tokens) and tokens[at].start < found.end:
                at += 1

    def _rest(self, constraints: Iterable[Constraint]) -> str:
        """Return the words outside constraints, without idle words."""
        return _words_of(self.query, constraints, ())

    def _topic(self, constraints: Iterable[Constraint]) -> str:
        """Return the query without limits and exclusions; mistyped names as the graph spells."""
        text = self.query
        for one in sorted(constraints, key=lambda one: -one.start):
            if not one.is_name:
                text = blank(text, one.start, one.end)
            elif one.corrected is not None:
                text = f"{text[: one.start]}{one.corrected}{text[one.end :]}"
        return _join(text)


def _has_category(span: NamedSpan) -> bool:
    return any(name.kind == "Category" for name in span.names)


def _context(
    tokens: Sequence[QueryToken],
    span: NamedSpan,
    spans: Sequence[NamedSpan],
    read: Mapping[NamedSpan, Reading],
    vocabulary: SearchVocabulary,
) -> list[Rows]:
    """Return the sample products with what stands beside a name and tells its meaning.

    Categories that were read already count by their products; values and idle words tell nothing.
    """
    rows = [
        vocabulary.rows_of([name.key for name in reading.names])
        for reading in read.values()
        if reading.label == "Category"
    ]
    silent = [span, *read, *(one for one in spans if all(n.kind == "Value" for n in one.names))]
    value = all(name.kind == "Value" for name in span.names)
    if value:
        silent += [one for one in spans if any(name.kind == "Brand" for name in one.names)]
    for token in tokens:
        if value and token.is_han:
            continue  # a single character is no word
        beside = not any(one.start <= token.start < one.end for one in silent)
        if beside and token.text not in STOP_WORDS and vocabulary.knows(token.fold):
            rows.append(vocabulary.rows_with((token.fold,)))
    return rows


def _is_part(reading: Reading, span: NamedSpan, text: str, vocabulary: SearchVocabulary) -> bool:
    """Return whether a Han name is part of a longer word, as the category 手机 is in 手机壳."""
    if reading.label != "Category" or span.end >= len(text) or not is_han(text[span.end - 1]):
        return False
    after = text[span.end]
    if not is_han(after) or after in _PARTICLES:
        return False
    tail = text[span.start : span.end + 1]
    rows = vocabulary.rows_with(tuple(tail))
    facts = vocabulary.rows_of([name.key for name in reading.names])
    return not len(rows) or vocabulary.share(rows, facts) < 0.5


def _constrain(reading: Reading, span: NamedSpan, tokens: Sequence[str]) -> Constraint:
    names = _most_products(reading.names)
    between = "" if is_han(tokens[0][0]) else " "
    return Constraint(
        min(name.key for name in names),
        _KINDS[reading.label],
        names[0].label,
        span.start,
        span.end,
        keys=tuple(sorted(name.key for name in names)),
        word="" if reading.stated else between.join(tokens),
        corrected=span.corrected,
    )


def _limit_values(span: RangeSpan) -> Constraint:
    names = _most_products(span.names)
    attribute = names[0].label.partition(":")[0]
    return Constraint(
        f"range:{attribute}: {span.label}", ConstraintKind.VALUE, f"{attribute}: {span.label}",
        span.start, span.end, keys=tuple(sorted(name.key for name in names)), low=span.low,
        high=span.high,
    )  # fmt: skip


def _exclude(one: Exclusion) -> Constraint:
    """Return the constraint of an exclusion: of all nodes of a name, else of the word."""
    if one.named is None:
        return Constraint(
            f"not:{one.word}", ConstraintKind.WORD, f"not {one.word}", one.start, one.end,
            word=one.word, negated=True,
        )  # fmt: skip
    label = min((name.kind for name in one.named.names), key=list(_KINDS).index)
    names = _most_products([name for name in one.named.names if name.kind == label])
    every = tuple(sorted(name.key for name in one.named.names))
    # A brand or category may be named in titles of others: "case for Samsung" is no Samsung.
    word = one.word if label == "Value" else ""
    return Constraint(
        f"not:{min(name.key for name in names)}", _KINDS[label], f"not {names[0].label}",
        one.start, one.end, keys=every, word=word, negated=True,
    )  # fmt: skip


def _most_products(names: Iterable[GraphName]) -> list[GraphName]:
    return sorted(names, key=lambda name: (-name.products, name.key))


def _join(text: str) -> str:
    """Return what is left of a text: its pieces without idle words at their ends."""
    pieces = []
    for piece in text.split("\x1f"):
        tokens = split_tokens(piece)
        while tokens and tokens[0].text in STOP_WORDS:
            tokens.pop(0)
        while tokens and tokens[-1].text in STOP_WORDS:
            tokens.pop()
        if is_free(tokens):
            pieces.append(piece[tokens[0].start : tokens[-1].end])
    return " ".join(pieces)
