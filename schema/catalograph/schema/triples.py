"""Values written to the graph: nodes, triples with their support, records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any, Literal

from catalograph.schema import keys
from catalograph.schema.ontology import Origin

Properties = Mapping[str, Any]
Spelling = tuple[bool | str | float, ...]
_SPELLED = ("Brand", "Category", "Value")


class RejectionReason(StrEnum):
    """Reason why a row or a value was not written."""

    MALFORMED = "malformed"
    MISSING = "missing"
    WRONG_TYPE = "wrong_type"
    OUT_OF_RANGE = "out_of_range"
    TOO_LONG = "too_long"
    BAD_TEXT = "bad_text"
    UNKNOWN_PROPERTY = "unknown_property"
    FORBIDDEN_PATTERN = "forbidden_pattern"
    UNKNOWN_REFERENCE = "unknown_reference"


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row, or one value of it, that was not written, and the reason. Data, not an error."""

    reason: RejectionReason
    field: str
    detail: str
    """The value found and what was expected."""
    scope: Literal["row", "value"] = "row"


@dataclass(frozen=True, slots=True)
class Node:
    """A node to write; a property value of None removes the property."""

    label: str
    key: str
    properties: Properties = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Span:
    """Position of an extracted value in a record's text: characters `start` to `end`, from 0."""

    field: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SourceSupport:
    """Provenance of a fact: properties of the SUPPORTED_BY edge, besides source and run."""

    extractor: str
    version: str = "1"
    origin: Origin = Origin.ASSERTED
    confidence: float = 1.0
    span: Span | None = None
    model: str | None = None
    prompt_hash: str | None = None
    original: str | None = None
    """The value as written in the record, if `rule` changed it."""
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Triple:
    """Head, relation and tail, with one support.

    The tail's properties are used when its node is new; an existing node keeps its own.
    """

    head: str
    relation: str
    tail: Node
    support: SourceSupport

    @property
    def key(self) -> str:
        """Key of the assertion."""
        return keys.assertion_key(self.head, self.relation, self.tail.key)


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """Nodes and facts of one record of a feed.

    Attributes:
        key: key of the Source node.
        source: name of the feed.
        content_hash: hash of the content; equal to the stored one if the record is unchanged.
        nodes: nodes that the record describes; their properties are replaced.
        triples: facts that it supports; one support per (triple, extractor).
    """

    key: str
    source: str
    content_hash: str
    nodes: tuple[Node, ...] = ()
    triples: tuple[Triple, ...] = ()


@dataclass(frozen=True, slots=True)
class InteractionRecord:
    """A review or an event: its own source, connected to its user and product.

    Attributes:
        node: node with label Review or Event, with a `content_hash` among its properties.
        user: key of the user, or None when anonymous.
        product: key of the product, or None (a query event).
        served: key of the served list that it responds to.
        position: position in that list, from 0.
        mentions: values that a review mentions, each with the properties of its edge.
    """

    node: Node
    user: str | None = None
    product: str | None = None
    served: str | None = None
    position: int | None = None
    mentions: tuple[tuple[Node, Properties], ...] = ()


@dataclass(frozen=True, slots=True)
class RecordEdge:
    """An edge of a composite record: to a node that it shares, or between two of its parts."""

    head: str
    relation: str
    tail: Node


@dataclass(frozen=True, slots=True)
class CompositeRecord:
    """A document or an order: its own source, with parts that belong to it alone.

    Attributes:
        node: node with label Document or Order, with a `content_hash` among its properties.
        parts: passages, or lines, shipments and returns.
        links: edges to shared nodes, and between parts.
        user: key of the user who placed the order, or None.
    """

    node: Node
    parts: tuple[Node, ...] = ()
    links: tuple[RecordEdge, ...] = ()
    user: str | None = None


def brand(name: str) -> Node:
    """Return the brand node of a name."""
    return Node("Brand", keys.brand_key(name), {"name": keys.clean(name)})


def category(path: list[str] | tuple[str, ...]) -> Node:
    """Return the category node of a path from the root."""
    names = [keys.clean(part) for part in path]
    return Node("Category", keys.category_key(names), {"name": names[-1], "path": names})


def value(
    attribute: str, name: str, *, number: float | None = None, unit: str | None = None
) -> Node:
    """Return the value node of an attribute; `name` is the value as text, unit included."""
    properties: dict[str, Any] = {"attribute": keys.normalise(attribute), "name": keys.clean(name)}
    if number is not None:
        properties["number"] = number
    if unit is not None:
        properties["unit"] = unit
    return Node("Value", keys.value_key(attribute, name), properties)


def unlisted_product(source: str, id_: str) -> Node:
    """Return a product node of which only the id is known."""
    return Node(
        "Product",
        keys.product_key(source, id_),
        {"source": source, "id": keys.clean(id_), "listed": False},
    )


def unlisted_product_of(key: str) -> Node:
    """Return a product node of which only the key is known."""
    _, source, id_ = key.split(":", 2)
    return Node("Product", key, {"source": source, "id": id_, "listed": False})


def spelling(node: Node) -> Spelling:
    """Return a sort key for the surface forms of one node, the preferred form first.

    Compares each name of a path in turn: mixed case first, then alphabetically. So the preferred
    form of a category contains the preferred forms of its parents. Then values with a number come
    before those without.
    """
    said = node.properties
    parts: list[bool | str | float] = []
    for name in said.get("path") or (said.get("name", ""),):
        parts += [name in (name.upper(), name.lower()), name]
    number = said.get("number")
    return (*parts, number is None, float(number or 0), said.get("unit") or "")


def surface_form(node: Node) -> str | None:
    """Return the surface form of a tail as one text; None where the key already contains it."""
    said = node.properties
    if node.label not in _SPELLED:
        return None
    if node.label == "Category":
        return "\t".join(said["path"])
    number, unit = said.get("number"), said.get("unit")
    if number is None and unit is None:
        return str(said["name"])
    # Names contain no tab, as `keys.clean` folds white space; repr() preserves the exact float.
    return "\t".join((str(said["name"]), "" if number is None else repr(number), unit or ""))


def node_of(key: str, said: str | None) -> Node:
    """Return the node of a key and a surface form; the inverse of `surface_form`."""
    label = keys.label_of(key)
    if label == "Product":
        return unlisted_product_of(key)
    if label == "User":
        return Node(label, key, {"source": key.split(":", 2)[1]})
    parts = (said or keys.last_name(key)).split("\t")
    if label == "Category":
        return Node(label, key, {"name": parts[-1], "path": parts})
    properties: dict[str, Any] = {"name": parts[0]}
    if label == "Value":
        name, number, unit = (*parts, "", "")[:3]
        properties = {
            "attribute": keys.attribute_of(key),
            "name": name,
            "number": float(number) if number else None,
            "unit": unit or None,
        }
    return Node(label, key, properties)


def definitions(node: Node) -> tuple[list[Node], list[tuple[str, str, str]]]:
    """Derive nodes and edges from a node's key: parents of a category, the attribute of a value.

    Returns:
        Derived nodes, and edges (head key, relation, tail key) among them and `node`.
    """
    if node.label == "Value":
        name = str(node.properties["attribute"])
        attribute = Node("Attribute", keys.attribute_key(name), {"name": name})
        return [attribute], [(node.key, "VALUE_OF", attribute.key)]
    if node.label == "Category":
        path = list(node.properties["path"])
        parents = [category(path[:n]) for n in range(len(path) - 1, 0, -1)]
        chain = [node, *parents]
        return parents, [(a.key, "CHILD_OF", b.key) for a, b in pairwise(chain)]
    return [], []
