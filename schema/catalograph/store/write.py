"""Writing records: idempotent, provable, in managed transactions with sorted keys.

A record whose content hash is known is not written again. A changed one is compared with what it
said before: supports that went away are withdrawn, and with the last support its edge.
"""

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import orjson

from catalograph.schema import InteractionRecord, Node, SourceRecord, Triple, definitions
from catalograph.schema.keys import assertion_parts, label_of
from catalograph.schema.triples import spelling, unlisted_product_of
from catalograph.store.connect import Connection, RaceLostError, Row, Transaction

R = TypeVar("R", bound=SourceRecord | InteractionRecord)
_Spellings = dict[str, tuple[bool, str, tuple[str, ...]]]
_ORPHANS = ("Brand", "Category", "Value")


@dataclass(frozen=True)
class WriteCounts:
    """How many records were written and how many were the same already."""

    written: int = 0
    unchanged: int = 0

    def __add__(self, other: "WriteCounts") -> "WriteCounts":
        return WriteCounts(self.written + other.written, self.unchanged + other.unchanged)


@dataclass
class _Difference:
    """What a batch of records changes in the ledger."""

    added: dict[str, list[tuple[Triple, str]]] = field(default_factory=dict)
    """By assertion key: triples that are newly supported, and by which source."""
    replaced: list[Row] = field(default_factory=list)
    removed: list[Row] = field(default_factory=list)


