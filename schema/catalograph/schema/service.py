"""What the shop says and does beside its catalogue: documents with passages, orders with returns.

A document and an order are records: each is its own source, has parts that belong to it alone, and
edges to nodes that it shares with other records.
"""

from collections.abc import Mapping
from enum import StrEnum

from catalograph.schema.commerce import MAX_PRICE
from catalograph.schema.graph_types import NodeType, PropertySpec, PropertyType, RelationType

MAX_PASSAGE = 2_000
"""Largest number of characters of a passage: an encoder reads about a quarter of it."""


class DocumentKind(StrEnum):
    """What a document is for."""

    POLICY = "policy"
    FAQ = "faq"
    MANUAL = "manual"
    NEWS = "news"
    OTHER = "other"


class OrderStatus(StrEnum):
    """Where an order, a shipment or a return stands."""

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    PROCESSING = "PROCESSING"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"
    REQUESTED = "REQUESTED"
    RETURNED = "RETURNED"
    REFUNDED = "REFUNDED"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"


def _text(name: str, doc: str, **limits: object) -> PropertySpec:
    return PropertySpec(name, PropertyType.STRING, doc, **limits)  # type: ignore[arg-type]


def _whole(name: str, doc: str, **limits: object) -> PropertySpec:
    return PropertySpec(name, PropertyType.INTEGER, doc, **limits)  # type: ignore[arg-type]


def _time(name: str, doc: str) -> PropertySpec:
    return PropertySpec(name, PropertyType.DATETIME, doc)


def _money(name: str, doc: str) -> tuple[PropertySpec, ...]:
    return (
        PropertySpec(
            name, PropertyType.FLOAT, f"{doc}, in `currency`.", minimum=0, maximum=MAX_PRICE
        ),
        _text(f"{name}_amount", f"`{name}` as an exact decimal.", max_length=40),
    )


_SOURCE = _text("source", "Name of the feed.", required=True)
_ID = _text("id", "Its id there.", required=True)
_CONTENT_HASH = _text("content_hash", "Hash of the record; equal means unchanged.", required=True)
_RUN = _text("run", "Run that wrote it last.")
_NUMBER = _whole("number", "Place among its kind, from 1.", required=True, minimum=1)
_CURRENCY = _text("currency", "ISO 4217 code of the amounts.", max_length=3)
_STATUS = (
    _text("status", "Where it stands, as a code.", choices=frozenset(OrderStatus)),
    _text("status_text", "The same in the shop's word."),
)

SERVICE_NODES = (
    NodeType(
        "Document",
        "A text of the shop: policy, questions and answers, manual, news. It is a record, so it is "
        "its own Source.",
        "`document:<source>:<id>`",
        (
            _SOURCE,
            _ID,
            _CONTENT_HASH,
            _text("kind", "What it is for.", choices=frozenset(DocumentKind)),
            _text("title", "Title.", max_length=2_000),
            _text("url", "Page of it.", max_length=2_000, address=True),
            _text("language", "Language of most of it: a tag of BCP 47.", max_length=35),
            _time("time", "When it was published or last changed, as it says."),
            _RUN,
        ),
    ),
    NodeType(
        "Passage",
        "A part of a document that can be cited: a paragraph or a few, or a question with its "
        "answer.",
        "`passage:<source>:<id of the document>#<number>`",
        (
            _NUMBER,
            _text("heading", "Headings above it, from the outermost; or the question."),
            _text("text", "Text.", required=True, max_length=MAX_PASSAGE),
            _text("language", "Language: a tag of BCP 47.", max_length=35),
            _whole("page", "Page of the file, from 1.", minimum=1),
        ),
    ),
    NodeType(
        "Order",
        "What a shopper ordered. It is a record, so it is its own Source.",
        "`order:<source>:<id>`",
        (
            _SOURCE,
            _ID,
            _CONTENT_HASH,
            *_STATUS,
            _time("time", "When it was placed."),
            *_money("total", "Total"),
            _CURRENCY,
            _RUN,
        ),
    ),
    NodeType(
        "OrderLine",
        "A product of an order.",
        "`order-line:<source>:<id of the order>#<number>`",
        (
            _NUMBER,
            _text("title", "Title of the product on the order.", max_length=2_000),
            _whole("quantity", "Pieces.", minimum=0),
            *_money("price", "Price of one piece"),
            _CURRENCY,
        ),
    ),
    NodeType(
        "Shipment",
        "A parcel of an order.",
        "`shipment:<source>:<id of the order>#<number>`",
        (
            _NUMBER,
            *_STATUS,
            _text("carrier", "Who carries it."),
            _text("tracking", "Number by which the carrier finds it."),
            _time("shipped", "When it left."),
            _time("expected", "When it is to arrive."),
            _time("delivered", "When it arrived."),
        ),
    ),
    NodeType(
        "Return",
        "A return of an order, or of a line of it.",
        "`return:<source>:<id of the order>#<number>`",
        (
            _NUMBER,
            *_STATUS,
            _text("reason", "Why, in the shopper's or shop's word.", max_length=2_000),
            _time("requested", "When it was asked for."),
            _time("received", "When the goods came back."),
            _time("refunded", "When the money was paid back."),
            *_money("refund", "Refund"),
            _CURRENCY,
        ),
    ),
)
"""Documents, orders and their parts."""

SERVICE_RELATIONS = (
    RelationType("HAS_PASSAGE", "Consists of.", (("Document", "Passage"),)),
    RelationType(
        "ABOUT",
        "Speaks of: named by the document's data, or by a title, heading or question.",
        tuple(
            (head, tail)
            for head in ("Document", "Passage")
            for tail in ("Product", "Brand", "Category")
        ),
    ),
    RelationType("PLACED", "Ordered.", (("User", "Order"),)),
    RelationType("HAS_LINE", "Consists of.", (("Order", "OrderLine"),)),
    RelationType("OF_PRODUCT", "Is a number of pieces of.", (("OrderLine", "Product"),)),
    RelationType("HAS_SHIPMENT", "Was sent in.", (("Order", "Shipment"),)),
    RelationType("HAS_RETURN", "Was returned by.", (("Order", "Return"),)),
    RelationType("RETURNS", "Is the return of.", (("Return", "OrderLine"),)),
)
"""Relations of documents and orders."""

PART_RELATIONS: Mapping[str, str] = {
    "Passage": "HAS_PASSAGE",
    "OrderLine": "HAS_LINE",
    "Shipment": "HAS_SHIPMENT",
    "Return": "HAS_RETURN",
}
"""Relation from a document or an order to a part of it, by the part's label."""
COMPOSITE_LABELS = ("Document", "Order")
"""Labels of records with parts of their own."""
