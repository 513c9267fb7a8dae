"""Compile statements from the selected fields of a query, so that only those are read.

`fields` is the allow-list: every readable field, with the Cypher fragment that reads it. `compile`
combines the fragments of one selection. No name or text of a caller becomes part of a statement:
names are looked up in the allow-list, and values are parameters.
"""

from catalograph.store.queries.projection.compile import (
    AT,
    CompiledStatement,
    NodeStatement,
    currency_statement,
    node_statement,
    page_statement,
)
from catalograph.store.queries.projection.facets import (
    FacetRequest,
    facets_statement,
    search_facets_statement,
)
from catalograph.store.queries.projection.fields import (
    FIELDS,
    PAGES,
    PRODUCT_PAGE,
    PageSpec,
)
from catalograph.store.queries.projection.insertion import (
    insert_order,
    insert_passages,
    insert_selection,
    sorts_by_price,
)
from catalograph.store.queries.projection.prices import filters_by_price
from catalograph.store.queries.projection.reach import depends_on_product_alone
from catalograph.store.queries.projection.selection import (
    ANY_CURRENCY,
    FieldSelection,
    Filter,
    PageRequest,
    PriceBasis,
    Selection,
)

__all__ = [
    "ANY_CURRENCY",
    "AT",
    "FIELDS",
    "PAGES",
    "PRODUCT_PAGE",
    "CompiledStatement",
    "FacetRequest",
    "FieldSelection",
    "Filter",
    "NodeStatement",
    "PageRequest",
    "PageSpec",
    "PriceBasis",
    "Selection",
    "currency_statement",
    "depends_on_product_alone",
    "facets_statement",
    "filters_by_price",
    "insert_order",
    "insert_passages",
    "insert_selection",
    "node_statement",
    "page_statement",
    "search_facets_statement",
    "sorts_by_price",
]
