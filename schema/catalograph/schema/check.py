"""The write gate: check types, ranges, required properties and patterns before the database.

The checks never raise on data: each fault comes back as a `Rejection`.
"""

import math
import re
import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from catalograph.errors import InvalidInputError
from catalograph.log import shorten
from catalograph.schema import keys
from catalograph.schema.graph_types import NodeType, PropertySpec, PropertyType
from catalograph.schema.ontology import ONTOLOGY
from catalograph.schema.triples import (
    CompositeRecord,
    InteractionRecord,
    Node,
    Rejection,
    RejectionReason,
    SourceRecord,
)

YEARS = range(1000, 3000)
"""Accepted years of a time: databases and clients disagree about others, or fail on them."""
_PYTHON_TYPES: dict[PropertyType, tuple[type, ...]] = {
    PropertyType.STRING: (str,),
    PropertyType.INTEGER: (int,),
    PropertyType.FLOAT: (float, int),
    PropertyType.BOOLEAN: (bool,),
    PropertyType.DATETIME: (datetime,),
    PropertyType.STRING_LIST: (list, tuple),
    PropertyType.FLOAT_LIST: (list, tuple),
}
_ADDRESS = re.compile(r"https?://[^\s/?#]+(?:[/?#]|\Z)", re.IGNORECASE)
_USUAL_ADDRESS = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?:/[^\s\[\]]*)?\Z")
# Neo4j stores 64-bit signed integers.
_MAX_INTEGER = 2**63 - 1
_MOST_SOUND = 16_384


def check_record(record: SourceRecord) -> list[Rejection]:
    """Return every fault of a record; an empty list when it may be written."""
    found: list[Rejection] = []
    for node in record.nodes:
        found += check_node(node)
    for triple in record.triples:
        if not _is_sound_tail(triple.tail):
            found += check_node(triple.tail, created_here=False)
        found += check_pattern(triple.head, triple.relation, triple.tail.key)
        if not 0 <= triple.support.confidence <= 1:
            found.append(
                Rejection(
                    RejectionReason.OUT_OF_RANGE,
                    "confidence",
                    f"{triple.support.confidence} is not between 0 and 1.",
                )
            )
    return found


class _SoundTails(threading.local):
    """The last tails that passed, by identity: feeds use one object for a value of many rows."""

    def __init__(self) -> None:
        self.nodes: dict[int, Node] = {}


_SOUND = _SoundTails()


def _is_sound_tail(tail: Node) -> bool:
    """Return whether a tail has no fault, without checking one that passed before."""
    known = _SOUND.nodes
    if known.get(id(tail)) is tail:
        return True
    if check_node(tail, created_here=False):
        return False
    if len(known) >= _MOST_SOUND:
        known.clear()
    known[id(tail)] = tail
    return True


def check_interaction(record: InteractionRecord) -> list[Rejection]:
    """Return every fault of a review or event."""
    return check_node(record.node)


def check_composite(record: CompositeRecord) -> list[Rejection]:
    """Return every fault of a document or an order."""
    found = check_node(record.node)
    for part in record.parts:
        found += check_node(part)
    for link in record.links:
        found += check_node(link.tail, created_here=False)
        found += check_pattern(link.head, link.relation, link.tail.key)
    return found


def check_pattern(head: str, relation: str, tail: str) -> list[Rejection]:
    """Return a rejection unless the ontology allows the relation between these labels."""
    try:
        pattern = (keys.label_of(head), keys.label_of(tail))
    except InvalidInputError as exc:
        return [Rejection(RejectionReason.MALFORMED, relation, str(exc))]
    allowed = ONTOLOGY.relation(relation).patterns
    if pattern in allowed:
        return []
    wanted = " or ".join(f"{h} to {t}" for h, t in allowed)
    detail = f"{relation} goes from {wanted}, not from {pattern[0]} to {pattern[1]}."
    return [Rejection(RejectionReason.FORBIDDEN_PATTERN, relation, detail)]


def check_node(node: Node, *, created_here: bool = True) -> list[Rejection]:
    """Check a node's properties against its type.

    Args:
        node: node to check.
        created_here: whether every required property must be present.
    """
    return list(_faults(ONTOLOGY.node(node.label), node, created_here=created_here))


