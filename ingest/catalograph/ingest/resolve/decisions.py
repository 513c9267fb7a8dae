"""Decisions of people about pairs of products, and the groups that respect them.

A pair that a person joined is a must-link, one that a person separated a cannot-link constraint
(Wagstaff et al., Constrained k-means clustering, 2001). A must-link outranks scores and
contradicting identifiers of its two products.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise

from catalograph.ingest.resolve.catalogue import read_records
from catalograph.ingest.resolve.clusters import Grouping, Link, group
from catalograph.ingest.resolve.identifiers import Identifiers, conflict, identify
from catalograph.ingest.resolve.records import ProductRecord
from catalograph.store import Connection
from catalograph.store.queries.resolve import (
    PERSON,
    Cluster,
    ClusterKind,
    Member,
    clusters_of,
    make_cluster,
    read_clusters,
)

Pair = tuple[str, str]
"""Keys of two products, the lower one first."""
_KEPT = "kept"


@dataclass(frozen=True)
class Decisions:
    """Pairs that people decided.

    Attributes:
        together: pairs that are the same product.
        apart: pairs that are not, with the reason: unmerged or rejected.
    """

    together: frozenset[Pair] = frozenset()
    apart: Mapping[Pair, str] = field(default_factory=dict)


class Constraints:
    """Cannot-link constraints: contradicting identifiers, and pairs that a person separated."""

    def __init__(self, records: Mapping[str, ProductRecord], decisions: Decisions) -> None:
        self._records = records
        self._identifiers: dict[str, Identifiers] = {}
        self._decisions = decisions

    def __call__(self, left: str, right: str) -> str | None:
        """Return why two products cannot be the same; None if they can."""
        pair = (min(left, right), max(left, right))
        if pair in self._decisions.apart:
            return self._decisions.apart[pair]
        if pair in self._decisions.together:
            return None
        return conflict(self._identify(left), self._identify(right))

    def _identify(self, key: str) -> Identifiers:
        if key not in self._identifiers:
            self._identifiers[key] = identify(self._records[key])
        return self._identifiers[key]


@dataclass(frozen=True)
class Regrouping:
    """Groups of some products, with what they were before.

    Attributes:
        before: clusters that contained any of the products, by key.
        records: records of all products that take part.
        grouping: the groups.
        links: number of links between the products.
    """

    before: Mapping[str, Cluster]
    records: Mapping[str, ProductRecord]
    grouping: Grouping
    links: int


def read_decisions(connection: Connection) -> Decisions:
    """Read all decisions of people."""
    return decisions_of(
        read_clusters(connection, ClusterKind.TOGETHER),
        read_clusters(connection, ClusterKind.APART),
    )


def decisions_of(together: Iterable[Cluster], apart: Iterable[Cluster]) -> Decisions:
    """Return the decisions that these clusters store."""
    return Decisions(
        frozenset(pair for cluster in together for pair in pairs_of(cluster)),
        {pair: cluster.reason or "unmerged" for cluster in apart for pair in pairs_of(cluster)},
    )


def pairs_of(cluster: Cluster) -> Iterator[Pair]:
    """Yield all pairs of members of a cluster."""
    return combinations(cluster.products, 2)


def regroup(
    connection: Connection,
    links: Iterable[Link],
    decisions: Decisions,
    records: Mapping[str, ProductRecord],
    products: Sequence[str],
    *,
    rescored: bool = True,
) -> Regrouping:
    """Group products by their links, the clusters that they are in, and the decisions.

    Args:
        connection: connection to a migrated graph.
        links: links between products, besides the decisions.
        decisions: decisions of people.
        records: records read already, by product key.
        products: products to group; those of their clusters and their decisions take part too.
        rescored: whether `links` replaces what their clusters say of `products`.
    """
    links = list(links)
    before = _list_affected(connection, {*products, *_ends(links)}, decisions)
    members = {product for cluster in before.values() for product in cluster.products}
    decided = {pair for pair in decisions.together if not members.union(products).isdisjoint(pair)}
    needed = members | {product for pair in decided for product in pair}
    known = {**records, **read_records(connection, sorted(needed - set(records)))}
    links += _kept_links(before.values(), set(products) if rescored else set(), known)
    links += [Link(*pair, 1.0, PERSON) for pair in sorted(decided) if known.keys() >= set(pair)]
    return Regrouping(before, known, group(links, Constraints(known, decisions)), len(links))


def list_groups(grouping: Grouping) -> list[Cluster]:
    """Return the groups as clusters."""
    return [
        make_cluster(
            ClusterKind.SAME,
            [Member(p, grouping.joined[p].score, grouping.joined[p].method) for p in products],
        )
        for products in grouping.groups
    ]


def difference(
    before: Mapping[str, Cluster], after: Mapping[str, Cluster]
) -> tuple[list[str], list[Cluster]]:
    """Return the keys to remove and the clusters to create, without unchanged clusters."""
    removed = [key for key, cluster in before.items() if after.get(key) != cluster]
    created = [cluster for key, cluster in after.items() if before.get(key) != cluster]
    return removed, created


def _list_affected(
    connection: Connection, products: set[str], decisions: Decisions
) -> dict[str, Cluster]:
    """Return the clusters of products, and those that decisions connect with them."""
    while True:
        clusters = clusters_of(connection, products, ClusterKind.SAME)
        reached = products | {p for cluster in clusters.values() for p in cluster.products}
        reached |= {p for pair in decisions.together if not reached.isdisjoint(pair) for p in pair}
        if reached == products:
            return clusters
        products = reached


def _kept_links(
    clusters: Iterable[Cluster], rescored: set[str], records: Mapping[str, ProductRecord]
) -> Iterator[Link]:
    """Yield links between the unchanged members of existing clusters."""
    for cluster in clusters:
        stay = [m for m in cluster.members if m.product not in rescored and m.product in records]
        # A chain of links is enough to keep the members together.
        for a, b in pairwise(stay):
            method = a.method if a.score <= b.score else b.method
            # Only a decided pair is a must-link, not all pairs of a cluster that holds one.
            method = _KEPT if method == PERSON else method
            yield Link(a.product, b.product, min(a.score, b.score), method)


def _ends(links: Iterable[Link]) -> Iterator[str]:
    for link in links:
        yield from (link.left, link.right)
