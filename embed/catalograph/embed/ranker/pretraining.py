"""Pretraining without judgements: queries for product types, answered by titles."""

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
    """Train a ranker, in place, on queries made from its own catalogue.

    Returns:
        The history, as of `training.fit_ranker`; empty if titles name no product types.
    """
    settings = ranker.settings
    examples = make_self_judged(ranker.products, ranker.evidence, settings.seed)
    if not examples:
        return []
    # An unjudged product may be relevant, so negatives are answers to other queries.
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
    """Make one judged query for each product type.

    Products of the type are relevant. Irrelevant are products that a search for it finds although
    their title names another type, one with another last word: a `usb cable` is a cable.

    Args:
        products: products of the catalogue; no user judgement is needed.
        evidence: features to search with.
        seed: seed of the choice of products.
        limit: maximum number of queries; the most frequent types are chosen.

    Returns:
        Examples with ratings of 3 and 0; none if titles name no product types.
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
