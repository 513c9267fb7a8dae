"""Products and what they are joined to."""

from datetime import datetime

import strawberry

from catalograph.api.context import Info
from catalograph.api.cursors import global_id
from catalograph.api.described import field
from catalograph.store.read import (
    BrandRow,
    CategoryRow,
    FoundRow,
    ProductRow,
    ReviewSummaryRow,
    ValueRow,
)


@strawberry.interface(description="Anything with a global id.")
class Node:
    """Relay's node."""

    key: str = strawberry.field(description="Stable key in the graph.")

    @field("Opaque global id, for `node(id:)` and client caches.")
    def id(self) -> strawberry.ID:
        """Return the key in Relay's form."""
        return strawberry.ID(global_id(self.key))


@strawberry.type(description="A brand or maker.")
class Brand(Node):
    """A brand."""

    name: str | None = strawberry.field(description="Name, as first seen.")

    @classmethod
    def of(cls, row: BrandRow) -> "Brand":
        """Wrap a row."""
        return cls(key=row.key, name=row.name)


@strawberry.type(description="A place in a category tree.")
class Category(Node):
    """A category."""

    name: str | None = strawberry.field(description="Last name of its path.")
    path: list[str] = strawberry.field(description="Names from the root.")

    @classmethod
    def of(cls, row: CategoryRow) -> "Category":
        """Wrap a row."""
        return cls(key=row.key, name=row.name, path=row.path)


@strawberry.type(description="A value of an attribute, such as a colour.")
class AttributeValue(Node):
    """A value."""

    attribute: str = strawberry.field(description="Name of the attribute.")
    name: str = strawberry.field(description="The value as text, unit included.")
    number: float | None = strawberry.field(description="The value as a number, where it is one.")
    unit: str | None = strawberry.field(description="Unit of the number.")

    @classmethod
    def of(cls, row: ValueRow) -> "AttributeValue":
        """Wrap a row."""
        return cls(
            key=row.key, attribute=row.attribute, name=row.name, number=row.number, unit=row.unit
        )


@strawberry.type(description="A product's reviews in numbers.")
class ReviewSummary:
    """Reviews in numbers."""

    reviews: int = strawberry.field(description="How many reviews there are.")
    rated: int = strawberry.field(description="How many of them have stars.")
    average_rating: float | None = strawberry.field(
        description="Mean number of stars; null when none has any."
    )

    @classmethod
    def of(cls, row: ReviewSummaryRow) -> "ReviewSummary":
        """Wrap a row."""
        return cls(reviews=row.reviews, rated=row.rated, average_rating=row.average_rating)


@strawberry.type(description="Something that is or was on sale.")
class Product(Node):
    """A product."""

    source: str = strawberry.field(description="Catalogue it is numbered in.")
    source_id: str = strawberry.field(description="Its id in that catalogue.")
    listed: bool = strawberry.field(
        description="False: known by name only; never in search or recommendations."
    )
    title: str | None = strawberry.field(description="Title.")
    description: str | None = strawberry.field(description="Description, plain text.")
    price: float | None = strawberry.field(description="Price in `currency`.")
    currency: str | None = strawberry.field(description="ISO 4217 code of the price.")
    gtins: list[str] = strawberry.field(description="Global trade item numbers.")
    url: str | None = strawberry.field(description="Page of the product.")
    image_url: str | None = strawberry.field(description="Picture of the product.")
    released: datetime | None = strawberry.field(description="When it came on the market.")
    popularity: float | None = strawberry.field(
        description="Popularity as the catalogue states it."
    )

    @field("Its brands; most products have one.")
    async def brands(self, info: Info) -> list[Brand]:
        """Load by product."""
        rows = await info.context.loaders.brands_by_product.load(self.key)
        return [Brand.of(row) for row in rows]

    @field("Its categories, each with its path.")
    async def categories(self, info: Info) -> list[Category]:
        """Load by product."""
        rows = await info.context.loaders.categories_by_product.load(self.key)
        return [Category.of(row) for row in rows]

    @field("Its attribute values, by attribute and name.")
    async def values(self, info: Info) -> list[AttributeValue]:
        """Load by product."""
        rows = await info.context.loaders.values_by_product.load(self.key)
        return [AttributeValue.of(row) for row in rows]

    @field("Its reviews in numbers.")
    async def review_summary(self, info: Info) -> ReviewSummary:
        """Load by product."""
        row = await info.context.loaders.review_summary_by_product.load(self.key)
        return ReviewSummary.of(row)

    @classmethod
    def of(cls, row: ProductRow) -> "Product":
        """Wrap a row."""
        return cls(
            key=row.key,
            source=row.source,
            source_id=row.id,
            listed=row.listed,
            title=row.title,
            description=row.description,
            price=row.price,
            currency=row.currency,
            gtins=row.gtins,
            url=row.url,
            image_url=row.image_url,
            released=row.released,
            popularity=row.popularity,
        )


@strawberry.type(description="Where a page of a connection begins and ends.")
class PageInfo:
    """Relay's page info."""

    has_next_page: bool = strawberry.field(description="Whether there is more after this page.")
    has_previous_page: bool = strawberry.field(
        description="Always false: pages are read forwards only."
    )
    start_cursor: str | None = strawberry.field(description="Cursor of the first edge.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last edge.")


@strawberry.type(description="A product in a page, with its cursor.")
class ProductEdge:
    """Relay's edge."""

    cursor: str = strawberry.field(description="Opaque; pass as `after` to go on behind it.")
    node: Product = strawberry.field(description="The product.")
    score: float | None = strawberry.field(
        description="Reciprocal rank fusion of full text and vectors; null without a query."
    )


@strawberry.type(description="A page of products.")
class ProductConnection:
    """Relay's connection."""

    edges: list[ProductEdge] = strawberry.field(description="Products with their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page begins and ends.")

    @field("The products alone.")
    def nodes(self) -> list[Product]:
        """Leave the edges out."""
        return [edge.node for edge in self.edges]

    @classmethod
    def of(cls, rows: list[FoundRow], cursors: list[str], *, more: bool) -> "ProductConnection":
        """Wrap rows with their cursors."""
        return cls(
            edges=[
                ProductEdge(cursor=cursor, node=Product.of(row.product), score=row.score)
                for row, cursor in zip(rows, cursors, strict=True)
            ],
            page_info=PageInfo(
                has_next_page=more,
                has_previous_page=False,
                start_cursor=cursors[0] if cursors else None,
                end_cursor=cursors[-1] if cursors else None,
            ),
        )


@strawberry.input(description="Which products to keep; what is left out does not narrow.")
class ProductFilter:
    """A filter of `products`."""

    brand: str | None = strawberry.field(default=None, description="Key of a brand.")
    category: str | None = strawberry.field(
        default=None, description="Key of a category; narrower categories count as well."
    )
    values: list[str] = strawberry.field(
        default_factory=list, description="Keys of attribute values; all must hold. At most 20."
    )
    price_min: float | None = strawberry.field(default=None, description="Least price.")
    price_max: float | None = strawberry.field(default=None, description="Highest price.")