class Writer:
    """Writes records through one connection; remembers which shared nodes are there already."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        # Shared nodes committed by this writer, so that a brand is not merged for each product.
        self._known: _Spellings = {}

    def start_run(self, kind: str) -> str:
        """Record that an ingest begins.

        Returns:
            The run's id, written on everything it writes.
        """
        run = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        started = datetime.now(UTC)
        self._connection.write(
            lambda tx: tx.run("create_run", key=f"run:{run}", kind=kind, started=started)
        )
        return run

    def finish_run(self, run: str, counts: Mapping[str, object]) -> None:
        """Record that an ingest ended, with its report."""
        text = orjson.dumps(counts, default=str).decode()
        finished = datetime.now(UTC)
        self._connection.write(
            lambda tx: tx.run("finish_run", key=f"run:{run}", finished=finished, counts=text)
        )

    def count_changes(self, records: Sequence[SourceRecord | InteractionRecord]) -> WriteCounts:
        """Count what writing these records would do, without writing."""
        unchanged = len(records) - len(self._changed(records))
        return WriteCounts(len(records) - unchanged, unchanged)

    def write_records(self, records: Sequence[SourceRecord], run: str) -> WriteCounts:
        """Write records of a feed with the triples they support, in one transaction.

        Raises:
            StoreUnavailableError: no answer; nothing of this batch was written.
        """
        changed = sorted(self._changed(records), key=lambda r: r.key)
        if changed:
            self._commit(lambda tx, seen: self._write_records(tx, changed, run, seen))
        return WriteCounts(len(changed), len(records) - len(changed))

    def write_interactions(self, records: Sequence[InteractionRecord], run: str) -> WriteCounts:
        """Write reviews or events, with users and products they name, in one transaction."""
        del run  # an interaction is its own source and carries no run
        changed = sorted(self._changed(records), key=_record_key)
        if changed:
            self._commit(lambda tx, seen: self._write_interactions(tx, changed, seen))
        return WriteCounts(len(changed), len(records) - len(changed))

    def _changed(self, records: Sequence[R]) -> list[R]:
        keys = [_record_key(r) for r in records]
        stored = {
            row["key"]: row["content_hash"]
            for row in self._connection.read("read_content_hashes", keys=keys)
        }
        return [r for r in records if stored.get(_record_key(r)) != _content_hash(r)]

    def _commit(self, work: Callable[[Transaction, _Spellings], None]) -> None:
        """Run `work` in a transaction; what it saw is remembered only once it is committed."""
        seen: _Spellings = {}

        def attempt(tx: Transaction) -> None:
            seen.clear()
            work(tx, seen)

        self._connection.write(attempt)
        self._known |= seen

    def _write_records(
        self, tx: Transaction, records: list[SourceRecord], run: str, seen: _Spellings
    ) -> None:
        rows = [{"key": r.key, "source": r.source} for r in records]
        before = {
            row["key"]: row["content_hash"] for row in tx.run("lock_sources", rows=rows, run=run)
        }
        records = [r for r in records if before[r.key] != r.content_hash]
        _merge_nodes(tx, "replace_nodes", (n for r in records for n in r.nodes))
        self._merge_shared(tx, (t.tail for r in records for t in r.triples), seen)
        known_sources = [r.key for r in records if before[r.key] is not None]
        change = _difference(tx, records, known_sources, run)
        _withdraw(tx, change.removed)
        _support(tx, change.added, run)
        if change.replaced:
            tx.run("replace_supports", rows=change.replaced)
        tx.run(
            "finish_sources",
            rows=[{"key": r.key, "content_hash": r.content_hash} for r in records],
        )

    def _write_interactions(
        self, tx: Transaction, records: list[InteractionRecord], seen: _Spellings
    ) -> None:
        label = records[0].node.label
        keys = [r.node.key for r in records]
        before = {
            row["key"]: row["content_hash"] for row in tx.run("read_content_hashes", keys=keys)
        }
        records = [r for r in records if before.get(r.node.key) != _content_hash(r)]
        users = {r.user for r in records if r.user}
        products = {r.product for r in records if r.product}
        self._merge_shared(tx, map(_user, users), seen)
        self._merge_shared(tx, map(unlisted_product_of, products), seen)
        new = [r for r in records if r.node.key not in before]
        old = [r for r in records if r.node.key in before]
        for name, part in (("create_interactions", new), ("reset_interactions", old)):
            if part:
                tx.run(name, {"label": label}, rows=[_node_row(r.node) for r in part])
        _connect(tx, label, records)

    def _merge_shared(self, tx: Transaction, nodes: Iterable[Node], seen: _Spellings) -> None:
        """Make nodes that are only referred to, with what follows from their keys."""
        new: dict[str, Node] = {}
        edges: set[tuple[str, str, str]] = set()
        for node in nodes:
            if not self._better(node, seen):
                continue
            parents, follow = definitions(node)
            new |= {n.key: n for n in (node, *parents) if self._better(n, seen)}
            seen |= {n.key: spelling(n) for n in (node, *parents) if self._better(n, seen)}
            edges.update(follow)
        _merge_nodes(tx, "merge_nodes", new.values())
        _grouped_edges(tx, "merge_edges", edges)

    def _better(self, node: Node, seen: _Spellings) -> bool:
        """Whether a node is new to this writer, or its name better spelled than so far."""
        known = seen.get(node.key, self._known.get(node.key))
        return known is None or spelling(node) < known


def _merge_nodes(tx: Transaction, name: str, nodes: Iterable[Node]) -> None:
    by_label: dict[str, dict[str, Row]] = defaultdict(dict)
    for node in nodes:
        by_label[node.label][node.key] = _node_row(node)
    for label, rows in sorted(by_label.items()):
        tx.run(name, {"label": label}, rows=[rows[key] for key in sorted(rows)])


def _grouped_edges(tx: Transaction, name: str, edges: Iterable[tuple[str, str, str]]) -> None:
    groups: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for head, relation, tail in sorted(edges):
        groups[label_of(head), relation, label_of(tail)].append({"head": head, "tail": tail})
    for (head, relation, tail), rows in sorted(groups.items()):
        tx.run(name, {"head": head, "relation": relation, "tail": tail}, rows=rows)


def _difference(
    tx: Transaction, records: list[SourceRecord], known_sources: list[str], run: str
) -> _Difference:
    """Compare what records say now with what their sources supported before."""
    before: dict[tuple[str, str, str], Row] = {}
    if known_sources:
        before = {
            (row["source"], row["assertion"], row["extractor"]): row["support"]
            for row in tx.run("read_supports", keys=known_sources)
        }
    change = _Difference()
    for record in records:
        for triple in record.triples:
            key = triple.key
            identity = (record.key, key, triple.support.extractor)
            old = before.pop(identity, None)
            if old is None:
                change.added.setdefault(key, []).append((triple, record.key))
            elif _support_row(triple, old["run"]) != old:
                row = _identity_row(identity)
                change.replaced.append(row | {"support": _support_row(triple, run)})
    change.removed = [_identity_row(identity) for identity in sorted(before)]
    return change


def _support(tx: Transaction, added: dict[str, list[tuple[Triple, str]]], run: str) -> None:
    """Add supports; the first support of a triple makes its assertion and edge."""
    if not added:
        return
    known = {row["key"] for row in tx.run("read_assertions", keys=sorted(added))}
    creations: dict[tuple[str, str, str], dict[tuple[str, str], list[Row]]] = {}
    additions: list[Row] = []
    for key in sorted(added):
        supports = added[key]
        if key not in known:
            triple, source = supports[0]
            group = (label_of(triple.head), triple.relation, triple.tail.label)
            facts = creations.setdefault(group, {}).setdefault((triple.head, source), [])
            support = _support_row(triple, run)
            facts.append({"key": key, "tail": triple.tail.key, "support": support})
            supports = supports[1:]
        additions += [
            {"key": key, "source": source, "support": _support_row(triple, run)}
            for triple, source in supports
        ]
    for (head, relation, tail), records in sorted(creations.items()):
        types = {"head": head, "relation": relation, "tail": tail}
        rows = [{"head": h, "source": s, "facts": facts} for (h, s), facts in records.items()]
        created = tx.run("create_assertions", types, rows=rows)
        _expect(sum(map(len, records.values())), created)
    if additions:
        _expect(len(additions), tx.run("add_supports", rows=additions))


def _expect(rows: int, result: list[Row]) -> None:
    """Hold a write to its number of rows: a MATCH that finds nothing drops its row silently."""
    if result[0]["created"] != rows:
        raise RaceLostError(
            f"{rows} supports were to be written, {result[0]['created']} were: another writer "
            "removed a node meanwhile. Run the ingest again."
        )


def _withdraw(tx: Transaction, removed: list[Row]) -> None:
    if not removed:
        return
    groups: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    tails: dict[str, set[str]] = defaultdict(set)
    for row in tx.run("remove_supports", rows=removed):
        head, relation, tail = assertion_parts(row["key"])
        groups[label_of(head), relation, label_of(tail)].append(row | {"head": head, "tail": tail})
        tails[label_of(tail)].add(tail)
    for (head, relation, tail), rows in sorted(groups.items()):
        tx.run("remove_assertions", {"head": head, "relation": relation, "tail": tail}, rows=rows)
    for label in _ORPHANS:
        if tails[label]:
            tx.run("remove_orphans", {"label": label}, keys=sorted(tails[label]))


def _connect(tx: Transaction, label: str, records: list[InteractionRecord]) -> None:
    to_user, to_product = ("WROTE", "REVIEWS") if label == "Review" else ("PERFORMED", "ON")
    edges = [(r.user, to_user, r.node.key) for r in records if r.user]
    edges += [(r.node.key, to_product, r.product) for r in records if r.product]
    _grouped_edges(tx, "create_edges", edges)
    responses = [
        {"event": r.node.key, "served": r.served, "position": r.position}
        for r in records
        if r.served
    ]
    if responses:
        tx.run("create_responses", rows=responses)


def _support_row(triple: Triple, run: str) -> Row:
    s = triple.support
    row: Row = {
        "origin": s.origin.value,
        "extractor": s.extractor,
        "version": s.version,
        "confidence": float(s.confidence),
        "run": run,
    }
    if s.span is not None:
        row |= {"field": s.span.field, "start": s.span.start, "end": s.span.end}
    if s.model is not None:
        row["model"] = s.model
    if s.prompt_hash is not None:
        row["prompt_hash"] = s.prompt_hash
    return row


def _identity_row(identity: tuple[str, str, str]) -> Row:
    source, assertion, extractor = identity
    return {"key": assertion, "source": source, "extractor": extractor}


def _node_row(node: Node) -> Row:
    row: Row = {"key": node.key, "properties": dict(node.properties)}
    if "name" in node.properties:
        row["spelling"] = list(spelling(node))
    return row


def _user(key: str) -> Node:
    return Node("User", key, {"source": key.split(":", 2)[1]})


def _record_key(record: SourceRecord | InteractionRecord) -> str:
    return record.key if isinstance(record, SourceRecord) else record.node.key


def _content_hash(record: SourceRecord | InteractionRecord) -> Any:
    if isinstance(record, SourceRecord):
        return record.content_hash
    return record.node.properties["content_hash"]
