"""Clusters hold no contradiction, whatever pairs are scored how."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from catalograph.ingest.resolve.clusters import Link, group
from catalograph.ingest.resolve.identifiers import conflict, identify, squash
from catalograph.ingest.resolve.records import ProductRecord

PRODUCTS = [f"p{n}" for n in range(9)]
pairs = st.tuples(st.sampled_from(PRODUCTS), st.sampled_from(PRODUCTS)).filter(
    lambda p: p[0] != p[1]
)
links = st.lists(
    st.builds(lambda p, s: Link(p[0], p[1], s, "test"), pairs, st.floats(0, 1)), max_size=30
)
apart = st.frozensets(pairs.map(lambda p: frozenset(p)), max_size=12)

sizes = st.sampled_from(["", "64 GB", "128 GB", "1 TB"])
packs = st.sampled_from(["", "3-pack", "pack of 6"])
models = st.sampled_from([(), ("MX100",), ("MX-100",), ("MX200",)])
records = st.builds(
    lambda size, pack, model: ProductRecord("k", title=f"stick {size} {pack}", models=model),
    sizes, packs, models,
)  # fmt: skip


@given(links, apart)
def test_no_cluster_holds_two_that_may_not_be_one(
    scored: list[Link], forbidden: frozenset[frozenset[str]]
) -> None:
    found = group(scored, lambda a, b: "no" if {a, b} in forbidden else None)
    for products in found.groups:
        assert not any(frozenset(pair) in forbidden for pair in combinations(products, 2))
    members = [product for products in found.groups for product in products]
    assert len(members) == len(set(members))


@given(links, apart, st.randoms())
def test_the_order_of_the_links_changes_nothing(
    scored: list[Link], forbidden: frozenset[frozenset[str]], random: object
) -> None:
    shuffled = list(scored)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    def rule(a: str, b: str) -> str | None:
        return "no" if {a, b} in forbidden else None

    assert group(scored, rule).groups == group(shuffled, rule).groups


@given(links, apart)
def test_every_link_is_kept_or_refused_for_a_reason(
    scored: list[Link], forbidden: frozenset[frozenset[str]]
) -> None:
    found = group(scored, lambda a, b: "no" if {a, b} in forbidden else None)
    together = {frozenset(pair) for g in found.groups for pair in combinations(g, 2)}
    refused = {frozenset((r.link.left, r.link.right)) for r in found.refusals}
    for link in scored:
        assert frozenset((link.left, link.right)) in together | refused
    for refusal in found.refusals:
        assert frozenset((refusal.left, refusal.right)) in forbidden


@given(records, records)
def test_contradictions_have_no_direction(a: ProductRecord, b: ProductRecord) -> None:
    x, y = identify(a), identify(b)
    assert conflict(x, y) == conflict(y, x)
    assert conflict(x, x) is None
    if a.models and b.models and {*map(squash, a.models)} != {*map(squash, b.models)}:
        assert conflict(x, y) == "model"
