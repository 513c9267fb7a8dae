"""Write, change, withdraw and restore records of a feed inside one transaction.

A record sets properties of the products that it describes, and supports assertions; an edge exists
as long as its assertion has a support. A changed record is compared with its earlier state, so only
the difference is written, and the earlier state is kept for a roll-back.

While imputed facts are hidden (`CATALOGRAPH_INGEST__IMPUTED`), an assertion that only imputation
supports has no edge, so nothing that reads edges sees it: no page, filter, count, search or query.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from catalograph.schema import ONTOLOGY, Node, Origin
from catalograph.schema.keys import assertion_parts, label_of, past_assertion_key
from catalograph.schema.triples import unlisted_product_of
from catalograph.store.connection.connect import (
    Row,
    Transaction,
    check_created,
)
from catalograph.store.ledger.inline_supports import restore_assertions
from catalograph.store.ledger.orphans import (
    CleanupScope,
    sweep,
)
from catalograph.store.ledger.record_snapshot import (
    RecordSnapshot,
    SupportSnapshot,
    change_row,
    read_support,
)
from catalograph.store.ledger.shared_nodes import (
    SharedNodes,
    node_row,
    write_edges,
)

_DERIVED = frozenset({"changed", "search_brands", "search_values", "offer_since"})
"""Derived properties of a product, which no record contains."""
_BLANK = {
    spec.name: None
    for spec in ONTOLOGY.node("Product").properties
    if not spec.required and spec.name not in _DERIVED
}


@dataclass(frozen=True)
class WriteResult:
    """Result of a transaction.

    Attributes:
        records: number of records changed.
        touched: keys of the products whose properties or facts changed.
        removed: whether nodes may have been removed.
        related: keys of further products whose answers may have changed, such as reviewed ones.
        renamed: whether a node that products share has another name.
    """

    records: int
    touched: frozenset[str] = frozenset()
    removed: bool = False
    related: frozenset[str] = frozenset()
    renamed: bool = False


@dataclass(frozen=True, slots=True)
class DroppedFact:
    """A fact that was removed from a record, with what restores it.

    Attributes:
        record: key of the record.
        assertion: key of the assertion.
        support: properties of the support.
    """

    record: str
    assertion: str
    support: Row


@dataclass
class _Difference:
    """Changes that a batch of records makes in the ledger."""

    added: list[tuple[SupportSnapshot, str]] = field(default_factory=list)
    """New supports, each with the key of its record."""
    replaced: list[Row] = field(default_factory=list)
    removed: list[Row] = field(default_factory=list)
    spelled: set[tuple[str, str]] = field(default_factory=set)
    """(Tail key, surface form) pairs that a record no longer uses."""

    @property
    def heads(self) -> set[str]:
        """Keys of the nodes whose facts change."""
        assertions = [fact.key for fact, _ in self.added]
        assertions += [row["key"] for row in (*self.replaced, *self.removed)]
        return {assertion_parts(key)[0] for key in assertions}


def write_snapshots(
    tx: Transaction, snapshots: Sequence[RecordSnapshot], run: str, shared: SharedNodes
) -> WriteResult:
    """Write records whose content hash differs; keep the earlier state of changed records."""
    before = _lock(tx, snapshots)
    snapshots = [i for i in snapshots if before[i.key]["content_hash"] != i.content_hash]
    _restore_assertions(tx, snapshots)
    old = read_snapshots(tx, [before[i.key] for i in snapshots if before[i.key]["content_hash"]])
    keep_changes(tx, old, run)
    return _apply(tx, snapshots, _difference(snapshots, old), old, shared, run)


def restore_snapshots(
    tx: Transaction, snapshots: Sequence[RecordSnapshot], shared: SharedNodes
) -> WriteResult:
    """Restore records to earlier snapshots, without keeping their current state."""
    before = _lock(tx, snapshots)
    _restore_assertions(tx, snapshots)
    old = read_snapshots(tx, [row for row in before.values() if row["content_hash"]])
    # The head of a fact may have been removed since the snapshot was taken.
    heads = {assertion_parts(f.key)[0] for i in snapshots for f in i.facts}
    shared.merge(tx, (unlisted_product_of(head) for head in sorted(heads)))
    change = _difference(snapshots, old, verbatim=True)
    return _apply(tx, snapshots, change, old, shared, None)


def drop_facts(
    tx: Transaction, dropped: Mapping[str, Collection[str]], run: str, shared: SharedNodes
) -> tuple[WriteResult, tuple[DroppedFact, ...]]:
    """Remove single facts of records; the records keep their hash, so they are not read again.

    Args:
        tx: open transaction.
        dropped: keys of the assertions to remove, by key of the record; unknown ones are ignored.
        run: run that keeps the records for its roll-back.
        shared: cache of merged nodes.

    Returns:
        The result, and the facts that were there, for `restore_facts`.
    """
    old = _lock_existing(tx, dropped)
    gone = tuple(
        DroppedFact(snapshot.key, fact.key, fact.support)
        for snapshot in old
        for fact in snapshot.facts
        if fact.key in dropped[snapshot.key]
    )
    reached = {fact.record for fact in gone}
    old = [snapshot for snapshot in old if snapshot.key in reached]
    new = [
        replace(
            snapshot,
            run=run,
            facts=tuple(f for f in snapshot.facts if f.key not in dropped[snapshot.key]),
        )
        for snapshot in old
    ]
    return _replace(tx, old, new, run, shared), gone


def restore_facts(
    tx: Transaction, facts: Iterable[DroppedFact], run: str, shared: SharedNodes
) -> WriteResult:
    """Add facts again that `drop_facts` removed, to records that are still there.

    Args:
        tx: open transaction.
        facts: the facts; those that a record states again are ignored.
        run: run that keeps the records for its roll-back.
        shared: cache of merged nodes.
    """
    by_record: dict[str, list[SupportSnapshot]] = defaultdict(list)
    for fact in facts:
        by_record[fact.record].append(read_support(fact.assertion, fact.support))
    old, new = [], []
    for snapshot in _lock_existing(tx, by_record):
        known = {fact.identity for fact in snapshot.facts}
        added = [fact for fact in by_record[snapshot.key] if fact.identity not in known]
        if added:
            old.append(snapshot)
            new.append(replace(snapshot, run=run, facts=(*snapshot.facts, *added)))
    return _replace(tx, old, new, run, shared)


def _lock_existing(tx: Transaction, keys: Iterable[str]) -> list[RecordSnapshot]:
    return read_snapshots(tx, tx.run("lock_records", keys=sorted(keys)))


def _replace(
    tx: Transaction,
    old: Sequence[RecordSnapshot],
    new: Sequence[RecordSnapshot],
    run: str,
    shared: SharedNodes,
) -> WriteResult:
    """Write other states of locked records, keeping those before."""
    if not new:
        return WriteResult(0)
    _restore_assertions(tx, new)
    keep_changes(tx, old, run)
    return _apply(tx, new, _difference(new, old), old, shared, run)


def withdraw_sources(tx: Transaction, keys: Sequence[str], run: str | None) -> WriteResult:
    """Remove records and the facts that only they support.

    Args:
        tx: open transaction.
        keys: keys of records; unknown ones are ignored.
        run: run that keeps the records for its roll-back; None keeps nothing.
    """
    locked = tx.run("lock_records", keys=sorted(set(keys)))
    restore_assertions(tx, sources=keys)
    old = read_snapshots(tx, locked)
    if not old:
        return WriteResult(0)
    if run is not None:
        keep_changes(tx, old, run)
    change = _difference((), old)
    scope = _withdraw(tx, change, run)
    scope.undescribed = {node.key for snapshot in old for node in snapshot.nodes}
    tx.run("remove_sources", keys=[snapshot.key for snapshot in old])
    renamed = sweep(tx, scope, run)
    touched = scope.undescribed | _touch(tx, change.heads - scope.undescribed)
    _write_search_words(tx, touched)
    return WriteResult(
        len(old), frozenset(touched), removed=True, related=scope.products, renamed=renamed
    )


def read_snapshots(tx: Transaction, locked: Sequence[Row]) -> list[RecordSnapshot]:
    """Read the current state of records of a feed.

    Args:
        tx: open transaction.
        locked: key, source, content_hash and run of each record.
    """
    keys = [row["key"] for row in locked]
    if not keys:
        return []
    facts: dict[str, list[SupportSnapshot]] = defaultdict(list)
    for row in tx.run("read_supports", keys=keys):
        facts[row["source"]].append(read_support(row["assertion"], row["support"]))
    nodes: dict[str, list[Node]] = defaultdict(list)
    for row in tx.run("read_descriptions", keys=keys):
        said = {name: value for name, value in row["product"].items() if value is not None}
        nodes[row["source"]].append(Node("Product", said.pop("key"), said))
    return [
        RecordSnapshot(
            row["key"],
            row["source"],
            row["content_hash"],
            row["run"],
            tuple(nodes[row["key"]]),
            tuple(facts[row["key"]]),
        )
        for row in locked
    ]


def keep_changes(tx: Transaction, old: Iterable[Any], run: str) -> None:
    """Keep the state of records before `run`, except those that the run itself wrote."""
    rows = [change_row(snapshot, run) for snapshot in old if snapshot.run != run]
    if rows:
        # Sorted, so that all writers take locks in the same order and cannot deadlock.
        tx.run("create_changes", rows=sorted(rows, key=lambda row: row["key"]), run=run)


def _lock(tx: Transaction, snapshots: Sequence[RecordSnapshot]) -> dict[str, Row]:
    rows = [{"key": i.key, "source": i.source} for i in snapshots]
    sources = {i.key: i.source for i in snapshots}
    return {
        row["key"]: row | {"source": sources[row["key"]]}
        for row in tx.run("lock_sources", rows=rows)
    }


def _restore_assertions(tx: Transaction, snapshots: Sequence[RecordSnapshot]) -> None:
    """Restore the assertions of all products that records describe or state facts of."""
    heads = {assertion_parts(fact.key)[0] for i in snapshots for fact in i.facts}
    described = {node.key for i in snapshots for node in i.nodes}
    restore_assertions(tx, heads | described, [i.key for i in snapshots])


def _apply(
    tx: Transaction,
    snapshots: Sequence[RecordSnapshot],
    change: _Difference,
    old: Sequence[RecordSnapshot],
    shared: SharedNodes,
    run: str | None,
) -> WriteResult:
    """Write the difference; `run` keeps the history of prices and facts, None keeps none."""
    described = _describe(tx, snapshots, run)
    facts = [fact for snapshot in snapshots for fact in snapshot.facts]
    hide = any(map(_is_imputed, facts)) and _hides_imputed(tx)
    shared.merge(tx, (fact.tail for fact in facts if not (hide and _is_imputed(fact))))
    # Add before removing, so that a node which moves from one record to another is not deleted.
    _support(tx, change.added, hide=hide)
    if change.replaced:
        replaced = tx.run("replace_supports", rows=change.replaced)
        check_created(replaced, len(change.replaced), "supports")
    scope = _withdraw(tx, change, run)
    scope.undescribed = _drop_descriptions(tx, snapshots, old)
    tx.run(
        "finish_sources",
        rows=[{"key": i.key, "content_hash": i.content_hash, "run": i.run} for i in snapshots],
    )
    renamed = bool(scope) and sweep(tx, scope, run)
    touched = described | _touch(tx, change.heads - described - scope.undescribed)
    _write_search_words(tx, touched | scope.undescribed)
    # A renamed node has lost a name that the cache says was merged.
    removed = bool(scope)
    return WriteResult(
        len(snapshots), frozenset(touched), removed, scope.products, renamed or shared.renamed
    )


def _describe(tx: Transaction, snapshots: Sequence[RecordSnapshot], run: str | None) -> set[str]:
    by_label: dict[str, list[Row]] = defaultdict(list)
    for snapshot in snapshots:
        for node in snapshot.nodes:
            by_label[node.label].append(node_row(node) | {"source": snapshot.key})
    for label, rows in sorted(by_label.items()):
        rows.sort(key=lambda row: row["key"])
        now = datetime.now(UTC)
        tx.run("replace_nodes", {"label": label}, rows=rows, blank=_BLANK, now=now, run=run)
    return {row["key"] for rows in by_label.values() for row in rows}


def _drop_descriptions(
    tx: Transaction, snapshots: Sequence[RecordSnapshot], old: Sequence[RecordSnapshot]
) -> set[str]:
    now = {(snapshot.key, node.key) for snapshot in snapshots for node in snapshot.nodes}
    gone = sorted({(snapshot.key, node.key) for snapshot in old for node in snapshot.nodes} - now)
    if gone:
        tx.run("remove_descriptions", rows=[{"source": s, "product": p} for s, p in gone])
    return {product for _, product in gone}


def _touch(tx: Transaction, heads: set[str]) -> set[str]:
    keys = {key for key in heads if label_of(key) == "Product"}
    if keys:
        tx.run("touch_products", keys=sorted(keys), now=datetime.now(UTC))
    return keys


def _write_search_words(tx: Transaction, keys: set[str]) -> None:
    """Update the search words of products from their edges; removed products are ignored."""
    if keys:
        tx.run("write_search_words", keys=sorted(keys))


def _difference(
    snapshots: Sequence[RecordSnapshot], old: Sequence[RecordSnapshot], *, verbatim: bool = False
) -> _Difference:
    """Compare records with their earlier state.

    An unchanged support keeps the run that wrote it, unless `verbatim` is set.
    """
    before = {(snapshot.key, *fact.identity): fact for snapshot in old for fact in snapshot.facts}
    change = _Difference()
    for snapshot in snapshots:
        for fact in snapshot.facts:
            was = before.pop((snapshot.key, *fact.identity), None)
            if was is None:
                change.added.append((fact, snapshot.key))
                continue
            kept = {} if verbatim else {"run": was.support["run"]}
            if fact.support | kept != was.support:
                change.replaced.append(
                    _identity_row(snapshot.key, fact) | {"support": fact.support}
                )
                _unspell(change, was)
    for (source, _, _), fact in sorted(before.items(), key=lambda item: item[0]):
        change.removed.append(_identity_row(source, fact))
        _unspell(change, fact)
    return change


def _unspell(change: _Difference, fact: SupportSnapshot) -> None:
    said = fact.support.get("said")
    if said is not None:
        change.spelled.add((fact.tail.key, said))


def _is_imputed(fact: SupportSnapshot) -> bool:
    return bool(fact.support.get("origin") == Origin.IMPUTED)


def _hides_imputed(tx: Transaction) -> bool:
    rows = tx.run("read_graph_state")
    return not rows or rows[0]["imputed"] != "show"


def _support(tx: Transaction, added: list[tuple[SupportSnapshot, str]], *, hide: bool) -> None:
    """Add supports; the first support of a triple creates its assertion and edge.

    With `hide`, imputation alone creates no edge; the first other support does.
    """
    if not added:
        return
    by_key: dict[str, list[tuple[SupportSnapshot, str]]] = defaultdict(list)
    for fact, source in added:
        by_key[fact.key].append((fact, source))
    known = {row["key"]: row["imputed"] for row in tx.run("read_assertions", keys=sorted(by_key))}
    creations: dict[tuple[str, str, str], dict[tuple[str, str], list[Row]]] = {}
    additions: list[Row] = []
    hidden: list[Row] = []
    stated: list[tuple[str, str, str]] = []
    for key, supports in sorted(by_key.items()):
        imputed = all(_is_imputed(fact) for fact, _ in supports)
        if known.get(key) and not imputed:
            stated.append(assertion_parts(key))
        if key not in known and imputed and hide:
            (fact, source), *supports = supports
            hidden.append({"key": key, "source": source, "support": fact.support})
        elif key not in known:
            (fact, source), *supports = supports
            head, relation, tail = assertion_parts(key)
            group = creations.setdefault((label_of(head), relation, label_of(tail)), {})
            row = {"key": key, "tail": tail, "support": fact.support}
            group.setdefault((head, source), []).append(row)
        additions += [{"key": key, "source": s, "support": f.support} for f, s in supports]
    for (head, relation, tail), records in sorted(creations.items()):
        types = {"head": head, "relation": relation, "tail": tail}
        rows = [{"head": h, "source": s, "facts": facts} for (h, s), facts in records.items()]
        created = tx.run("create_assertions", types, rows=rows)
        check_created(created, sum(map(len, records.values())), "supports")
    if hidden:
        created = tx.run("create_hidden_assertions", rows=hidden)
        check_created(created, len(hidden), "supports")
    if additions:
        check_created(tx.run("add_supports", rows=additions), len(additions), "supports")
    write_edges(tx, "merge_edges", stated)


def _withdraw(tx: Transaction, change: _Difference, run: str | None) -> CleanupScope:
    """Remove supports; an assertion goes with the last one, its edge with the last shown.

    The assertions are kept as past ones, unless `run` is None or they were guesses of a model.
    """
    scope = CleanupScope(spelled=change.spelled)
    if not change.removed:
        return scope
    unstated = tx.run("remove_supports", rows=change.removed)
    hide = any(row["imputed"] for row in unstated) and _hides_imputed(tx)
    groups: dict[tuple[str, str, str, str], list[Row]] = defaultdict(list)
    for row in unstated:
        if row["imputed"] and not hide:
            continue
        head, relation, tail = assertion_parts(row["key"])
        name = "remove_edges" if row["imputed"] else "remove_assertions"
        types = (label_of(head), relation, label_of(tail))
        groups[name, *types].append(row | {"head": head, "tail": tail})
        scope.nodes |= {head, tail}
    if run is not None:
        _keep_assertions(tx, groups, run)
    for (name, head, relation, tail), rows in sorted(groups.items()):
        tx.run(name, {"head": head, "relation": relation, "tail": tail}, rows=rows)
    return scope


def _keep_assertions(
    tx: Transaction, groups: dict[tuple[str, str, str, str], list[Row]], run: str
) -> None:
    rows = [
        row | {"key": past_assertion_key(run, row["key"]), "relation": relation}
        for (_, _, relation, _), withdrawn in groups.items()
        for row in withdrawn
        if row["writer"] is not None
    ]
    if rows:
        rows.sort(key=lambda row: row["key"])
        tx.run("keep_assertions", rows=rows, now=datetime.now(UTC), run=run)


def _identity_row(source: str, fact: SupportSnapshot) -> Row:
    return {"key": fact.key, "source": source, "extractor": fact.support["extractor"]}
