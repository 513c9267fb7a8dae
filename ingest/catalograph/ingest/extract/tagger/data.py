"""Training texts of the tagger, with typed spans and relations between them.

The form is generic: attribute values of a product (the relation's head is the product, that is, the
whole text), or aspects and opinions (both ends are spans).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from catalograph.ingest.extract.examples import TypedSpan

OUTSIDE = "O"
NONE = "NONE"
Pair = tuple[int, int, int, int]
"""First word and end of the head, first word and end of the tail; head (-1, -1) is the product."""
PRODUCT = (-1, -1)


@dataclass(frozen=True, slots=True)
class SpanRelation:
    """A relation between two spans.

    Attributes:
        head: index of a span; None for the product itself.
        tail: index of a span.
        type: name of the relation.
    """

    head: int | None
    tail: int
    type: str


@dataclass(frozen=True, slots=True)
class TaggedText:
    """A labelled text.

    Attributes:
        tokens: words of the text.
        context: text to read before it, such as the category.
        spans: spans of the values, without overlaps.
        relations: relations between spans, or between the product and a span.
        unknown: unlabelled types; a word outside the spans may belong to one of these.
    """

    tokens: tuple[str, ...]
    context: str = ""
    spans: tuple[TypedSpan, ...] = ()
    relations: tuple[SpanRelation, ...] = ()
    unknown: frozenset[str] = field(default=frozenset())


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of the heads.

    Attributes:
        types: span types; the first is `OUTSIDE`.
        relations: relation types; the first is `NONE`.
        by_context: types that occur with each context; an unknown context allows all types.
    """

    types: tuple[str, ...]
    relations: tuple[str, ...]
    by_context: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, texts: Sequence[TaggedText]) -> "Labels":
        """Collect all labels of texts, sorted by name."""
        by_context: dict[str, set[str]] = {}
        for text in texts:
            seen = by_context.setdefault(text.context, set())
            seen.update(span.type for span in text.spans)
        return cls(
            (OUTSIDE, *sorted(set().union(*by_context.values()))),
            (NONE, *sorted({relation.type for text in texts for relation in text.relations})),
            {context: tuple(sorted(seen)) for context, seen in sorted(by_context.items())},
        )


def labelled_pairs(text: TaggedText, rng: np.random.Generator) -> Iterator[tuple[Pair, str]]:
    """Yield training pairs for relations: the labelled ones and negative ones.

    If spans relate to spans, negative pairs are all other ordered pairs of spans. If spans relate
    to the product, they are wrong spans: shifted by a word at either end, and random ones.
    """
    spans = [(span.start, span.end) for span in text.spans]
    given = {(r.head, r.tail): r.type for r in text.relations}
    for (head, tail), kind in given.items():
        yield (*(PRODUCT if head is None else spans[head]), *spans[tail]), kind
    if any(head is not None for head, _ in given):
        for head in range(len(spans)):
            for tail in range(len(spans)):
                if head != tail and (head, tail) not in given:
                    yield (*spans[head], *spans[tail]), NONE
        return
    for start, end in _wrong_spans(len(text.tokens), spans, rng):
        yield (*PRODUCT, start, end), NONE


def _wrong_spans(
    n: int, spans: Sequence[tuple[int, int]], rng: np.random.Generator
) -> Iterator[tuple[int, int]]:
    taken = set(spans)
    for start, end in spans:
        shift = rng.integers(-2, 3, size=2)
        drafts = [(start + int(shift[0]), end + int(shift[1]))]
        first = int(rng.integers(0, n))
        drafts.append((first, first + int(rng.integers(1, 4))))
        for draft in drafts:
            if 0 <= draft[0] < draft[1] <= n and draft not in taken:
                taken.add(draft)
                yield draft


Values = Mapping[tuple[str, str], Sequence[tuple[str, ...]]]
"""Word sequences of the known values, by context and type."""


def values_of(texts: Sequence[TaggedText]) -> Values:
    """Return the distinct values of texts."""
    found: dict[tuple[str, str], dict[tuple[str, ...], None]] = {}
    for text in texts:
        for span in text.spans:
            listed = found.setdefault((text.context, span.type), {})
            listed[text.tokens[span.start : span.end]] = None
    return {key: list(listed) for key, listed in found.items()}


def swap_values(
    text: TaggedText, values: Values, share: float, rng: np.random.Generator
) -> TaggedText:
    """Return the text with some values replaced by others of the same type (augmentation)."""
    tokens: list[str] = []
    spans = []
    at = 0
    for span in sorted(text.spans, key=lambda s: s.start):
        tokens += text.tokens[at : span.start]
        new: Sequence[str] = text.tokens[span.start : span.end]
        others = values.get((text.context, span.type), ())
        if others and rng.random() < share:
            new = others[int(rng.integers(len(others)))]
        spans.append(TypedSpan(len(tokens), len(tokens) + len(new), span.type))
        tokens += new
        at = span.end
    tokens += text.tokens[at:]
    by_place = {span: n for n, span in enumerate(sorted(text.spans, key=lambda s: s.start))}
    back = [by_place[span] for span in text.spans]
    return TaggedText(
        tuple(tokens), text.context, tuple(spans[n] for n in back), text.relations, text.unknown
    )
