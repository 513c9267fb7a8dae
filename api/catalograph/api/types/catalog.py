"""Products and what they are joined to: the schema of what `answers` writes from rows.

Methods have no bodies to speak of: a field with arguments is read by the compiled statement of the
root field that it is under, and never called.
"""

from datetime import datetime
from typing import Annotated

import strawberry

from catalograph.api.decorators import COMPILED, compiled_field, describe_argument, require_scope
from catalograph.api.types.commerce import (
    Breadcrumb,
    ExchangeRates,
    Locale,
    Money,
    Pricing,
    ProductMedia,
    ProductOption,
    SelectedOption,
)
from catalograph.api.types.connection import (
    After,
    Before,
    Edge,
    First,
    Last,
    PageInfo,
    ProductSort,
    RelayConnection,
    ReviewSort,
)
from catalograph.api.types.facets import (
    FACET_VALUES,
    FACETS,
    CountRelation,
    Facet,
    FacetLimit,
    FacetNames,
    FacetValue,
    ValueLimit,
)
from catalograph.api.types.product_filter import ProductFilter
from catalograph.api.types.search import Highlight, SearchUnderstanding
from catalograph.schema.commerce import Availability

__all__ = [
    "Assertion",
    "Attribute",
    "AttributeValue",
    "Brand",
    "Category",
    "Facet",
    "FacetValue",
    "Mention",
    "Offer",
    "PastAssertion",
    "Product",
    "ProductConnection",
    "ProductEdge",
    "ProductFilter",
    "ProductGroup",
    "RelayNode",
    "Review",
    "ReviewSummary",
    "Support",
]


@strawberry.interface(name="Node", description="Anything with a global id.")
class RelayNode:
    """Relay's node."""

    id: strawberry.ID = strawberry.field(
        description="Opaque global id, for `node(id:)` and client caches."
    )
    key: str = strawberry.field(description="Stable key in the graph.")


OrderProducts = Annotated[ProductSort, describe_argument("Order of the list.")]
OrderReviews = Annotated[ReviewSort, describe_argument("Order of the list.")]
InLocale = Annotated[
    Locale | None,
    describe_argument("Language; where there is no translation, the text as it is."),
]
InUnits = Annotated[
    Locale | None,
    describe_argument("Language of the unit; other languages than Chinese leave it as written."),
]
Kept = Annotated[ProductFilter | None, describe_argument("Which products to keep.")]


@strawberry.type(description="A brand or maker.")
class Brand(RelayNode):
    """A brand."""

    name: str | None = strawberry.field(description="Name, in the best spelling seen.")
    product_count: int = strawberry.field(description="Listed products of it.")

    @compiled_field("Its products.")
    def products(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        order_by: OrderProducts = ProductSort.KEY,
        filter: Kept = None,
    ) -> "ProductConnection":
        """Read by the statement."""
        raise AssertionError(COMPILED)


@strawberry.type(description="A place in a category tree.")
class Category(RelayNode):
    """A category."""

    name: str | None = strawberry.field(description="Last name of its path.")
    path: list[str] = strawberry.field(description="Names from the root.")
    breadcrumbs: list[Breadcrumb] = strawberry.field(
        description="Categories from the root to this one, with their keys."
    )
    parent: "Category | None" = strawberry.field(description="The next wider one.")
    children: list["Category"] = strawberry.field(description="The next narrower ones.")
    product_count: int = strawberry.field(
        description="Listed products in it or in narrower categories."
    )

    @compiled_field("Its products, and those of narrower categories.")
    def products(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        order_by: OrderProducts = ProductSort.KEY,
        filter: Kept = None,
    ) -> "ProductConnection":
        """Read by the statement."""
        raise AssertionError(COMPILED)


