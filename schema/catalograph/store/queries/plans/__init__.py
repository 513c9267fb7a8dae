"""Query plans run against the graph: each plan is compiled to one statement."""

from catalograph.store.queries.plans.rows import (
    AggregateRow,
    AspectRow,
    EndRow,
    OfferRow,
    OpinionRows,
    ProductFact,
    ProductsOfSet,
    ReviewQuote,
    StatedProduct,
    TopicChange,
    TrendRow,
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
from catalograph.store.queries.plans.trends import FEWEST_REVIEWS, read_offers_in, read_trends

__all__ = [
    "FEWEST_REVIEWS",
    "AggregateRow",
    "AspectRow",
    "EndRow",
    "OfferRow",
    "OpinionRows",
    "ProductFact",
    "ProductsOfSet",
    "ReviewQuote",
    "StatedProduct",
    "TopicChange",
    "TrendRow",
    "aggregate_products",
    "describe_products",
    "find_products",
    "follow_path",
    "read_offers_in",
    "read_opinions_of",
    "read_orders_of",
    "read_trends",
    "table_statement",
]
