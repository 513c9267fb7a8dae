"""A snapshot as triples, what is held out of them, and what is learned."""

import dataclasses

import numpy as np
import pytest

from catalograph.embed.facts import FactsConfig, learn_facts, split, triples_of
from catalograph.embed.kge import KgeConfig, TripleSet, Vocabulary
from catalograph.errors import ConfigError, EmptySnapshotError
from catalograph.store import FactTable, GraphSnapshot


def ints(*values: int) -> "np.ndarray[tuple[int], np.dtype[np.int32]]":
    return np.array(values, np.int32)


SNAPSHOT = GraphSnapshot(
    products=("product:t:a", "product:t:b"),
    users=("user:t:one",),
    interaction_users=ints(0),
    interaction_products=ints(1),
    facts={
        "HAS_BRAND": FactTable(ints(0, 1), ints(0, 0), ("brand:x",)),
        "HAS_VALUE:size": FactTable(ints(1), ints(0), ("value:size=l",)),
    },
    parents=(("category:tv/oled", "category:tv"),),
    data_hash="hash",
)


def shop(groups: int = 4, per_group: int = 12) -> GraphSnapshot:
    """Groups with a brand and two sizes each; a size goes with one brand only."""
    n = groups * per_group
    products = tuple(f"product:t:{k:03}" for k in range(n))
    heads = np.arange(n, dtype=np.int32)
    brand = heads % groups
    size = 2 * brand + heads // groups % 2
    facts = {
        "HAS_BRAND": FactTable(
            heads, brand.astype(np.int32), tuple(f"brand:{k}" for k in range(groups))
        ),
        "HAS_VALUE:size": FactTable(
            heads, size.astype(np.int32), tuple(f"value:size={k}" for k in range(2 * groups))
        ),
    }
    return dataclasses.replace(
        SNAPSHOT,
        products=products,
        users=(),
        interaction_users=ints(),
        interaction_products=ints(),
        facts=facts,
        parents=(),
    )


def named(facts: TripleSet) -> set[tuple[str, str, str]]:
    entities, relations = facts.vocabulary.entities, facts.vocabulary.relations
    return {(entities[h], relations[r], entities[t]) for h, r, t in facts.triples.tolist()}


def test_facts_interactions_and_parents_become_triples() -> None:
    assert named(triples_of(SNAPSHOT)) == {
        ("product:t:a", "HAS_BRAND", "brand:x"),
        ("product:t:b", "HAS_BRAND", "brand:x"),
        ("product:t:b", "HAS_VALUE:size", "value:size=l"),
        ("user:t:one", "INTERACTION", "product:t:b"),
        ("category:tv/oled", "CHILD_OF", "category:tv"),
    }


def test_a_graph_without_facts_is_refused() -> None:
    bare = dataclasses.replace(SNAPSHOT, facts={}, users=(), parents=())
    with pytest.raises(EmptySnapshotError, match="catalograph ingest"):
        triples_of(bare)


def test_what_is_held_out_is_still_known_to_training() -> None:
    rng = np.random.default_rng(0)
    entities = tuple(f"e{n:03}" for n in range(300))
    triples = rng.integers(0, [300, 3, 300], (600, 3))
    facts = TripleSet(Vocabulary(entities, ("a", "b", "c")), np.unique(triples, axis=0))
    data = split(facts, 0.1, seed=1)
    wanted = int(0.1 * len(facts))
    assert (len(data.valid), len(data.test)) == (wanted, wanted)
    assert named(data.train) | named(data.valid) | named(data.test) == named(facts)
    assert len(data.train) + 2 * wanted == len(facts)
    assert (data.train.mask_seen() == facts.mask_seen()).all()
    assert set(data.train.triples[:, 1]) == {0, 1, 2}
    again = split(facts, 0.1, seed=1)
    np.testing.assert_array_equal(again.test.triples, data.test.triples)


def test_planted_rules_are_learned_and_measured() -> None:
    config = FactsConfig(KgeConfig(model="distmult", dimension=32, epochs=60), held_out=0.1)
    lines: list[str] = []
    found = learn_facts(shop(), config, "cpu", lines.append)
    # By chance the reciprocal rank among sixty entities would be about 0.08.
    assert found.metrics["mrr"] > 0.3
    assert found.metrics["tested"] == 9
    assert set(found.metrics["mrr_by_relation"]) <= {"HAS_BRAND", "HAS_VALUE:size"}
    assert len(lines) == len(found.metrics["history"]) > 0
    assert found.relations.names == ("HAS_BRAND", "HAS_VALUE:size")
    assert found.relations.vectors.shape == (2, 32)
    assert found.table.vectors.shape == (48 + 4 + 8, 32)


def test_vectors_of_users_are_not_handed_out() -> None:
    config = FactsConfig(KgeConfig(dimension=4, epochs=1), held_out=0.0)
    found = learn_facts(SNAPSHOT, config, "cpu")
    assert "user:t:one" in found.model.vocabulary.entities
    assert sorted(found.table.keys) == [
        "brand:x",
        "category:tv",
        "category:tv/oled",
        "product:t:a",
        "product:t:b",
        "value:size=l",
    ]
    assert "mrr" not in found.metrics


def test_vectors_too_long_for_an_index_are_refused() -> None:
    with pytest.raises(ConfigError, match="complex vectors of 4098"):
        FactsConfig(KgeConfig(model="complex", dimension=2049))
    with pytest.raises(ConfigError, match="held_out"):
        FactsConfig(held_out=0.5)
