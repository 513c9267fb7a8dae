"""Review of pairs that resolution set aside: why they are doubtful, decisions, training pairs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from catalograph.errors import InvalidInputError, NotFoundError
from catalograph.ingest.resolve.catalogue import read_records
from catalograph.ingest.resolve.corpus import Corpus
from catalograph.ingest.resolve.decisions import (
    Decisions,
    Regrouping,
    decisions_of,
    difference,
    list_groups,
    pairs_of,
    read_decisions,
    regroup,
)
from catalograph.ingest.resolve.features import pair_features
from catalograph.ingest.resolve.identifiers import squash, valid_gtins
from catalograph.ingest.resolve.records import ProductRecord, to_fields
from catalograph.schema.graph_types import Wording
from catalograph.store import Connection
from catalograph.store.queries.resolve import (
    PERSON,
    Cluster,
    ClusterKind,
    Member,
    cluster_key,
    clusters_of,
    find_cluster,
    make_cluster,
    read_clusters,
    write_decisions,
)

_PERCENT = {
    "title": "title_sort",
    "words": "title_set",
    "text": "text_set",
    "brand": "brand_set",
    "description": "description_sort",
}
"""Features from 0 to 100, by the name that people see."""
_DEARER = 1.5
"""Ratio of prices from which they are a doubt."""
_GTIN, _MODEL, _BRAND = (
    Wording("GTIN", "GTIN 编码"),
    Wording("model number", "型号"),
    Wording("brand", "品牌"),
)
_DECIDED = (ClusterKind.ASIDE, ClusterKind.TOGETHER, ClusterKind.APART)


@dataclass(frozen=True)
class PairReview:
    """A pair that waits for a decision.

    Attributes:
        key: key of the pair, as `resolve accept` and `resolve reject` take it.
        products: both products.
        score: score of the pair, 0 to 1.
        reason: scorer, and the scores between which it does not decide.
        similarities: similarities of texts and prices, 0 to 1; without those of missing values.
        doubts: what speaks against a decision by a machine, in words.
    """

    key: str
    products: tuple[ProductRecord, ...]
    score: float
    reason: str
    similarities: Mapping[str, float]
    doubts: tuple[str, ...]


@dataclass(frozen=True)
class DecisionReport:
    """Result of decisions.

    Attributes:
        decided: number of pairs.
        waiting: number of pairs that still wait.
        clusters: products of the clusters that contain a decided product now.
        left: products that left their cluster, since a decision contradicts it, with the reason.
    """

    decided: int
    waiting: int
    clusters: tuple[tuple[str, ...], ...]
    left: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PairChange:
    """Clusters that a decision about pairs removed and created, to take it back."""

    removed: tuple[Cluster, ...]
    created: tuple[Cluster, ...]


def list_pair_reviews(connection: Connection, limit: int | None = None) -> list[PairReview]:
    """Return the pairs that wait for a decision, the least certain first."""
    waiting = sorted(
        read_clusters(connection, ClusterKind.ASIDE),
        key=lambda c: (abs(_score_of(c) - 0.5), c.key),
    )[:limit]
    records = read_records(connection, [key for c in waiting for key in c.products])
    return [
        _review(cluster, [records[key] for key in cluster.products])
        for cluster in waiting
        if all(key in records for key in cluster.products)
    ]


def count_pair_reviews(connection: Connection) -> int:
    """Return the number of pairs that wait for a decision."""
    return len(read_clusters(connection, ClusterKind.ASIDE))


def decide_pairs(connection: Connection, keys: Sequence[str], *, accept: bool) -> DecisionReport:
    """Decide pairs and change the clusters at once; later resolutions keep the decisions.

    An earlier decision about the same pair is replaced.

    Args:
        connection: connection to a migrated graph.
        keys: keys of pairs, undecided or decided.
        accept: whether both are the same product.

    Raises:
        NotFoundError: there is no such pair; then nothing is decided.
        InvalidInputError: a key is that of something else than a pair.
    """
    pairs = [find_pair(connection, key) for key in dict.fromkeys(keys)]
    return change_pairs(connection, pairs, accept=accept)[0]


def change_pairs(
    connection: Connection, pairs: Sequence[Cluster], *, accept: bool
) -> tuple[DecisionReport, PairChange]:
    """Decide pairs; return the report, and what undoes the decisions."""
    kind = ClusterKind.TOGETHER if accept else ClusterKind.APART
    decided = [
        make_cluster(
            kind,
            [Member(m.product, m.score, PERSON) for m in pair.members],
            "accepted" if accept else "rejected",
        )
        for pair in pairs
    ]
    products = sorted({product for pair in pairs for product in pair.products})
    decisions = _add_decisions(read_decisions(connection), decided)
    regrouped = regroup(connection, (), decisions, {}, products, rescored=False)
    after = list_groups(regrouped.grouping)
    removed, created = difference(regrouped.before, {c.key: c for c in after})
    members = {product for cluster in after for product in cluster.products}
    waiting = clusters_of(connection, members | set(products), ClusterKind.ASIDE)
    settled = [c.key for c in waiting.values() if regrouped.grouping.holds(c.products)]
    # The kind is part of the key, so what was said of a pair before is another cluster.
    earlier = {cluster_key(k, pair.products) for pair in pairs for k in _DECIDED}
    gone = {*removed, *settled, *earlier} - {c.key for c in decided}
    known = {**regrouped.before, **waiting}
    write_decisions(connection, gone, [*created, *decided])
    report = DecisionReport(
        len(decided),
        count_pair_reviews(connection),
        tuple(c.products for c in after if set(products) & set(c.products)),
        tuple(_list_leavers(regrouped)),
    )
    return report, PairChange(
        tuple(known[key] for key in sorted(gone) if key in known), (*created, *decided)
    )


def undo_pair(connection: Connection, pair: Cluster, change: PairChange | None) -> None:
    """Let a pair wait again, as before its decision.

    The clusters before the decision come back where nothing has changed them since; otherwise both
    products are grouped anew, without the decision.

    Args:
        connection: connection to a migrated graph.
        pair: the pair, as a cluster of kind `aside`.
        change: what the decision changed; None if unknown.
    """
    if change is not None and _holds(connection, change):
        before = {c.key: c for c in (*change.removed, pair)}
        write_decisions(connection, [c.key for c in change.created], before.values())
        return
    decided = {cluster_key(kind, pair.products) for kind in _DECIDED} - {pair.key}
    decisions = read_decisions(connection)
    left, right = pair.products
    if (left, right) not in decisions.together:
        write_decisions(connection, decided, [pair])
        return
    rest = Decisions(decisions.together - {(left, right)}, decisions.apart)
    regrouped = regroup(connection, (), rest, {}, pair.products)
    after = {c.key: c for c in list_groups(regrouped.grouping)}
    removed, created = difference(regrouped.before, after)
    write_decisions(connection, {*removed, *decided}, [*created, pair])


def _holds(connection: Connection, change: PairChange) -> bool:
    """Return whether the clusters of equal products are as a decision made them."""
    made = {c.key: c for c in change.created if c.kind is ClusterKind.SAME}
    touched = [c for c in change.removed if c.kind is ClusterKind.SAME] + [*made.values()]
    products = {product for cluster in touched for product in cluster.products}
    return clusters_of(connection, products, ClusterKind.SAME) == made


def training_pairs(connection: Connection) -> Iterator[dict[str, Any]]:
    """Yield all decisions as labelled pairs: `left`, `right` and `label`, 1 for the same product.

    They are lines of a file that `train matcher` reads. A product that is no longer listed has no
    record to learn from, so its pairs are left out.
    """
    decided = [
        (pair, int(kind is ClusterKind.TOGETHER))
        for kind in (ClusterKind.TOGETHER, ClusterKind.APART)
        for cluster in read_clusters(connection, kind)
        for pair in pairs_of(cluster)
    ]
    records = read_records(connection, sorted({key for pair, _ in decided for key in pair}))
    for (left, right), label in sorted(decided):
        if left in records and right in records:
            yield {
                "left": to_fields(records[left]),
                "right": to_fields(records[right]),
                "label": label,
            }


def find_pair(connection: Connection, key: str) -> Cluster:
    """Return a pair, undecided or decided, by the key of its cluster.

    Raises:
        NotFoundError: there is no such pair.
        InvalidInputError: the key is that of something else than a pair.
    """
    if not key.startswith("cluster:"):
        raise InvalidInputError(
            f"'{key}' is no key of a pair. `catalograph resolve list --undecided` names the pairs."
        )
    try:
        cluster = find_cluster(connection, key)
    except NotFoundError:
        raise NotFoundError(
            f"There is no pair '{key}'; a new resolution or a decision may have removed it. "
            "`catalograph resolve list --undecided` names the pairs."
        ) from None
    if cluster.kind not in _DECIDED or len(cluster.members) != 2:
        raise InvalidInputError(
            f"'{key}' is a cluster of kind {cluster.kind} with {len(cluster.members)} products; "
            "accept and reject take pairs. `catalograph resolve unmerge` takes clusters apart."
        )
    return cluster


def _add_decisions(decisions: Decisions, decided: Iterable[Cluster]) -> Decisions:
    new = decisions_of(
        [c for c in decided if c.kind is ClusterKind.TOGETHER],
        [c for c in decided if c.kind is ClusterKind.APART],
    )
    apart = {p: why for p, why in decisions.apart.items() if p not in new.together}
    return Decisions((decisions.together - new.apart.keys()) | new.together, {**apart, **new.apart})


def _list_leavers(regrouped: Regrouping) -> Iterator[tuple[str, str]]:
    """Yield members that a contradiction took out of their cluster, with the contradiction."""
    grouping = regrouped.grouping
    for refused in grouping.refusals:
        pair = (refused.link.left, refused.link.right)
        if not grouping.holds(pair):
            yield (
                " and ".join(pair),
                f"{refused.left} and {refused.right} are apart: {refused.reason}",
            )


def _score_of(cluster: Cluster) -> float:
    return max(member.score for member in cluster.members)


def measure_similarities(records: Sequence[ProductRecord]) -> dict[str, float]:
    """Return the similarities of two records, 0 to 1, without those of missing values."""
    names, rows = pair_features(Corpus(records), np.array([(0, 1)], np.int64))
    features = dict(zip(names, rows[0].tolist(), strict=True))
    found = {name: features[feature] / 100 for name, feature in _PERCENT.items()}
    found["price"] = features["price_ratio"]
    return {name: round(value, 3) for name, value in found.items() if value >= 0}


def _review(cluster: Cluster, records: Sequence[ProductRecord]) -> PairReview:
    return PairReview(
        cluster.key,
        tuple(records),
        _score_of(cluster),
        cluster.reason or "",
        measure_similarities(records),
        tuple(doubt.en for doubt in list_doubts(*records)),
    )


def list_doubts(a: ProductRecord, b: ProductRecord) -> Iterator[Wording]:
    """Yield what speaks against a decision by a machine."""
    for what, x, y in (
        (_GTIN, valid_gtins(a.gtins), valid_gtins(b.gtins)),
        (_MODEL, set(map(squash, a.models)), set(map(squash, b.models))),
        (_BRAND, {squash(a.brand)} - {""}, {squash(b.brand)} - {""}),
    ):
        if not x and not y:
            yield Wording(f"neither has a {what.en}", f"两者都没有{what.zh}")
        elif not x or not y:
            owner = a.key if x else b.key
            yield Wording(f"only {owner} has a {what.en}", f"只有 {owner} 有{what.zh}")
        elif not x & y:
            yield Wording(f"they have different {what.en}s", f"{what.zh}不同")
    if a.price and b.price and max(a.price, b.price) > _DEARER * min(a.price, b.price):
        yield Wording(
            f"prices {a.price:g} and {b.price:g} differ", f"价格 {a.price:g} 与 {b.price:g} 不同"
        )
