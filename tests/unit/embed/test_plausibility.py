"""Facts judged by models that have not seen them: planted wrong ones stand out."""

import dataclasses

import numpy as np
import pytest

from catalograph.embed.facts import (
    JudgedFacts,
    PlausibilityConfig,
    doubts,
    judge_facts,
    measure_planted,
)
from catalograph.embed.facts.doubts import nearest
from catalograph.embed.kge import KgeConfig, TripleSet, Vocabulary
from catalograph.errors import ConfigError
from catalograph.store import FactTable, GraphSnapshot

pytestmark = pytest.mark.slow

CONFIG = PlausibilityConfig(
    KgeConfig(model="distmult", dimension=32, epochs=40, n3=0.01), expected_wrong=0.1
)
GROUPS, PRODUCTS = 5, 300


def shop(isolated: bool = False) -> GraphSnapshot:
    """Brand, category and colour all follow from the group of a product."""
    none = np.empty(0, np.int32)
    heads = np.arange(PRODUCTS, dtype=np.int32)
    group = heads % GROUPS

    def table(prefix: str, tails: "np.ndarray[tuple[int], np.dtype[np.int32]]") -> FactTable:
        keys = tuple(f"{prefix}{n:02}" for n in range(int(tails.max()) + 1))
        return FactTable(heads, tails, keys)

    brands = group.astype(np.int32).copy()
    if isolated:
        brands[-1] = GROUPS
    return GraphSnapshot(
        products=tuple(f"product:t:{n:03}" for n in range(PRODUCTS)),
        users=(),
        interaction_users=none,
        interaction_products=none,
        facts={
            "HAS_BRAND": table("brand:", brands),
            "HAS_VALUE:colour": table("value:colour=", (2 * group + heads // 5 % 2).astype("i4")),
            "IN_CATEGORY": table("category:", (3 * group + heads // 5 % 3).astype("i4")),
        },
        parents=(),
        data_hash="hash",
    )


def test_planted_wrong_facts_are_found() -> None:
    before = shop()
    found = {row.relation: row for row in measure_planted(before, 0.1, CONFIG, device="cpu")}
    assert set(found) == {"HAS_BRAND", "HAS_VALUE:colour", "IN_CATEGORY"}
    brand = found["HAS_BRAND"]
    # Of thirty that were drawn some got the brand they had.
    assert 15 < brand.wrong <= 30
    assert (brand.facts, brand.unjudged) == (PRODUCTS, 0)
    assert brand.auc > 0.95
    assert brand.precision > 0.7
    assert brand.flagged_wrong > 0.5 * brand.wrong
    assert brand.flagged_wrong > 0.7 * brand.flagged
    assert brand.calibration_error < 0.1
    np.testing.assert_array_equal(before.facts["HAS_BRAND"].tails[:6], [0, 1, 2, 3, 4, 0])


def test_the_wrong_fact_is_doubted_first_and_named() -> None:
    snapshot = shop()
    table = snapshot.facts["HAS_BRAND"]
    tails = table.tails.copy()
    tails[42] = 4  # its group is 2
    facts = dict(snapshot.facts) | {"HAS_BRAND": dataclasses.replace(table, tails=tails)}
    judged = judge_facts(dataclasses.replace(snapshot, facts=facts), CONFIG, device="cpu")
    assert len(judged.facts) == 3 * PRODUCTS
    # Its other facts are less plausible, too, as they do not go with that brand.
    first = next(d for d in doubts(judged, below=0.5) if d.relation == "HAS_BRAND")
    assert (first.head, first.relation, first.tail) == ("product:t:042", "HAS_BRAND", "brand:04")
    assert first.assertion == "assertion:product:t:042\tHAS_BRAND\tbrand:04"
    assert first.probability < 0.5
    known = judged.probability[~np.isnan(judged.probability)]
    assert ((known >= 0) & (known <= 1)).all()


def test_what_training_knew_nothing_of_is_not_judged() -> None:
    judged = judge_facts(shop(isolated=True), CONFIG, device="cpu")
    entities = judged.facts.vocabulary.entities
    row = next(n for n, t in enumerate(judged.facts.triples) if entities[t[2]] == "brand:05")
    assert np.isnan(judged.probability[row])
    assert not any(doubt.tail == "brand:05" for doubt in doubts(judged, below=1.1))


def test_likeness_of_texts_is_evidence() -> None:
    """Nothing but the texts tells the brand here."""
    snapshot = shop()
    alone = dataclasses.replace(snapshot, facts={"HAS_BRAND": snapshot.facts["HAS_BRAND"]})
    vectors = np.eye(GROUPS, dtype=np.float32)[np.arange(PRODUCTS) % GROUPS]
    vectors += np.random.default_rng(0).normal(0, 0.1, vectors.shape).astype(np.float32)
    (with_texts,) = measure_planted(alone, 0.1, CONFIG, nearest(vectors, 5), device="cpu")
    (without,) = measure_planted(alone, 0.1, CONFIG, None, device="cpu")
    assert with_texts.auc > 0.9
    assert np.isnan(without.auc)  # a product with no other fact is unknown to training
    assert without.unjudged == PRODUCTS


def test_nearest_rows_are_the_exact_ones_and_zero_rows_have_none() -> None:
    vectors = np.random.default_rng(1).normal(size=(50, 8)).astype(np.float32)
    vectors[7] = 0
    pairs = nearest(vectors, 3)
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, -np.inf)
    likeness[:, 7] = -np.inf
    for n in range(50):
        found = set(pairs[1][pairs[0] == n].tolist())
        assert found == (set() if n == 7 else set(np.argsort(-likeness[n])[:3].tolist()))


def test_doubts_are_sorted_by_probability() -> None:
    facts = TripleSet(
        Vocabulary(("product:t:1", "value:a=1", "value:a=2"), ("HAS_VALUE:a",)),
        np.array([[0, 0, 1], [0, 0, 2]]),
    )
    judged = JudgedFacts(facts, np.array([-1.0, -2.0]), np.array([0.4, 0.1]))
    assert [(d.tail, d.probability) for d in doubts(judged, 0.5)] == [
        ("value:a=2", 0.1),
        ("value:a=1", 0.4),
    ]
    assert doubts(judged, 0.5)[0].assertion == "assertion:product:t:1\tHAS_VALUE\tvalue:a=2"
    assert doubts(judged, 0.1) == []


def test_shares_out_of_range_are_refused() -> None:
    with pytest.raises(ConfigError, match="folds"):
        PlausibilityConfig(folds=1)
    with pytest.raises(ConfigError, match="expected_wrong"):
        PlausibilityConfig(expected_wrong=1.0)
    with pytest.raises(ConfigError, match="between 0 and 1"):
        measure_planted(shop(), 0.0)
