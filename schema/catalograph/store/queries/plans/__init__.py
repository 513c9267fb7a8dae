"""Query plans run against the graph: each plan is compiled to one statement."""

from catalograph.store.queries.plans.rows import (
    AggregateRow,
    AspectRow,
    EndRow,
    OpinionRows,
    ProductFact,
    ProductsOfSet,
    ReviewQuote,
    StatedProduct,
)
from catalograph.store.queries.plans.run import (
    aggregate_products,
    describe_products,
    find_products,
    follow_path,
    read_opinions_of,
    read_orders_of,
)
from catalograph.store.queries.plans.tables import table_statement

__all__ = [
    "AggregateRow",
    "AspectRow",
    "EndRow",
    "OpinionRows",
    "ProductFact",
    "ProductsOfSet",
    "ReviewQuote",
    "StatedProduct",
    "aggregate_products",
    "describe_products",
    "find_products",
    "follow_path",
    "read_opinions_of",
    "read_orders_of",
    "table_statement",
]
