"""The contract of the graph: ontology, keys, triples, the write gate. Pure: no driver, no I/O."""

from catalograph.schema.check import (
    check_composite,
    check_interaction,
    check_node,
    check_record,
)
from catalograph.schema.graph_types import (
    NodeType,
    Ontology,
    PropertySpec,
    PropertyType,
    RelationType,
)
from catalograph.schema.ontology import (
    ONTOLOGY,
    EventKind,
    Origin,
    Sentiment,
)
from catalograph.schema.protocols import TextEncoder
from catalograph.schema.triples import (
    CompositeRecord,
    InteractionRecord,
    Node,
    RecordEdge,
    Rejection,
    RejectionReason,
    SourceRecord,
    SourceSupport,
    Span,
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
    "CompositeRecord",
    "EmbeddingTable",
    "EventKind",
    "InteractionRecord",
    "Node",
    "NodeType",
    "Ontology",
    "Origin",
    "PropertySpec",
    "PropertyType",
    "RecordEdge",
    "Rejection",
    "RejectionReason",
    "RelationType",
    "Sentiment",
    "Slot",
    "SourceRecord",
    "SourceSupport",
    "Span",
    "TextEncoder",
    "Triple",
    "brand",
    "category",
    "check_composite",
    "check_interaction",
    "check_node",
    "check_record",
    "definitions",
    "unlisted_product",
    "value",
]
