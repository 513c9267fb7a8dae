"""Write, change, withdraw and restore reviews and events inside one transaction."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from catalograph.schema import InteractionRecord, Node
from catalograph.schema.triples import node_of, unlisted_product_of
from catalograph.store.connection.connect import (
    Row,
    Transaction,
    check_created,
)
from catalograph.store.ledger.assertions import (
    WriteResult,
    keep_changes,
)
from catalograph.store.ledger.orphans import (
    CleanupScope,
    sweep,
)
from catalograph.store.ledger.own_records import keep_replaced, lock_states
from catalograph.store.ledger.record_snapshot import InteractionSnapshot
from catalograph.store.ledger.shared_nodes import (
    SharedNodes,
    write_edges,
)


def write_interactions(
    tx: Transaction, records: Sequence[InteractionSnapshot], run: str, shared: SharedNodes
) -> WriteResult:
    """Write reviews and events whose content hash differs; keep the earlier state of changes."""
    changed, old = keep_replaced(tx, records, run, read_interactions)
    return _apply(tx, changed, old, shared)


def restore_interactions(
    tx: Transaction, records: Sequence[InteractionSnapshot], shared: SharedNodes
) -> WriteResult:
    """Restore reviews and events to earlier snapshots, without keeping their current state."""
    _, old = lock_states(tx, [r.key for r in records], read_interactions)
    return _apply(tx, records, old, shared)


def withdraw_interactions(tx: Transaction, keys: Sequence[str], run: str | None) -> WriteResult:
    """Remove reviews and events; `run` keeps them for its roll-back, None keeps nothing."""
    locked, old = lock_states(tx, keys, read_interactions)
    if not old:
        return WriteResult(0)
    if run is not None:
        keep_changes(tx, old, run)
    tx.run("remove_sources", keys=locked)
    loosened = CleanupScope(nodes=_neighbours(old))
    sweep(tx, loosened)
    _touch_users(tx, {r.record.user for r in old if r.record.user})
    return WriteResult(len(old), removed=True, related=loosened.products)


def read_interactions(tx: Transaction, keys: Sequence[str]) -> list[InteractionSnapshot]:
    """Read reviews and events from the graph."""
    return [_read(row) for row in tx.run("read_interactions", keys=list(keys))] if keys else []


def _read(row: Row) -> InteractionSnapshot:
    properties = row["properties"]
    run = properties.pop("run", None)
    node = Node(row["label"], properties.pop("key"), properties)
    mentions = tuple(
        (Node("Value", m["key"], _present(m["node"])), m["edge"]) for m in row["mentions"]
    )
    record = InteractionRecord(
        node, row["user"], row["product"], row["served"], row["position"], mentions
    )
    return InteractionSnapshot(record, run)


def _present(properties: Row) -> Row:
    return {name: value for name, value in properties.items() if value is not None}


def _apply(
    tx: Transaction,
    records: Sequence[InteractionSnapshot],
    old: Sequence[InteractionSnapshot],
    shared: SharedNodes,
) -> WriteResult:
    if not records:
        return WriteResult(0)
    bare = [r.record for r in records]
    shared.merge(tx, (node_of(user, None) for user in sorted({r.user for r in bare if r.user})))
    products = sorted({r.product for r in bare if r.product})
    shared.merge(tx, map(unlisted_product_of, products))
    known = {r.key for r in old}
    for label in sorted({r.node.label for r in bare}):
        for name, wanted in (("create_interactions", False), ("reset_interactions", True)):
            rows = [
                {"key": r.key, "properties": dict(r.record.node.properties) | {"run": r.run}}
                for r in records
                if r.record.node.label == label and (r.key in known) is wanted
            ]
            if rows:
                tx.run(name, {"label": label}, rows=rows)
    _connect(tx, bare)
    _mention(tx, records, shared)
    users = {r.user for r in bare if r.user}
    # Users and products of the new state keep an edge, so they cannot be orphans.
    loosened = CleanupScope(nodes=_neighbours(old) - {*products, *users})
    if loosened:
        sweep(tx, loosened)
    _touch_users(tx, {r.record.user for r in old if r.record.user} - users)
    related = frozenset(products) | CleanupScope(nodes=_neighbours(old)).products
    return WriteResult(
        len(records), removed=bool(loosened), related=related, renamed=shared.renamed
    )


def _connect(tx: Transaction, records: Sequence[InteractionRecord]) -> None:
    deeds, objects = [], []
    for r in records:
        review = r.node.label == "Review"
        if r.user:
            deeds.append((r.user, "WROTE" if review else "PERFORMED", r.node.key))
        if r.product:
            objects.append((r.node.key, "REVIEWS" if review else "ON", r.product))
    write_edges(tx, "create_edges", objects)
    write_edges(tx, "create_user_edges", deeds, now=datetime.now(UTC))
    responses = [
        {"event": r.node.key, "served": r.served, "position": r.position}
        for r in records
        if r.served
    ]
    if responses:
        tx.run("create_responses", rows=responses)


def _mention(tx: Transaction, records: Sequence[InteractionSnapshot], shared: SharedNodes) -> None:
    shared.merge(tx, (tail for r in records for tail, _ in r.record.mentions))
    rows = [
        {"review": r.key, "value": tail.key, "properties": dict(edge)}
        for r in records
        for tail, edge in r.record.mentions
    ]
    if rows:
        check_created(tx.run("create_mentions", rows=rows), len(rows), "mentions")


def _touch_users(tx: Transaction, keys: set[str]) -> None:
    """Set the change time of users with removed records, so that subscribers see a change."""
    if keys:
        tx.run("touch_users", keys=sorted(keys), now=datetime.now(UTC))


def _neighbours(records: Iterable[InteractionSnapshot]) -> set[str]:
    """Return the keys of the users, products and values connected to reviews and events."""
    found = {key for r in records for key in (r.record.user, r.record.product) if key}
    return found | {tail.key for r in records for tail, _ in r.record.mentions}
