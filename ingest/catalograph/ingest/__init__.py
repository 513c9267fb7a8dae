"""Ingest of feeds: read, map, extract, validate and write records."""

from catalograph.ingest.batches import Counts, RecordWriter
from catalograph.ingest.documents import DocumentOptions, ingest_documents
from catalograph.ingest.dry_run import DryRunWriter, preview_feed
from catalograph.ingest.mapping import (
    CatalogMapping,
    EventMapping,
    Mapping,
    OrderMapping,
    ReviewMapping,
    dump_mapping,
    find_mapping,
    load_mapping,
    shipped_names,
)
from catalograph.ingest.mapping_inference import MappingProposal
from catalograph.ingest.order_run import ingest_orders
from catalograph.ingest.report import IngestReport
from catalograph.ingest.run import (
    IngestOptions,
    Progress,
    feed_paths,
    ingest_catalog,
    ingest_events,
    ingest_reviews,
    propose_for_file,
    propose_mapping,
)
from catalograph.ingest.triple_run import ingest_triples

__all__ = [
    "CatalogMapping",
    "Counts",
    "DocumentOptions",
    "DryRunWriter",
    "EventMapping",
    "IngestOptions",
    "IngestReport",
    "Mapping",
    "MappingProposal",
    "OrderMapping",
    "Progress",
    "RecordWriter",
    "ReviewMapping",
    "dump_mapping",
    "feed_paths",
    "find_mapping",
    "ingest_catalog",
    "ingest_documents",
    "ingest_events",
    "ingest_orders",
    "ingest_reviews",
    "ingest_triples",
    "load_mapping",
    "preview_feed",
    "propose_for_file",
    "propose_mapping",
    "shipped_names",
]
