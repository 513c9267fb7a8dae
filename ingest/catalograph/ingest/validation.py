"""What the write gate refuses is taken out of a record, piece by piece, and kept as rejections."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from catalograph.schema import (
    InteractionRecord,
    Node,
    Rejection,
    SourceRecord,
    Triple,
    check_interaction,
    check_node,
    check_record,
)

R = TypeVar("R", SourceRecord, InteractionRecord)


@dataclass(frozen=True, slots=True)
class BuildResult(Generic[R]):
    """A record made of a row.

    Attributes:
        record: what to write, or None where the row is rejected.
        rejections: what was kept out; the reasons of scope `row` where there is no record.
        withdrawn: key of the record that the row says is gone.
    """

    record: R | None
    rejections: tuple[Rejection, ...] = ()
    withdrawn: str | None = None


def tombstone(key: str | Rejection) -> BuildResult[Any]:
    """What is made of a row that says its record is gone."""
    return BuildResult(None, (key,)) if isinstance(key, Rejection) else BuildResult(None, (), key)


def pass_record(record: SourceRecord) -> tuple[SourceRecord | None, list[Rejection]]:
    """Take out of a record what the graph may not hold.

    Returns:
        The record, or None where a node cannot be written at all; and what was refused.
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
    """Take out of a review or event what the graph may not hold."""
    if not check_interaction(record):
        return record, []
    refused: list[Rejection] = []
    node = _pass_node(record.node, refused)
    if node is None:
        return None, [f for f in refused if f.scope == "row"]
    return replace(record, node=node), refused


def _pass_node(node: Node, refused: list[Rejection]) -> Node | None:
    """Drop refused properties; None where the node then lacks something or its key is wrong."""
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
