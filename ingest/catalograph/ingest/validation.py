"""Removal of parts that the write gate refuses from a record, kept as rejections."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from catalograph.schema import (
    CompositeRecord,
    InteractionRecord,
    Node,
    Rejection,
    SourceRecord,
    Triple,
    check_composite,
    check_interaction,
    check_node,
    check_record,
)
from catalograph.schema.check import check_pattern

R = TypeVar("R", SourceRecord, InteractionRecord, CompositeRecord)


@dataclass(frozen=True, slots=True)
class BuildResult(Generic[R]):
    """Result of building a record from a row.

    Attributes:
        record: record to write; None if the row is rejected.
        rejections: rejections of values; of scope `row` if there is no record.
        withdrawn: key of the record that the row marks as deleted.
        notes: how values were read where that took a guess, for the report.
    """

    record: R | None
    rejections: tuple[Rejection, ...] = ()
    withdrawn: str | None = None
    notes: tuple[str, ...] = ()


def tombstone(key: str | Rejection) -> BuildResult[Any]:
    """Build the result of a row that marks its record as deleted."""
    return BuildResult(None, (key,)) if isinstance(key, Rejection) else BuildResult(None, (), key)


def pass_record(record: SourceRecord) -> tuple[SourceRecord | None, list[Rejection]]:
    """Remove from a record what the graph may not hold.

    Returns:
        The record, or None if a node cannot be written at all; and the rejections.
    """
    if not check_record(record):
        return record, []
    refused: list[Rejection] = []
    nodes: list[Node] = []
    for node in record.nodes:
        passed = _pass_node(node, refused)
        if passed is None:
            return None, [f for f in refused if f.scope == "row"]
        nodes.append(passed)
    triples = tuple(t for t in record.triples if _pass_triple(record, t, refused))
    return replace(record, nodes=tuple(nodes), triples=triples), refused


def pass_interaction(
    record: InteractionRecord,
) -> tuple[InteractionRecord | None, list[Rejection]]:
    """Remove from a review or event what the graph may not hold."""
    if not check_interaction(record):
        return record, []
    refused: list[Rejection] = []
    node = _pass_node(record.node, refused)
    if node is None:
        return None, [f for f in refused if f.scope == "row"]
    return replace(record, node=node), refused


def pass_composite(
    record: CompositeRecord,
) -> tuple[CompositeRecord | None, list[Rejection]]:
    """Remove from a document or an order what the graph may not hold.

    A part that cannot be written is left out with its edges.
    """
    if not check_composite(record):
        return record, []
    refused: list[Rejection] = []
    node = _pass_node(record.node, refused)
    if node is None:
        return None, [f for f in refused if f.scope == "row"]
    faults: list[Rejection] = []
    passed = [_pass_node(part, faults) for part in record.parts]
    parts = {part.key: part for part in passed if part is not None}
    gone = {part.key for part in record.parts} - parts.keys()
    links = []
    for link in record.links:
        wrong = check_node(link.tail, created_here=False)
        wrong += check_pattern(link.head, link.relation, link.tail.key)
        faults += wrong
        if not wrong and gone.isdisjoint((link.head, link.tail.key)):
            links.append(link)
    refused += _to_values(faults)
    return replace(record, node=node, parts=tuple(parts.values()), links=tuple(links)), refused


def _pass_node(node: Node, refused: list[Rejection]) -> Node | None:
    """Drop refused properties; return None if the node is then incomplete or its key wrong."""
    bad = {fault.field for fault in check_node(node)} & set(node.properties)
    kept = replace(node, properties=dict(node.properties) | dict.fromkeys(bad))
    refused += _to_values(f for f in check_node(node) if f.field in bad)
    fatal = check_node(kept)
    refused += fatal
    return None if fatal else kept


def _pass_triple(record: SourceRecord, triple: Triple, refused: list[Rejection]) -> bool:
    faults = check_record(replace(record, nodes=(), triples=(triple,)))
    refused += _to_values(faults)
    return not faults


def _to_values(faults: Iterable[Rejection]) -> list[Rejection]:
    return [replace(fault, scope="value") for fault in faults]
