"""Queries that a catalogue answers by itself: what kind of thing a title says its product is."""

from collections import Counter
from dataclasses import replace

import numpy as np

from catalograph.embed.ranker.baseline_features import BaselineFeatures
from catalograph.embed.ranker.data import Products, RankingQuery
from catalograph.embed.ranker.examples import QueryExample, example_of
from catalograph.embed.ranker.product_types import kind_of
from catalograph.embed.ranker.ranker import TextRanker
from catalograph.embed.ranker.training import History, fit_ranker

_FEWEST = 5
_JUDGED = 12
_GOOD = 3.0
_EPOCHS = 1
_LEARNING_RATE, _HEAD_RATE = 8e-5, 8e-4


def pretrain(ranker: TextRanker) -> History:
    """Train a ranker, in place, on what its catalogue says by itself.

    Returns:
        The history, as of `training.fit_ranker`; empty where titles name no kinds.
    """
    settings = ranker.settings
    examples = make_self_judged(ranker.products, ranker.evidence, settings.seed)
    if not examples:
        return []
    # What was not judged may be good, so wrong answers are those to other queries.
    own = replace(
        settings,
        loss="in-batch",
        negatives=0,
        others=settings.negatives + settings.others,
        epochs=_EPOCHS,
        learning_rate=_LEARNING_RATE,
        head_rate=_HEAD_RATE,
        fgm=0.0,
    )
    return fit_ranker(replace(ranker, settings=own), examples, [], best=_GOOD)


def make_self_judged(
    products: Products, evidence: BaselineFeatures, seed: int, limit: int = 250
) -> list[QueryExample]:
    """Make one judged query of each kind of product.

    Products of the kind are good; useless are those that a search for it finds though their
    title says another kind, one that does not end as this does: a `usb cable` is a cable.

    Args:
        products: of the catalogue; no judgement of a user is needed.
        evidence: to search with.
        seed: of the products chosen.
        limit: queries, at most; the most frequent kinds.

    Returns:
        Examples with ratings of 3 and 0; none where titles name no kinds.
    """
    kinds = [kind_of(text.partition("\n")[0]) for text in products.texts]
    rng = np.random.default_rng(seed)
    frequent = [
        (kind, count) for kind, count in Counter(filter(None, kinds)).most_common(limit)
        if count >= _FEWEST
    ]  # fmt: skip
    rows: dict[str, list[int]] = {}
    for row, kind in enumerate(kinds):
        rows.setdefault(kind, []).append(row)
    examples = []
    for kind, _ in frequent:
        found = example_of(RankingQuery(kind, {}), evidence)
        other = [row for row in found.pool.tolist() if _differs(kinds[row], kind)]
        good = rng.permutation(rows[kind])[:_JUDGED].tolist()
        ratings = {**dict.fromkeys(good, _GOOD), **dict.fromkeys(other[:_JUDGED], 0.0)}
        examples.append(QueryExample(RankingQuery(kind, ratings), found.asked, found.pool))
    return examples


def _differs(kind: str, asked: str) -> bool:
    return bool(kind) and kind.split()[-1] != asked.split()[-1]
