"""The contract of the graph: ontology, keys, triples, the write gate. Pure: no driver, no I/O."""

from catalograph.schema.check import check_interaction, check_node, check_record
from catalograph.schema.ontology import (
    ONTOLOGY,
    EventKind,
    NodeType,
    Ontology,
    Origin,
    PropertySpec,
    PropertyType,
    RelationType,
    Sentiment,
)
from catalograph.schema.ports import TextEncoder
from catalograph.schema.triples import (
    InteractionRecord,
    Node,
    Reason,
    Rejection,
    SourceRecord,
    Span,
    Support,
    Triple,
    brand,
    category,
    definitions,
    unlisted_product,
    value,
)
from catalograph.schema.vectors import EmbeddingTable, Slot

__all__ = [
    "ONTOLOGY",
    "EmbeddingTable",
    "EventKind",
    "InteractionRecord",
    "Node",
    "NodeType",
    "Ontology",
    "Origin",
    "PropertySpec",
    "PropertyType",
    "Reason",
    "Rejection",
    "RelationType",
    "Sentiment",
    "Slot",
    "SourceRecord",
    "Span",
    "Support",
    "TextEncoder",
    "Triple",
    "brand",
    "category",
    "check_interaction",
    "check_node",
    "check_record",
    "definitions",
    "unlisted_product",
    "value",
]
