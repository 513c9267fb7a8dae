"""Candidate generation: all extractors read the same texts and propose values."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from catalograph.ingest.extract.candidates import (
    Candidate,
    ProductContext,
    Text,
    describe,
    pairs_of,
    propose,
)
from catalograph.ingest.extract.crf import CategoryCrf, CrfReading
from catalograph.ingest.extract.examples import (
    ProductExample,
    TypedSpan,
    attributes_by_category,
    is_closed_world,
    label_words,
    split_words,
)
from catalograph.ingest.extract.findings import RELATIONS
from catalograph.ingest.extract.gazetteer import Gazetteer
from catalograph.ingest.extract.tagger.data import OUTSIDE, SpanRelation, TaggedText

if TYPE_CHECKING:
    from catalograph.ingest.extract.tagger.inference import Tagger, TagProbabilities


@dataclass(frozen=True)
class KnownAttributes:
    """Categories and attributes of the training examples.

    Attributes:
        attributes: requested attributes of each category, sorted by name.
        present: share of the labelled examples with the attribute, by category.
        closed: true if unlabelled attributes are absent.
    """

    attributes: Mapping[str, tuple[str, ...]]
    present: Mapping[str, Mapping[str, float]]
    closed: bool

    @classmethod
    def of(cls, examples: Sequence[ProductExample]) -> "KnownAttributes":
        """Collect from examples."""
        counts: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
        closed = is_closed_world(examples)
        sizes: dict[str, int] = defaultdict(int)
        for example in examples:
            sizes[example.category] += 1
            for name, values in example.targets.items():
                counts[example.category][name][0] += bool(values)
                counts[example.category][name][1] += 1
        present = {
            category: {
                name: has / (sizes[category] if closed else judged)
                for name, (has, judged) in listed.items()
            }
            for category, listed in counts.items()
        }
        return cls(attributes_by_category(examples), present, closed)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all attributes."""
        return tuple(sorted({name for listed in self.attributes.values() for name in listed}))

    def list_attributes(self, category: str) -> tuple[str, ...]:
        """Return the attributes to search for; all of them in an unknown category."""
        return self.attributes.get(category, self.names)

    def context(self, category: str) -> ProductContext:
        """Return the context of a product of a category."""
        return ProductContext(
            {name: n for n, name in enumerate(self.names)},
            {name: n for n, name in enumerate(sorted(self.attributes))},
            category,
            self.present.get(category, {}),
        )


@dataclass(frozen=True)
class Extractors:
    """Extractors that read the texts.

    Attributes:
        gazetteer: gazetteer of known values.
        crf: conditional random fields; None leaves them out.
        taggers: token classifiers, whose probabilities are averaged.
    """

    gazetteer: Gazetteer
    crf: CategoryCrf | None = None
    taggers: Sequence["Tagger"] = field(default=())


def tagged_text(example: ProductExample, name: str, known: KnownAttributes) -> TaggedText:
    """Convert one text of an example to the training form of the tagger.

    Relations go from the product to each value: HAS_BRAND, COMPATIBLE_WITH, …, HAS_VALUE.
    """
    text = example.texts[name]
    words = split_words(text)
    spans = label_words(text, words, example.targets)
    unknown: frozenset[str] = frozenset()
    if not known.closed:
        unknown = frozenset(known.list_attributes(example.category)) - example.targets.keys()
    return TaggedText(
        tuple(word.text for word in words),
        example.category,
        tuple(spans),
        tuple(
            SpanRelation(None, n, RELATIONS.get(span.type, "HAS_VALUE"))
            for n, span in enumerate(spans)
        ),
        unknown,
    )


def candidates_of(
    examples: Sequence[ProductExample],
    extractors: Extractors,
    known: KnownAttributes,
    *,
    leave_out: bool = False,
) -> list[list[Candidate]]:
    """Return the candidates of each example.

    Args:
        examples: examples, of which only texts and category are used.
        extractors: extractors that read the texts.
        known: known categories and attributes.
        leave_out: True leaves each example out of the gazetteer while it is read, since the
            gazetteer was built from the examples.
    """
    places = [
        (n, name)
        for n, example in enumerate(examples)
        for name, text in example.texts.items()
        if split_words(text)
    ]
    tagged = [_plain(examples[n], name) for n, name in places]
    read = [tagger.read(tagged) for tagger in extractors.taggers]
    texts = [
        _text(examples[n], name, [r[k] for r in read], extractors, leave_out)
        for k, (n, name) in enumerate(places)
    ]
    proposed = [
        propose(text, known.list_attributes(examples[n].category))
        for text, (n, _) in zip(texts, places, strict=True)
    ]
    pairs = [pairs_of(list(listed)) for listed in proposed]
    related = [np.full(len(listed), np.nan, np.float32) for listed in pairs]
    if extractors.taggers:
        shares = [[1 - r.pairs[:, 0] for r in t.read(tagged, pairs)] for t in extractors.taggers]
        related = [np.mean([s[k] for s in shares], axis=0) for k in range(len(places))]
    of_example = defaultdict(list)
    for k, (n, _) in enumerate(places):
        of_example[n].append(k)
    return [
        describe(
            [texts[k] for k in of_example[n]],
            [proposed[k] for k in of_example[n]],
            [related[k] for k in of_example[n]],
            known.context(example.category),
        )
        for n, example in enumerate(examples)
    ]


def _plain(example: ProductExample, name: str) -> TaggedText:
    words = split_words(example.texts[name])
    return TaggedText(tuple(word.text for word in words), example.category)


def _text(
    example: ProductExample,
    name: str,
    readings: Sequence["TagProbabilities"],
    extractors: Extractors,
    leave_out: bool,
) -> Text:
    text = example.texts[name]
    words = tuple(split_words(text))
    own = example if leave_out else None
    entity = np.zeros((len(words), 3), np.float32)
    types: dict[str, np.ndarray] = {}
    decoded: list[TypedSpan] = []
    if readings:
        entity, types, decoded = _mean(readings, extractors.taggers)
    crf = CrfReading((), {}, {})
    if extractors.crf is not None:
        crf = extractors.crf.read(text, example.category, extractors.gazetteer, own)
    matches = tuple(extractors.gazetteer.matches(words, example.category, own))
    return Text(name, text, words, entity, types, tuple(decoded), crf, matches)


def _mean(
    readings: Sequence["TagProbabilities"], taggers: Sequence["Tagger"]
) -> "tuple[np.ndarray, dict[str, np.ndarray], list[TypedSpan]]":
    """Return the mean probabilities of taggers, which may know different types."""
    from catalograph.ingest.extract.tagger.inference import decode  # it needs torch

    entity = np.mean([reading.entity for reading in readings], axis=0)
    names = dict.fromkeys(name for tagger in taggers for name in tagger.labels.types)
    types = {
        name: np.mean(
            [
                r.types[:, t.labels.types.index(name)]
                if name in t.labels.types
                else np.zeros(len(entity), np.float32)
                for r, t in zip(readings, taggers, strict=True)
            ],
            axis=0,
        )
        for name in names
    }
    listed = list(types)
    decoded = decode(entity, np.stack([types[name] for name in listed], 1), listed)
    del types[OUTSIDE]
    return entity, types, decoded
