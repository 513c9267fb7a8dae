"""Communities are named by what tells their products from the others."""

import numpy as np

from catalograph.embed.gds import NodeValues, name_communities
from catalograph.store import FactTable, GraphSnapshot, NamedCommunity

PRODUCTS = tuple(f"product:s:{n}" for n in range(9))


def table(tails: list[list[str]]) -> FactTable:
    """Return the facts of products, one list of tails for each."""
    keys = tuple(sorted({key for own in tails for key in own}))
    pairs = [(head, keys.index(key)) for head, own in enumerate(tails) for key in sorted(own)]
    heads, tails_ = np.array(pairs, np.int32).reshape(-1, 2).T
    return FactTable(heads, tails_, keys)


def snapshot(
    facts: dict[str, list[list[str]]], parents: tuple[tuple[str, str], ...] = ()
) -> GraphSnapshot:
    none = np.zeros(0, np.int32)
    tables = {relation: table(tails) for relation, tails in facts.items()}
    return GraphSnapshot(PRODUCTS, (), none, none, tables, parents, "")


def grouped(*numbers: int) -> NodeValues:
    keys = ["brand:acme", *PRODUCTS[: len(numbers)]]
    return NodeValues(keys, np.array([0, *numbers]), {})


def test_a_community_is_named_by_its_own_facts_and_not_by_what_all_have() -> None:
    facts = {
        "HAS_BRAND": [["brand:acme"]] * 3 + [["brand:zeta"]] * 6,
        "HAS_VALUE:colour": [["value:colour=black"]] * 9,
        "ALSO_BOUGHT": [["product:s:8"]] * 3 + [[]] * 6,
    }
    named = name_communities(snapshot(facts), grouped(0, 0, 0, 1, 1, 1, 1, 1, 1))
    assert named == (
        NamedCommunity(0, "product:s:0", ("brand:acme",)),
        NamedCommunity(1, "product:s:3", ("brand:zeta",)),
    )


def test_small_communities_have_no_name_and_products_without_one_do_not_count() -> None:
    facts = {"HAS_BRAND": [["brand:acme"]] * 9}
    named = name_communities(snapshot(facts), grouped(0, 1, 1, 1, 2, 2))
    assert [(one.number, one.product) for one in named] == [(1, "product:s:1")]


def test_a_wider_category_names_what_its_narrower_ones_split() -> None:
    leaves = ["category:photo/cameras"] * 2 + ["category:photo/bags"] * 2
    facts = {"IN_CATEGORY": [[key] for key in leaves] + [["category:food"]] * 5}
    parents = (
        ("category:photo/bags", "category:photo"),
        ("category:photo/cameras", "category:photo"),
    )
    named = name_communities(snapshot(facts, parents), grouped(0, 0, 0, 0, 1, 1, 1, 1, 1))
    assert [one.facts for one in named] == [("category:photo",), ("category:food",)]


def test_a_second_fact_needs_half_of_the_products() -> None:
    facts = {
        "HAS_BRAND": [["brand:acme"]] * 5 + [["brand:zeta"]] * 4,
        "HAS_VALUE:colour": [["value:colour=red"]] * 2 + [[f"value:colour={n}"] for n in range(7)],
    }
    named = name_communities(snapshot(facts), grouped(0, 0, 0, 0, 0, 1, 1, 1, 1))
    assert [one.facts for one in named] == [("brand:acme",), ("brand:zeta",)]


def test_products_that_share_nothing_leave_the_name_empty() -> None:
    facts = {"HAS_BRAND": [[f"brand:{n}"] for n in range(9)]}
    assert name_communities(snapshot(facts), grouped(0, 0, 0))[0].facts == ()
