import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalograph.api.reasons import (
    DETAILED_REASONS,
    Contribution,
    IndirectContribution,
    InteractionContribution,
    OtherContribution,
    ReasonBreakdown,
    SharedFactContribution,
)
from catalograph.store.queries.api_queries import (
    EdgeRow,
    FactRow,
    ModelRow,
    ProductRow,
    RankedRow,
)

PARTS = ["interactions", "HAS_BRAND", "HAS_VALUE:colour", "ALSO_BOUGHT"]
MODEL = ModelRow("model:preference:1", "preference", 1, "a", PARTS)
N_PRODUCTS = 1000


def product(key: str) -> ProductRow:
    return {"key": key, "title": None}


def edge(key: str, *parts: float) -> EdgeRow:
    return EdgeRow(key, f"Title of {key}", math.fsum(parts), list(parts))


def fact(relation: str, name: str, degree: int, *products: str) -> FactRow:
    return FactRow(relation, f"value:{name}", name, degree, frozenset(products))


def ranked(*edges: EdgeRow, rest: float = 0.0, count: int = 0) -> RankedRow:
    score = math.fsum([rest, *(e.weight for e in edges)])
    return RankedRow(product("i"), score, list(edges), rest, count)


def apportion(
    item: RankedRow,
    model: ModelRow,
    facts: list[FactRow],
    n_products: int,
    parts: tuple[str, ...] | None = None,
    first: int = DETAILED_REASONS,
) -> list[Contribution]:
    return ReasonBreakdown(model, facts, n_products, parts).reasons(item, first)


def test_a_part_is_shared_out_in_proportion_to_squared_idf() -> None:
    facts = [
        fact("ALSO_BOUGHT", "rare", 9, "i", "j"),
        fact("ALSO_BOUGHT", "common", 99, "i", "j"),
    ]
    found = apportion(ranked(edge("j", 0, 0, 0, 0.6)), MODEL, facts, 999)
    rare, common = math.log(1000 / 10) ** 2, math.log(1000 / 100) ** 2
    assert [type(r) for r in found] == [SharedFactContribution, SharedFactContribution]
    assert found[0].contribution == pytest.approx(0.6 * rare / (rare + common))
    assert found[1].contribution == pytest.approx(0.6 * common / (rare + common))


def test_facts_every_product_has_share_equally() -> None:
    facts = [fact("HAS_BRAND", name, N_PRODUCTS, "i", "j") for name in "xy"]
    found = apportion(ranked(edge("j", 0, 0.5, 0, 0)), MODEL, facts, N_PRODUCTS)
    assert [r.contribution for r in found] == [0.25, 0.25]


def test_parts_without_a_common_fact_are_one_indirect_reason() -> None:
    others = [fact("HAS_BRAND", "of others", 3, "i", "k"), fact("HAS_VALUE:size", "L", 2, "i", "j")]
    item = ranked(edge("j", 0.0, 0.2, 0.1, 0.0), edge("l", 0.0, -0.05, 0.0, 0.0))
    [found] = apportion(item, MODEL, others, N_PRODUCTS)
    assert isinstance(found, IndirectContribution)
    assert found.contribution == pytest.approx(0.25)


def test_attributes_without_a_part_of_their_own_are_told_by_the_one_they_share() -> None:
    model = ModelRow("model:preference:1", "preference", 1, "a", ["HAS_VALUE:colour", "HAS_VALUE"])
    facts = [fact("HAS_VALUE:size", "L", 3, "i", "j"), fact("HAS_VALUE:colour", "red", 3, "i", "j")]
    found = apportion(ranked(edge("j", 0.3, 0.2)), model, facts, N_PRODUCTS)
    told = {r.fact.name: r.contribution for r in found if isinstance(r, SharedFactContribution)}
    assert told == {"red": pytest.approx(0.3), "L": pytest.approx(0.2)}


def test_negative_parts_are_kept() -> None:
    found = apportion(
        ranked(edge("j", 0.5, -0.2, 0, 0)), MODEL, [fact("HAS_BRAND", "x", 5, "i", "j")], N_PRODUCTS
    )
    assert [(type(r), r.contribution) for r in found] == [
        (InteractionContribution, 0.5),
        (SharedFactContribution, pytest.approx(-0.2)),
    ]


def test_only_the_strongest_are_told_and_the_others_summed() -> None:
    edges = [edge(f"j{n:02}", 0.1 * (n + 1), 0, 0, 0) for n in range(24)]
    item = ranked(*edges, rest=0.05, count=7)
    found = apportion(item, MODEL, [], N_PRODUCTS, first=20)
    told = [r for r in found if isinstance(r, InteractionContribution)]
    other = [r for r in found if isinstance(r, OtherContribution)]
    assert [r.product for r in told] == [f"j{n:02}" for n in range(23, 3, -1)]
    assert [r.count for r in other] == [4 + 7]
    assert other[0].contribution == pytest.approx(0.1 * (1 + 2 + 3 + 4) + 0.05)


def test_of_some_parts_only_those_are_told() -> None:
    item = RankedRow(product("i"), 0.7, [edge("j", 0.3, 0.9, 0.0, 0.4)])
    first, second = apportion(item, MODEL, [], N_PRODUCTS, ("interactions", "ALSO_BOUGHT"))
    assert first == InteractionContribution(0.3, "j", "Title of j")
    assert isinstance(second, IndirectContribution)
    assert second.contribution == pytest.approx(0.4)


part = st.floats(-10, 10, allow_subnormal=False)


@given(
    st.lists(st.tuples(part, part, part, part), max_size=30),
    part,
    st.integers(1, 100),
    st.lists(
        st.tuples(st.sampled_from(PARTS[1:]), st.integers(1, 2 * N_PRODUCTS), st.integers(0, 29)),
        max_size=40,
    ),
)
def test_contributions_always_add_up(
    parts: list[tuple[float, ...]], rest: float, first: int, facts: list[tuple[str, int, int]]
) -> None:
    item = ranked(*(edge(f"j{n}", *p) for n, p in enumerate(parts)), rest=rest, count=1)
    common = [
        fact(relation, str(n), degree, "i", f"j{j}")
        for n, (relation, degree, j) in enumerate(facts)
    ]
    found = apportion(item, MODEL, common, N_PRODUCTS, first=first)
    assert abs(math.fsum(r.contribution for r in found) - item.score) < 1e-9
    assert len(found) <= first + 2
    strength = [
        abs(r.contribution)
        for r in found
        if isinstance(r, InteractionContribution | SharedFactContribution)
    ]
    assert strength == sorted(strength, reverse=True)
