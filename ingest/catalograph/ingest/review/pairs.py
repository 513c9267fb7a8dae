"""Questions about pairs of products that entity resolution set aside."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from catalograph.errors import InvalidInputError
from catalograph.ingest.resolve.catalogue import read_records
from catalograph.ingest.resolve.explanation import PairExplanation
from catalograph.ingest.resolve.pair_review import (
    PairChange,
    change_pairs,
    list_doubts,
    measure_similarities,
    undo_pair,
)
from catalograph.ingest.resolve.records import ProductRecord
from catalograph.schema.review import ReviewVerdict
from catalograph.store import Connection, Writer
from catalograph.store.queries.resolve import (
    Cluster,
    ClusterKind,
    Member,
    cluster_key,
    make_cluster,
    read_clusters,
)
from catalograph.store.queries.review_queue import ReviewQuestion, StoredItem, item_key

PAIR = "pair"
"""Name of the kind."""


def pair_question(
    pair: Cluster, records: Mapping[str, ProductRecord], why: PairExplanation | None
) -> ReviewQuestion:
    """Build the question whether two products are the same.

    Args:
        pair: cluster of kind `aside`.
        records: records of both products, by key.
        why: what the score rests on; None if the scorer does not tell.
    """
    both = [records[product] for product in pair.products]
    score = max(member.score for member in pair.members)
    parts = () if why is None else why.contributions
    features: list[list[Any]] = [[one.name, one.value, one.amount] for one in parts]
    features += [[name, value, None] for name, value in measure_similarities(both).items()]
    return ReviewQuestion(
        _id(pair.products),
        PAIR,
        pair.key,
        min(max(score, 0.0), 1.0),
        {
            "sides": list(pair.products),
            "origin": (pair.reason or "").partition(":")[0],
            "reason": pair.reason,
            "score": score,
            "notes": [(doubt.en, doubt.zh) for doubt in list_doubts(*both)],
            "features": features,
            "base": None if why is None else why.base,
            "scale": "score" if why is None else why.scale,
        },
        category=both[0].category or both[1].category or None,
    )


def list_pair_questions(connection: Connection) -> Iterator[ReviewQuestion]:
    """Yield a question for each pair that waits; what scores rest on is not known afterwards."""
    pairs = read_clusters(connection, ClusterKind.ASIDE)
    records = read_records(connection, [key for pair in pairs for key in pair.products])
    for pair in pairs:
        if all(key in records for key in pair.products):
            yield pair_question(pair, records, None)


def pair_item_key(products: Sequence[str]) -> str:
    """Return the key of the item about two products.

    Raises:
        InvalidInputError: these are not two products.
    """
    if len(set(products)) != 2:
        raise InvalidInputError(f"A pair has two products; there are {len(set(products))}.")
    return item_key(_id(products))


def settle_pairs(writer: Writer, items: Sequence[StoredItem], run: str) -> dict[str, str | None]:
    """Make the clusters follow the verdicts about pairs. Idempotent."""
    undo: dict[str, str | None] = {}
    for item in items:
        pair = make_cluster(
            ClusterKind.ASIDE,
            [Member(key, item.question["score"], "undecided") for key in item.question["sides"]],
            item.question["reason"],
        )
        before = None if item.undo is None else _load(item.undo)
        if item.verdict is None:
            undo_pair(writer.connection, pair, before)
            undo[item.key] = None
            continue
        accept = item.verdict is ReviewVerdict.ACCEPT
        if before is not None and _stands(before, accept=accept):
            undo[item.key] = item.undo
            continue
        if before is not None:  # the clusters are first as they were before any decision
            undo_pair(writer.connection, pair, before)
        report, change = change_pairs(writer.connection, [pair], accept=accept)
        undo[item.key] = _dump(change, report.left)
    return undo


def read_leavers(item: StoredItem) -> tuple[tuple[str, str], ...]:
    """Return products that left their cluster by the decision about a pair, with the reason."""
    said = orjson.loads(item.undo or "{}")
    return tuple((pair, reason) for pair, reason in said.get("left", ()))


def _id(products: Sequence[str]) -> str:
    return cluster_key(ClusterKind.ASIDE, products).partition(":")[2]


def _stands(change: PairChange, *, accept: bool) -> bool:
    wanted = ClusterKind.TOGETHER if accept else ClusterKind.APART
    return any(cluster.kind is wanted for cluster in change.created)


def _dump(change: PairChange, left: Sequence[tuple[str, str]]) -> str:
    said = {
        "removed": [_row(cluster) for cluster in change.removed],
        "created": [_row(cluster) for cluster in change.created],
        "left": left,
    }
    return orjson.dumps(said).decode()


def _load(undo: str) -> PairChange:
    said = orjson.loads(undo)
    return PairChange(
        tuple(_cluster(row) for row in said["removed"]),
        tuple(_cluster(row) for row in said["created"]),
    )


def _row(cluster: Cluster) -> dict[str, Any]:
    members = [[m.product, m.score, m.method] for m in cluster.members]
    return {"kind": str(cluster.kind), "reason": cluster.reason, "members": members}


def _cluster(row: Mapping[str, Any]) -> Cluster:
    members = [Member(*said) for said in row["members"]]
    return make_cluster(ClusterKind(row["kind"]), members, row["reason"])
