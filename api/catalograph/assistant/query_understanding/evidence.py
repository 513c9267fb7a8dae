"""Evidence of what a name means in a query, from the titles and facts of the graph's products.

A word of a query becomes a filter only if products whose titles have it, together with the other
words of the query, mostly have the fact. So "apple" is no brand in "case for apple iphone", where
titles of other makers have the same words, and the category "iPhone" is none in "iphone 7 case".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from catalograph.assistant.query_understanding.quantities import NamedSpan
from catalograph.assistant.query_understanding.vocabulary import GraphName, Rows, SearchVocabulary

LEAST_ALONE: Mapping[str, float] = {"Brand": 0.1, "Category": 0.25, "Value": 0.3}
"""Least share of the products with a name in their titles that have the fact, by label."""
LEAST_TOGETHER: Mapping[str, float] = {"Brand": 0.5, "Category": 0.5, "Value": 0.3}
"""Least share of the products that have the other words of the query in their titles too."""
LEAST_OF_PHRASE = 0.2
"""Least share for categories of several words, which mean little else."""
SURE = 0.8
"""Share from which products without a value do not have it; below, it is often not stated."""
SEEN_ALONE, SEEN_TOGETHER = 5, 3
"""Least number of sample products for a share."""
_ORDER = {"Brand": 0, "Category": 1, "Value": 2}


@dataclass(frozen=True, slots=True)
class Reading:
    """Nodes of one label that a span means.

    Attributes:
        label: label of the nodes.
        names: the nodes' names.
        share: share of products that bear it out; None if no title shows it.
        stated: whether products that have it mostly have the fact, so that others do not have it.
    """

    label: str
    names: tuple[GraphName, ...]
    share: float | None
    stated: bool = True


def choose_reading(
    vocabulary: SearchVocabulary, span: NamedSpan, tokens: Sequence[str], context: Sequence[Rows]
) -> Reading | None:
    """Return the most probable reading of a span; None if it is safer to search its words.

    Args:
        vocabulary: names and sample products.
        span: span with its possible names.
        tokens: folded tokens of the span.
        context: sample products with each of the other words, or in the category of the query.
    """
    readings = []
    for label in _ORDER:
        names = tuple(name for name in span.names if name.kind == label)
        # The value of a brand's name, such as a compatible device's, is not what is meant.
        if label == "Value" and any(name.kind == "Brand" for name in span.names):
            continue
        if names and (found := _judge(vocabulary, label, names, tokens, context)) is not None:
            readings.append(found)
    # What titles show comes before what they do not show; a category before a value of its name.
    return max(
        readings,
        key=lambda one: (
            one.share is not None,
            one.label != "Value",
            one.share or 0.0,
            -_ORDER[one.label],
        ),
        default=None,
    )


def _judge(
    vocabulary: SearchVocabulary,
    label: str,
    names: tuple[GraphName, ...],
    tokens: Sequence[str],
    context: Sequence[Rows],
) -> Reading | None:
    rows = vocabulary.rows_with(tokens)
    if len(rows) < SEEN_ALONE and all(name.flag for name in names):
        return None  # the words of attributes are too common to be trusted without evidence
    if len(rows) < SEEN_ALONE:
        return Reading(label, names, None, stated=label != "Value" or not len(rows))
    phrase = label == "Category" and len(tokens) > 1
    facts = vocabulary.rows_of([name.key for name in names])
    alone = vocabulary.share(rows, facts)
    if alone < (LEAST_OF_PHRASE if phrase else LEAST_ALONE[label]):
        return None
    together = rows
    for other in context:
        together = np.intersect1d(together, other, assume_unique=True)
    beside = [together]
    if len(together) < SEEN_TOGETHER:
        beside = [np.intersect1d(rows, other, assume_unique=True) for other in context]
    shares = [
        vocabulary.share(found, facts)
        for found in (beside if context else ())
        if len(found) >= SEEN_TOGETHER
    ]
    if shares and min(shares) < (LEAST_OF_PHRASE if phrase else LEAST_TOGETHER[label]):
        return None
    stated = label != "Value" or alone >= SURE
    return Reading(label, names, min(shares, default=alone), stated)
