"""Facts of products from arrays with changes, beside plain sets that follow the same changes."""

import random
from typing import Any

from catalograph.store.models.fact_artefact import FactArrays, FactCollector
from catalograph.store.queries.live_facts import LiveFacts

LINK = "ALSO_BOUGHT"
Graph = dict[str, set[tuple[str, str]]]
"""Facts of each product as relation and tail."""


def key(n: int) -> str:
    return f"product:t:{n:03}"


def random_facts(rng: random.Random, n: int) -> set[tuple[str, str]]:
    facts = {("HAS_BRAND", f"brand:{rng.randrange(4)}")}
    facts |= {("HAS_VALUE", f"value:colour={rng.randrange(5)}") for _ in range(rng.randrange(4))}
    facts |= {(LINK, key(rng.randrange(25))) for _ in range(rng.randrange(4))}
    return facts - {(LINK, key(n))}


def arrays_of(graph: Graph, changes: int = 0) -> FactArrays:
    made = FactCollector()
    heads: dict[tuple[str, str], list[str]] = {}
    for product, facts in graph.items():
        for fact in facts:
            heads.setdefault(fact, []).append(product)
    for (relation, tail), who in heads.items():
        made.add(relation, tail, f"name of {tail}", who)
    made.add_selves(set(graph))
    return made.arrays(changes, set(graph))


def row(product: str, facts: set[tuple[str, str]], shown: bool = True) -> dict[str, Any]:
    listed = [[relation, tail, f"name of {tail}", None, False] for relation, tail in facts]
    return {
        "key": product,
        "listed": True,
        "shown": shown,
        "name": f"name of {product}",
        "facts": listed,
    }


def expect(graph: Graph, item: str, source: str) -> set[tuple[str, str, str, int]]:
    def own(product: str) -> set[tuple[str, str]]:
        return graph.get(product, set()) | {(LINK, product)}

    return {
        (
            relation,
            tail,
            f"name of {tail}",
            sum((relation, tail) in facts for facts in graph.values()) + (tail in graph),
        )
        for relation, tail in own(item) & own(source)
    }


def check(facts: LiveFacts, graph: Graph, rng: random.Random) -> None:
    for _ in range(40):
        item, source = rng.sample(sorted(graph), 2)
        found = facts.find_shared({item: [source]})
        assert {(f.relation.partition(":")[0], *f[1:4]) for f in found} == expect(
            graph, item, source
        )
        assert all(f.products == {item, source} for f in found)


def test_shared_facts_follow_changes() -> None:
    rng = random.Random(3)
    graph = {key(n): random_facts(rng, n) for n in range(20)}
    facts = LiveFacts(arrays_of(graph, changes=7))
    assert facts.changes == 7
    check(facts, graph, rng)
    for step in range(60):
        n = rng.randrange(25)
        if step % 5 == 4:
            graph.pop(key(n), None)
            facts.remove([key(n)])
        else:
            graph[key(n)] = random_facts(rng, n) | {("HAS_BRAND", f"brand:new {step % 3}")}
            facts.replace([row(key(n), graph[key(n)])])
        check(facts, graph, rng)
        assert facts.is_listed(key(n)) == (key(n) in graph)


def test_a_product_whose_facts_are_the_same_takes_no_memory() -> None:
    graph = {key(n): random_facts(random.Random(n), n) for n in range(20)}
    facts = LiveFacts(arrays_of(graph))
    facts.replace([row(key(n), graph[key(n)], shown=n != 3) for n in range(20)])
    assert facts.changed == 0
    assert [facts.shows(key(n)) for n in (2, 3, 30)] == [True, False, False]
    check(facts, graph, random.Random(0))


def test_removed_products_and_new_names_are_found_without_the_outbox() -> None:
    graph: Graph = {key(n): {("HAS_BRAND", "brand:b")} for n in range(4)}
    facts = LiveFacts(arrays_of(graph))
    facts.remove_unlisted({key(0), key(1), key(2)})
    facts.rename({"brand:b": "Better"})
    [shared] = facts.find_shared({key(0): [key(1)]})
    assert (shared.name, shared.degree) == ("Better", 3)
    assert not facts.find_shared({key(0): [key(3)]})
    assert not facts.shows(key(3))


def test_guesses_count_but_are_not_cited_and_opinions_have_strengths() -> None:
    import numpy as np

    from catalograph.store import FactTable

    made = FactCollector(frozenset({f"assertion:{key(0)}\tHAS_BRAND\tbrand:b"}))
    made.add("HAS_BRAND", "brand:b", None, [key(0), key(1), key(2)])
    table = FactTable(
        np.array([0, 1], np.int32),
        np.array([0, 0], np.int32),
        ("value:aspect=screen",),
        np.array([0.5, -0.25], np.float32),
    )
    made.add_opinions(table, [key(0), key(1)], {"value:aspect=screen": "screen"})
    facts = LiveFacts(made.arrays(0, {key(0), key(1), key(2)}))
    [opinion] = facts.find_shared({key(0): [key(1), key(2)]})
    assert (opinion.relation, opinion.degree) == ("MENTIONS:aspect", None)
    assert opinion.strengths == {key(0): 0.5, key(1): -0.25}
    [brand] = facts.find_shared({key(1): [key(2)]})
    assert (brand.name, brand.degree) == ("brand:b", 3)
