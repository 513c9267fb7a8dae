"""Texts with typed spans and relations between them, as the tagger learns them.

The form is generic: attribute values of a product (the relation's head is the product, that is
the text as a whole), or aspects and opinions (both ends are spans).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from catalograph.ingest.extract.examples import TypedSpan

OUTSIDE = "O"
NONE = "NONE"
Pair = tuple[int, int, int, int]
"""First word and end of the head, first word and end of the tail; head (-1, -1): the product."""
PRODUCT = (-1, -1)


@dataclass(frozen=True, slots=True)
class SpanRelation:
    """A relation between two spans.

    Attributes:
        head: index of a span; None, the product itself.
        tail: index of a span.
        type: which relation.
    """

    head: int | None
    tail: int
    type: str


@dataclass(frozen=True, slots=True)
class TaggedText:
    """A text and what is known of it.

    Attributes:
        tokens: its words.
        context: read before the text, such as the category.
        spans: where values stand; none overlap.
        relations: between spans, or of the product and a span.
        unknown: types that were not judged: a word outside of the spans may be of one of these.
    """

    tokens: tuple[str, ...]
    context: str = ""
    spans: tuple[TypedSpan, ...] = ()
    relations: tuple[SpanRelation, ...] = ()
    unknown: frozenset[str] = field(default=frozenset())


@dataclass(frozen=True, slots=True)
class Labels:
    """What the heads tell apart.

    Attributes:
        types: span types; the first is `OUTSIDE`.
        relations: the first is `NONE`.
        by_context: types that occur with a context; with another context, all may.
    """

    types: tuple[str, ...]
    relations: tuple[str, ...]
    by_context: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, texts: Sequence[TaggedText]) -> "Labels":
        """All labels of some texts, in order of name."""
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
    """Pairs to learn relations on: the given ones and as many others.

    Where spans relate to spans, the others are all ordered pairs of spans. Where they relate to
    the product, they are wrong spans: shifted by a word at either end, and random ones.
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
"""Word sequences of the known values by context and type."""


def values_of(texts: Sequence[TaggedText]) -> Values:
    """All values of some texts, none twice."""
    found: dict[tuple[str, str], dict[tuple[str, ...], None]] = {}
    for text in texts:
        for span in text.spans:
            listed = found.setdefault((text.context, span.type), {})
            listed[text.tokens[span.start : span.end]] = None
    return {key: list(listed) for key, listed in found.items()}


def swap_values(
    text: TaggedText, values: Values, share: float, rng: np.random.Generator
) -> TaggedText:
    """The text with some of its values replaced by others of the same type (augmentation)."""
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