@strawberry.type(description="A kind of value, such as colour.")
class Attribute(RelayNode):
    """An attribute."""

    name: str | None = strawberry.field(description="Name.")
    value_count: int = strawberry.field(description="Different values of it.")

    @compiled_field("Its values.")
    def values(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> "RelayConnection[AttributeValue]":
        """Read by the statement."""
        raise AssertionError(COMPILED)


@strawberry.type(description="A value of an attribute, such as red.")
class AttributeValue(RelayNode):
    """A value."""

    attribute: str = strawberry.field(description="Name of the attribute.")
    name: str = strawberry.field(description="The value as text, unit included.")

    @compiled_field(
        "The value for people, in the unit that catalogues write most; with a locale, the unit in "
        "that language where it has a word of its own."
    )
    def label(self, locale: InUnits = None) -> str:
        """Read by the statement."""
        raise AssertionError(COMPILED)

    number: float | None = strawberry.field(description="The value as a number, where it is one.")
    unit: str | None = strawberry.field(description="Unit of the number.")
    product_count: int = strawberry.field(description="Listed products with it.")

    @compiled_field("Products that have it.")
    def products(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        order_by: OrderProducts = ProductSort.KEY,
        filter: Kept = None,
    ) -> "ProductConnection":
        """Read by the statement."""
        raise AssertionError(COMPILED)


@strawberry.type(description="A product's reviews in numbers.")
class ReviewSummary:
    """Reviews in numbers."""

    reviews: int = strawberry.field(description="How many reviews there are.")
    rated: int = strawberry.field(description="How many of them have stars.")
    average_rating: float | None = strawberry.field(
        description="Mean number of stars; null when none has any."
    )


@strawberry.type(description="Something that is or was on sale.")
class Product(RelayNode):
    """A product."""

    source: str = strawberry.field(description="Catalogue it is numbered in.")
    source_id: str = strawberry.field(description="Its id in that catalogue.")
    listed: bool = strawberry.field(
        description="False: known by name only; never in search or recommendations."
    )
    language: str | None = strawberry.field(
        description="Language of title and description: a tag of BCP 47."
    )
    price: float | None = strawberry.field(
        description="Price in `currency`.",
        deprecation_reason="A float is not exact. Read `pricing { listPrice }`.",
    )
    sale_price: float | None = strawberry.field(
        description="Reduced price in `currency`, where there is one.",
        deprecation_reason="A float is not exact. Read `pricing { salePrice }`.",
    )
    currency: str | None = strawberry.field(description="ISO 4217 code of the price.")
    availability: str | None = strawberry.field(
        description="Whether it can be had, in the catalogue's word."
    )
    availability_status: Availability = strawberry.field(
        description="Whether it can be bought, read from the catalogue's word or the quantity."
    )
    quantity: int | None = strawberry.field(description="Pieces in stock; below 0 where oversold.")
    sku: str | None = strawberry.field(description="Stock keeping unit: the seller's number.")
    slug: str | None = strawberry.field(
        description="Last part of the page's address, as the catalogue states it; else made of "
        "the title, and then not unique."
    )
    media: list[ProductMedia] = strawberry.field(description="Its pictures, in their order.")
    selected_options: list[SelectedOption] = strawberry.field(
        description="Options that tell it from the other variants of its group."
    )
    group: "ProductGroup | None" = strawberry.field(
        description="Group of variants that it belongs to."
    )
    gtins: list[str] = strawberry.field(description="Global trade item numbers.")
    mpn: str | None = strawberry.field(description="The maker's number for it.")
    url: str | None = strawberry.field(description="Page of the product.")
    image_url: str | None = strawberry.field(description="Picture of the product.")
    released: datetime | None = strawberry.field(description="When it came on the market.")
    popularity: float | None = strawberry.field(
        description="Popularity as the catalogue states it."
    )
    changed: datetime | None = strawberry.field(description="When what is said of it last changed.")
    brands: list[Brand] = strawberry.field(description="Its brands; most products have one.")
    categories: list[Category] = strawberry.field(description="Its categories.")
    values: list[AttributeValue] = strawberry.field(
        description="Its attribute values, by attribute and name."
    )
    imputed: list["ImputedFact"] = strawberry.field(
        description="Which of its brands, categories and values a model guessed; the server hides "
        "them unless it is set to show them."
    )
    review_summary: ReviewSummary = strawberry.field(description="Its reviews in numbers.")
    same: list["Product"] = strawberry.field(
        description="The same thing in this or other catalogues, as entity resolution found it."
    )

    @compiled_field("Title.")
    def title(self, locale: InLocale = None) -> str | None:
        """Read by the statement."""
        raise AssertionError(COMPILED)

    @compiled_field("Description, plain text.")
    def description(self, locale: InLocale = None) -> str | None:
        """Read by the statement."""
        raise AssertionError(COMPILED)

    @compiled_field(
        "Its prices; null without any, and where the operator gives no rate for the conversion."
    )
    def pricing(
        self,
        currency_code: Annotated[
            str | None,
            describe_argument("ISO 4217 code to convert to, by the operator's exchange rates."),
        ] = None,
    ) -> Pricing | None:
        """Read by the statement."""
        raise AssertionError(COMPILED)

    @compiled_field("Variants of its group, itself among them; empty without a group.")
    def variants(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        order_by: OrderProducts = ProductSort.KEY,
        filter: Kept = None,
    ) -> "ProductConnection":
        """Read by the statement."""
        raise AssertionError(COMPILED)

    @compiled_field("What it cost and whether it could be bought, latest first.")
    def price_history(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        since: Annotated[
            datetime | None, describe_argument("Only what was still valid then or later.")
        ] = None,
        until: Annotated[
            datetime | None, describe_argument("Only what was valid then or earlier.")
        ] = None,
    ) -> "RelayConnection[Offer]":
        """Read by the statement."""
        raise AssertionError(COMPILED)

    @compiled_field(
        "What was said of it and is said no more, latest first.", scope="operations:read"
    )
    def past_assertions(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> "RelayConnection[PastAssertion]":
        """Read by the statement."""
        raise AssertionError(COMPILED)

    @compiled_field("Its reviews.")
    def reviews(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        order_by: OrderReviews = ReviewSort.NEWEST,
        rating_min: Annotated[float | None, describe_argument("Least stars.")] = None,
        rating_max: Annotated[float | None, describe_argument("Most stars.")] = None,
    ) -> "RelayConnection[Review]":
        """Read by the statement."""
        raise AssertionError(COMPILED)

    @compiled_field(
        "What is said of it, with the records that say so: why is this here?",
        scope="operations:read",
    )
    def assertions(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> "RelayConnection[Assertion]":
        """Read by the statement."""
        raise AssertionError(COMPILED)


@strawberry.type(
    description="What a product cost, and whether it could be bought, from one time to another."
)
class Offer:
    """A period of a product's price and stock."""

    key: str = strawberry.field(description="Stable key in the graph; ends in `now` for now.")
    title: str | None = strawberry.field(description="Title of the product then.")
    price: Money | None = strawberry.field(description="Price.")
    sale_price: Money | None = strawberry.field(description="Reduced price, where there was one.")
    availability_status: Availability = strawberry.field(description="Whether it could be bought.")
    quantity: int | None = strawberry.field(description="Pieces in stock.")
    valid_from: datetime | None = strawberry.field(description="When a run wrote it.")
    valid_to: datetime | None = strawberry.field(
        description="When a run changed it or withdrew the product; null for what is valid now."
    )
    withdrawn: bool = strawberry.field(
        description="Whether it ended because the catalogue withdrew the product."
    )


@strawberry.type(description="Variants of one thing, such as a shirt in sizes and colours.")
class ProductGroup:
    """A group of variants."""

    key: str = strawberry.field(description="`group:<source>:<id>`.")
    source: str = strawberry.field(description="Catalogue of its products.")
    source_id: str = strawberry.field(description="Its id in that catalogue.")
    title: str | None = strawberry.field(
        description="Title that the catalogue states, else the words with which the titles of all "
        "variants begin."
    )
    options: list[ProductOption] = strawberry.field(
        description="Options by which the variants differ."
    )

    @compiled_field("Its listed products.")
    def variants(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        order_by: OrderProducts = ProductSort.KEY,
        filter: Kept = None,
    ) -> "ProductConnection":
        """Read by the statement."""
        raise AssertionError(COMPILED)


@strawberry.type(description="A fact of a product that no record states: a model guessed it.")
class ImputedFact:
    """An imputed fact."""

    relation: str = strawberry.field(description="HAS_BRAND, IN_CATEGORY or HAS_VALUE.")
    tail: str = strawberry.field(description="Key of the brand, category or value.")
    confidence: float = strawberry.field(description="0 to 1; calibrated on hidden values.")


@require_scope("operations:read")
@strawberry.type(description="A triple that no record states any longer.")
class PastAssertion:
    """A triple that lost its last support."""

    key: str = strawberry.field(description="Stable key in the graph.")
    head: str = strawberry.field(description="Key of the node it was about.")
    relation: str = strawberry.field(description="Relation, such as HAS_BRAND.")
    tail: str = strawberry.field(description="Key of the node it led to.")
    valid_from: datetime | None = strawberry.field(
        description="When the run started that wrote its last support."
    )
    valid_to: datetime | None = strawberry.field(description="When that support was withdrawn.")
    run: str = strawberry.field(description="Run that withdrew it.")


@strawberry.type(description="A shopper's review of a product, without its author.")
class Review(RelayNode):
    """A review."""

    source: str = strawberry.field(description="Where it was written.")
    rating: float | None = strawberry.field(description="Stars.")
    title: str | None = strawberry.field(description="Headline.")
    text: str | None = strawberry.field(description="Text.")
    time: datetime | None = strawberry.field(description="When it was written.")
    verified: bool | None = strawberry.field(description="Whether the purchase was verified.")
    helpful: int | None = strawberry.field(description="Readers who found it helpful.")
    product: Product | None = strawberry.field(description="What it is about.")
    mentions: list["Mention"] = strawberry.field(description="Aspects that it speaks of.")


@strawberry.type(description="An aspect that a review speaks of.")
class Mention:
    """A mention."""

    value: AttributeValue | None = strawberry.field(description="The aspect.")
    sentiment: str = strawberry.field(description="positive, neutral or negative.")
    confidence: float = strawberry.field(description="0 to 1.")
    extractor: str = strawberry.field(description="Which code read it.")
    version: str = strawberry.field(description="Version of the extractor.")
    field: str | None = strawberry.field(description="Which text of the review the span is in.")
    start: int | None = strawberry.field(description="First character of the span, from 0.")
    end: int | None = strawberry.field(description="One past its last character.")


@require_scope("operations:read")
@strawberry.type(description="A triple that at least one record supports.")
class Assertion(RelayNode):
    """An assertion."""

    head: str = strawberry.field(description="Key of the node it is about.")
    relation: str = strawberry.field(description="Relation, such as HAS_BRAND.")
    tail: str = strawberry.field(description="Key of the node it leads to.")
    supports: list["Support"] = strawberry.field(description="The records that say so.")


@require_scope("operations:read")
@strawberry.type(description="How a record says so.")
class Support:
    """A support."""

    record: str = strawberry.field(description="Key of the record.")
    origin: str = strawberry.field(description="ASSERTED, EXTRACTED or IMPUTED.")
    extractor: str = strawberry.field(description="Which code read it.")
    version: str = strawberry.field(description="Version of the extractor.")
    confidence: float = strawberry.field(description="0 to 1.")
    run: str = strawberry.field(description="Run that wrote it.")
    valid_from: datetime | None = strawberry.field(description="When that run started.")
    field: str | None = strawberry.field(description="Which text of the record the span is in.")
    start: int | None = strawberry.field(description="First character of the span, from 0.")
    end: int | None = strawberry.field(description="One past its last character.")
    model: str | None = strawberry.field(description="Language model, where one was asked.")
    prompt_hash: str | None = strawberry.field(description="Hash of its prompt.")
    original: str | None = strawberry.field(description="The value as the record writes it.")
    rule: str | None = strawberry.field(description="Rule that normalised it.")


@strawberry.type(description="A product in a page, with its cursor.")
class ProductEdge(Edge[Product]):
    """Relay's edge."""

    score: float | None = strawberry.field(
        description="How well it matches, by full text and vectors; null without a query."
    )
    highlights: list[Highlight] | None = strawberry.field(
        description="Where title and description match the query; null without one."
    )


@strawberry.type(description="A page of products.")
class ProductConnection:
    """Relay's connection."""

    edges: list[ProductEdge] = strawberry.field(description="Products with their cursors.")
    nodes: list[Product] = strawberry.field(description="The products alone.")
    page_info: PageInfo = strawberry.field(description="Where the page begins and ends.")
    total_count: int | None = strawberry.field(
        description="How many there are on all pages; counted. Of a search, how many its words "
        "and its meaning find."
    )
    total_count_relation: CountRelation = strawberry.field(
        description="EQ: `totalCount` is exact. GTE: a search has more candidates than are counted."
    )
    price_currency: str | None = strawberry.field(
        description="ISO 4217 code of the currency in which prices are filtered, sorted and "
        "counted; null where prices have none. Null but at the root field `products`."
    )
    exchange_rates: ExchangeRates | None = strawberry.field(
        description="Rates by which prices in other currencies are compared; null if they are left "
        "out. Null but at the root field `products`."
    )
    understood: SearchUnderstanding | None = strawberry.field(
        description="What the query was understood as; null without a query. Null but at the root "
        "field `products`."
    )

    @compiled_field(
        "Values to narrow the whole list by, with counts that ignore the list's own choice in the "
        "same facet. Null but at the root field `products`."
    )
    def facets(
        self,
        first: FacetLimit = FACETS,
        values: ValueLimit = FACET_VALUES,
        names: FacetNames = None,
    ) -> list[Facet] | None:
        """Counted by a statement of its own."""
        raise AssertionError(COMPILED)

    served_id: strawberry.ID | None = strawberry.field(
        description="Id of this page of a search, for events that respond to it. Selecting it logs "
        "the page: query, products in order, version that ranked them. Null without a query, and "
        "with an order."
    )