def _faults(node_type: NodeType, node: Node, *, created_here: bool) -> Iterator[Rejection]:
    specs = node_type.by_name
    if not _is_plain_text(specs["key"], node.key):
        yield from check_value(specs["key"], node.key)
    if not node.key.startswith(f"{keys.LABEL_PREFIX[node.label]}:"):
        yield Rejection(
            RejectionReason.MALFORMED, "key", f"'{shorten(node.key)}' is no key of a {node.label}."
        )
    for name, value in node.properties.items():
        spec = specs.get(name)
        if spec is None:
            detail = f"A {node.label} has no property '{shorten(name)}'."
            yield Rejection(RejectionReason.UNKNOWN_PROPERTY, name, detail)
        elif value is not None and not _is_plain_text(spec, value):
            yield from check_value(spec, value)
    for spec in node_type.required if created_here else ():
        if node.properties.get(spec.name) is None:
            yield Rejection(
                RejectionReason.MISSING, spec.name, f"A {node.label} needs '{spec.name}'."
            )


def _is_plain_text(spec: PropertySpec, value: Any) -> bool:
    """Return whether a value is a text that has no fault, as most values are."""
    return (
        value.__class__ is str
        and spec.is_plain_text
        and len(value) <= spec.max_length
        and not keys.has_bad_text(value)
    )


def check_value(spec: PropertySpec, value: Any) -> Iterator[Rejection]:
    """Check one value against its property."""
    allowed = _PYTHON_TYPES[spec.type]
    # bool is a subclass of int, but True is not a valid number here.
    if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
        detail = f"{shorten(value)} is {type(value).__name__}, expected {spec.type}."
        yield Rejection(RejectionReason.WRONG_TYPE, spec.name, detail)
        return
    if isinstance(value, list | tuple):
        if spec.max_items is not None and len(value) > spec.max_items:
            detail = f"{len(value):,} entries, at most {spec.max_items:,} are kept."
            yield Rejection(RejectionReason.TOO_LONG, spec.name, detail)
        element = str if spec.type is PropertyType.STRING_LIST else (float, int)
        for part in value:
            if not isinstance(part, element):
                detail = f"{shorten(part)} in a list is no part of a {spec.type}."
                yield Rejection(RejectionReason.WRONG_TYPE, spec.name, detail)
            elif isinstance(part, str):
                yield from _text_faults(spec, part)
            else:
                yield from _number_faults(spec, part)
    elif isinstance(value, str):
        yield from _text_faults(spec, value)
    elif isinstance(value, int | float):
        yield from _number_faults(spec, value)
    elif isinstance(value, datetime):
        yield from _time_faults(spec, value)


def _text_faults(spec: PropertySpec, text: str) -> Iterator[Rejection]:
    if len(text) > spec.max_length:
        detail = f"{len(text):,} characters, at most {spec.max_length:,} are kept."
        yield Rejection(RejectionReason.TOO_LONG, spec.name, detail)
    if keys.has_bad_text(text):
        yield Rejection(
            RejectionReason.BAD_TEXT, spec.name, "A NUL or half a surrogate pair in the text."
        )
    if spec.choices is not None and text not in spec.choices:
        detail = f"'{shorten(text)}' is none of {', '.join(sorted(spec.choices))}."
        yield Rejection(RejectionReason.OUT_OF_RANGE, spec.name, detail)
    if spec.address and not _is_address(text):
        detail = f"'{shorten(text)}' is no absolute http or https address."
        yield Rejection(RejectionReason.MALFORMED, spec.name, detail)


def _is_address(text: str) -> bool:
    """Return whether a text is an absolute http or https address; other schemes may run code."""
    if text.isascii() and _USUAL_ADDRESS.match(text):
        return True
    if _ADDRESS.match(text) is None:
        return False
    try:
        host, _ = urlsplit(text).hostname, urlsplit(text).port
    except ValueError:  # brackets that are no IPv6 address, a port that is no number
        return False
    return host is not None


def _time_faults(spec: PropertySpec, time: datetime) -> Iterator[Rejection]:
    if time.tzinfo is None:
        yield Rejection(RejectionReason.WRONG_TYPE, spec.name, f"{time} has no time zone.")
    elif time.year not in YEARS:
        detail = f"{time} is not of the years {YEARS[0]} to {YEARS[-1]}."
        yield Rejection(RejectionReason.OUT_OF_RANGE, spec.name, detail)


def _number_faults(spec: PropertySpec, number: float) -> Iterator[Rejection]:
    low = -math.inf if spec.minimum is None else spec.minimum
    high = math.inf if spec.maximum is None else spec.maximum
    too_big = isinstance(number, int) and abs(number) > _MAX_INTEGER
    if too_big or not math.isfinite(number) or not low <= number <= high:
        detail = f"{shorten(number)} is not between {low:g} and {high:g}."
        yield Rejection(RejectionReason.OUT_OF_RANGE, spec.name, detail)
