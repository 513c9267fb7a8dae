"""Name communities by the facts that tell their products best from the others.

A fact is good at that if most products of the community have it and few others do: it is scored as
a classifier of membership, by its F1 (cluster labelling, Manning, Raghavan and Schütze 2008,
chapter 17.7).
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from catalograph.embed.gds.values import NodeValues
from catalograph.store import FactTable, GraphSnapshot, NamedCommunity

LEAST_PRODUCTS = 3
"""Number of products from which a community is named."""
_NAMES = 2
"""Largest number of facts that name a community."""
_SHARED = 0.5
"""Share of the products that must have each fact of a name but the first."""
_NAMING = ("HAS_BRAND", "IN_CATEGORY", "HAS_VALUE")

Ints = NDArray[np.int64]


def name_communities(snapshot: GraphSnapshot, found: NodeValues) -> tuple[NamedCommunity, ...]:
    """Return the communities of at least three products, with the facts that name them.

    Facts are brands, categories (wider ones included) and values. A community has at most one of
    each relation and attribute; one whose products share nothing of their own has none.

    Args:
        snapshot: the facts that the communities were found in.
        found: number of the community of each node.
    """
    number_of = dict(zip(found.keys, found.values.tolist(), strict=True))
    numbers = np.array([number_of.get(key, -1) for key in snapshot.products], np.int64)
    sizes = np.bincount(numbers[numbers >= 0], minlength=1)
    facts = _best_facts(snapshot, numbers, sizes)
    first = {number: n for n, number in reversed(list(enumerate(numbers.tolist())))}
    return tuple(
        NamedCommunity(number, snapshot.products[first[number]], tuple(facts.get(number, ())))
        for number in np.flatnonzero(sizes >= LEAST_PRODUCTS).tolist()
    )


def _best_facts(snapshot: GraphSnapshot, numbers: Ints, sizes: Ints) -> dict[int, list[str]]:
    """Return the keys of the facts that name each community."""
    # Of each community: F1, share of the products, key and relation of facts.
    scored: dict[int, list[tuple[float, float, str, str]]] = {}
    for relation, table in _tables(snapshot):
        for number, tail, f1, share in _score(table, numbers, sizes):
            scored.setdefault(number, []).append((f1, share, table.tail_keys[tail], relation))
    return {number: _choose(facts) for number, facts in scored.items()}


def _choose(facts: list[tuple[float, float, str, str]]) -> list[str]:
    facts.sort(key=lambda fact: (-fact[0], fact[2]))
    chosen: dict[str, str] = {}
    for _, share, key, relation in facts:
        if relation not in chosen and (not chosen or share >= _SHARED):
            chosen[relation] = key
        if len(chosen) == _NAMES:
            break
    return list(chosen.values())


def _tables(snapshot: GraphSnapshot) -> Iterator[tuple[str, FactTable]]:
    """Yield the tables of facts that name, by relation."""
    for relation, table in snapshot.facts.items():
        if relation.partition(":")[0] in _NAMING:
            wider = relation == "IN_CATEGORY" and snapshot.parents
            yield relation, _add_wider(table, snapshot.parents) if wider else table


def _add_wider(table: FactTable, parents: Sequence[tuple[str, str]]) -> FactTable:
    """Return the categories of products with all wider ones; each pair once."""
    above: Mapping[str, str] = dict(parents)
    keys = tuple(sorted({*table.tail_keys, *above.values()}))
    index = {key: n for n, key in enumerate(keys)}
    pairs = set()
    for head, tail in zip(table.heads.tolist(), table.tails.tolist(), strict=True):
        key: str | None = table.tail_keys[tail]
        while key is not None and (head, index[key]) not in pairs:
            pairs.add((head, index[key]))
            key = above.get(key)
    heads, tails = np.array(sorted(pairs), np.int32).reshape(-1, 2).T
    return FactTable(heads, tails, keys)


def _score(table: FactTable, numbers: Ints, sizes: Ints) -> Iterator[tuple[int, int, float, float]]:
    """Yield community, tail, F1 and share of the products of each fact that two of them have."""
    width = len(table.tail_keys)
    everywhere = np.bincount(table.tails, minlength=width)
    own = numbers[table.heads]
    inside = own >= 0
    cells, counts = np.unique(own[inside] * width + table.tails[inside], return_counts=True)
    rows, tails = np.divmod(cells, width)
    share = counts / sizes[rows]
    kept = (counts > 1) & (sizes[rows] >= LEAST_PRODUCTS)
    kept &= share > everywhere[tails] / len(numbers)  # what is as frequent elsewhere tells nothing
    rows, tails, counts, share = rows[kept], tails[kept], counts[kept], share[kept]
    f1 = 2 * counts / (sizes[rows] + everywhere[tails])
    yield from zip(rows.tolist(), tails.tolist(), f1.tolist(), share.tolist(), strict=True)
