import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalograph.api.reasons import (
    DETAILED_REASONS,
    Contribution,
    FewShoppersContribution,
    IndirectContribution,
    InteractionContribution,
    OtherContribution,
    ReasonBreakdown,
    SharedFactContribution,
    SimilarityContribution,
)
from catalograph.store.queries.api_queries import (
    EdgeRow,
    FactRow,
    ModelRow,
    ProductRow,
    RankedRow,
)


def approx(value: float, **tolerance: Any) -> Any:
    """A number near this one, in place of a float."""
    return pytest.approx(value, **tolerance)


PARTS = ["interactions", "HAS_BRAND", "HAS_VALUE:colour", "ALSO_BOUGHT"]
MODEL = ModelRow("model:preference:1", "preference", 1, "a", PARTS)
N_PRODUCTS = 1000


def product(key: str) -> ProductRow:
    return {"key": key, "title": None}


def edge(key: str, *parts: float, shoppers: int | None = 5, without: int | None = 5) -> EdgeRow:
    return EdgeRow(key, f"Title of {key}", math.fsum(parts), list(parts), shoppers, without)


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
    assert found[0].contribution == approx(0.6 * rare / (rare + common))
    assert found[1].contribution == approx(0.6 * common / (rare + common))


def test_facts_every_product_has_share_equally() -> None:
    facts = [fact("HAS_BRAND", name, N_PRODUCTS, "i", "j") for name in "xy"]
    found = apportion(ranked(edge("j", 0, 0.5, 0, 0)), MODEL, facts, N_PRODUCTS)
    assert [r.contribution for r in found] == [0.25, 0.25]


def test_parts_without_a_common_fact_are_indirect_by_relation() -> None:
    others = [fact("HAS_BRAND", "of others", 3, "i", "k"), fact("HAS_VALUE:size", "L", 2, "i", "j")]
    item = ranked(edge("j", 0.0, 0.2, 0.1, 0.0), edge("l", 0.0, -0.05, 0.0, 0.0))
    assert apportion(item, MODEL, others, N_PRODUCTS) == [
        IndirectContribution(approx(0.15), "HAS_BRAND"),
        IndirectContribution(approx(0.1), "HAS_VALUE:colour"),
    ]


def test_weaker_indirect_parts_are_summed() -> None:
    names = ["interactions", "A", "B", "C", "D", "E"]
    model = ModelRow("model:preference:1", "preference", 1, "a", names)
    item = ranked(edge("j", 0.0, 0.1, -0.5, 0.2, 0.3, 0.05))
    assert apportion(item, model, [], N_PRODUCTS) == [
        IndirectContribution(-0.5, "B"),
        IndirectContribution(0.3, "D"),
        IndirectContribution(0.2, "C"),
        IndirectContribution(approx(0.15), None),
    ]


def test_a_reason_by_shoppers_rests_on_enough_of_them() -> None:
    item = ranked(
        edge("j", 0.4, 0, 0, 0, shoppers=5),
        edge("k", 0.3, 0, 0, 0, shoppers=4),
        edge("l", -0.1, 0, 0, 0, shoppers=9, without=2),
        edge("o", -0.3, 0, 0, 0, shoppers=0, without=6),
        edge("m", 0.2, 0, 0, 0, shoppers=None),
        edge("n", 0.05, 0, 0, 0, shoppers=0),
    )
    assert apportion(item, MODEL, [], N_PRODUCTS) == [
        InteractionContribution(0.4, "j", "Title of j", 5),
        InteractionContribution(-0.3, "o", "Title of o", 6),
        FewShoppersContribution(approx(0.4), 3),
        IndirectContribution(0.05, "interactions"),
    ]
    fewer = ReasonBreakdown(MODEL, [], N_PRODUCTS, named_shoppers=1).reasons(item)
    assert [r.product for r in fewer if isinstance(r, InteractionContribution)] == [
        *("j", "k", "o", "l")
    ]


def opinion(name: str, **strengths: float) -> FactRow:
    return FactRow(
        "MENTIONS:aspect", f"value:aspect={name}", name, None, frozenset(strengths), strengths
    )


def test_an_opinion_is_shared_out_by_its_strengths_and_netted() -> None:
    model = ModelRow("model:preference:1", "preference", 1, "a", ["interactions", "MENTIONS"])
    facts = [opinion("screen", i=0.6, j=0.5), opinion("battery", i=-0.4, j=0.5)]
    facts.append(opinion("price", i=-0.5, j=-0.2))
    found = apportion(ranked(edge("j", 0, 0.8)), model, facts, N_PRODUCTS)
    # The battery speaks against, so the part is what it left of the other two.
    told = {r.fact.name: r.contribution for r in found if isinstance(r, SharedFactContribution)}
    assert told == {"screen": approx(0.6), "price": approx(0.2)}
    [against] = apportion(ranked(edge("j", 0, -0.8)), model, facts, N_PRODUCTS)
    assert isinstance(against, SharedFactContribution)
    assert (against.fact.name, against.contribution) == ("battery", approx(-0.8))


