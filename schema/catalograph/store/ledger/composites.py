"""Write, change, withdraw and restore documents and orders inside one transaction.

Their parts belong to them alone, so a changed record loses all its parts and gets the new ones.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from catalograph.schema import CompositeRecord, Node, RecordEdge
from catalograph.schema.keys import label_of
from catalograph.schema.model_kinds import MODEL_KINDS
from catalograph.schema.service import COMPOSITE_LABELS, PART_RELATIONS
from catalograph.schema.triples import node_of
from catalograph.schema.vectors import SLOTS
from catalograph.store.connection.connect import Row, Transaction, check_created
from catalograph.store.ledger.assertions import WriteResult, keep_changes
from catalograph.store.ledger.orphans import CleanupScope, sweep
from catalograph.store.ledger.own_records import keep_replaced, lock_states
from catalograph.store.ledger.record_snapshot import CompositeSnapshot
from catalograph.store.ledger.shared_nodes import SharedNodes, write_edges

_LEARNED = frozenset(
    prop
    for kind in MODEL_KINDS.values()
    if "Passage" in kind.labels
    for slot in SLOTS
    for prop in kind.properties(slot)
)


def is_composite(key: str) -> bool:
    """Return whether a record's key is the key of a document or an order."""
    return label_of(key) in COMPOSITE_LABELS


def write_composites(
    tx: Transaction, records: Sequence[CompositeSnapshot], run: str, shared: SharedNodes
) -> WriteResult:
    """Write documents or orders whose content hash differs; keep the earlier state of changes."""
    changed, old = keep_replaced(tx, records, run, read_composites)
    return _apply(tx, changed, old, shared)


def restore_composites(
    tx: Transaction, records: Sequence[CompositeSnapshot], shared: SharedNodes
) -> WriteResult:
    """Restore documents and orders to earlier snapshots, without keeping their current state."""
    _, old = lock_states(tx, [r.key for r in records], read_composites)
    return _apply(tx, records, old, shared)


def withdraw_composites(tx: Transaction, keys: Sequence[str], run: str | None) -> WriteResult:
    """Remove documents and orders; `run` keeps them for its roll-back, None keeps nothing."""
    locked, old = lock_states(tx, keys, read_composites)
    if not old:
        return WriteResult(0)
    if run is not None:
        keep_changes(tx, old, run)
    tx.run("remove_parts", keys=locked)
    tx.run("remove_sources", keys=locked)
    loosened = CleanupScope(nodes=_neighbours(old))
    sweep(tx, loosened)
    return WriteResult(len(old), removed=True, related=loosened.products)


def read_composites(tx: Transaction, keys: Sequence[str]) -> list[CompositeSnapshot]:
    """Read documents and orders from the graph."""
    return [_read(row) for row in tx.run("read_composites", keys=list(keys))] if keys else []


def _read(row: Row) -> CompositeSnapshot:
    run = row["properties"].pop("run", None)
    parts = tuple(_read_node(part) for part in row["parts"])
    own = {part.key: part for part in parts}
    links = tuple(
        RecordEdge(link["head"], link["relation"], own.get(link["tail"]) or _shared_node(link))
        for link in row["links"]
    )
    node = _read_node(row["properties"])
    return CompositeSnapshot(CompositeRecord(node, parts, links, row["user"]), run)


def _read_node(properties: Row) -> Node:
    key = properties.pop("key")
    # Vectors are no part of a record: restored later, they might be another encoder's.
    kept = {name: said for name, said in properties.items() if name not in _LEARNED}
    return Node(label_of(key), key, kept)


def _shared_node(link: Row) -> Node:
    """Return the tail of an edge: a node of the catalogue, by its key and the names it has."""
    said = link["path"] or ([link["name"]] if link["name"] else [])
    return node_of(link["tail"], "\t".join(said) or None)


def _apply(
    tx: Transaction,
    records: Sequence[CompositeSnapshot],
    old: Sequence[CompositeSnapshot],
    shared: SharedNodes,
) -> WriteResult:
    if not records:
        return WriteResult(0)
    bare = [r.record for r in records]
    parts = {part.key for r in bare for part in r.parts}
    links = [link for r in bare for link in r.links]
    tails = [link.tail for link in links if link.tail.key not in parts]
    users = {r.user for r in bare if r.user}
    shared.merge(tx, (node_of(user, None) for user in sorted(users)))
    shared.merge(tx, sorted(tails, key=lambda node: node.key))
    known = sorted(r.key for r in old)
    if known:
        tx.run("remove_parts", keys=known)
        tx.run("remove_links", keys=known)
    _write_nodes(tx, records, set(known))
    _write_parts(tx, bare)
    write_edges(tx, "create_edges", {(link.head, link.relation, link.tail.key) for link in links})
    placed = [(r.user, "PLACED", r.node.key) for r in bare if r.user]
    write_edges(tx, "create_user_edges", placed, now=datetime.now(UTC))
    kept = {tail.key for tail in tails} | users
    loosened = CleanupScope(nodes=_neighbours(old) - kept)
    if loosened:
        sweep(tx, loosened)
    related = CleanupScope(nodes=kept | _neighbours(old)).products
    return WriteResult(
        len(records), removed=bool(loosened), related=related, renamed=shared.renamed
    )


def _write_nodes(tx: Transaction, records: Sequence[CompositeSnapshot], known: set[str]) -> None:
    for label in COMPOSITE_LABELS:
        for name, wanted in (("create_interactions", False), ("reset_composites", True)):
            rows = [
                {"key": r.key, "properties": dict(r.record.node.properties) | {"run": r.run}}
                for r in records
                if r.record.node.label == label and (r.key in known) is wanted
            ]
            if rows:
                tx.run(name, {"label": label}, rows=rows)


def _write_parts(tx: Transaction, records: Iterable[CompositeRecord]) -> None:
    groups: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for record in records:
        for part in record.parts:
            row = {"whole": record.node.key, "key": part.key, "properties": dict(part.properties)}
            groups[record.node.label, part.label].append(row)
    for (whole, label), rows in sorted(groups.items()):
        types = {"head": whole, "relation": PART_RELATIONS[label], "tail": label}
        check_created(tx.run("create_parts", types, rows=rows), len(rows), f"{label} nodes")


def _neighbours(records: Iterable[CompositeSnapshot]) -> set[str]:
    """Return the keys of the nodes that documents and orders share with other records."""
    found: set[str] = set()
    for record in (r.record for r in records):
        own = {part.key for part in record.parts}
        found |= {link.tail.key for link in record.links} - own
        found |= {record.user} if record.user else set()
    return found
