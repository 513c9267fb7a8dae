"""Entity resolution: read products to compare, find candidate pairs (blocking), store clusters.

Products are never merged or changed. A cluster of kind `same` states that its members are the same
product, one of kind `apart` that they are not, and one of kind `aside` needs a decision of a
person. A pair of kind `together` is such a decision: later resolutions join it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson

from catalograph.errors import NotFoundError
from catalograph.schema.keys import label_of
from catalograph.store.connection.connect import (
    Connection,
    Row,
    Transaction,
)
from catalograph.store.ledger.outbox import announce_changes

KIND = "resolve"
"""Kind of the runs that create clusters."""

PERSON = "person"
"""Method of a membership that a person decided."""
_BATCH = 500


class ClusterKind(StrEnum):
    """Statement of a cluster about its members."""

    SAME = "same"
    """All members are the same product."""
    APART = "apart"
    """No two members are the same product, whatever a scorer returns."""
    ASIDE = "aside"
    """Not decided yet."""
    TOGETHER = "together"
    """A person decided that both members are the same product."""


@dataclass(frozen=True, order=True)
class Member:
    """A product in a cluster.

    Attributes:
        product: key of the product.
        score: score of the best pair that matched it, 0 to 1.
        method: method that decided: rules, trees, judge, person, kept.
    """

    product: str
    score: float
    method: str


@dataclass(frozen=True)
class Cluster:
    """A cluster of products; members sorted by key."""

    key: str
    kind: ClusterKind
    members: tuple[Member, ...]
    reason: str | None = None

    @property
    def products(self) -> tuple[str, ...]:
        """Keys of the members, sorted."""
        return tuple(member.product for member in self.members)


@dataclass(frozen=True)
class LastResolution:
    """Start time and report of the last resolution."""

    started: datetime
    counts: Mapping[str, Any]


def cluster_key(kind: ClusterKind, products: Iterable[str]) -> str:
    """Return the key of a cluster; kind `same` uses the first member only, so growth keeps it."""
    ordered = sorted(products)
    named = ordered[:1] if kind is ClusterKind.SAME else ordered
    text = "\t".join([kind, *named])
    return f"cluster:{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"


def make_cluster(
    kind: ClusterKind, members: Iterable[Member], reason: str | None = None
) -> Cluster:
    """Return a cluster with its key and sorted members."""
    ordered = tuple(sorted(members))
    return Cluster(cluster_key(kind, (m.product for m in ordered)), kind, ordered, reason)


def last_resolution(connection: Connection) -> LastResolution | None:
    """Return the last finished resolution; None before the first."""
    for row in connection.read("read_last_resolution"):
        return LastResolution(row["started"].to_native(), orjson.loads(row["counts"] or "{}"))
    return None


def listed_products(connection: Connection) -> list[str]:
    """Return the keys of all listed products."""
    return [row["key"] for row in connection.read("export_products")]


def read_products_to_resolve(connection: Connection, keys: Sequence[str]) -> Iterator[Row]:
    """Read products, also unlisted ones, with their brands, categories and values."""
    for batch in _batches(sorted(set(keys))):
        yield from connection.read("read_products_to_resolve", keys=batch)


def read_identifiers(connection: Connection) -> Iterator[tuple[str, list[str], str | None]]:
    """Yield key, GTINs and MPN of each product that has any."""
    for row in connection.read("export_identifiers"):
        yield row["key"], row["gtins"], row["mpn"]


def alike_by_text(
    connection: Connection, texts: Mapping[str, str], limit: int
) -> list[tuple[str, str]]:
    """Return pairs of a product and another one with similar words.

    Args:
        connection: open connection.
        texts: search words without Lucene's special characters, by product key.
        limit: largest number of pairs per product.
    """
    rows = [{"key": key, "text": text} for key, text in sorted(texts.items()) if text]
    return [
        (row["key"], row["other"])
        for batch in _batches(rows)
        for row in connection.read("find_alike_by_text", rows=batch, limit=limit)
    ]


def alike_by_vector(
    connection: Connection, keys: Sequence[str], limit: int
) -> list[tuple[str, str]]:
    """Return pairs of products with similar text vectors; empty without a live text model."""
    return [
        (row["key"], row["other"])
        for batch in _batches(sorted(keys))
        for row in connection.read("find_alike_by_vector", keys=batch, limit=limit)
    ]


def clusters_of(
    connection: Connection, products: Iterable[str], kind: ClusterKind
) -> dict[str, Cluster]:
    """Return the clusters of one kind that contain any of these products, by key."""
    found = {}
    for batch in _batches(sorted(set(products))):
        for row in connection.read("read_clusters_of_products", keys=batch, kind=kind):
            found[row["cluster"]] = _cluster(row["cluster"], kind, row)
    return found


def read_clusters(connection: Connection, kind: ClusterKind) -> list[Cluster]:
    """Return all clusters of a kind, sorted by key."""
    rows = connection.read("list_clusters", kind=kind)
    return sorted((_cluster(row["cluster"], kind, row) for row in rows), key=lambda c: c.key)


def list_clusters(connection: Connection, kind: ClusterKind) -> list[tuple[str, list[str]]]:
    """Return the keys of all clusters of a kind with their members' keys, sorted."""
    return [(c.key, list(c.products)) for c in read_clusters(connection, kind)]


