"""Compile statements from the selected fields of a query, so that only those are read.

`fields` is the allow-list: every readable field, with the Cypher fragment that reads it. `compile`
combines the fragments of one selection. No name or text of a caller becomes part of a statement:
names are looked up in the allow-list, and values are parameters.
"""

from catalograph.store.queries.projection.compile import (
    AT,
    CompiledStatement,
    NodeStatement,
    node_statement,
    page_statement,
)
from catalograph.store.queries.projection.facets import (
    facets_statement,
    search_facets_statement,
)
from catalograph.store.queries.projection.fields import (
    FIELDS,
    PAGES,
    PRODUCT_PAGE,
    PageSpec,
)
from catalograph.store.queries.projection.insertion import insert_selection
from catalograph.store.queries.projection.selection import (
    FieldSelection,
    Filter,
    PageRequest,
    Selection,
)

__all__ = [
    "AT",
    "FIELDS",
    "PAGES",
    "PRODUCT_PAGE",
    "CompiledStatement",
    "FieldSelection",
    "Filter",
    "NodeStatement",
    "PageRequest",
    "PageSpec",
    "Selection",
    "facets_statement",
    "insert_selection",
    "node_statement",
    "page_statement",
    "search_facets_statement",
]