def test_groups_are_what_speaks_for_an_item_by_product() -> None:
    model = ModelRow("model:preference:1", "preference", 1, "a", [*PARTS, "MENTIONS"])
    facts = [
        fact("HAS_BRAND", "x", 5, "i", "j", "k"),
        fact("HAS_VALUE:colour", "red", 5, "i", "j"),
        opinion("noise", i=-0.5, k=-0.5),
    ]
    item = ranked(edge("j", 0.1, 0.3, -0.2, 0, 0), edge("k", 0.5, 0.1, 0, 0, 0.3))
    groups = ReasonBreakdown(model, facts, N_PRODUCTS).groups(item, 3)
    assert [(g.contribution, [type(r) for r in g.reasons]) for g in groups] == [
        (approx(0.6), [InteractionContribution, SharedFactContribution]),
        (approx(0.4), [SharedFactContribution, InteractionContribution]),
    ]
    assert len(ReasonBreakdown(model, facts, N_PRODUCTS).groups(item, 1)) == 1
    few = ranked(edge("j", 0.1, 0, 0, 0, 0, shoppers=2))
    [group] = ReasonBreakdown(model, facts, N_PRODUCTS).groups(few, 3)
    assert group.reasons == (FewShoppersContribution(0.1, 1),)


def test_rounding_is_added_to_the_last_reason() -> None:
    item = RankedRow(product("i"), 0.5000001, [edge("j", 0.3, 0, 0, 0), edge("k", 0.2, 0, 0, 0)])
    first, last = apportion(item, MODEL, [], N_PRODUCTS)
    assert first.contribution == 0.3
    assert last.contribution == approx(0.2000001, abs=1e-12)


def test_attributes_without_a_part_of_their_own_are_told_by_the_one_they_share() -> None:
    model = ModelRow("model:preference:1", "preference", 1, "a", ["HAS_VALUE:colour", "HAS_VALUE"])
    facts = [fact("HAS_VALUE:size", "L", 3, "i", "j"), fact("HAS_VALUE:colour", "red", 3, "i", "j")]
    found = apportion(ranked(edge("j", 0.3, 0.2)), model, facts, N_PRODUCTS)
    told = {r.fact.name: r.contribution for r in found if isinstance(r, SharedFactContribution)}
    assert told == {"red": approx(0.3), "L": approx(0.2)}


def test_negative_parts_are_kept() -> None:
    found = apportion(
        ranked(edge("j", 0.5, -0.2, 0, 0)), MODEL, [fact("HAS_BRAND", "x", 5, "i", "j")], N_PRODUCTS
    )
    assert [(type(r), r.contribution) for r in found] == [
        (InteractionContribution, 0.5),
        (SharedFactContribution, approx(-0.2)),
    ]


def test_only_the_strongest_are_told_and_the_others_summed() -> None:
    edges = [edge(f"j{n:02}", 0.1 * (n + 1), 0, 0, 0) for n in range(24)]
    item = ranked(*edges, rest=0.05, count=7)
    found = apportion(item, MODEL, [], N_PRODUCTS, first=20)
    told = [r for r in found if isinstance(r, InteractionContribution)]
    other = [r for r in found if isinstance(r, OtherContribution)]
    assert [r.product for r in told] == [f"j{n:02}" for n in range(23, 3, -1)]
    assert [r.count for r in other] == [4 + 7]
    assert other[0].contribution == approx(0.1 * (1 + 2 + 3 + 4) + 0.05)


def test_of_some_parts_only_those_are_told() -> None:
    item = RankedRow(product("i"), 0.7, [edge("j", 0.3, 0.9, 0.0, 0.4)])
    first, second = apportion(item, MODEL, [], N_PRODUCTS, ("interactions", "ALSO_BOUGHT"))
    assert first == InteractionContribution(0.3, "j", "Title of j", 5)
    assert second == IndirectContribution(approx(0.4), "ALSO_BOUGHT")


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
    assert len(found) <= first + 5
    strength = [
        abs(r.contribution)
        for r in found
        if isinstance(r, InteractionContribution | SharedFactContribution)
    ]
    assert strength == sorted(strength, reverse=True)


def test_like_texts_are_a_reason_of_their_own_that_rests_on_no_shopper() -> None:
    model = ModelRow("model:preference:1", "preference", 1, "a", ["interactions", "text"])
    item = ranked(edge("j", 0.1, 0.4, shoppers=0, without=0), edge("o", 0.3, 0.0))
    found = apportion(item, model, [], N_PRODUCTS)
    assert found == [
        SimilarityContribution(0.4, "j", "Title of j", "text"),
        InteractionContribution(0.3, "o", "Title of o", 5),
        IndirectContribution(approx(0.1), "interactions"),
    ]
    breakdown = ReasonBreakdown(model, [], N_PRODUCTS)
    [first, second] = breakdown.groups(item, 5)
    assert first.reasons == (found[0],)
    assert second.reasons == (found[1],)
    assert breakdown.sizes(item) == {
        "fact": 0,
        "interaction": approx(0.3),
        "similarity": approx(0.4),
        "few_shoppers": 0,
        "indirect": approx(0.1),
        "other": 0,
    }
    assert breakdown.nothing_shared(item) == (approx(0.1), approx(0.8))
