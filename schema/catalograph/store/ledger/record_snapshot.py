"""Snapshots of records, for writing them and for keeping their earlier state for a roll-back."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from neo4j.time import DateTime

from catalograph.schema import (
    CompositeRecord,
    InteractionRecord,
    Node,
    RecordEdge,
    SourceRecord,
    Triple,
)
from catalograph.schema.keys import assertion_parts, label_of
from catalograph.schema.triples import node_of, surface_form
from catalograph.store.connection.connect import Row

# Tag of a time in the JSON text, as JSON has no type for it.
_TIME = "$time"


@dataclass(frozen=True, slots=True)
class SupportSnapshot:
    """One support of one assertion; `support` holds the properties of its SUPPORTED_BY edge."""

    key: str
    tail: Node
    support: Row

    @property
    def identity(self) -> tuple[str, str]:
        """Identity of a support within its record: assertion and extractor."""
        return self.key, self.support["extractor"]


@dataclass(frozen=True, slots=True)
class RecordSnapshot:
    """State of a record of a feed, with the run that wrote it."""

    key: str
    source: str
    content_hash: str
    run: str | None
    nodes: tuple[Node, ...]
    facts: tuple[SupportSnapshot, ...]


@dataclass(frozen=True, slots=True)
class InteractionSnapshot:
    """State of a review or an event, with the run that wrote it."""

    record: InteractionRecord
    run: str | None

    @property
    def key(self) -> str:
        """Key of the review or event."""
        return self.record.node.key

    @property
    def content_hash(self) -> str:
        """Hash of the content; equal hashes mean an unchanged record."""
        return str(self.record.node.properties["content_hash"])


@dataclass(frozen=True, slots=True)
class CompositeSnapshot:
    """State of a document or an order, with the run that wrote it."""

    record: CompositeRecord
    run: str | None

    @property
    def key(self) -> str:
        """Key of the document or order."""
        return self.record.node.key

    @property
    def content_hash(self) -> str:
        """Hash of the content; equal hashes mean an unchanged record."""
        return str(self.record.node.properties["content_hash"])


Snapshot = RecordSnapshot | InteractionSnapshot | CompositeSnapshot


def take_snapshot(record: SourceRecord, run: str) -> RecordSnapshot:
    """Return the snapshot of a record that `run` writes."""
    facts = tuple(SupportSnapshot(t.key, t.tail, support_row(t, run)) for t in record.triples)
    return RecordSnapshot(record.key, record.source, record.content_hash, run, record.nodes, facts)


def dump(snapshot: Snapshot) -> str:
    """Return a snapshot as JSON."""
    match snapshot:
        case InteractionSnapshot():
            said = _interaction(snapshot)
        case CompositeSnapshot():
            said = _dump_composite(snapshot)
        case _:
            said = _dump_record(snapshot)
    return orjson.dumps(said, default=_tag_time).decode()


def load(text: str) -> Snapshot:
    """Return the snapshot in a JSON text of `dump`."""
    said = _with_times(orjson.loads(text))
    if "parts" in said:
        return _load_composite(said)
    return _load_interaction(said) if "node" in said else _load_record(said)


def change_row(snapshot: Snapshot, run: str) -> Row:
    """Return the Change node that keeps the state of a record before `run`."""
    digest = hashlib.blake2b(snapshot.key.encode(), digest_size=16).hexdigest()
    return {
        "key": f"change:{run}/{digest}",
        "record": snapshot.key,
        "previous": snapshot.run,
        "user": None if isinstance(snapshot, RecordSnapshot) else snapshot.record.user,
        "before": dump(snapshot),
    }


def read_support(key: str, support: Row) -> SupportSnapshot:
    """Return a fact read from the graph; its key and surface form determine its tail."""
    _, _, tail = assertion_parts(key)
    return SupportSnapshot(key, node_of(tail, support.get("said")), support)


def support_row(triple: Triple, run: str) -> Row:
    """Return the properties of a triple's SUPPORTED_BY edge."""
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
    told = {
        "model": s.model,
        "prompt_hash": s.prompt_hash,
        "original": s.original,
        "rule": s.rule,
        "said": surface_form(triple.tail),
    }
    return row | {name: value for name, value in told.items() if value is not None}


def _dump_record(snapshot: RecordSnapshot) -> dict[str, Any]:
    return {
        "key": snapshot.key,
        "source": snapshot.source,
        "content_hash": snapshot.content_hash,
        "run": snapshot.run,
        "nodes": [_node(node) for node in snapshot.nodes],
        "facts": [[fact.key, fact.support] for fact in snapshot.facts],
    }


def _load_record(said: Mapping[str, Any]) -> RecordSnapshot:
    return RecordSnapshot(
        said["key"],
        said["source"],
        said["content_hash"],
        said["run"],
        tuple(_load_node(node) for node in said["nodes"]),
        tuple(read_support(key, support) for key, support in said["facts"]),
    )


def _interaction(snapshot: InteractionSnapshot) -> dict[str, Any]:
    record = snapshot.record
    return {
        "node": _node(record.node),
        "user": record.user,
        "product": record.product,
        "served": record.served,
        "position": record.position,
        "run": snapshot.run,
        "mentions": [[_node(tail), dict(edge)] for tail, edge in snapshot.record.mentions],
    }


def _load_interaction(said: Mapping[str, Any]) -> InteractionSnapshot:
    record = InteractionRecord(
        _load_node(said["node"]),
        said["user"],
        said["product"],
        said["served"],
        said["position"],
        tuple((_load_node(tail), edge) for tail, edge in said["mentions"]),
    )
    return InteractionSnapshot(record, said["run"])


def _dump_composite(snapshot: CompositeSnapshot) -> dict[str, Any]:
    record = snapshot.record
    return {
        "node": _node(record.node),
        "parts": [_node(part) for part in record.parts],
        "links": [[link.head, link.relation, _node(link.tail)] for link in record.links],
        "user": record.user,
        "run": snapshot.run,
    }


def _load_composite(said: Mapping[str, Any]) -> CompositeSnapshot:
    record = CompositeRecord(
        _load_node(said["node"]),
        tuple(_load_node(part) for part in said["parts"]),
        tuple(
            RecordEdge(head, relation, _load_node(tail)) for head, relation, tail in said["links"]
        ),
        said["user"],
    )
    return CompositeSnapshot(record, said["run"])


def _node(node: Node) -> list[Any]:
    return [node.key, dict(node.properties)]


def _load_node(said: list[Any]) -> Node:
    key, properties = said
    return Node(label_of(key), key, properties)


def _tag_time(value: Any) -> Any:
    if isinstance(value, DateTime):
        return {_TIME: value.iso_format()}
    raise TypeError(f"{type(value).__name__} is no property of a node.")


def _with_times(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {_TIME}:
            return DateTime.from_iso_format(value[_TIME])
        return {name: _with_times(part) for name, part in value.items()}
    return [_with_times(part) for part in value] if isinstance(value, list) else value
