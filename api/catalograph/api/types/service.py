"""Documents with their passages; orders with lines, shipments and returns."""

from datetime import datetime

import strawberry

from catalograph.api.decorators import require_scope
from catalograph.api.types.catalog import Brand, Category, Product, RelayNode
from catalograph.api.types.commerce import Money
from catalograph.schema.service import DocumentKind, OrderStatus

strawberry.enum(DocumentKind, description="What a document is for.")
strawberry.enum(
    OrderStatus,
    description="Where an order, a shipment or a return stands, read from the shop's word.",
)


@strawberry.type(description="A text of the shop: policy, questions and answers, manual, news.")
class Document(RelayNode):
    """A document."""

    source: str = strawberry.field(description="Name of its feed.")
    kind: DocumentKind = strawberry.field(description="What it is for.")
    title: str | None = strawberry.field(description="Title.")
    url: str | None = strawberry.field(description="Page of it.")
    language: str | None = strawberry.field(description="Language of most of it: a tag of BCP 47.")
    time: datetime | None = strawberry.field(description="When it was published or changed.")
    passages: list["Passage"] = strawberry.field(description="Its passages, in their order.")
    products: list[Product] = strawberry.field(description="Products that it is about.")
    brands: list[Brand] = strawberry.field(description="Brands that it is about.")
    categories: list[Category] = strawberry.field(description="Categories that it is about.")


@strawberry.type(description="A part of a document that can be cited.")
class Passage(RelayNode):
    """A passage."""

    number: int = strawberry.field(description="Place in its document, from 1.")
    heading: str | None = strawberry.field(
        description="Headings above it, from the outermost; or the question that it answers."
    )
    text: str = strawberry.field(description="Text.")
    language: str | None = strawberry.field(description="Language: a tag of BCP 47.")
    page: int | None = strawberry.field(description="Page of the file, from 1.")
    document: Document | None = strawberry.field(description="The document that it is part of.")
    products: list[Product] = strawberry.field(description="Products that its heading names.")
    brands: list[Brand] = strawberry.field(description="Brands that its heading names.")
    categories: list[Category] = strawberry.field(description="Categories that its heading names.")


@strawberry.type(description="A passage that a search found.")
class PassageMatch:
    """A match."""

    score: float = strawberry.field(
        description="What it is ranked by: words, meaning and subject; comparable in one list."
    )
    similarity: float | None = strawberry.field(
        description="Cosine of the vectors of query and passage, -1 to 1: how near their meanings "
        "are, comparable between lists of one language. Null where one of them has no vector."
    )
    word_share: float = strawberry.field(
        description="Share of the query's words with which a word of heading or text begins, 0 to "
        "1; words such as 'how' do not count, and pairs of Chinese characters count as words."
    )
    passage: Passage = strawberry.field(description="The passage.")


@require_scope("user:read")
@strawberry.type(description="What a shopper ordered.")
class Order(RelayNode):
    """An order."""

    source: str = strawberry.field(description="Shop that it was placed in.")
    source_id: str = strawberry.field(description="Its id there.")
    status: OrderStatus | None = strawberry.field(description="Where it stands.")
    status_text: str | None = strawberry.field(description="The same in the shop's word.")
    time: datetime | None = strawberry.field(description="When it was placed.")
    total: Money | None = strawberry.field(description="Total.")
    lines: list["OrderLine"] = strawberry.field(description="Its products.")
    shipments: list["Shipment"] = strawberry.field(description="Its parcels.")
    returns: list["Return"] = strawberry.field(description="Its returns.")


@require_scope("user:read")
@strawberry.type(description="A product of an order.")
class OrderLine:
    """A line."""

    number: int = strawberry.field(description="Place in the order, from 1.")
    title: str | None = strawberry.field(description="Title of the product on the order.")
    quantity: int | None = strawberry.field(description="Pieces.")
    price: Money | None = strawberry.field(description="Price of one piece.")
    product: Product | None = strawberry.field(description="The product.")


@require_scope("user:read")
@strawberry.type(description="A parcel of an order.")
class Shipment:
    """A shipment."""

    number: int = strawberry.field(description="Place among the parcels, from 1.")
    status: OrderStatus | None = strawberry.field(description="Where it stands.")
    status_text: str | None = strawberry.field(description="The same in the shop's word.")
    carrier: str | None = strawberry.field(description="Who carries it.")
    tracking: str | None = strawberry.field(description="Number by which the carrier finds it.")
    shipped: datetime | None = strawberry.field(description="When it left.")
    expected: datetime | None = strawberry.field(description="When it is to arrive.")
    delivered: datetime | None = strawberry.field(description="When it arrived.")


@require_scope("user:read")
@strawberry.type(description="A return of an order, or of some lines of it.")
class Return:
    """A return."""

    number: int = strawberry.field(description="Place among the returns, from 1.")
    status: OrderStatus | None = strawberry.field(description="Where it stands.")
    status_text: str | None = strawberry.field(description="The same in the shop's word.")
    reason: str | None = strawberry.field(description="Why.")
    requested: datetime | None = strawberry.field(description="When it was asked for.")
    received: datetime | None = strawberry.field(description="When the goods came back.")
    refunded: datetime | None = strawberry.field(description="When the money was paid back.")
    refund: Money | None = strawberry.field(description="Amount paid back.")
    lines: list[OrderLine] = strawberry.field(
        description="Lines that it is of; none where it is of the whole order."
    )