def find_cluster(connection: Connection, key: str) -> Cluster:
    """Return the cluster with a key, or the cluster that contains a product.

    Raises:
        NotFoundError: there is no such cluster.
        InvalidInputError: the text is not a key.
    """
    if label_of(key) == "Product":
        for cluster in clusters_of(connection, [key], ClusterKind.SAME).values():
            return cluster
    for row in connection.read("read_cluster", key=key):
        return _cluster(key, ClusterKind(row["kind"]), row)
    raise NotFoundError(
        f"'{key}' is no cluster and in none. `catalograph resolve list` names the clusters."
    )


def replace_clusters(
    connection: Connection, removed: Iterable[str], created: Iterable[Cluster], run: str
) -> None:
    """Remove clusters and create others, batch by batch, all removals first.

    So a product that moves between clusters is never in two.
    """
    for keys in _batches(sorted(removed)):
        _write(connection, "dissolve_clusters", keys=keys)
    for rows in _batches([_row(cluster) for cluster in sorted(created, key=lambda c: c.key)]):
        _write(connection, "create_clusters", rows=rows, run=run)


def write_decisions(
    connection: Connection, removed: Iterable[str], created: Iterable[Cluster]
) -> None:
    """Remove and create clusters in one transaction, because a person decided something."""
    gone, rows = sorted(removed), [_row(c) for c in sorted(created, key=lambda c: c.key)]

    def work(tx: Transaction) -> None:
        tx.run("dissolve_clusters", keys=gone)
        tx.run("create_clusters", rows=rows, run="decision")
        announce_changes(tx, None)

    connection.write(work)


def split_cluster(connection: Connection, key: str) -> tuple[Cluster, tuple[Cluster, ...]]:
    """Split a cluster, or remove one product from it, and store the decision as `apart` clusters.

    Earlier decisions that products of different parts are the same are taken back.

    Returns:
        The earlier cluster, and the `apart` clusters of its products.

    Raises:
        NotFoundError: there is no such cluster.
    """
    cluster = find_cluster(connection, key)
    if cluster.kind is not ClusterKind.SAME:
        raise NotFoundError(
            f"'{key}' is a cluster of kind {cluster.kind}; nothing is merged in it."
        )
    left = [m for m in cluster.members if m.product != key] if key != cluster.key else []
    groups: list[tuple[str, ...]] = [(key, m.product) for m in left] or [cluster.products]
    apart = [
        make_cluster(ClusterKind.APART, [Member(p, 0.0, PERSON) for p in group], "unmerged")
        for group in groups
    ]
    rest = [make_cluster(ClusterKind.SAME, left)] if len(left) > 1 else []
    together = clusters_of(connection, cluster.products, ClusterKind.TOGETHER)
    undone = [c.key for c in together.values() if any(set(c.products) <= set(g) for g in groups)]

    def work(tx: Transaction) -> None:
        tx.run("dissolve_clusters", keys=[cluster.key, *undone])
        tx.run("create_clusters", rows=[_row(c) for c in (*apart, *rest)], run="unmerge")
        announce_changes(tx, None)

    connection.write(work)
    return cluster, tuple(apart)


def _write(connection: Connection, name: str, **parameters: Any) -> None:
    def work(tx: Transaction) -> None:
        tx.run(name, **parameters)
        announce_changes(tx, None)

    connection.write(work)


def _row(cluster: Cluster) -> Row:
    members = [{"key": m.product, "score": m.score, "method": m.method} for m in cluster.members]
    return {
        "key": cluster.key,
        "kind": str(cluster.kind),
        "reason": cluster.reason,
        "members": members,
    }


def _cluster(key: str, kind: ClusterKind, row: Row) -> Cluster:
    members = (Member(m["key"], m["score"], m["method"]) for m in row["members"])
    return Cluster(key, kind, tuple(members), row["reason"])


def _batches(rows: Sequence[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(rows), _BATCH):
        yield list(rows[start : start + _BATCH])
