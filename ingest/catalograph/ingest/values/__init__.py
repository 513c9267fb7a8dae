"""Values of cells: one place that reads each kind, in many languages.

Texts, lists and ids are in `cells`, HTML in `text`, numbers in `numbers`, times in `times`,
currencies in `currencies`, and texts that stand for no value in `placeholders`. What whole columns
show is collected by `catalograph.ingest.conventions`.
"""

from catalograph.ingest.values.cells import (
    is_blank,
    is_missing,
    lookup,
    to_flag,
    to_id,
    to_list,
    to_paragraphs,
    to_plain,
    to_text,
)
from catalograph.ingest.values.numbers import (
    AmbiguousNumberError,
    DecimalSign,
    decimal_sign,
    is_ambiguous,
    to_count,
    to_number,
    to_rating,
    to_whole,
)
from catalograph.ingest.values.placeholders import PlaceholderKind, is_placeholder
from catalograph.ingest.values.recall import Recall
from catalograph.ingest.values.row import Cells
from catalograph.ingest.values.times import (
    ORDERS,
    AmbiguousDateError,
    DayOrder,
    day_order,
    has_two_orders,
    to_time,
)

__all__ = [
    "ORDERS",
    "AmbiguousDateError",
    "AmbiguousNumberError",
    "Cells",
    "DayOrder",
    "DecimalSign",
    "PlaceholderKind",
    "Recall",
    "day_order",
    "decimal_sign",
    "has_two_orders",
    "is_ambiguous",
    "is_blank",
    "is_missing",
    "is_placeholder",
    "lookup",
    "to_count",
    "to_flag",
    "to_id",
    "to_list",
    "to_number",
    "to_paragraphs",
    "to_plain",
    "to_rating",
    "to_text",
    "to_time",
    "to_whole",
]
