"""The text ranker's student, trained on simulated searches, as a feature without torch."""

import numpy as np
import pytest

from catalograph.embed.search_ranking.lists import SearchedQuery
from catalograph.embed.search_ranking.student import train_towers
from catalograph.ml.encoders import load_encoder
from catalograph.schema.ranking import SearchCandidate
from catalograph.settings import load_settings
from catalograph.store import FactTable, GraphSnapshot, ProductTexts

pytestmark = pytest.mark.slow

THINGS = ("lamp", "kettle", "chair", "clock", "mirror", "drill")
SHADES = ("red", "blue", "green", "black")


def test_the_student_ranks_what_was_clicked_above_what_was_not() -> None:
    titles = [f"{shade} {thing}" for thing in THINGS for shade in SHADES]
    keys = tuple(f"product:s:{n:02}" for n in range(len(titles)))
    texts = ProductTexts(keys, tuple(titles), ((),) * len(keys), ("",) * len(keys), "")
    products = np.arange(len(keys), dtype=np.int32)
    colours = FactTable(products, products % 4, tuple(f"value:colour={s}" for s in SHADES))
    empty = np.zeros(0, np.int32)
    snapshot = GraphSnapshot(keys, (), empty, empty, {"HAS_VALUE:colour": colours}, (), "")
    encoder = load_encoder(load_settings())
    lists = []
    for n, title in enumerate(titles):
        thing = n // 4
        candidates = [
            SearchCandidate(keys[row], 1 - row / 100, 0.0, 0.0, None, titles[row])
            for row in range(4 * thing, 4 * thing + 4)
        ]
        vector = encoder.encode_queries([title])[0].tolist()
        searched = SearchedQuery.of(title, vector, candidates)
        shown = [one.key for one in candidates]
        lists.append(searched.list_products(title, shown, range(4), {keys[n]: 1.0}))
    towers = train_towers(lists, np.ones(4), texts, snapshot, encoder, seed=0)
    assert towers is not None
    assert towers.vectors.shape == (24, encoder.dimension)
    firsts = [int(np.argmax(towers.score(one.vector, list(one.keys)))) for one in lists]
    assert np.mean([one.gains[first] for one, first in zip(lists, firsts, strict=True)]) > 0.9
    assert train_towers(lists[:10], np.ones(4), texts, snapshot, encoder, seed=0) is None
